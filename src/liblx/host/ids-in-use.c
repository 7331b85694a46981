/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ids of the host that somebody else has, whatever a pool says: users and groups, what /etc/subuid and /etc/subgid give to
 * others than root, trees that systemd-nspawn has shifted (their owner is the base of 65536 ids), and what is mapped into
 * user namespaces that are in use at this moment. Nobody else's book-keeping is complete; together they are good.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/host.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"

#define ORDINARY_MAX 65536 /* below are the users of the host; no pool begins there */
#define NSPAWN_SIZE 65536

static int add(lx_subid_pool *to, uint64_t base, uint64_t size)
{
	struct lx_subid_span *span;

	if (size == 0 || base + size <= ORDINARY_MAX || base >= UINT32_MAX)
		return 0;
	vec_for_each(s, to)
		if (s->base == base && s->size == size)
			return 0;
	span = vec_add(to);
	if (!span)
		return -ENOMEM;
	*span = (struct lx_subid_span){ base, size };
	return 0;
}

static bool is_root(const char *word)
{
	return str_equal(word, "root") || str_equal(word, "0");
}

/* passwd(5), group(5): the third field; subuid(5), subgid(5): second and third, of others than root. */
static int add_line(char *const *fields, bool ranges, lx_subid_pool *to)
{
	uint64_t base, size = 1;

	if (strv_length(fields) < 3 || (ranges && is_root(fields[0])))
		return 0;
	if (parse_uint(fields[ranges ? 1 : 2], &base) < 0 || (ranges && parse_uint(fields[2], &size) < 0))
		return 0;
	return base < UINT32_MAX && size <= UINT32_MAX ? add(to, base, size) : 0;
}

static int add_file(int root_fd, const char *path, bool ranges, lx_subid_pool *to)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_strv_ char **lines = NULL;

	if (file_read(root_fd, path, FILE_TEXT_MAX, &text, NULL) < 0)
		return 0;
	if (strv_split(text, "\n", &lines) < 0)
		return -ENOMEM;
	strv_for_each(line, lines) {
		_cleanup_strv_ char **fields = NULL;

		if (strv_split(line, ":", &fields) < 0 || add_line(fields, ranges, to) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_tree(int dir_fd, const char *name, lx_subid_pool *to)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	return add(to, st.st_uid - st.st_uid % NSPAWN_SIZE, NSPAWN_SIZE);
}

/* A process may end while we look, and the first user namespace has all ids. */
static int add_process(int dir_fd, const char *name, lx_subid_pool *to)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	_cleanup_strv_ char **lines = NULL;

	if (!isdigit((unsigned char)name[0]))
		return 0;
	path = str_format("%s/uid_map", name);
	if (!path)
		return -ENOMEM;
	if (file_read(dir_fd, path, FILE_TEXT_MAX, &text, NULL) < 0)
		return 0;
	if (strv_split(text, "\n", &lines) < 0)
		return -ENOMEM;
	strv_for_each(line, lines) {
		unsigned inside, outside, size;

		if (sscanf(line, "%u %u %u", &inside, &outside, &size) == 3 && size < UINT32_MAX && add(to, outside, size) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_directory(int root_fd, const char *path, int (*add_entry)(int dir_fd, const char *name, lx_subid_pool *to),
			 lx_subid_pool *to)
{
	int fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (!dir) {
		close_fd(fd);
		return 0; /* there is no such place on this host */
	}
	for (struct dirent *e = readdir(dir); e && r >= 0; e = readdir(dir))
		if (e->d_name[0] != '.')
			r = add_entry(dirfd(dir), e->d_name, to);
	closedir(dir);
	return r;
}

int lx_ids_in_use(const char *root, lx_subid_pool *ret)
{
	_cleanup_close_ int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = root_fd < 0 ? -errno : 0;

	r = r < 0 ? r : add_file(root_fd, "etc/passwd", false, ret);
	r = r < 0 ? r : add_file(root_fd, "etc/group", false, ret);
	r = r < 0 ? r : add_file(root_fd, "etc/subuid", true, ret);
	r = r < 0 ? r : add_file(root_fd, "etc/subgid", true, ret);
	r = r < 0 ? r : add_directory(root_fd, "var/lib/machines", add_tree, ret);
	return r < 0 ? r : add_directory(root_fd, "proc", add_process, ret);
}
