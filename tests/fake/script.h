/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of the fake: how a stand-in records its call and finds its answer. */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

/* Record "function(arguments) = answer" and give the scripted answer, else 0. */
int script_call(const char *function, const char *format, ...) _printf_(2, 3);
/* The same for calls that make a descriptor; else a fresh one. */
int script_call_fd(const char *function, const char *format, ...) _printf_(2, 3);
/* Is there an answer for the next call? Otherwise the real thing is to be called, and its result recorded. */
bool script_has(const char *function);
int script_record(const char *function, int result, bool makes_fd, const char *format, ...) _printf_(4, 5);

const char *script_text(const char *function);
bool script_value(const char *function, unsigned long long *ret);

/* The name of a descriptor in the log: "fd3", "cwd", "-" for none. Up to four in one expression. */
const char *script_fd(int fd);
