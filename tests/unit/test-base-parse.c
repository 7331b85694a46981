/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* base/parse and base/time: tables of text and value. */
#include "unit/unit.h"

#include <errno.h>

#include "base/macro.h"
#include "base/parse.h"
#include "base/time.h"

struct row {
	const char *text;
	uint64_t value;
	int result;
};

static void check(int (*parse)(const char *, uint64_t *), const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t value = 77;
		int r = parse(rows[i].text, &value);

		if (r != rows[i].result || value != (r < 0 ? 77 : rows[i].value))
			fail_msg("\"%s\": result %d value %llu, expected %d %llu", rows[i].text, r,
				 (unsigned long long)value, rows[i].result, (unsigned long long)rows[i].value);
	}
}

static void test_parse_uint_is_strict(void **state)
{
	static const struct row rows[] = {
		{ "0", 0, 0 },
		{ "007", 7, 0 },
		{ "18446744073709551615", UINT64_MAX, 0 },
		{ "18446744073709551616", 0, -ERANGE },
		{ "", 0, -EINVAL },
		{ "-1", 0, -EINVAL },
		{ "+1", 0, -EINVAL },
		{ " 1", 0, -EINVAL },
		{ "1 ", 0, -EINVAL },
		{ "1a", 0, -EINVAL },
		{ "0x10", 0, -EINVAL },
	};

	(void)state;
	check(parse_uint, rows, array_size(rows));
}

static void test_parse_uint_base(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(parse_uint_base("1fF", 16, &value), 0);
	assert_int_equal(value, 0x1ff);
	assert_int_equal(parse_uint_base("755", 8, &value), 0);
	assert_int_equal(value, 0755);
	assert_int_equal(parse_uint_base("8", 8, &value), -EINVAL);
}

static void test_parse_int_has_both_ends(void **state)
{
	int64_t value;

	(void)state;
	assert_int_equal(parse_int("-9223372036854775808", &value), 0);
	assert_true(value == INT64_MIN);
	assert_int_equal(parse_int("9223372036854775807", &value), 0);
	assert_true(value == INT64_MAX);
	assert_int_equal(parse_int("9223372036854775808", &value), -ERANGE);
	assert_int_equal(parse_int("-9223372036854775809", &value), -ERANGE);
	assert_int_equal(parse_int("--1", &value), -EINVAL);
	assert_int_equal(parse_int("-", &value), -EINVAL);
}

static void test_parse_bool_words(void **state)
{
	static const char *const yes[] = { "yes", "true", "on", "1" }, *const no[] = { "no", "false", "off", "0" };
	bool value;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(parse_bool(yes[i], &value), 0);
		assert_true(value);
		assert_int_equal(parse_bool(no[i], &value), 0);
		assert_false(value);
	}
	assert_int_equal(parse_bool("", &value), -EINVAL);
	assert_int_equal(parse_bool("y", &value), -EINVAL);
	assert_int_equal(parse_bool("2", &value), -EINVAL);
}

static void test_parse_size_units(void **state)
{
	static const struct row rows[] = {
		{ "0", 0, 0 },
		{ "12", 12, 0 },
		{ "12B", 12, 0 },
		{ "1K", 1024, 0 },
		{ "1k", 1024, 0 },
		{ "1KiB", 1024, 0 },
		{ "1KB", 1024, 0 },
		{ "512M", 512ULL << 20, 0 },
		{ "1.5G", 3ULL << 29, 0 },
		{ "0.25T", 1ULL << 38, 0 },
		{ "16777215T", 16777215ULL << 40, 0 },
		{ "16777215.999999999T", (16777215ULL << 40) + 1099511626676ULL, 0 },
		{ "16777216T", 0, -ERANGE },
		{ "1.5", 0, -EINVAL },
		{ "1.K", 0, -EINVAL },
		{ ".5K", 0, -EINVAL },
		{ "1.0000000001K", 0, -EINVAL },
		{ "1KK", 0, -EINVAL },
		{ "1i", 0, -EINVAL },
		{ "1iB", 0, -EINVAL },
		{ "K", 0, -EINVAL },
		{ "1 K", 0, -EINVAL },
		{ "-1K", 0, -EINVAL },
		{ "1P", 0, -EINVAL },
	};

	(void)state;
	check(parse_size, rows, array_size(rows));
}

static void test_parse_percent_in_hundredths(void **state)
{
	static const struct row rows[] = {
		{ "50%", 5000, 0 },
		{ "0.5%", 50, 0 },
		{ "0.05%", 5, 0 },
		{ "250%", 25000, 0 },
		{ "50", 0, -EINVAL },
		{ "%", 0, -EINVAL },
		{ "1.234%", 0, -EINVAL },
		{ "1%%", 0, -EINVAL },
		{ "184467440737095517%", 0, -ERANGE },
	};

	(void)state;
	check(parse_percent, rows, array_size(rows));
}

static void test_parse_pid(void **state)
{
	pid_t pid;

	(void)state;
	assert_int_equal(parse_pid("1", &pid), 0);
	assert_int_equal(pid, 1);
	assert_int_equal(parse_pid("0", &pid), -ERANGE);
	assert_int_equal(parse_pid("2147483648", &pid), -ERANGE);
	assert_int_equal(parse_pid("-1", &pid), -EINVAL);
}

static void test_time_parse_units(void **state)
{
	static const struct row rows[] = {
		{ "30", 30 * USEC_PER_SEC, 0 },
		{ "0", 0, 0 },
		{ "1.5", 1500 * USEC_PER_MSEC, 0 },
		{ "30s", 30 * USEC_PER_SEC, 0 },
		{ "250ms", 250 * USEC_PER_MSEC, 0 },
		{ "7us", 7, 0 },
		{ "2h", 7200 * USEC_PER_SEC, 0 },
		{ "1d", 86400 * USEC_PER_SEC, 0 },
		{ "1w", 7 * 86400 * USEC_PER_SEC, 0 },
		{ "1min 30s", 90 * USEC_PER_SEC, 0 },
		{ "1min30s", 90 * USEC_PER_SEC, 0 },
		{ "0.000001s", 1, 0 },
		{ "infinity", USEC_INFINITY, 0 },
		{ "", 0, -EINVAL },
		{ "s", 0, -EINVAL },
		{ "30 ", 0, -EINVAL },
		{ " 30", 0, -EINVAL },
		{ "30s ", 0, -EINVAL },
		{ "1min 30", 0, -EINVAL },
		{ "1.s", 0, -EINVAL },
		{ "1.1234567s", 0, -EINVAL },
		{ "-1s", 0, -EINVAL },
		{ "5y", 0, -EINVAL },
		{ "18446744073709551615us", 0, -ERANGE },
		{ "18446744073709551616us", 0, -ERANGE },
		{ "999999999d", 0, -ERANGE },
	};

	(void)state;
	check(time_parse, rows, array_size(rows));
}

static void test_time_deadline_does_not_wrap(void **state)
{
	usec_t now = time_now(CLOCK_MONOTONIC);

	(void)state;
	assert_true(time_deadline(USEC_INFINITY) == USEC_INFINITY);
	assert_true(time_deadline(USEC_INFINITY - 1) == USEC_INFINITY);
	assert_true(time_deadline(USEC_PER_SEC) >= now + USEC_PER_SEC);
	assert_true(time_deadline(0) < now + USEC_PER_SEC);
}

static void test_time_format_reads_back(void **state)
{
	static const struct {
		usec_t value;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ USEC_INFINITY, "infinity" },
		{ 30 * USEC_PER_SEC, "30s" },
		{ 90 * USEC_PER_SEC, "1min 30s" },
		{ 1500 * USEC_PER_MSEC, "1s 500ms" },
		{ 86400 * USEC_PER_SEC + 1, "1d 1us" },
		{ USEC_INFINITY - 1, "213503982d 8h 1min 49s 551ms 614us" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		char text[TIME_TEXT_MAX];
		usec_t value;

		assert_string_equal(time_format(rows[i].value, text, sizeof(text)), rows[i].text);
		assert_int_equal(time_parse(text, &value), 0);
		assert_true(value == rows[i].value);
	}
}

UNIT_MAIN(
	UNIT(test_parse_uint_is_strict),
	UNIT(test_parse_uint_base),
	UNIT(test_parse_int_has_both_ends),
	UNIT(test_parse_bool_words),
	UNIT(test_parse_size_units),
	UNIT(test_parse_percent_in_hundredths),
	UNIT(test_parse_pid),
	UNIT(test_time_parse_units),
	UNIT(test_time_deadline_does_not_wrap),
	UNIT(test_time_format_reads_back),
)
