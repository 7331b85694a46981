/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Growing text. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_done(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_INIT;
}

/* Room for more bytes and a NUL; doubles, so that adding is linear on the whole. */
static bool reserve(struct buf *b, size_t more)
{
	size_t wanted = b->allocated ? b->allocated : 64;
	char *grown;

	if (b->failed)
		return false;
	if (more >= SIZE_MAX / 4 - b->size) {
		b->failed = true;
		return false;
	}

	while (wanted < b->size + more + 1)
		wanted *= 2;
	if (wanted == b->allocated)
		return true;

	grown = realloc(b->data, wanted);
	if (!grown) {
		b->failed = true;
		return false;
	}

	b->data = grown;
	b->allocated = wanted;
	return true;
}

void buf_add_mem(struct buf *b, const void *data, size_t size)
{
	if (!reserve(b, size))
		return;

	if (size > 0)
		memcpy(b->data + b->size, data, size);
	b->size += size;
	b->data[b->size] = '\0';
}

void buf_add(struct buf *b, const char *s)
{
	buf_add_mem(b, s, strlen(s));
}

void buf_add_char(struct buf *b, char c)
{
	buf_add_mem(b, &c, 1);
}

void buf_addf(struct buf *b, const char *format, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);

	if (n < 0)
		b->failed = true;
	else if (reserve(b, (size_t)n)) {
		vsnprintf(b->data + b->size, (size_t)n + 1, format, again);
		b->size += (size_t)n;
	}
	va_end(again);
}

void buf_drop(struct buf *b, size_t n)
{
	if (!b->data)
		return;
	if (n > b->size)
		n = b->size;

	memmove(b->data, b->data + n, b->size - n + 1);
	b->size -= n;
}

void buf_clear(struct buf *b)
{
	b->size = 0;
	b->failed = false;
	if (b->data)
		b->data[0] = '\0';
}

char *buf_steal(struct buf *b)
{
	char *text;

	if (!b->data)
		buf_add_mem(b, NULL, 0);

	if (b->failed) {
		buf_done(b);
		return NULL;
	}

	text = b->data;
	*b = (struct buf)BUF_INIT;
	return text;
}
