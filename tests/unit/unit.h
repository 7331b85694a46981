/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What unit tests share: cmocka with the headers that it wants first, and a few words. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/tree.h"

/* The tables of cmocka read better without the macro's name in each row. */
#define UNIT(f) cmocka_unit_test(f)
#define UNIT_MAIN(...)                                                          \
	int main(void)                                                          \
	{                                                                       \
		const struct CMUnitTest tests[] = { __VA_ARGS__ };              \
									        \
		return cmocka_run_group_tests(tests, NULL, NULL);               \
	}

/* 0, or the error's sentence in the failure. */
#define assert_done(call, err)                                                  \
	do {                                                                    \
		int _done = (call);                                             \
									        \
		if (_done < 0)                                                  \
			fail_msg("%s: %d: %s", #call, _done, (err)->text);      \
	} while (0)

#define assert_contains(text, part)                                             \
	do {                                                                    \
		if (!strstr(text, part))                                        \
			fail_msg("\"%s\" is not in \"%s\"", part, text);        \
	} while (0)

#define UNIT_PATH_MAX 128

/* Directories that a test did not come to remove, since an assertion failed. */
static struct {
	char paths[64][UNIT_PATH_MAX];
	size_t n;
	pid_t owner;
} unit_directories;

static inline void unit_remove_directories(void)
{
	for (size_t i = 0; i < unit_directories.n && unit_directories.owner == getpid(); i++)
		(void)tree_remove(AT_FDCWD, unit_directories.paths[i], NULL);
}

/* For who makes one otherwise. */
static inline void unit_remember_directory(const char *path)
{
	if (unit_directories.n == 0) {
		unit_directories.owner = getpid();
		atexit(unit_remove_directories);
	}
	if (unit_directories.n < 64)
		snprintf(unit_directories.paths[unit_directories.n++], UNIT_PATH_MAX, "%s", path);
}

/* A directory of the test's own below $TMPDIR; path needs UNIT_PATH_MAX bytes. Its descriptor is the caller's. */
static inline int unit_directory(char *path)
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	snprintf(path, UNIT_PATH_MAX, "%s/lx-unit-XXXXXX", tmp && strlen(tmp) < 64 ? tmp : "/tmp");
	assert_non_null(mkdtemp(path));
	unit_remember_directory(path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static inline void unit_write(int dir_fd, const char *name, const char *text)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}
