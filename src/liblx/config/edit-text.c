/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One key in the text of a file. The INI reader says on which lines the headers and keys are; these lines alone are
 * touched: a value is replaced between "=" and the comment behind it, other lines are taken out or put in as a whole.
 */
#include "config/edit.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/ini.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/vec.h"
#include "config/types.h"

/* A header or a key of the wanted section, by its place in the text. */
struct entry {
	size_t start, end;           /* its lines, the last newline included */
	unsigned line;
	bool header, match;          /* match: the wanted key */
};

struct document {
	const char *text;
	const struct lx_key_name *name;
	VEC(struct entry) entries;
	struct buf out;
	size_t copied;               /* how much of text is in out, or left out */
};

static void document_done(struct document *d)
{
	vec_done(&d->entries);
	buf_done(&d->out);
}

static int note_entry(const struct ini_line *line, void *userdata, struct lx_error *err)
{
	struct document *d = userdata;
	struct entry *e;

	if (!str_equal(line->section, d->name->section->name) || !str_equal(line->label, d->name->label))
		return 0;
	e = vec_add(&d->entries);
	if (!e)
		return lx_error_oom(err);
	e->line = line->line;
	e->header = !line->key;
	e->match = line->key && d->name->key && strcmp(line->key, d->name->key->name) == 0;
	return 0;
}

/* Behind the newline of the line that begins at offset. */
static size_t next_line(const char *text, size_t offset)
{
	const char *newline = strchr(text + offset, '\n');

	return newline ? (size_t)(newline - text) + 1 : strlen(text);
}

static bool is_continued(const char *text, size_t start, size_t end)
{
	while (end > start && isspace((unsigned char)text[end - 1]))
		end--;
	return end > start && text[end - 1] == '\\';
}

/* Lines to offsets; a key has more than one line when they end in a backslash. */
static void place_entries(struct document *d)
{
	size_t offset = 0;
	unsigned line = 1;

	vec_for_each(e, &d->entries) {
		size_t last;

		for (; line < e->line; line++)
			offset = next_line(d->text, offset);
		e->start = last = offset;
		e->end = next_line(d->text, offset);
		while (!e->header && is_continued(d->text, last, e->end) && d->text[e->end]) {
			last = e->end;
			e->end = next_line(d->text, last);
		}
	}
}

static void copy_until(struct document *d, size_t end)
{
	if (end > d->copied)
		buf_add_mem(&d->out, d->text + d->copied, end - d->copied);
	d->copied = MAX_OF(d->copied, end);
}

static void end_line(struct document *d)
{
	if (d->out.size && d->out.data[d->out.size - 1] != '\n')
		buf_add_char(&d->out, '\n');
}

static int put_line(struct document *d, const char *value)
{
	_cleanup_free_ char *quoted = ini_quote(value);

	if (!quoted)
		return -ENOMEM;
	end_line(d);
	buf_addf(&d->out, "%s =%s%s\n", d->name->key->name, *quoted ? " " : "", quoted);
	return 0;
}

static int put_lines(struct document *d, char *const *values)
{
	int r = 0;

	for (; r >= 0 && values && *values; values++)
		r = put_line(d, *values);
	return r;
}

/* Length of the value that begins at s, before the comment and the spaces in front of it; as base/ini.c reads it. */
static size_t value_size(const char *s, size_t size)
{
	size_t end = 0;

	for (size_t i = 0; i < size;) {
		bool word_start = i == 0 || isspace((unsigned char)s[i - 1]);

		if (word_start && (s[i] == ';' || s[i] == '#'))
			break;
		if (word_start && s[i] == '"')
			for (i++; i < size && s[i] != '"'; i++)
				if (s[i] == '\\')
					i++;
		if (i < size && !isspace((unsigned char)s[i]))
			end = i + 1;
		i++;
	}
	return end;
}

/* A value in the place of the one that is there. */
static int replace_value(struct document *d, const struct entry *e, const char *value)
{
	_cleanup_free_ char *quoted = ini_quote(value);
	size_t start, size;

	if (!quoted)
		return -ENOMEM;
	start = (size_t)(strchr(d->text + e->start, '=') - d->text) + 1;
	copy_until(d, start);
	while (start < e->end && (d->text[start] == ' ' || d->text[start] == '\t'))
		start++;
	size = value_size(d->text + start, e->end - start);
	if (size == 0 || !*quoted) {
		buf_addf(&d->out, "%s%s", *quoted ? " " : "", quoted);
		d->copied = size ? start + size : d->copied;
		return 0;
	}
	copy_until(d, start);
	buf_add(&d->out, quoted);
	/* the comment of a value over several lines stays when the last of them has it */
	d->copied = start + size;
	return 0;
}

static void drop(struct document *d, const struct entry *e)
{
	copy_until(d, e->start);
	d->copied = e->end;
}

static const struct entry *last_match(const struct document *d)
{
	const struct entry *last = NULL;

	vec_for_each(e, &d->entries)
		if (e->match)
			last = e;
	return last;
}

/* Lines at the end of the section, or a new section at the end of the file. */
static int append_lines(struct document *d, char *const *values)
{
	const struct entry *last = last_match(d);
	const char *label = d->name->label;

	if (!last && d->entries.n)
		last = d->entries.items + d->entries.n - 1;
	if (last) {
		copy_until(d, last->end);
		return put_lines(d, values);
	}
	copy_until(d, strlen(d->text));
	end_line(d);
	buf_addf(&d->out, "%s[%s%s%s]\n", d->out.size ? "\n" : "", d->name->section->name, label ? " " : "", label ? label : "");
	return put_lines(d, values);
}

/* A scalar that is set twice in the file has the last value: that one is changed, the rest is left as it is. */
static int set_scalar(struct document *d, const char *value)
{
	const struct entry *last = last_match(d);

	return last ? replace_value(d, last, value) : append_lines(d, (char *const[]){ (char *)value, NULL });
}

/* The first line takes the first value, the others go away, further values follow the first. */
static int set_list(struct document *d, const struct lx_edit *edit)
{
	char *const *values = edit->values;
	const struct entry *first = NULL;
	int r = 0;

	vec_for_each(e, &d->entries) {
		if (!e->match)
			continue;
		if (first) {
			drop(d, e);
			continue;
		}
		first = e;
		if (edit->clear) {
			copy_until(d, e->start);
			r = put_line(d, "");
		}
		if (r >= 0)
			r = replace_value(d, e, *values);
		copy_until(d, e->end);
		if (r >= 0)
			r = put_lines(d, values + 1);
		if (r < 0)
			return r;
	}
	return first ? 0 : append_lines(d, values);
}

static int remove_entries(struct document *d)
{
	vec_for_each(e, &d->entries)
		if (e->match || !d->name->key)
			drop(d, e);
	return 0;
}

static int apply(struct document *d, const struct lx_edit *edit)
{
	if (!edit->values || !edit->values[0])
		return remove_entries(d);
	if (edit->add)
		return append_lines(d, edit->values);
	if (edit->name->key->type->list)
		return set_list(d, edit);
	return set_scalar(d, edit->values[0]);
}

int lx_edit_apply(const char *file, const char *text, const struct lx_edit *edit, char **ret, struct lx_error *err)
{
	_cleanup_(document_done) struct document d = { .text = text, .name = edit->name };
	char *out;
	int r;

	r = ini_parse(file, text, note_entry, NULL, &d, err);
	if (r < 0)
		return r;
	place_entries(&d);
	r = apply(&d, edit);
	if (r < 0)
		return lx_error_oom(err);
	copy_until(&d, strlen(text));
	out = buf_steal(&d.out);
	if (!out)
		return lx_error_oom(err);

	*ret = out;
	return 0;
}
