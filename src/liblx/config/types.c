/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Value types that are numbers of some kind: booleans, counts, sizes, durations, modes, signals. */
#include "config/types.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"

static int check_bounds(const struct lx_key *key, uint64_t value)
{
	if (value < key->min || (key->max && value > key->max))
		return -ERANGE;
	return 0;
}

/* A number below the smallest that can be written stands for "unset". */
static bool is_unset(const struct lx_key *key, uint64_t value)
{
	return value == 0 && key->min > 0;
}

static int parse_bool_value(const struct lx_key *key _unused_, const char *text, void *field)
{
	return parse_bool(text, field);
}

static int format_bool(const struct lx_key *key _unused_, const void *field, char ***ret)
{
	return strv_append(ret, *(const bool *)field ? "yes" : "no");
}

static void done_bool(void *field)
{
	*(bool *)field = false;
}

const struct lx_type lx_type_bool = {
	.name = "boolean",
	.syntax = "yes or no",
	.size = sizeof(bool),
	.parse = parse_bool_value,
	.format = format_bool,
	.done = done_bool,
};

static int parse_uint32(const struct lx_key *key, const char *text, void *field)
{
	uint64_t value;
	int r;

	r = parse_uint(text, &value);
	if (r < 0)
		return r;
	if (value > UINT32_MAX)
		return -ERANGE;
	r = check_bounds(key, value);
	if (r < 0)
		return r;

	*(uint32_t *)field = (uint32_t)value;
	return 0;
}

static int format_uint32(const struct lx_key *key, const void *field, char ***ret)
{
	uint32_t value = *(const uint32_t *)field;

	return is_unset(key, value) ? 0 : strv_appendf(ret, "%" PRIu32, value);
}

static void done_uint32(void *field)
{
	*(uint32_t *)field = 0;
}

const struct lx_type lx_type_uint = {
	.name = "number",
	.syntax = "a number",
	.size = sizeof(uint32_t),
	.bounded = true,
	.parse = parse_uint32,
	.format = format_uint32,
	.done = done_uint32,
};

static void done_uint64(void *field)
{
	*(uint64_t *)field = 0;
}

static int parse_size_value(const struct lx_key *key, const char *text, void *field)
{
	uint64_t value;
	int r;

	r = parse_size(text, &value);
	if (r < 0)
		return r;
	r = check_bounds(key, value);
	if (r < 0)
		return r;

	*(uint64_t *)field = value;
	return 0;
}

static int format_size(const struct lx_key *key, const void *field, char ***ret)
{
	static const char units[] = "KMGT";
	uint64_t value = *(const uint64_t *)field;
	size_t unit = 0;

	if (is_unset(key, value))
		return 0;
	while (unit < 4 && value && value % 1024 == 0) {
		value /= 1024;
		unit++;
	}
	if (unit == 0)
		return strv_appendf(ret, "%" PRIu64, value);
	return strv_appendf(ret, "%" PRIu64 "%c", value, units[unit - 1]);
}

const struct lx_type lx_type_size = {
	.name = "size",
	.syntax = "a size in bytes, or with K, M, G or T",
	.size = sizeof(uint64_t),
	.bounded = true,
	.parse = parse_size_value,
	.format = format_size,
	.done = done_uint64,
};

static int parse_duration(const struct lx_key *key, const char *text, void *field)
{
	usec_t value;
	int r;

	r = time_parse(text, &value);
	if (r < 0)
		return r;
	r = check_bounds(key, value);
	if (r < 0)
		return r;

	*(usec_t *)field = value;
	return 0;
}

static int format_duration(const struct lx_key *key, const void *field, char ***ret)
{
	char text[TIME_TEXT_MAX];
	usec_t value = *(const usec_t *)field;

	return is_unset(key, value) ? 0 : strv_append(ret, time_format(value, text, sizeof(text)));
}

const struct lx_type lx_type_duration = {
	.name = "duration",
	.syntax = "a duration such as 30s, 5min or infinity",
	.size = sizeof(usec_t),
	.bounded = true,
	.parse = parse_duration,
	.format = format_duration,
	.done = done_uint64,
};

static int parse_offset(const struct lx_key *key _unused_, const char *text, void *field)
{
	bool negative = *text == '-';
	usec_t value;
	int r;

	r = time_parse(text + (*text == '-' || *text == '+'), &value);
	if (r < 0)
		return r;
	if (value > INT64_MAX)
		return -ERANGE;

	*(int64_t *)field = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

static int format_offset(const struct lx_key *key _unused_, const void *field, char ***ret)
{
	int64_t value = *(const int64_t *)field;
	char text[TIME_TEXT_MAX];

	time_format(value < 0 ? (usec_t)-value : (usec_t)value, text, sizeof(text));
	return strv_appendf(ret, "%s%s", value < 0 ? "-" : "", text);
}

const struct lx_type lx_type_offset = {
	.name = "offset",
	.syntax = "a duration with an optional sign, such as 2d or -1h",
	.size = sizeof(int64_t),
	.parse = parse_offset,
	.format = format_offset,
	.done = done_uint64,
};

static int parse_mode(const struct lx_key *key _unused_, const char *text, void *field)
{
	uint64_t value;
	int r;

	r = parse_uint_base(text, 8, &value);
	if (r < 0)
		return r;
	if (value > 07777)
		return -ERANGE;

	*(mode_t *)field = (mode_t)value;
	return 0;
}

static int format_mode(const struct lx_key *key _unused_, const void *field, char ***ret)
{
	return strv_appendf(ret, "%04o", (unsigned)*(const mode_t *)field);
}

static void done_mode(void *field)
{
	*(mode_t *)field = 0;
}

const struct lx_type lx_type_mode = {
	.name = "mode",
	.syntax = "a file mode in octal such as 0666",
	.size = sizeof(mode_t),
	.parse = parse_mode,
	.format = format_mode,
	.done = done_mode,
};

static int parse_realtime_signal(const char *text, int *ret)
{
	const char *plus = str_after(text, "RTMIN+"), *minus = str_after(text, "RTMAX-");
	uint64_t n;
	int r;

	if (str_equal(text, "RTMIN") || str_equal(text, "RTMAX")) {
		*ret = text[3] == 'I' ? SIGRTMIN : SIGRTMAX;
		return 0;
	}
	if (!plus && !minus)
		return -EINVAL;
	r = parse_uint(plus ? plus : minus, &n);
	if (r < 0)
		return r;
	if (n > (uint64_t)(SIGRTMAX - SIGRTMIN))
		return -ERANGE;

	*ret = plus ? SIGRTMIN + (int)n : SIGRTMAX - (int)n;
	return 0;
}

static int find_signal(const char *text, int *ret)
{
	const char *name = str_after(text, "SIG");
	uint64_t number;

	if (!name)
		name = text;
	if (parse_uint(name, &number) == 0) {
		if (number < 1 || number > (uint64_t)SIGRTMAX)
			return -ERANGE;
		*ret = (int)number;
		return 0;
	}
	for (int i = 1; i < SIGRTMIN; i++)
		if (str_equal(sigabbrev_np(i), name)) {
			*ret = i;
			return 0;
		}

	return parse_realtime_signal(name, ret);
}

static int parse_signal(const struct lx_key *key _unused_, const char *text, void *field)
{
	if (str_equal(text, "auto")) {
		*(int *)field = 0;
		return 0;
	}
	return find_signal(text, field);
}

static int format_signal(const struct lx_key *key _unused_, const void *field, char ***ret)
{
	int value = *(const int *)field;

	if (value == 0)
		return strv_append(ret, "auto");
	if (value == SIGRTMIN)
		return strv_append(ret, "SIGRTMIN");
	if (value > SIGRTMIN)
		return strv_appendf(ret, "SIGRTMIN+%d", value - SIGRTMIN);
	if (sigabbrev_np(value))
		return strv_appendf(ret, "SIG%s", sigabbrev_np(value));
	return strv_appendf(ret, "%d", value);
}

static void done_int(void *field)
{
	*(int *)field = 0;
}

const struct lx_type lx_type_signal = {
	.name = "signal",
	.syntax = "auto, or a signal by name or number, such as SIGPWR or SIGRTMIN+3",
	.size = sizeof(int),
	.parse = parse_signal,
	.format = format_signal,
	.done = done_int,
};
