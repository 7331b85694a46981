/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strings. Functions that allocate return NULL when memory is short and leave their inputs alone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/macro.h"

static inline bool str_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static inline bool str_empty(const char *s)
{
	return !s || !*s;
}

/* The rest of s after prefix, or NULL. */
const char *str_after(const char *s, const char *prefix);
bool str_ends_with(const char *s, const char *suffix);

/* printf into new memory. */
char *str_format(const char *format, ...) _printf_(1, 2);

/* strdup that accepts NULL and gives NULL for it: returns 0 or -ENOMEM; frees what *to held. */
int str_set(char **to, const char *from);

/* Removes white space at both ends, in place; returns the new start within s. */
char *str_strip(char *s);

/* Edits that turn a into b (insert, remove, change, swap neighbours); used to suggest the nearest key. */
size_t str_distance(const char *a, const char *b);

/* The word among words (NULL-terminated) nearest to s, or NULL when none is near enough to be a typing mistake. */
const char *str_nearest(const char *s, const char *const *words);

/* True when s is a host name label sequence: [a-z0-9A-Z-.], no empty label, no leading or trailing "-" or ".", at most max. */
bool str_is_hostname(const char *s, size_t max);

/* Makes text from a hostile source safe to print: control bytes become "?". In place; returns s. */
char *str_printable(char *s);

/* Bytes that are no part of valid UTF-8 become "?", in place; returns s. A character that was cut in two is not valid. */
char *str_make_utf8(char *s);
