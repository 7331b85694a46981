/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ring of bytes of fixed size: keeps the newest of a stream, or serves as a bounded queue. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lx_ring {
	char *data;
	size_t size, start, used;
};

/* size 0 is a ring that keeps nothing. */
int lx_ring_init(struct lx_ring *ring, size_t size);
void lx_ring_done(struct lx_ring *ring);

/* Adds all of it; what is oldest gives way. */
void lx_ring_add(struct lx_ring *ring, const void *data, size_t size);
static inline size_t lx_ring_space(const struct lx_ring *ring)
{
	return ring->size - ring->used;
}

/* The oldest bytes that lie together: *ret points into the ring. Returns their number. */
size_t lx_ring_front(const struct lx_ring *ring, const char **ret);
void lx_ring_drop(struct lx_ring *ring, size_t n);
/* Everything, oldest first: new memory with a NUL behind it. */
int lx_ring_copy(const struct lx_ring *ring, char **ret, size_t *ret_size);
