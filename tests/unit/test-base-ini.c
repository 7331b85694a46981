/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* base/ini: what is read is written out in one form, "line section/label key=value;", and compared. */
#include "unit/unit.h"

#include <errno.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/ini.h"
#include "base/macro.h"

static int record(const struct ini_line *line, void *userdata, struct lx_error *err)
{
	struct buf *b = userdata;

	if (line->key && strcmp(line->key, "stop") == 0)
		return lx_error_say(err, -ECANCELED, "%s:%u: stopped", line->file, line->line);

	buf_addf(b, "%u %s%s%s", line->line, line->section ? line->section : "-", line->label ? "/" : "",
		 line->label ? line->label : "");
	if (line->key)
		buf_addf(b, " %s=%s", line->key, line->value);
	buf_add_char(b, ';');
	return 0;
}

static void record_error(const struct lx_error *err, void *userdata)
{
	buf_addf(userdata, "!%s;", err->text);
}

static void check(const char *text, const char *expected)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct lx_error err = { 0 };

	buf_add(&b, "");
	assert_done(ini_parse("f", text, record, record_error, &b, &err), &err);
	assert_string_equal(b.data, expected);
}

static void test_ini_sections_and_labels(void **state)
{
	(void)state;
	check("", "");
	check("a=1\n[s]\nb = 2\n[s  the label ] ; x\nc=3", "1 - a=1;2 s;3 s b=2;4 s/the label;5 s/the label c=3;");
	check("\xef\xbb\xbf[s]\r\na = 1\r\n", "1 s;2 s a=1;");
}

static void test_ini_comments(void **state)
{
	(void)state;
	check("; one\n  # two\n\na = b ; c\n", "4 - a=b;");
	check("a = b;c#d", "1 - a=b;c#d;");
	check("a = ; nothing", "1 - a=;");
	check("a = \"x ; y\" # z", "1 - a=x ; y;");
	check("a = b \"x ; y\" z", "1 - a=b \"x ; y\" z;");
}

static void test_ini_quotes(void **state)
{
	(void)state;
	check("a = \"  b  \"", "1 - a=  b  ;");
	check("a = \"\"", "1 - a=;");
	check("a = \"b\\\"c\\\\d\\ne\"", "1 - a=b\"c\\d\ne;");
	check("a = \"b\" c", "1 - a=\"b\" c;"); /* words, for whoever splits them */
	check("a = it's 5\" wide", "1 - a=it's 5\" wide;");
	check("a = \"b", "!f:1: a: missing closing quote;");
	check("a = \"b\\\"", "!f:1: a: missing closing quote;");
}

static void test_ini_joined_lines(void **state)
{
	(void)state;
	check("a = b \\\n   c \\\n d\ne = f", "1 - a=b c d;4 - e=f;");
	check("# no \\\na = 1", "2 - a=1;");
	check("a = 1 \\", "1 - a=1;");
}

static void test_ini_mistakes_name_the_line(void **state)
{
	(void)state;
	check("\nnonsense\na=1", "!f:2: expected 'key = value', found 'nonsense';3 - a=1;");
	check("[open\na=1", "!f:1: expected ']' after '[open';2 - a=1;");
	check("[]", "!f:1: expected a section name in [];");
	check("[a] b", "!f:1: unexpected text after ']': b;");
	check("=1", "!f:1: expected a key before '=';");
	check("a b = 1", "!f:1: 'a b' cannot be a key;");
	check("a = \033[0m", "!f:1: control character;");
}

static void test_ini_first_mistake_ends_the_walk(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct lx_error err = { 0 };

	(void)state;
	assert_int_equal(ini_parse("f", "a=1\nwrong\nb=2", record, NULL, &b, &err), -EINVAL);
	assert_string_equal(err.text, "f:2: expected 'key = value', found 'wrong'");
	assert_string_equal(b.data, "1 - a=1;");
}

static void test_ini_callback_ends_the_walk(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct lx_error err = { 0 };

	(void)state;
	assert_int_equal(ini_parse("f", "a=1\nstop=1\nb=2", record, record_error, &b, &err), -ECANCELED);
	assert_string_equal(err.text, "f:2: stopped");
	assert_string_equal(b.data, "1 - a=1;");
}

static int keep_value(const struct ini_line *line, void *userdata, struct lx_error *err)
{
	(void)err;
	if (line->key)
		*(char **)userdata = strdup(line->value);
	return 0;
}

static void test_ini_quote_reads_back(void **state)
{
	static const char *const values[] = {
		"",	 "plain",   "two words", " space", "a ; b",   "#c",	"a#b",	      "\"",	 "\"a\"",
		"\"a\" b", "a\"b\"", "back\\",	 "a\\b",   "tab\tx",  "new\nline", "\\n",      "\"a\\",	 "it's",
		"x \"open", "x \"a ; b\" y", "\\\"",
	};

	(void)state;
	for (size_t i = 0; i < array_size(values); i++) {
		_cleanup_free_ char *quoted = ini_quote(values[i]), *read = NULL;
		char text[128];

		snprintf(text, sizeof(text), "key = %s\n", quoted);
		assert_int_equal(ini_parse("f", text, keep_value, NULL, &read, NULL), 0);
		assert_string_equal(read, values[i]);
	}
}

static void test_ini_quote_leaves_plain_text(void **state)
{
	_cleanup_free_ char *plain = ini_quote("/bin/sh -c \"echo hi\"");

	(void)state;
	assert_string_equal(plain, "/bin/sh -c \"echo hi\"");
}

UNIT_MAIN(
	UNIT(test_ini_sections_and_labels),
	UNIT(test_ini_comments),
	UNIT(test_ini_quotes),
	UNIT(test_ini_joined_lines),
	UNIT(test_ini_mistakes_name_the_line),
	UNIT(test_ini_first_mistake_ends_the_walk),
	UNIT(test_ini_callback_ends_the_walk),
	UNIT(test_ini_quote_reads_back),
	UNIT(test_ini_quote_leaves_plain_text),
)
