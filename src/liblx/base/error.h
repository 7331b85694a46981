/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An error is a value that its reader owns: a negative errno for programs and one sentence for people.
 *
 * The place that knows what was being attempted says so, once; the layers above add where it happened. A struct of
 * zeroes means "no error". It is always the last parameter and may be NULL. Every function returns the code, so that
 * "return lx_error_set(err, r, ...)" is the whole of an error path.
 *
 * The public type lives in lx.h; the helpers here are for the library and its programs.
 */
#pragma once

#include "lx.h"

#include "base/macro.h"

/* Sets code (negative errno) and "<sentence>: <strerror>". Returns code. */
int lx_error_set(struct lx_error *err, int code, const char *format, ...) _printf_(3, 4);

/* Sets code and a whole sentence of our own, nothing appended. Returns code. */
int lx_error_say(struct lx_error *err, int code, const char *format, ...) _printf_(3, 4);

/* Puts "<prefix>: " before the sentence that is there. Does nothing to an empty error. */
void lx_error_prefix(struct lx_error *err, const char *format, ...) _printf_(2, 3);

/* Appends "; <advice>": what the reader can do about it. Does nothing to an empty error. */
void lx_error_advise(struct lx_error *err, const char *format, ...) _printf_(2, 3);

/* -ENOMEM with its sentence. */
int lx_error_oom(struct lx_error *err);

void lx_error_clear(struct lx_error *err);
void lx_error_copy(struct lx_error *to, const struct lx_error *from);
