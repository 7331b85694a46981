/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any text as each kind of word: what is read as a value must be written and read again as the same. */
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "fuzz.h"
#include "host/host.h"
#include "net/address.h"

static void check_numbers(const char *text)
{
	uint64_t number;
	int64_t sign;
	bool truth;
	pid_t pid;

	(void)parse_uint(text, &number);
	(void)parse_uint_base(text, 8, &number);
	(void)parse_uint_base(text, 16, &number);
	(void)parse_int(text, &sign);
	(void)parse_bool(text, &truth);
	(void)parse_size(text, &number);
	(void)parse_percent(text, &number);
	if (parse_pid(text, &pid) >= 0 && pid <= 0)
		abort();
}

static void check_time(const char *text)
{
	char buffer[TIME_TEXT_MAX];
	usec_t time, same;

	if (time_parse(text, &time) < 0)
		return;
	if (time_parse(time_format(time, buffer, sizeof(buffer)), &same) < 0 || same != time)
		abort();
}

static void check_address(const char *text)
{
	struct lx_address a, same, network;
	char buffer[LX_ADDRESS_TEXT_MAX];

	if (lx_address_parse(text, 0, &a) < 0)
		return;
	network = lx_address_network(&a);
	if (!lx_address_contains(&a, &network))
		abort();
	if (lx_address_parse(lx_address_format(&a, buffer), a.family, &same) < 0 || memcmp(a.bytes, same.bytes, 16) != 0)
		abort();
}

static void check_vectors(const char *text)
{
	static const char *const words[] = { "memory.max", "hostname", "", NULL };
	_cleanup_strv_ char **quoted = NULL, **split = NULL;
	_cleanup_free_ char *joined = NULL, *copy = strdup(text);

	(void)strv_split_words(text, &quoted);
	if (strv_split(text, "\n", &split) < 0)
		return;
	joined = strv_join(split, "\n");
	if (!joined || strlen(joined) > strlen(text))
		abort();
	(void)str_nearest(text, words);
	(void)str_is_hostname(text, 63);
	if (copy)
		(void)str_printable(str_strip(copy));
}

static void check_subids(const char *text)
{
	struct lx_subid_pools pools = { 0 };

	if (lx_subid_pools_parse(text, text, &pools) < 0)
		return;
	vec_for_each(span, &pools.both)
		if (span->base == 0 || span->base + span->size > UINT32_MAX)
			abort();
	lx_subid_pools_done(&pools);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size < 4096 ? size : 4096);

	if (!text)
		return 0;
	check_numbers(text);
	check_time(text);
	check_address(text);
	check_vectors(text);
	check_subids(text);
	return 0;
}
