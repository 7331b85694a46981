/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Typed growing array. */
#include "base/vec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t vec_room(size_t n)
{
	size_t room = 1;

	while (room < n && room <= SIZE_MAX / 2)
		room *= 2;
	return room < n ? n : room;
}

void *vec_grow(void **items, size_t *n, size_t size)
{
	char *grown, *added;

	grown = reallocarray(*items, vec_room(*n + 1), size);
	if (!grown)
		return NULL;

	added = grown + *n * size;
	memset(added, 0, size);
	*items = grown;
	(*n)++;
	return added;
}
