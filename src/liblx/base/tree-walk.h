/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the recursive operations on trees share: opening a level safely, the path for messages, hard links. */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"

/* Levels that are walked with one open directory each. A tree may come from a hostile guest. */
#define TREE_DEPTH_MAX 256

/* A directory below dir_fd: no link is followed and no mount point entered (-EXDEV). */
int tree_open_directory(int dir_fd, const char *name);
/* opendir() of a descriptor of its own for dir_fd; NULL and errno on failure. */
DIR *tree_read(int dir_fd);
/* The next entry without "." and ".."; NULL at the end or on failure (errno is 0 or says why). */
struct dirent *tree_next(DIR *dir);

/* The path of the walk, relative to where it began: for messages, and to find the first name of a hard link again. */
size_t tree_path_push(struct buf *path, const char *name); /* returns what tree_path_pop() wants */
void tree_path_pop(struct buf *path, size_t before);

/* Files with more than one name that were seen already. */
struct tree_links {
	void *root;
};
struct tree_link {
	dev_t device;
	ino_t inode;
	char path[]; /* of the first name */
};
/* Remembers the file: 1 and the first name when it was seen before, 0 when it is new. */
int tree_links_see(struct tree_links *links, const struct stat *st, const char *path, const struct tree_link **ret);
void tree_links_done(struct tree_links *links);
