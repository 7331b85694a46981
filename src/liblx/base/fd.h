/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File descriptors. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

int fd_set_cloexec(int fd, bool cloexec);
int fd_set_nonblock(int fd, bool nonblock);
/* Closes every descriptor from first on, except those in keep (any order, n of them). */
int fd_close_from(int first, const int *keep, size_t n);
/* Is there something to be read now, or the end of it? Not of a negative one. */
bool fd_is_readable(int fd);
/* Writes all of it, retrying after signals and short writes. */
int fd_write_all(int fd, const void *data, size_t size);
/* Reads until size or end of file; returns the number of bytes. */
ssize_t fd_read_full(int fd, void *data, size_t size);
/* Duplicate with close-on-exec, at least 3. */
int fd_dup(int fd);
/* A sealed memfd with this content, read position 0. */
int fd_from_memory(const char *name, const void *data, size_t size);
