/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Growing text. Errors are remembered: add freely, then ask once (buf_steal() gives NULL after a failure). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

struct buf {
	char *data; /* always NUL-terminated once something was added */
	size_t size;
	size_t allocated;
	bool failed;
};

#define BUF_INIT { 0 }

void buf_done(struct buf *b);
#define _cleanup_buf_ __attribute__((cleanup(buf_done)))

void buf_add(struct buf *b, const char *s);
void buf_add_mem(struct buf *b, const void *data, size_t size);
void buf_add_char(struct buf *b, char c);
void buf_addf(struct buf *b, const char *format, ...) _printf_(2, 3);
/* Removes the first n bytes. */
void buf_drop(struct buf *b, size_t n);
void buf_clear(struct buf *b);
/* The text, owned by the caller ("" rather than NULL when nothing was added); NULL when memory was short. */
char *buf_steal(struct buf *b);
