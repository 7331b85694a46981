/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for the values of an enum, both ways, from one array. Index = value; a NULL word is a hole. */
#pragma once

#include <stddef.h>

/* The value of word, or -EINVAL. */
int names_find(const char *const *names, size_t n, const char *word);
/* The word of value, or NULL. */
const char *names_get(const char *const *names, size_t n, int value);

#define NAMES_FIND(table, word) names_find(table, array_size(table), word)
#define NAMES_GET(table, value) names_get(table, array_size(table), value)
