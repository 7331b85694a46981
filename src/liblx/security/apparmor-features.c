/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel's AppArmor can look at. securityfs shows it as a tree of small files; apparmor_parser reads such a tree, or a
 * text of the same content, which is the way to leave something out.
 */
#include "security/apparmor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"

#define DEPTH_MAX 8

static int add_directory(int fd, bool sockets, unsigned depth, struct buf *out);

static int add_entry(int fd, const char *name, unsigned depth, struct buf *out)
{
	_cleanup_close_ int below = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	int r;

	if (below < 0 && errno != ENOTDIR)
		return -errno;
	buf_addf(out, "%s {", name);
	if (below >= 0) {
		r = add_directory(below, true, depth + 1, out);
	} else {
		r = file_read(fd, name, FILE_TEXT_MAX, &text, NULL);
		buf_add(out, text ?: "");
	}
	buf_add(out, "}\n");
	return r;
}

/* network, network_v8, network_v9; unix */
static bool is_of_sockets(const char *name)
{
	return str_after(name, "network") || str_equal(name, "unix");
}

static int add_directory(int fd, bool sockets, unsigned depth, struct buf *out)
{
	_cleanup_closedir_ DIR *list = NULL;
	struct dirent *entry;
	int copy, r = 0;

	if (depth > DEPTH_MAX)
		return -ELOOP;
	copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy < 0)
		return -errno;
	list = fdopendir(copy);
	if (!list) {
		close(copy);
		return -ENOMEM;
	}
	while (r >= 0 && (entry = readdir(list)))
		if (entry->d_name[0] != '.' && (sockets || !is_of_sockets(entry->d_name)))
			r = add_entry(fd, entry->d_name, depth, out);
	return r;
}

int lx_apparmor_features(int directory_fd, bool sockets, struct buf *out)
{
	int r = add_directory(directory_fd, sockets, 0, out);

	return r < 0 || !out->failed ? r : -ENOMEM;
}
