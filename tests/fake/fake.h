/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stand-in for sys/ that unit tests link: it records every call as a line of text and answers as it was told.
 *
 *     fake_reset();
 *     fake_result("sys_fsopen", -ENODEV);           the next call fails
 *     ... code under test ...
 *     assert_string_equal(fake_log(), "sys_fsopen(overlay) = -ENODEV\n");
 *
 * What was not scripted succeeds: 0, or a fresh descriptor (of /dev/null, so that it can be closed and passed on), which
 * the log calls fd1, fd2 ... in the order of their making. Calls that only look at what the test hands them (resolve.c,
 * pidfd.c, statfs.c, the table of namespaces, the parser of mountinfo) are carried out for real, and recorded.
 */
#pragma once

#include <stdbool.h>

/* Forgets log, scripts and names. */
void fake_reset(void);

/* The next call of function that is not answered yet returns result; several are answered in order. */
void fake_result(const char *function, int result);
/* Every call from now on that has no answer in the queue. */
void fake_result_always(const char *function, int result);

/* What sys_mountinfo_read() parses and sys_fs_message() gives. */
void fake_text(const char *function, const char *text);

/* Bit sets and numbers that calls hand out: sys_caps_get() (effective and permitted), sys_fs_magic(). */
void fake_value(const char *function, unsigned long long value);

/* All calls so far, one line each. Valid until the next call. */
const char *fake_log(void);
void fake_clear_log(void);
/* How often function was called. */
unsigned fake_count(const char *function);
