/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A pair of SELinux categories for each container, so that the policy keeps containers of one type apart.
 *
 * CONTAINERS/.selinux holds a symbolic link for each pair that is taken, named as the level and pointing to the container's id.
 * Making a link is atomic, so two starts at once cannot take one pair, and there is no file to lock, parse or repair.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/str.h"
#include "config/config.h"
#include "host/selinux.h"

#define DIRECTORY ".selinux"
#define CATEGORIES 1024U
#define PAIRS (CATEGORIES * (CATEGORIES - 1) / 2)

/* The n-th pair, smaller category first. */
static void format_level(unsigned n, char level[static LX_SELINUX_LEVEL_MAX])
{
	unsigned low = 0, row = CATEGORIES - 1;

	while (n >= row) {
		n -= row--;
		low++;
	}
	snprintf(level, LX_SELINUX_LEVEL_MAX, "s0:c%u,c%u", low, low + 1 + n);
}

static bool belongs_to(int dir_fd, const char *name, const char *run_id)
{
	char target[PATH_MAX];

	return file_read_link(dir_fd, name, target) >= 0 && str_equal(target, run_id);
}

/* The container's link: 1 and its name, or 0. */
static int find(int dir_fd, const char *run_id, char level[static LX_SELINUX_LEVEL_MAX])
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *d;
	int fd = fd_dup(dir_fd);

	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		close_fd(fd);
		return -errno;
	}
	rewinddir(dir); /* the place is shared with dir_fd */
	while ((d = readdir(dir)))
		if (strlen(d->d_name) < LX_SELINUX_LEVEL_MAX && belongs_to(dir_fd, d->d_name, run_id)) {
			strcpy(level, d->d_name);
			return 1;
		}
	return 0;
}

/* From a place that depends on the name, so that few containers ever meet. */
static int take(int dir_fd, const char *run_id, char level[static LX_SELINUX_LEVEL_MAX])
{
	unsigned start = (unsigned)(hash_word(HASH_INIT, run_id) % PAIRS);

	for (unsigned i = 0; i < PAIRS; i++) {
		format_level((start + i) % PAIRS, level);
		if (symlinkat(run_id, dir_fd, level) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
	return -ENOSPC;
}

/* -ENOENT when create is false and there is none. */
static int open_directory(const struct lx_settings *settings, bool create, int *ret_fd)
{
	_cleanup_free_ char *path = path_join(settings->paths.containers, DIRECTORY);
	int r = !path ? -ENOMEM : create ? file_mkdir_parents(AT_FDCWD, path, 0700) : 0;

	if (r < 0)
		return r;
	*ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret_fd < 0 ? -errno : 0;
}

int lx_selinux_level_allot(const struct lx_settings *settings, const char *run_id, char ret[static LX_SELINUX_LEVEL_MAX],
			   struct lx_error *err)
{
	_cleanup_close_ int dir_fd = -EBADF;
	int r;

	r = open_directory(settings, true, &dir_fd);
	if (r >= 0)
		r = find(dir_fd, run_id, ret);
	if (r == 0)
		r = take(dir_fd, run_id, ret);
	return r < 0 ? lx_error_set(err, r, "allot SELinux categories in %s/" DIRECTORY, settings->paths.containers) : 0;
}

int lx_selinux_level_release(const struct lx_settings *settings, const char *run_id, struct lx_error *err)
{
	_cleanup_close_ int dir_fd = -EBADF;
	char level[LX_SELINUX_LEVEL_MAX];
	int r;

	r = open_directory(settings, false, &dir_fd);
	if (r == -ENOENT)
		return 0;
	if (r >= 0)
		r = find(dir_fd, run_id, level);
	if (r > 0 && unlinkat(dir_fd, level, 0) < 0)
		r = -errno;
	return r < 0 ? lx_error_set(err, r, "release SELinux categories in %s/" DIRECTORY, settings->paths.containers) : 0;
}
