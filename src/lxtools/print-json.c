/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables for programs. */
#include <ctype.h>
#include <jansson.h>
#include <string.h>

#include "base/strv.h"

#include "print.h"

#define _cleanup_json_ _cleanup_(json_decrefp)

/* Text of a guest need not be UTF-8; such bytes become "?" rather than breaking the reader. */
static json_t *text_json(const char *text)
{
	_cleanup_free_ char *ascii = NULL;
	json_t *json = json_string(text);

	if (json)
		return json;
	ascii = strdup(text);
	if (!ascii)
		return NULL;
	for (char *c = ascii; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';

	return json_string(ascii);
}

static json_t *list_json(char *const *list)
{
	_cleanup_json_ json_t *array = json_array();

	if (!array)
		return NULL;
	strv_for_each(text, list)
		if (json_array_append_new(array, text_json(text)) < 0)
			return NULL;

	return take_ptr(array);
}

static json_t *cell_json(const struct lx_cell *cell)
{
	switch (cell->kind) {
	case LX_CELL_TEXT:
		return text_json(cell->text);
	case LX_CELL_NUMBER:
	case LX_CELL_SIZE:
	case LX_CELL_TIME:
		return json_integer(cell->number);
	case LX_CELL_TRUTH:
		return json_boolean(cell->number != 0);
	case LX_CELL_LIST:
		return list_json(cell->list);
	case LX_CELL_NOTHING:
		break;
	}

	return json_null();
}

/* "CPU TIME" → "cpu-time" */
static char *member_name(const char *title)
{
	char *name = strdup(title);

	for (char *c = name; c && *c; c++)
		*c = *c == ' ' ? '-' : tolower((unsigned char)*c);

	return name;
}

static json_t *row_json(const struct lx_table *t, size_t row)
{
	_cleanup_json_ json_t *object = json_object();

	if (!object)
		return NULL;
	for (size_t i = 0; i < t->n_columns; i++) {
		_cleanup_free_ char *name = member_name(t->titles[i]);

		if (!name || json_object_set_new(object, name, cell_json(&t->cells[row * t->n_columns + i])) < 0)
			return NULL;
	}

	return take_ptr(object);
}

static int print(const json_t *json, struct lx_error *err)
{
	if (json_dumpf(json, stdout, JSON_INDENT(2)) < 0)
		return lx_error_say(err, -EIO, "print JSON: it cannot be written");

	putchar('\n');
	return 0;
}

int lx_table_print_json(const struct lx_table *t, struct lx_error *err)
{
	_cleanup_json_ json_t *array = json_array();

	if (!array)
		return lx_error_oom(err);
	for (size_t row = 0; row < t->n_rows; row++)
		if (json_array_append_new(array, row_json(t, row)) < 0)
			return lx_error_oom(err);

	return print(array, err);
}

int lx_table_print_object(const struct lx_table *t, struct lx_error *err)
{
	_cleanup_json_ json_t *object = row_json(t, 0);

	return object ? print(object, err) : lx_error_oom(err);
}
