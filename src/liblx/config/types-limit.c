/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Value types of cgroup limits. They keep the text that the kernel takes in the file of the same name on v2; what only we
 * understand (1.5G, 50%) is accepted too: sizes are turned into bytes here, per cents where they are applied, since the
 * period is the kernel's.
 */
#include "config/types.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"

/* Digits and one of K, M, G, T: the kernel's memparse() reads these itself. */
static bool is_kernel_size(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && (!text[digits] || (strchr("KMGT", text[digits]) && !text[digits + 1]));
}

static int normal_limit_bytes(const struct lx_key *key _unused_, const char *text, char **ret)
{
	uint64_t value;
	char *bytes;
	int r;

	if (str_equal(text, "max"))
		return lx_type_keep(text, ret);
	r = parse_size(text, &value);
	if (r < 0)
		return r;
	if (is_kernel_size(text))
		return lx_type_keep(text, ret);
	bytes = str_format("%" PRIu64, value);
	if (!bytes)
		return -ENOMEM;
	*ret = bytes;
	return 0;
}

const struct lx_type lx_type_limit_bytes =
	LX_TYPE_TEXT("memory limit", "max, or a size in bytes, or with K, M, G or T", normal_limit_bytes);

static int normal_limit_count(const struct lx_key *key, const char *text, char **ret)
{
	uint64_t value;
	int r;

	if (str_equal(text, "max"))
		return lx_type_keep(text, ret);
	r = parse_uint(text, &value);
	if (r < 0)
		return r;
	if (value < key->min || (key->max && value > key->max))
		return -ERANGE;
	return lx_type_keep(text, ret);
}

const struct lx_type lx_type_limit_count = LX_TYPE_TEXT("count limit", "max or a number", normal_limit_count);

/* The kernel refuses less than a millisecond of either, and periods of more than a second. */
static bool is_quota(const char *text, bool max_is_fine)
{
	uint64_t value;

	return (max_is_fine && str_equal(text, "max")) || (parse_uint(text, &value) == 0 && value >= 1000);
}

static int normal_limit_cpu(const struct lx_key *key _unused_, const char *text, char **ret)
{
	_cleanup_strv_ char **words = NULL;
	uint64_t percent, period = 0;
	size_t n;
	int r;

	if (strchr(text, '%')) {
		r = parse_percent(text, &percent);
		if (r < 0)
			return r;
		return percent == 0 ? -ERANGE : lx_type_keep(text, ret);
	}
	r = strv_split(text, " \t", &words);
	if (r < 0)
		return r;
	n = strv_length(words);
	if (n < 1 || n > 2 || !is_quota(words[0], true))
		return -EINVAL;
	if (n == 2 && (parse_uint(words[1], &period) < 0 || period < 1000 || period > 1000000))
		return -EINVAL;
	return lx_type_keep(text, ret);
}

const struct lx_type lx_type_limit_cpu =
	LX_TYPE_TEXT("cpu limit", "max, a per cent of one processor such as 50%, or QUOTA PERIOD in microseconds", normal_limit_cpu);

static int normal_weight(const struct lx_key *key _unused_, const char *text, char **ret)
{
	uint64_t value;
	int r;

	r = parse_uint(text, &value);
	if (r < 0)
		return r;
	return value < 1 || value > 10000 ? -ERANGE : lx_type_keep(text, ret);
}

const struct lx_type lx_type_weight = LX_TYPE_TEXT("weight", "a number from 1 to 10000", normal_weight);

static int normal_io_weight(const struct lx_key *key, const char *text, char **ret)
{
	const char *number = str_after(text, "default ");
	_cleanup_free_ char *checked = NULL;
	int r;

	r = normal_weight(key, number ? number : text, &checked);
	return r < 0 ? r : lx_type_keep(text, ret);
}

const struct lx_type lx_type_io_weight =
	LX_TYPE_TEXT("io weight", "a number from 1 to 10000, with or without \"default\" before it", normal_io_weight);

/* One "3" or "0-3" of a list. */
static bool is_id_span(const char *text)
{
	_cleanup_strv_ char **ends = NULL;
	uint64_t first, last;

	if (!isdigit((unsigned char)*text) || strv_split(text, "-", &ends) < 0)
		return false;
	if (parse_uint(ends[0], &first) < 0)
		return false;
	if (!ends[1])
		return !strchr(text, '-');
	return !ends[2] && parse_uint(ends[1], &last) == 0 && first <= last;
}

static int normal_cpuset(const struct lx_key *key _unused_, const char *text, char **ret)
{
	_cleanup_strv_ char **spans = NULL;
	int r;

	r = strv_split(text, ",", &spans);
	if (r < 0)
		return r;
	if (!spans)
		return -EINVAL;
	strv_for_each(span, spans)
		if (!is_id_span(span))
			return -EINVAL;
	return lx_type_keep(text, ret);
}

const struct lx_type lx_type_cpuset = LX_TYPE_TEXT("id list", "numbers and spans such as 0-3,7", normal_cpuset);

static bool is_io_setting(const char *text)
{
	static const char *const names[] = { "rbps=", "wbps=", "riops=", "wiops=" };
	uint64_t value;

	for (size_t i = 0; i < array_size(names); i++) {
		const char *number = str_after(text, names[i]);

		if (number)
			return str_equal(number, "max") || (parse_uint(number, &value) == 0 && value > 0);
	}
	return false;
}

static bool is_device_number(const char *text)
{
	_cleanup_strv_ char **parts = NULL;
	uint64_t value;

	if (strv_split(text, ":", &parts) < 0 || strv_length(parts) != 2 || strlen(parts[0]) + strlen(parts[1]) + 1 != strlen(text))
		return false;
	return parse_uint(parts[0], &value) == 0 && parse_uint(parts[1], &value) == 0;
}

static int normal_io_max(const struct lx_key *key _unused_, const char *text, char **ret)
{
	_cleanup_strv_ char **words = NULL;
	int r;

	r = strv_split(text, " \t", &words);
	if (r < 0)
		return r;
	if (strv_length(words) < 2 || !is_device_number(words[0]))
		return -EINVAL;
	strv_for_each(word, words + 1)
		if (!is_io_setting(word))
			return -EINVAL;
	return lx_type_keep(text, ret);
}

const struct lx_type lx_type_io_max =
	LX_TYPE_LIST("io limit", "MAJOR:MINOR and one or more of rbps=, wbps=, riops=, wiops= with a number or max", normal_io_max);
