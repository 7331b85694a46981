/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Edits to the tree of a guest, which is hostile input: any component of a path may be a symbolic link that the guest made.
 * Links in the middle are followed inside the root (openat2(2), RESOLVE_IN_ROOT), the last component never is: writing
 * replaces a link, it does not write through it. Paths are absolute as the guest sees them, or relative to its root.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct lx_rooted_owner {
	uid_t uid;
	gid_t gid;
};

/* All return 0 or -errno. Parents that are missing are made (0755, root) by write, mkdir, symlink and copy. */

/* New file, or a new one in place of what is there (rename). */
int lx_rooted_write(int root_fd, const char *path, const void *data, size_t size, mode_t mode, struct lx_rooted_owner owner);
/* Copies a file of the host, from_fd, as path; shares its blocks where the file system can. */
int lx_rooted_copy(int root_fd, int from_fd, const char *path, mode_t mode, struct lx_rooted_owner owner);
/* Reads a regular file of at most max bytes; links are followed inside the root. */
int lx_rooted_read(int root_fd, const char *path, size_t max, char **ret, size_t *ret_size);
int lx_rooted_mkdir(int root_fd, const char *path, mode_t mode, struct lx_rooted_owner owner);
int lx_rooted_symlink(int root_fd, const char *target, const char *path);
/* Of the thing itself; -ELOOP for a symbolic link. */
int lx_rooted_chmod(int root_fd, const char *path, mode_t mode);
int lx_rooted_chown(int root_fd, const char *path, struct lx_rooted_owner owner);
/* A file or a whole tree; a missing one is fine. */
int lx_rooted_remove(int root_fd, const char *path);
/* 1, 0 or -errno; links are followed inside the root. */
int lx_rooted_exists(int root_fd, const char *path);
/* Names in a directory, sorted; an empty list when it is missing. */
int lx_rooted_list(int root_fd, const char *path, char ***ret);
