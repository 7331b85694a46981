/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses as values, and the lines that configure a link inside. */
#include "unit/unit.h"

#include <errno.h>
#include <sys/socket.h>

#include "fake/fake.h"
#include "net/address.h"
#include "net/ip.h"

static void test_address_parse_takes_both_families(void **state)
{
	struct lx_address a;
	char text[LX_ADDRESS_TEXT_MAX];

	(void)state;
	assert_int_equal(lx_address_parse("10.0.5.1/24", 0, &a), 0);
	assert_int_equal(a.prefix, 24);
	assert_string_equal(lx_address_format(&a, text), "10.0.5.1");
	assert_int_equal(lx_address_parse("fd00::1", 0, &a), 0);
	assert_int_equal(a.prefix, 128);
	assert_string_equal(lx_address_format(&a, text), "fd00::1");
}

static void test_address_parse_refuses(void **state)
{
	static const char *const bad[] = { "", "10.0.5", "10.0.5.1/", "10.0.5.1/33", "10.0.5.1/-1", "10.0.5.1/2x", "10.0.5.256/24",
					   "fd00::1/129", "fd00:::1", "auto" };
	struct lx_address a;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(lx_address_parse(bad[i], 0, &a), -EINVAL);
	assert_int_equal(lx_address_parse("fd00::1", AF_INET, &a), -EINVAL);
}

static void test_address_network_clears_host_bits(void **state)
{
	static const struct {
		const char *address, *network;
	} rows[] = {
		{ "10.0.5.77/24", "10.0.5.0" }, { "10.0.5.77/30", "10.0.5.76" }, { "10.0.5.77/0", "0.0.0.0" },
		{ "10.0.5.77/32", "10.0.5.77" }, { "10.0.255.77/20", "10.0.240.0" }, { "fd00:5::7/64", "fd00:5::" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct lx_address a, n;
		char text[LX_ADDRESS_TEXT_MAX];

		assert_int_equal(lx_address_parse(rows[i].address, 0, &a), 0);
		n = lx_address_network(&a);
		assert_string_equal(lx_address_format(&n, text), rows[i].network);
	}
}

static void test_address_contains(void **state)
{
	struct lx_address net, inside, outside, other;

	(void)state;
	lx_address_parse("10.0.5.1/24", 0, &net);
	lx_address_parse("10.0.5.200", 0, &inside);
	lx_address_parse("10.0.6.1", 0, &outside);
	lx_address_parse("fd00::1", 0, &other);
	assert_true(lx_address_contains(&net, &inside));
	assert_false(lx_address_contains(&net, &outside));
	assert_false(lx_address_contains(&net, &other));
}

static void test_address_batch_is_empty_for_dhcp(void **state)
{
	struct lx_link link = { .label = (char *)"eth0", .name = (char *)"eth0" };
	struct lx_ip_batch batch = { 0 };

	(void)state;
	assert_int_equal(lx_address_batch(&link, &batch), 0);
	assert_null(batch.lines);
}

static void test_address_batch_of_static_link(void **state)
{
	char *addresses[] = { (char *)"10.0.5.20/24", (char *)"fd00:5::20/64", NULL };
	struct lx_link link = { .label = (char *)"lan", .name = (char *)"eth0", .addresses = addresses,
				.gateway4 = (char *)"10.0.5.1", .gateway6 = (char *)"fe80::1" };
	_cleanup_ip_batch_ struct lx_ip_batch batch = { 0 };
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(lx_address_batch(&link, &batch), 0);
	text = strv_join(batch.lines, "\n");
	assert_string_equal(text, "link set dev eth0 up\n"
				  "addr add 10.0.5.20/24 dev eth0\n"
				  "addr add fd00:5::20/64 dev eth0 nodad\n"
				  "route add 0.0.0.0/0 via 10.0.5.1 dev eth0\n"
				  "route add ::/0 via fe80::1 dev eth0");
	assert_string_equal(batch.purposes[3], "lan: set gateway 10.0.5.1");
}

static void test_address_batch_reaches_a_gateway_elsewhere(void **state)
{
	char *addresses[] = { (char *)"192.0.2.9/32", NULL };
	struct lx_link link = { .label = (char *)"eth0", .name = (char *)"eth0", .addresses = addresses, .gateway4 = (char *)"10.0.5.1" };
	_cleanup_ip_batch_ struct lx_ip_batch batch = { 0 };

	(void)state;
	assert_int_equal(lx_address_batch(&link, &batch), 0);
	assert_string_equal(batch.lines[2], "route add 0.0.0.0/0 via 10.0.5.1 dev eth0 onlink");
}

static void test_net_addresses_are_the_global_ones(void **state)
{
	_cleanup_strv_ char **v4 = NULL, **v6 = NULL;
	struct lx_error err = { 0 };

	(void)state;
	fake_reset();
	fake_text("addresses", "1 127.0.0.1/8 254\n1 ::1/128 254\n2 10.0.5.20/24 0\n2 fe80::1/64 253\n2 fd00:5::7/64 0\n");
	assert_done(lx_net_addresses(-1, &v4, &v6, &err), &err);
	assert_int_equal(strv_length(v4), 1);
	assert_string_equal(v4[0], "10.0.5.20");
	assert_int_equal(strv_length(v6), 1);
	assert_string_equal(v6[0], "fd00:5::7");
}

UNIT_MAIN(UNIT(test_address_parse_takes_both_families), UNIT(test_address_parse_refuses), UNIT(test_address_network_clears_host_bits),
	  UNIT(test_address_contains), UNIT(test_address_batch_is_empty_for_dhcp), UNIT(test_address_batch_of_static_link),
	  UNIT(test_address_batch_reaches_a_gateway_elsewhere), UNIT(test_net_addresses_are_the_global_ones))
