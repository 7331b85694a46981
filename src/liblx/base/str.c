/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strings. */
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>

/* Longer words are never mistaken for a key; it also bounds the tables of str_distance(). */
#define DISTANCE_WORD_MAX 64

const char *str_after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

bool str_ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

char *str_format(const char *format, ...)
{
	char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&s, format, ap);
	va_end(ap);
	return n < 0 ? NULL : s;
}

int str_set(char **to, const char *from)
{
	char *copy = NULL;

	if (from) {
		copy = strdup(from);
		if (!copy)
			return -ENOMEM;
	}

	free(*to);
	*to = copy;
	return 0;
}

char *str_strip(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;

	n = strlen(s);
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		s[--n] = '\0';
	return s;
}

/* Three rows of the table of optimal string alignment: the current one, the one before and the one before that. */
size_t str_distance(const char *a, const char *b)
{
	size_t rows[3][DISTANCE_WORD_MAX + 1];
	size_t *before = rows[0], *previous = rows[1], *current = rows[2];
	size_t n = strlen(a), m = strlen(b);

	if (n > DISTANCE_WORD_MAX || m > DISTANCE_WORD_MAX)
		return MAX_OF(n, m);

	for (size_t j = 0; j <= m; j++)
		previous[j] = j;

	for (size_t i = 1; i <= n; i++) {
		size_t *free_row = before;

		current[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t change = previous[j - 1] + (a[i - 1] != b[j - 1]);
			size_t best = MIN_OF(MIN_OF(previous[j] + 1, current[j - 1] + 1), change);

			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = MIN_OF(best, before[j - 2] + 1);
			current[j] = best;
		}

		before = previous;
		previous = current;
		current = free_row;
	}

	return previous[m];
}

const char *str_nearest(const char *s, const char *const *words)
{
	size_t limit = strlen(s) / 3 + 1, best = SIZE_MAX;
	const char *nearest = NULL;

	for (; *words; words++) {
		size_t distance = str_distance(s, *words);

		if (distance < best) {
			best = distance;
			nearest = *words;
		}
	}

	return best <= limit && best < strlen(s) ? nearest : NULL;
}

/* Length of the label at the start of s, 0 when it is none. */
static size_t label_length(const char *s)
{
	size_t n = 0;

	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') || (s[n] >= '0' && s[n] <= '9') || s[n] == '-')
		n++;

	return n > 0 && n <= 63 && s[0] != '-' && s[n - 1] != '-' ? n : 0;
}

bool str_is_hostname(const char *s, size_t max)
{
	if (strlen(s) > max)
		return false;

	for (;;) {
		size_t n = label_length(s);

		if (n == 0)
			return false;
		if (!s[n])
			return true;
		if (s[n] != '.')
			return false;
		s += n + 1;
	}
}

char *str_printable(char *s)
{
	for (unsigned char *p = (unsigned char *)s; *p; p++) {
		if (*p < ' ' || *p == 0x7f)
			*p = '?';
		else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) /* control characters of C1 in UTF-8 */
			p[0] = p[1] = '?';
	}

	return s;
}

/* Bytes of the character at s, 0 when it is none: too short, longer than it need be, a surrogate, or beyond the last one. */
static size_t utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };

	for (size_t n = 0; n < array_size(forms); n++) {
		uint32_t c = s[0] & (unsigned char)~forms[n].mask;
		size_t i;

		if ((s[0] & forms[n].mask) != forms[n].lead)
			continue;
		for (i = 1; i <= n && (s[i] & 0xc0) == 0x80; i++)
			c = c << 6 | (s[i] & 0x3f);
		return i > n && c >= forms[n].least && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ? n + 1 : 0;
	}

	return 0;
}

char *str_make_utf8(char *s)
{
	for (char *p = s; *p;) {
		size_t n = utf8_length((const unsigned char *)p);

		if (n == 0)
			*p = '?';
		p += MAX_OF(n, 1U);
	}

	return s;
}
