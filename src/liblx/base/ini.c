/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * INI text. One copy of the text is cut into lines and words in place; the strings that a callback sees live as long as
 * the call.
 */
#include "base/ini.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"

struct reader {
	const char *file;
	ini_fn fn;
	ini_error_fn errors;
	void *userdata;
	struct lx_error *err;
	char *rest;         /* what is not read yet, NULL at the end */
	unsigned next_line; /* number of the line at rest */
	unsigned line;      /* number of the line in hand */
	char *section, *label;
};

/* A mistake of syntax: collected, or the end of the walk. */
static int mistake(struct reader *reader, const char *format, ...) _printf_(2, 3);
static int mistake(struct reader *reader, const char *format, ...)
{
	struct lx_error err = { 0 };
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	lx_error_say(&err, -EINVAL, "%s:%u: %s", reader->file, reader->line, str_printable(text));

	if (!reader->errors) {
		lx_error_copy(reader->err, &err);
		return err.code;
	}
	reader->errors(&err, reader->userdata);
	return 0;
}

static char *next_line(struct reader *reader)
{
	char *line = reader->rest, *newline;

	if (!line || !*line)
		return NULL;

	newline = strchr(line, '\n');
	if (newline)
		*newline = '\0';
	reader->rest = newline ? newline + 1 : NULL;
	reader->next_line++;
	return str_strip(line);
}

static bool is_comment(const char *s)
{
	return *s == ';' || *s == '#';
}

/* Control bytes other than tab have no business in a text that people write, and could steer their terminal later. */
static bool has_control(const char *s)
{
	for (; *s; s++)
		if (((unsigned char)*s < ' ' && *s != '\t') || *s == 0x7f)
			return true;

	return false;
}

/* Behind the closing quote of the string that begins at s, or NULL. */
static char *skip_quoted(char *s)
{
	for (s++; *s && *s != '"'; s++)
		if (*s == '\\' && s[1])
			s++;

	return *s ? s + 1 : NULL;
}

/* Removes the quotes of a value that is one quoted string. */
static void unquote(char *s)
{
	char *to = s;

	for (s++; *s != '"'; s++) {
		if (*s == '\\' && strchr("\\\"nt", s[1]))
			s++;
		else {
			*to++ = *s;
			continue;
		}
		*to++ = *s == 'n' ? '\n' : *s == 't' ? '\t' : *s;
	}
	*to = '\0';
}

/* Text after "=" to value, in place: comment and outer quotes removed. NULL when a quote is left open. */
static char *read_value(char *s)
{
	char *first_end = NULL, *p;

	s = str_strip(s);
	for (p = s; *p;) {
		bool word_start = p == s || isspace((unsigned char)p[-1]);

		if (word_start && is_comment(p)) {
			*p = '\0';
			break;
		}
		if (!word_start || *p != '"') {
			p++;
			continue;
		}

		bool first = p == s;
		p = skip_quoted(p);
		if (!p)
			return NULL;
		if (first)
			first_end = p;
	}

	s = str_strip(s);
	if (first_end && !*first_end)
		unquote(s);
	return s;
}

/* "section]" or "section label]", behind the bracket; a comment may follow. */
static int read_header(struct reader *reader, char *s)
{
	struct ini_line line = { .file = reader->file, .line = reader->line, .value = "" };
	char *end = strchr(s, ']'), *label;

	reader->section = reader->label = NULL;
	if (!end)
		return mistake(reader, "expected ']' after '[%s'", s);

	*end = '\0';
	end = str_strip(end + 1);
	if (*end && !is_comment(end))
		return mistake(reader, "unexpected text after ']': %s", end);

	s = str_strip(s);
	if (!*s)
		return mistake(reader, "expected a section name in []");

	label = s + strcspn(s, " \t");
	if (*label) {
		*label = '\0';
		reader->label = str_strip(label + 1);
	}
	reader->section = s;

	line.section = reader->section;
	line.label = reader->label;
	return reader->fn(&line, reader->userdata, reader->err);
}

static int read_key(struct reader *reader, char *s)
{
	struct ini_line line = {
		.file = reader->file,
		.line = reader->line,
		.section = reader->section,
		.label = reader->label,
	};
	char *equals = strchr(s, '='), *key;

	if (!equals)
		return mistake(reader, "expected 'key = value', found '%s'", s);

	*equals = '\0';
	key = str_strip(s);
	if (!*key)
		return mistake(reader, "expected a key before '='");
	/* after a line that is joined it may begin like a header or a comment */
	if (key[strcspn(key, " \t\"")] || strchr("[;#", *key))
		return mistake(reader, "'%s' cannot be a key", key);

	line.value = read_value(equals + 1);
	if (!line.value)
		return mistake(reader, "%s: missing closing quote", key);

	line.key = key;
	return reader->fn(&line, reader->userdata, reader->err);
}

/* Joins line with the following ones while it ends in a backslash; *joined holds the text then. */
static int join_lines(struct reader *reader, char **line, struct buf *joined)
{
	size_t n = strlen(*line);

	if (n == 0 || (*line)[n - 1] != '\\')
		return 0;

	for (;;) {
		char *next;

		if (n == 0 || (*line)[n - 1] != '\\') {
			buf_add(joined, *line);
			break;
		}

		(*line)[n - 1] = '\0';
		buf_add(joined, str_strip(*line));
		buf_add_char(joined, ' ');
		next = next_line(reader);
		if (!next)
			break;
		*line = next;
		n = strlen(next);
	}

	if (joined->failed)
		return -ENOMEM;
	*line = joined->data;
	return 0;
}

static int read_line(struct reader *reader, char *line)
{
	_cleanup_buf_ struct buf joined = BUF_INIT;
	int r;

	if (!*line || is_comment(line))
		return 0;

	if (*line == '[')
		return has_control(line) ? mistake(reader, "control character") : read_header(reader, line + 1);

	r = join_lines(reader, &line, &joined);
	if (r < 0)
		return lx_error_oom(reader->err);
	if (has_control(line))
		return mistake(reader, "control character");

	return read_key(reader, line);
}

int ini_parse(const char *file, const char *text, ini_fn fn, ini_error_fn errors, void *userdata, struct lx_error *err)
{
	struct reader reader = {
		.file = file,
		.fn = fn,
		.errors = errors,
		.userdata = userdata,
		.err = err,
		.next_line = 1,
	};
	_cleanup_free_ char *copy = NULL;
	const char *byte_order_mark = "\xef\xbb\xbf";
	char *line;

	copy = strdup(str_after(text, byte_order_mark) ?: text);
	if (!copy)
		return lx_error_oom(err);

	reader.rest = copy;
	for (reader.line = 1; (line = next_line(&reader)); reader.line = reader.next_line) {
		int r = read_line(&reader, line);

		if (r < 0)
			return r;
	}

	return 0;
}

/* Whether value would be read back as it is without quotes: asked of the reader itself. */
static bool reads_back(const char *value)
{
	_cleanup_free_ char *copy = strdup(value);
	size_t n = strlen(value);
	const char *read;

	if (!copy || has_control(value) || (n > 0 && value[n - 1] == '\\'))
		return false;

	read = read_value(copy);
	return read && str_equal(read, value);
}

char *ini_quote(const char *value)
{
	_cleanup_buf_ struct buf quoted = BUF_INIT;

	if (reads_back(value))
		return strdup(value);

	buf_add_char(&quoted, '"');
	for (; *value; value++)
		switch (*value) {
		case '\n':
			buf_add(&quoted, "\\n");
			break;
		case '\t':
			buf_add(&quoted, "\\t");
			break;
		case '"':
		case '\\':
			buf_add_char(&quoted, '\\');
			buf_add_char(&quoted, *value);
			break;
		default:
			buf_add_char(&quoted, *value);
		}
	buf_add_char(&quoted, '"');
	return buf_steal(&quoted);
}
