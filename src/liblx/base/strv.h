/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NULL-terminated vectors of strings. NULL is a valid empty vector. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/macro.h"

void strv_free(char **v);
DEFINE_CLEANUP(char **, strv_free)
#define _cleanup_strv_ _cleanup_(strv_freep)

size_t strv_length(char *const *v);
/* Copies s to the end. Returns 0 or -ENOMEM. */
int strv_append(char ***v, const char *s);
int strv_appendf(char ***v, const char *format, ...) _printf_(2, 3);
/* Takes over s, also on failure. */
int strv_consume(char ***v, char *s);
int strv_extend(char ***v, char *const *more);
bool strv_contains(char *const *v, const char *s);
bool strv_equal(char *const *a, char *const *b);
/* Splits at any of separators, drops empty words. */
int strv_split(const char *s, const char *separators, char ***ret);
/* Splits like a shell would: white space, '...', "..." and backslash; no expansion. -EINVAL for an open quote. */
int strv_split_words(const char *s, char ***ret);
char *strv_join(char *const *v, const char *separator);
void strv_sort(char **v);

#define strv_for_each(s, v) for (char *const *_p_##s = (v), *s; _p_##s && (s = *_p_##s); _p_##s++)
