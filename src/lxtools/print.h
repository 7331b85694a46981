/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What commands list, as data: a record is one cell for each field. Printed as a table with a header, or as JSON, where
 * numbers, truth values and lists keep their type. Sizes and times are cells of their own kind: people see "12.50 MiB",
 * programs see bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#include "option.h"

enum lx_format { LX_FORMAT_TABLE, LX_FORMAT_JSON };
extern const struct lx_word lx_format_words[];
#define LX_FORMAT_ROW(s)                                                                       \
	{ 0, "format", .argument = "FORMAT", .kind = LX_OPTION_WORD, .offset = offsetof(s, format), \
	  .words = lx_format_words, .doc = "How to print: for people, or for programs." }

enum lx_cell_kind {
	LX_CELL_NOTHING, /* "-" in a table, null in JSON */
	LX_CELL_TEXT,
	LX_CELL_NUMBER,
	LX_CELL_SIZE,    /* bytes */
	LX_CELL_TIME,    /* microseconds */
	LX_CELL_TRUTH,   /* text: a remark for people */
	LX_CELL_LIST,    /* of strings */
};

struct lx_cell {
	enum lx_cell_kind kind;
	char *text;
	uint64_t number;
	char **list;
};

/* Setters: they copy. A NULL text or UINT64_MAX is "nothing". 0 or -ENOMEM. */
int lx_cell_set_text(struct lx_cell *cell, const char *text);
int lx_cell_set_list(struct lx_cell *cell, char *const *list);
int lx_cell_set_number(struct lx_cell *cell, enum lx_cell_kind kind, uint64_t number);
int lx_cell_set_remark(struct lx_cell *cell, const char *text);

/* The cell for people, "" for nothing; raw: sizes in bytes and times in nanoseconds, without a unit. New string. */
char *lx_cell_format(const struct lx_cell *cell, bool raw);

struct lx_table {
	const char *const *titles; /* "NAME"; the JSON member is the same in lower case, '-' for ' ' */
	size_t n_columns;
	struct lx_cell *cells;     /* n_rows * n_columns */
	size_t n_rows;
};

/* The first cell of a new row of empty cells; NULL when memory is short. Valid until the next call. */
struct lx_cell *lx_table_add(struct lx_table *t);
void lx_table_done(struct lx_table *t);
/* Columns as wide as their widest cell, two blanks between, nothing after the last. */
int lx_table_print(const struct lx_table *t, enum lx_format format, struct lx_error *err);
/* print-json.c: an array with one object for each row; or the first row alone, as one object. */
int lx_table_print_json(const struct lx_table *t, struct lx_error *err);
int lx_table_print_object(const struct lx_table *t, struct lx_error *err);
