/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any text as INI; every value that is read must come back when it is quoted and read again. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/ini.h"
#include "base/str.h"
#include "fuzz.h"

static int compare_value(const struct ini_line *line, void *userdata, struct lx_error *err)
{
	const char *expected = userdata;

	(void)err;
	if (line->key && !str_equal(line->value, expected))
		abort();
	return 0;
}

static int take_line(const struct ini_line *line, void *userdata, struct lx_error *err)
{
	_cleanup_free_ char *quoted = NULL, *text = NULL;
	unsigned *n = userdata;

	if (!line->key)
		return 0;
	quoted = ini_quote(line->value);
	text = quoted ? str_format("[a]\n%s = %s\n", line->key, quoted) : NULL;
	if (!text || ini_parse("again", text, compare_value, NULL, (void *)line->value, err) < 0)
		abort();
	(*n)++;
	return 0;
}

static void take_mistake(const struct lx_error *err, void *userdata)
{
	(void)userdata;
	if (err->code >= 0 || !err->text[0])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	struct lx_error err = { 0 };
	unsigned all = 0, first = 0;

	if (!text)
		return 0;
	if (ini_parse("file", text, take_line, take_mistake, &all, &err) < 0)
		abort();
	if (ini_parse("file", text, take_line, NULL, &first, &err) < 0 && !err.text[0])
		abort();
	if (first > all)
		abort();
	return 0;
}
