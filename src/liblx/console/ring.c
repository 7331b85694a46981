/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ring of bytes of fixed size. */
#include "console/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"

int lx_ring_init(struct lx_ring *ring, size_t size)
{
	*ring = (struct lx_ring){ .size = size };
	if (size == 0)
		return 0;
	ring->data = malloc(size);
	return ring->data ? 0 : -ENOMEM;
}

void lx_ring_done(struct lx_ring *ring)
{
	free(ring->data);
	*ring = (struct lx_ring){ 0 };
}

void lx_ring_add(struct lx_ring *ring, const void *data, size_t size)
{
	const char *from = data;
	size_t end, part;

	if (size > ring->size) {
		from += size - ring->size;
		size = ring->size;
	}
	if (size == 0)
		return;
	if (size > lx_ring_space(ring))
		lx_ring_drop(ring, size - lx_ring_space(ring));

	end = (ring->start + ring->used) % ring->size;
	part = MIN_OF(size, ring->size - end);
	memcpy(ring->data + end, from, part);
	memcpy(ring->data, from + part, size - part);
	ring->used += size;
}

size_t lx_ring_front(const struct lx_ring *ring, const char **ret)
{
	*ret = ring->used > 0 ? ring->data + ring->start : "";
	return MIN_OF(ring->used, ring->size - ring->start);
}

void lx_ring_drop(struct lx_ring *ring, size_t n)
{
	n = MIN_OF(n, ring->used);
	ring->used -= n;
	ring->start = ring->used > 0 ? (ring->start + n) % ring->size : 0;
}

int lx_ring_copy(const struct lx_ring *ring, char **ret, size_t *ret_size)
{
	const char *front;
	size_t n = lx_ring_front(ring, &front);
	char *text = malloc(ring->used + 1);

	if (!text)
		return -ENOMEM;
	if (n > 0)
		memcpy(text, front, n);
	if (ring->used > n)
		memcpy(text + n, ring->data, ring->used - n);
	text[ring->used] = '\0';

	*ret = text;
	*ret_size = ring->used;
	return 0;
}
