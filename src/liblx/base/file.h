/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole files. Paths are relative to dir_fd (AT_FDCWD for the working directory). */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Reads at most max bytes (more: -EFBIG) and adds a NUL. Never follows a symbolic link in the last component. */
int file_read(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_size);
/* Reads an open descriptor to its end. */
int file_read_fd(int fd, size_t max, char **ret, size_t *ret_size);
/* One line of a kernel file, trailing newline removed. */
int file_read_line(int dir_fd, const char *path, char **ret);
/* Writes to an existing file in one write() (cgroup, proc). */
int file_write(int dir_fd, const char *path, const char *text);
/* New temporary file beside it, fsync, rename: the reader sees the old or the new text, never a part. */
int file_write_atomic(int dir_fd, const char *path, const char *data, size_t size, mode_t mode);
/* Makes the directory path and what is missing above it (mkdir -p). */
int file_mkdir_parents(int dir_fd, const char *path, mode_t mode);
bool file_exists(int dir_fd, const char *path);
/* Where a symbolic link leads: 0, -EINVAL when it is none, -ENAMETOOLONG. */
int file_read_link(int dir_fd, const char *path, char ret[static PATH_MAX]);

/* The most that we read of a text file that people write. */
#define FILE_TEXT_MAX (1024 * 1024)
