/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Typed growing array. */
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

void *vec_grow(void **items, size_t *n, size_t size)
{
	char *grown, *added;

	grown = reallocarray(*items, *n + 1, size);
	if (!grown)
		return NULL;

	added = grown + *n * size;
	memset(added, 0, size);
	*items = grown;
	(*n)++;
	return added;
}
