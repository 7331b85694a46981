/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Durations and clocks. */
#include "base/time.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/macro.h"

#define USEC_PER_MIN (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MIN)
#define USEC_PER_DAY (24 * USEC_PER_HOUR)

/* Units that are written come first, largest first; the words after them are read only. */
static const struct {
	const char *word;
	usec_t usec;
} units[] = {
	{ "d", USEC_PER_DAY },
	{ "h", USEC_PER_HOUR },
	{ "min", USEC_PER_MIN },
	{ "s", USEC_PER_SEC },
	{ "ms", USEC_PER_MSEC },
	{ "us", 1 },
	{ "w", 7 * USEC_PER_DAY },
	{ "hr", USEC_PER_HOUR },
	{ "m", USEC_PER_MIN },
	{ "sec", USEC_PER_SEC },
};
#define N_UNITS_WRITTEN 6

usec_t time_now(clockid_t clock)
{
	struct timespec ts = { 0 };

	clock_gettime(clock, &ts);
	return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}

usec_t time_deadline(usec_t timeout)
{
	usec_t now = time_now(CLOCK_MONOTONIC);

	return timeout < USEC_INFINITY - now ? now + timeout : USEC_INFINITY;
}

int time_poll_timeout(usec_t deadline)
{
	usec_t now = time_now(CLOCK_MONOTONIC), left = deadline > now ? (deadline - now + USEC_PER_MSEC - 1) / USEC_PER_MSEC : 0;

	return deadline == USEC_INFINITY ? -1 : (int)MIN_OF(left, (usec_t)INT32_MAX);
}

/* The unit at *s, which is left behind it; 0 when there is none of that name. */
static usec_t read_unit(const char **s)
{
	size_t n = 0;

	while (isalpha((unsigned char)(*s)[n]))
		n++;

	for (size_t i = 0; i < array_size(units); i++)
		if (strlen(units[i].word) == n && strncmp(units[i].word, *s, n) == 0) {
			*s += n;
			return units[i].usec;
		}

	return 0;
}

/* "12.345" in millionths, so that a fraction of a unit is exact. */
static int read_number(const char **s, uint64_t *ret_whole, uint64_t *ret_millionths)
{
	const char *p = *s;
	uint64_t whole = 0, millionths = 0, place = 100000;

	if (!isdigit((unsigned char)*p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++)
		if (__builtin_mul_overflow(whole, 10ULL, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*p - '0'), &whole))
			return -ERANGE;

	if (*p == '.') {
		if (!isdigit((unsigned char)*++p))
			return -EINVAL;
		for (; isdigit((unsigned char)*p); p++, place /= 10) {
			if (place == 0)
				return -EINVAL;
			millionths += (uint64_t)(*p - '0') * place;
		}
	}

	*s = p;
	*ret_whole = whole;
	*ret_millionths = millionths;
	return 0;
}

static int add_part(usec_t *total, uint64_t whole, uint64_t millionths, usec_t unit)
{
	usec_t part;

	if (__builtin_mul_overflow(whole, unit, &part) || __builtin_add_overflow(*total, part, total) ||
	    __builtin_add_overflow(*total, millionths * unit / 1000000, total))
		return -ERANGE;

	return *total == USEC_INFINITY ? -ERANGE : 0;
}

int time_parse(const char *s, usec_t *ret)
{
	uint64_t whole, millionths;
	const char *start = s;
	usec_t total = 0;
	int r;

	if (strcmp(s, "infinity") == 0) {
		*ret = USEC_INFINITY;
		return 0;
	}

	do {
		usec_t unit;

		r = read_number(&s, &whole, &millionths);
		if (r < 0)
			return r;

		/* A bare number is seconds, but only when it is all that there is: "1min 30" may mean anything. */
		if (!*s && strspn(start, "0123456789.") == strlen(start))
			unit = USEC_PER_SEC;
		else
			unit = read_unit(&s);
		if (unit == 0)
			return -EINVAL;

		r = add_part(&total, whole, millionths, unit);
		if (r < 0)
			return r;
		while (*s == ' ' && s[1])
			s++;
	} while (*s);

	*ret = total;
	return 0;
}

char *time_format(usec_t t, char *buf, size_t size)
{
	size_t n = 0;

	if (t == USEC_INFINITY || t == 0) {
		snprintf(buf, size, "%s", t == 0 ? "0" : "infinity");
		return buf;
	}

	buf[0] = '\0';
	for (size_t i = 0; i < N_UNITS_WRITTEN && n < size; i++) {
		usec_t count = t / units[i].usec;

		if (count == 0)
			continue;
		n += (size_t)snprintf(buf + n, size - n, "%s%llu%s", n > 0 ? " " : "", (unsigned long long)count,
				      units[i].word);
		t %= units[i].usec;
	}

	return buf;
}
