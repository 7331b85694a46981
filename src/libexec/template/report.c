/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines to the program that started us; see template.h. One line is one write, whoever reads sees it at once. */
#include <stdio.h>

#include "template/template.h"

#include "base/buf.h"
#include "base/fd.h"
#include "base/str.h"

/* Control bytes would break the lines, and they end on somebody's terminal. */
static void add_clean(struct buf *b, const char *text)
{
	size_t start = b->size;

	buf_add(b, text);
	if (!b->failed && b->size > start)
		str_printable(b->data + start);
}

static void send(struct buf *b)
{
	buf_add_char(b, '\n');
	if (!b->failed)
		fd_write_all(STDOUT_FILENO, b->data, b->size);
}

void report_progress(const char *stage, int percent, const char *message)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_addf(&b, "P\t%d\t", percent);
	add_clean(&b, stage);
	buf_add_char(&b, '\t');
	add_clean(&b, message ? message : "");
	send(&b);
}

void report_log(const char *text)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_add(&b, "L\t");
	add_clean(&b, text);
	send(&b);
}

void report_config(const char *key, const char *value)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_add(&b, "C\t");
	add_clean(&b, key);
	buf_add_char(&b, '\t');
	add_clean(&b, value);
	send(&b);
}
