/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words for the values of an enum. */
#include "base/names.h"

#include <errno.h>
#include <string.h>

int names_find(const char *const *names, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (names[i] && strcmp(names[i], word) == 0)
			return (int)i;

	return -EINVAL;
}

const char *names_get(const char *const *names, size_t n, int value)
{
	return value >= 0 && (size_t)value < n ? names[value] : NULL;
}
