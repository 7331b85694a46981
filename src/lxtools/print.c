/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cells, and tables of them for people. print-json.c is the other way out. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/vec.h"

#include "print.h"

const struct lx_word lx_format_words[] = {
	{ "table", LX_FORMAT_TABLE },
	{ "json", LX_FORMAT_JSON },
	{ NULL, 0 },
};

int lx_cell_set_text(struct lx_cell *cell, const char *text)
{
	int r;

	r = str_set(&cell->text, text);
	if (r < 0)
		return r;

	cell->kind = text ? LX_CELL_TEXT : LX_CELL_NOTHING;
	return 0;
}

int lx_cell_set_list(struct lx_cell *cell, char *const *list)
{
	int r;

	r = strv_extend(&cell->list, list);
	if (r < 0)
		return r;

	cell->kind = LX_CELL_LIST;
	return 0;
}

int lx_cell_set_number(struct lx_cell *cell, enum lx_cell_kind kind, uint64_t number)
{
	cell->number = number;
	cell->kind = number == UINT64_MAX ? LX_CELL_NOTHING : kind;
	return 0;
}

int lx_cell_set_remark(struct lx_cell *cell, const char *text)
{
	return str_set(&cell->text, text);
}

static void cell_done(struct lx_cell *cell)
{
	free(cell->text);
	strv_free(cell->list);
	*cell = (struct lx_cell){ 0 };
}

/* "12.50 MiB", as LXC prints sizes. */
static char *print_size(uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < array_size(units)) {
		value /= 1024;
		unit++;
	}

	return unit == 0 ? str_format("%" PRIu64 " bytes", bytes) : str_format("%.2f %s", value, units[unit]);
}

static char *format_size(const struct lx_cell *cell, bool raw)
{
	return raw ? str_format("%" PRIu64, cell->number) : print_size(cell->number);
}

static char *format_time(const struct lx_cell *cell, bool raw)
{
	/* Raw times are nanoseconds, the unit that scripts know from lxc-info -H. */
	return raw ? str_format("%" PRIu64, cell->number * 1000) : str_format("%.2f seconds", cell->number / 1e6);
}

static char *format_nothing(const struct lx_cell *cell _unused_, bool raw _unused_)
{
	return strdup("");
}

static char *format_text(const struct lx_cell *cell, bool raw _unused_)
{
	return strdup(cell->text);
}

static char *format_number(const struct lx_cell *cell, bool raw _unused_)
{
	return str_format("%" PRIu64, cell->number);
}

static char *format_truth(const struct lx_cell *cell, bool raw)
{
	const char *word = cell->number ? "true" : "false";

	return cell->text && !raw ? str_format("%s (%s)", word, cell->text) : strdup(word);
}

static char *format_list(const struct lx_cell *cell, bool raw _unused_)
{
	return strv_join(cell->list, ", ");
}

static char *(*const format_cell[])(const struct lx_cell *cell, bool raw) = {
	[LX_CELL_NOTHING] = format_nothing,
	[LX_CELL_TEXT] = format_text,
	[LX_CELL_NUMBER] = format_number,
	[LX_CELL_SIZE] = format_size,
	[LX_CELL_TIME] = format_time,
	[LX_CELL_TRUTH] = format_truth,
	[LX_CELL_LIST] = format_list,
};

char *lx_cell_format(const struct lx_cell *cell, bool raw)
{
	char *text = format_cell[cell->kind](cell, raw);

	/* Texts may come from the guest; the terminal of the reader is not the guest's. */
	return text ? str_printable(text) : NULL;
}

struct lx_cell *lx_table_add(struct lx_table *t)
{
	struct lx_cell *cells;

	cells = reallocarray(t->cells, (t->n_rows + 1) * t->n_columns, sizeof(*cells));
	if (!cells)
		return NULL;

	t->cells = cells;
	cells += t->n_rows++ * t->n_columns;
	memset(cells, 0, t->n_columns * sizeof(*cells));
	return cells;
}

void lx_table_done(struct lx_table *t)
{
	for (size_t i = 0; i < t->n_rows * t->n_columns; i++)
		cell_done(&t->cells[i]);
	free(take_ptr(t->cells));
	t->n_rows = 0;
}

/* ---- for people ---------------------------------------------------------------------------------------------- */

static void print_line(char *const *texts, const size_t *widths, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++)
		printf("%-*s  ", (int)widths[i], texts[i]);
	puts(texts[n - 1]);
}

/* A cell as it stands in a table. */
static char *format_column(const struct lx_cell *cell)
{
	char *text = lx_cell_format(cell, false);

	if (!text || *text)
		return text;

	free(text);
	return strdup("-");
}

/* All cells as text, the titles first. */
static char **format_all(const struct lx_table *t)
{
	size_t n = t->n_rows * t->n_columns;
	_cleanup_strv_ char **texts = calloc(t->n_columns + n + 1, sizeof(*texts));

	if (!texts)
		return NULL;
	for (size_t i = 0; i < t->n_columns + n; i++) {
		texts[i] = i < t->n_columns ? strdup(t->titles[i]) : format_column(&t->cells[i - t->n_columns]);
		if (!texts[i])
			return NULL;
	}

	return take_ptr(texts);
}

static int print_columns(const struct lx_table *t, struct lx_error *err)
{
	_cleanup_strv_ char **texts = format_all(t);
	_cleanup_free_ size_t *widths = calloc(t->n_columns, sizeof(*widths));

	if (!widths || !texts)
		return lx_error_oom(err);
	for (size_t i = 0; texts[i]; i++)
		widths[i % t->n_columns] = MAX_OF(widths[i % t->n_columns], strlen(texts[i]));
	for (size_t row = 0; row <= t->n_rows; row++)
		print_line(texts + row * t->n_columns, widths, t->n_columns);

	return 0;
}

int lx_table_print(const struct lx_table *t, enum lx_format format, struct lx_error *err)
{
	return format == LX_FORMAT_JSON ? lx_table_print_json(t, err) : print_columns(t, err);
}
