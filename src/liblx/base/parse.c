/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strict text to number. Written by hand because strtoul() and its kin accept signs, spaces and rests. */
#include "base/parse.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/macro.h"
#include "base/str.h"

#define FRACTION_DIGITS_MAX 9

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return INT_MAX;
}

/* Reads digits of base from *s on, at least one, and leaves *s behind them. */
static int read_digits(const char **s, unsigned base, uint64_t *ret)
{
	const char *p = *s;
	uint64_t value = 0;

	for (; digit_value(*p) < (int)base; p++)
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit_value(*p), &value))
			return -ERANGE;

	if (p == *s)
		return -EINVAL;

	*s = p;
	*ret = value;
	return 0;
}

/* Reads ".digits" if it is there: *ret / *ret_scale. */
static int read_fraction(const char **s, size_t max_digits, uint64_t *ret, uint64_t *ret_scale)
{
	const char *start;
	int r;

	*ret = 0;
	*ret_scale = 1;
	if (**s != '.')
		return 0;

	start = ++*s;
	r = read_digits(s, 10, ret);
	if (r < 0)
		return r;
	if ((size_t)(*s - start) > max_digits)
		return -EINVAL;

	for (; start < *s; start++)
		*ret_scale *= 10;
	return 0;
}

int parse_uint_base(const char *s, unsigned base, uint64_t *ret)
{
	uint64_t value;
	int r;

	r = read_digits(&s, base, &value);
	if (r < 0)
		return r;
	if (*s)
		return -EINVAL;

	*ret = value;
	return 0;
}

int parse_uint(const char *s, uint64_t *ret)
{
	return parse_uint_base(s, 10, ret);
}

int parse_int(const char *s, int64_t *ret)
{
	bool minus = *s == '-';
	uint64_t value;
	int r;

	r = parse_uint(s + minus, &value);
	if (r < 0)
		return r;
	if (value > (uint64_t)INT64_MAX + minus)
		return -ERANGE;

	*ret = minus ? (int64_t)-value : (int64_t)value;
	return 0;
}

int parse_bool(const char *s, bool *ret)
{
	static const char *const words[][4] = { { "no", "false", "off", "0" }, { "yes", "true", "on", "1" } };

	for (size_t value = 0; value < array_size(words); value++)
		for (size_t i = 0; i < array_size(words[value]); i++)
			if (str_equal(s, words[value][i])) {
				*ret = value;
				return 0;
			}

	return -EINVAL;
}

/* Bits to shift for a unit at *s, which is left behind it. */
static int read_unit(const char **s, unsigned *ret_shift)
{
	static const char letters[] = "KMGT";
	const char *letter;

	*ret_shift = 0;
	if (**s && **s != 'B') {
		letter = strchr(letters, **s >= 'a' && **s <= 'z' ? **s - 'a' + 'A' : **s);
		if (!letter)
			return -EINVAL;
		*ret_shift = 10 * (unsigned)(letter - letters + 1);
		(*s)++;
		if ((*s)[0] == 'i' && (*s)[1] == 'B')
			(*s)++;
	}

	if (**s == 'B')
		(*s)++;
	return **s ? -EINVAL : 0;
}

int parse_size(const char *s, uint64_t *ret)
{
	uint64_t value, fraction, scale;
	unsigned shift;
	int r;

	r = read_digits(&s, 10, &value);
	if (r < 0)
		return r;
	r = read_fraction(&s, FRACTION_DIGITS_MAX, &fraction, &scale);
	if (r < 0)
		return r;
	r = read_unit(&s, &shift);
	if (r < 0)
		return r;

	if (fraction > 0 && shift == 0)
		return -EINVAL; /* half a byte */
	if (value > UINT64_MAX >> shift)
		return -ERANGE;

	/* 10^9 * 2^40 does not fit 64 bits */
	fraction = (uint64_t)(((unsigned __int128)fraction << shift) / scale);
	if (__builtin_add_overflow(value << shift, fraction, &value))
		return -ERANGE;

	*ret = value;
	return 0;
}

int parse_percent(const char *s, uint64_t *ret)
{
	uint64_t value, fraction, scale;
	int r;

	r = read_digits(&s, 10, &value);
	if (r < 0)
		return r;
	r = read_fraction(&s, 2, &fraction, &scale);
	if (r < 0)
		return r;
	if (!str_equal(s, "%"))
		return -EINVAL;
	if (value > (UINT64_MAX - 99) / 100)
		return -ERANGE;

	*ret = value * 100 + fraction * 100 / scale;
	return 0;
}

int parse_pid(const char *s, pid_t *ret)
{
	uint64_t value;
	int r;

	r = parse_uint(s, &value);
	if (r < 0)
		return r;
	if (value == 0 || value > INT_MAX)
		return -ERANGE;

	*ret = (pid_t)value;
	return 0;
}
