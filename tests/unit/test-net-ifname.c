/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Derived names of links. */
#include "unit/unit.h"

#include "net/ifname.h"

static void test_ifname_is_stable_and_fits(void **state)
{
	char a[LX_IFNAME_SIZE], b[LX_IFNAME_SIZE];

	(void)state;
	lx_ifname_derive("web", "eth0", a);
	lx_ifname_derive("web", "eth0", b);
	assert_string_equal(a, b);
	assert_string_equal(a, "lxd146ca783b"); /* known to journals of running containers: must never change */
	assert_true(lx_ifname_is_valid(a));
}

static void test_ifname_differs_by_each_word(void **state)
{
	char a[LX_IFNAME_SIZE], b[LX_IFNAME_SIZE];

	(void)state;
	lx_ifname_derive("web", "eth0", a);
	lx_ifname_derive("web", "eth1", b);
	assert_string_not_equal(a, b);
	lx_ifname_derive("ab", "c", a);
	lx_ifname_derive("a", "bc", b);
	assert_string_not_equal(a, b);
}

static void test_ifname_refuses_what_others_would_read(void **state)
{
	static const char *const bad[] = { "", "-x", ".", "..", "a b", "a/b", "eth%d", "a\"b", "a#b", "a\nb", "0123456789abcdef" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(lx_ifname_is_valid(bad[i]));
	assert_true(lx_ifname_is_valid("0123456789abcde"));
	assert_true(lx_ifname_is_valid("br0.100"));
}

static void test_mac_is_local_and_unicast(void **state)
{
	char mac[LX_MAC_SIZE], other[LX_MAC_SIZE], label[16];
	unsigned first;

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		snprintf(label, sizeof(label), "eth%u", i);
		lx_mac_derive("0123456789abcdef0123456789abcdef", "web", label, mac);
		assert_int_equal(strlen(mac), LX_MAC_SIZE - 1);
		assert_int_equal(sscanf(mac, "%x:", &first), 1);
		assert_int_equal(first & 3, 2);
	}
	lx_mac_derive("0123456789abcdef0123456789abcdef", "web", "eth0", mac);
	lx_mac_derive("fedcba9876543210fedcba9876543210", "web", "eth0", other);
	assert_string_not_equal(mac, other);
}

UNIT_MAIN(UNIT(test_ifname_is_stable_and_fits), UNIT(test_ifname_differs_by_each_word),
	  UNIT(test_ifname_refuses_what_others_would_read), UNIT(test_mac_is_local_and_unicast))
