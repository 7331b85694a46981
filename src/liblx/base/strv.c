/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NULL-terminated vectors of strings. */
#include "base/strv.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"

void strv_free(char **v)
{
	if (!v)
		return;

	for (char **p = v; *p; p++)
		free(*p);
	free(v);
}

size_t strv_length(char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	return n;
}

int strv_consume(char ***v, char *s)
{
	_cleanup_free_ char *owned = s;
	size_t n = strv_length(*v);
	char **grown;

	if (!owned)
		return -ENOMEM;

	grown = reallocarray(*v, vec_room(n + 2), sizeof(char *));
	if (!grown)
		return -ENOMEM;

	grown[n] = take_ptr(owned);
	grown[n + 1] = NULL;
	*v = grown;
	return 0;
}

int strv_append(char ***v, const char *s)
{
	return strv_consume(v, strdup(s));
}

int strv_appendf(char ***v, const char *format, ...)
{
	char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&s, format, ap);
	va_end(ap);
	return n < 0 ? -ENOMEM : strv_consume(v, s);
}

int strv_extend(char ***v, char *const *more)
{
	strv_for_each(s, more) {
		int r = strv_append(v, s);

		if (r < 0)
			return r;
	}

	return 0;
}

bool strv_contains(char *const *v, const char *s)
{
	strv_for_each(item, v)
		if (str_equal(item, s))
			return true;

	return false;
}

bool strv_equal(char *const *a, char *const *b)
{
	size_t n = strv_length(a);

	if (n != strv_length(b))
		return false;

	for (size_t i = 0; i < n; i++)
		if (!str_equal(a[i], b[i]))
			return false;

	return true;
}

int strv_split(const char *s, const char *separators, char ***ret)
{
	_cleanup_strv_ char **v = NULL;
	int r;

	v = calloc(1, sizeof(char *));
	if (!v)
		return -ENOMEM;

	for (s += strspn(s, separators); *s; s += strspn(s, separators)) {
		size_t n = strcspn(s, separators);

		r = strv_consume(&v, strndup(s, n));
		if (r < 0)
			return r;
		s += n;
	}

	*ret = take_ptr(v);
	return 0;
}

/* Adds the quoted text that begins after *s's quote; leaves *s behind the closing quote. A backslash is special in
 * "..." only. */
static int read_quoted(const char **s, struct buf *word)
{
	char quote = *(*s)++;

	for (; **s && **s != quote; (*s)++) {
		if (quote == '"' && **s == '\\' && ((*s)[1] == '"' || (*s)[1] == '\\'))
			(*s)++;
		buf_add_char(word, **s);
	}

	if (!**s)
		return -EINVAL;
	(*s)++;
	return 0;
}

/* One word; *s is at its first character and ends behind its last. */
static int read_word(const char **s, struct buf *word)
{
	while (**s && !isspace((unsigned char)**s)) {
		if (**s == '"' || **s == '\'') {
			int r = read_quoted(s, word);

			if (r < 0)
				return r;
			continue;
		}
		if (**s == '\\') {
			if (!*++(*s))
				return -EINVAL;
		}
		buf_add_char(word, *(*s)++);
	}

	return 0;
}

int strv_split_words(const char *s, char ***ret)
{
	_cleanup_strv_ char **v = NULL;
	int r;

	v = calloc(1, sizeof(char *));
	if (!v)
		return -ENOMEM;

	for (;;) {
		_cleanup_buf_ struct buf word = BUF_INIT;

		while (isspace((unsigned char)*s))
			s++;
		if (!*s)
			break;

		r = read_word(&s, &word);
		if (r < 0)
			return r;
		r = strv_consume(&v, buf_steal(&word));
		if (r < 0)
			return r;
	}

	*ret = take_ptr(v);
	return 0;
}

char *strv_join(char *const *v, const char *separator)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	strv_for_each(s, v) {
		if (_p_s != v)
			buf_add(&b, separator);
		buf_add(&b, s);
	}

	return buf_steal(&b);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(char **v)
{
	size_t n = strv_length(v);

	if (n > 1)
		qsort(v, n, sizeof(char *), compare);
}
