/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recursive operations on directory trees, by descriptor: no name is resolved twice, no symbolic link is followed, no
 * mount point is crossed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/id-range.h"

/* Removes name (a file or a whole tree), relative to dir_fd. A missing one is fine. The path to name is trusted and may
 * have links; name itself and everything below it is not. */
int tree_remove(int dir_fd, const char *name, struct lx_error *err);
/* Copies the tree from_fd into the existing directory to_fd: owners, modes, times, xattrs, hard links, devices, sparse
 * files; file contents are shared (FICLONE) where the file system can. */
int tree_copy(int from_fd, int to_fd, struct lx_error *err);
/* The same with other owners: who is "inside" in the tree is "outside" in the copy, also in file capabilities that name an
 * owner. One that is in no range is an error. */
struct tree_owners {
	const struct id_range *uids, *gids;
	size_t n_uids, n_gids;
};
int tree_copy_for(int from_fd, int to_fd, const struct tree_owners *owners, struct lx_error *err);
/* The directory has no entries; false when it cannot be read. */
bool tree_is_empty(int dir_fd);
/* Bytes that the tree occupies (st_blocks). */
int tree_usage(int dir_fd, unsigned long long *ret, struct lx_error *err);
