/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Typed growing array: struct { type *items; size_t n; }. The macros work on any struct with these two members.
 *
 *     VEC(struct lx_mount) mounts;      vec_add(&plan->mounts) gives a zeroed new element, or NULL when memory is short.
 */
#pragma once

#include <stddef.h>

#define VEC(type)             \
	struct {              \
		type *items;  \
		size_t n;     \
	}

/* How many elements to allocate for n that grow one by one: the next power of two. To ask for that many each time is cheap, as most
 * of the time nothing changes; sizes in between would be left in the heap's caches of free pieces, up to seven of each. */
size_t vec_room(size_t n);

/* Grows the array at *items by one zeroed element of size bytes; returns the element or NULL. */
void *vec_grow(void **items, size_t *n, size_t size);

#define vec_add(v) ((__typeof__((v)->items))vec_grow((void **)&(v)->items, &(v)->n, sizeof(*(v)->items)))
#define vec_done(v)                   \
	do {                          \
		free((v)->items);     \
		(v)->items = NULL;    \
		(v)->n = 0;           \
	} while (0)
#define vec_for_each(p, v) for (__typeof__(*(v)->items) *p = (v)->items; p && p < (v)->items + (v)->n; p++)
