/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The managed network: what is derived from lx.conf, the table of nftables, the arguments of dnsmasq, the record. */
#include "unit/unit.h"

#include <errno.h>

#include "base/tree.h"
#include "fake/fake.h"
#include "net/network.h"

/* From its parent: tree_remove() does not leave the file system of the descriptor that it gets. */
static void remove_directory(char *directory, int dir_fd)
{
	char *slash = strrchr(directory, '/');
	struct lx_error err = { 0 };
	int parent_fd;

	*slash = '\0';
	parent_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(parent_fd >= 0);
	assert_done(tree_remove(parent_fd, slash + 1, &err), &err);
	close(parent_fd);
	close(dir_fd);
}

static struct lx_settings settings_of(const char *bridge, const char *ipv4)
{
	return (struct lx_settings){
		.paths = { .run = (char *)"/run/lx", .containers = (char *)"/var/lib/lx", .log = (char *)"/var/log/lx" },
		.network = { .bridge = (char *)bridge, .ipv4_address = (char *)ipv4, .domain = (char *)"lx", .nat = true,
			     .dhcp_lease_time = 3600 * USEC_PER_SEC },
	};
}

static void test_network_names(void **state)
{
	static const struct {
		const char *bridge, *table, *directory;
	} rows[] = {
		{ "lxbr0", "lx", "/run/lx/.net/lxbr0" },
		{ "lxbr1", "lx_lxbr1", "/run/lx/.net/lxbr1" },
		{ "br-a.1", "lx_br_a_1", "/run/lx/.net/br-a.1" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct lx_settings s = settings_of(rows[i].bridge, "10.0.5.1/24");
		_cleanup_network_ struct lx_network n = { 0 };
		struct lx_error err = { 0 };

		assert_done(lx_network_build(&s, &n, &err), &err);
		assert_string_equal(n.table, rows[i].table);
		assert_string_equal(n.directory, rows[i].directory);
	}
}

static void test_network_derives_the_range(void **state)
{
	static const struct {
		const char *address, *first, *last;
	} rows[] = {
		{ "10.0.5.1/24", "10.0.5.2", "10.0.5.254" },
		{ "10.0.5.254/24", "10.0.5.1", "10.0.5.253" },
		{ "10.0.5.200/24", "10.0.5.1", "10.0.5.199" },
		{ "10.0.5.1/30", "10.0.5.2", "10.0.5.2" },
		{ "172.16.0.1/16", "172.16.0.2", "172.16.255.254" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct lx_settings s = settings_of("lxbr0", rows[i].address);
		_cleanup_network_ struct lx_network n = { 0 };
		struct lx_error err = { 0 };

		assert_done(lx_network_build(&s, &n, &err), &err);
		assert_string_equal(n.range_first, rows[i].first);
		assert_string_equal(n.range_last, rows[i].last);
	}
}

static void test_network_refuses_in_words(void **state)
{
	static const struct {
		const char *bridge, *address, *range, *address6, *text;
	} rows[] = {
		{ "", "10.0.5.1/24", NULL, NULL, "network.bridge is empty" },
		{ "a b", "10.0.5.1/24", NULL, NULL, "network.bridge = a b cannot be the name of a link" },
		{ "lxbr0", "10.0.5.1", NULL, NULL, "network.ipv4.address = 10.0.5.1 in lx.conf is not ADDRESS/PREFIX" },
		{ "lxbr0", "10.0.5.0/24", NULL, NULL, "is the network's own or its broadcast address" },
		{ "lxbr0", "10.0.5.255/24", NULL, NULL, "is the network's own or its broadcast address" },
		{ "lxbr0", "10.0.5.1/8", NULL, NULL, "set network.ipv4.dhcp-range too" },
		{ "lxbr0", "10.0.5.1/24", "10.0.6.1,10.0.6.9", NULL, "is outside of the bridge's network 10.0.5.1/24" },
		{ "lxbr0", "10.0.5.1/24", "10.0.5.9", NULL, "is not FIRST,LAST" },
		{ "lxbr0", "10.0.5.1/24", "10.0.5.9,10.0.5.2", NULL, "is not FIRST,LAST" },
		{ "lxbr0", "10.0.5.1/24", NULL, "fd00::1/48", "guests configure themselves only in a network of /64" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct lx_settings s = settings_of(rows[i].bridge, rows[i].address);
		struct lx_network n = { 0 };
		struct lx_error err = { 0 };

		s.network.ipv4_dhcp_range = (char *)rows[i].range;
		s.network.ipv6_address = (char *)rows[i].address6;
		assert_int_equal(lx_network_build(&s, &n, &err), -EINVAL);
		assert_contains(err.text, rows[i].text);
		assert_null(n.bridge);
	}
}

static void test_nft_ruleset(void **state)
{
	struct lx_settings s = settings_of("lxbr0", "10.0.5.1/24");
	_cleanup_network_ struct lx_network n = { 0 };
	_cleanup_free_ char *text = NULL;
	struct lx_error err = { 0 };

	(void)state;
	s.network.ipv6_address = (char *)"fd00:5::1/64";
	assert_done(lx_network_build(&s, &n, &err), &err);
	text = lx_nft_ruleset(&n);
	assert_string_equal(text,
			    "add table inet lx\n"
			    "delete table inet lx\n"
			    "table inet lx {\n"
			    "\tcomment \"managed by lx-net: lxbr0\"\n"
			    "\tchain input {\n"
			    "\t\ttype filter hook input priority filter; policy accept;\n"
			    "\t\tiifname \"lxbr0\" udp dport { 53, 67, 547 } accept\n"
			    "\t\tiifname \"lxbr0\" tcp dport 53 accept\n"
			    "\t\tiifname \"lo\" accept\n"
			    "\t\tip daddr 10.0.5.1 meta l4proto { tcp, udp } th dport 53 drop\n"
			    "\t\tip6 daddr fd00:5::1 meta l4proto { tcp, udp } th dport 53 drop\n"
			    "\t}\n"
			    "\tchain forward {\n"
			    "\t\ttype filter hook forward priority filter; policy accept;\n"
			    "\t\tiifname \"lxbr0\" accept\n"
			    "\t\toifname \"lxbr0\" ct state established,related accept\n"
			    "\t\toifname \"lxbr0\" ct status dnat accept\n"
			    "\t\toifname \"lxbr0\" drop\n"
			    "\t}\n"
			    "\tchain postrouting {\n"
			    "\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
			    "\t\tip daddr { 224.0.0.0/24, 255.255.255.255 } accept\n"
			    "\t\tip saddr 10.0.5.0/24 ip daddr != 10.0.5.0/24 masquerade\n"
			    "\t\tip6 saddr fd00:5::/64 ip6 daddr != fd00:5::/64 masquerade\n"
			    "\t}\n"
			    "}\n");
}

static void test_nft_ruleset_without_nat_routes_both_ways(void **state)
{
	struct lx_settings s = settings_of("lxbr0", "10.0.5.1/24");
	_cleanup_network_ struct lx_network n = { 0 };
	_cleanup_free_ char *text = NULL;
	struct lx_error err = { 0 };

	(void)state;
	s.network.nat = false;
	assert_done(lx_network_build(&s, &n, &err), &err);
	text = lx_nft_ruleset(&n);
	assert_null(strstr(text, "masquerade"));
	assert_null(strstr(text, "oifname \"lxbr0\" drop"));
}

static void test_nft_finds_chains_that_drop(void **state)
{
	static const char listing[] =
		"table ip filter {\n"
		"\tchain INPUT {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n"
		"\tchain FORWARD {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n"
		"\tchain DOCKER-USER {\n\t}\n"
		"}\n"
		"table inet lx {\n"
		"\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n\t}\n"
		"}\n"
		"table ip6 filter {\n"
		"\tchain FORWARD {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n"
		"}\n";
	_cleanup_strv_ char **drops = NULL;

	(void)state;
	assert_int_equal(lx_nft_find_drops(listing, &drops), 0);
	assert_int_equal(strv_length(drops), 2);
	assert_string_equal(drops[0], "ip filter FORWARD");
	assert_string_equal(drops[1], "ip6 filter FORWARD");
}

static void test_dnsmasq_arguments(void **state)
{
	static const char *const wanted[] = {
		"--conf-file=/dev/null",
		"--pid-file=/run/lx/.net/lxbr0/dnsmasq.pid",
		"--dhcp-leasefile=/var/lib/lx/.net/lxbr0.leases",
		"--log-facility=/var/log/lx/net@lxbr0.log",
		"--interface=lxbr0",
		"--except-interface=lo",
		"--bind-dynamic",
		"--user=dnsmasq",
		"--domain=lx",
		"--local=/lx/",
		"--dhcp-range=10.0.5.2,10.0.5.254,255.255.255.0,3600",
		"--dhcp-range=fd00:5::,ra-stateless,ra-names,64,3600",
		"--enable-ra",
		"--dhcp-option=option:mtu,1400",
	};
	struct lx_settings s = settings_of("lxbr0", "10.0.5.1/24");
	_cleanup_network_ struct lx_network n = { 0 };
	_cleanup_strv_ char **args = NULL;
	struct lx_error err = { 0 };

	(void)state;
	s.network.ipv6_address = (char *)"fd00:5::1/64";
	s.network.mtu = 1400;
	assert_done(lx_network_build(&s, &n, &err), &err);
	assert_int_equal(lx_dnsmasq_arguments(&n, "dnsmasq", &args), 0);
	assert_string_equal(args[0], "dnsmasq");
	for (size_t i = 0; i < array_size(wanted); i++)
		if (!strv_contains(args, wanted[i]))
			fail_msg("%s is missing", wanted[i]);
}

static void test_dnsmasq_lease_that_never_ends(void **state)
{
	struct lx_settings s = settings_of("lxbr0", "10.0.5.1/24");
	_cleanup_network_ struct lx_network n = { 0 };
	_cleanup_strv_ char **args = NULL;
	struct lx_error err = { 0 };

	(void)state;
	s.network.dhcp_lease_time = USEC_INFINITY;
	assert_done(lx_network_build(&s, &n, &err), &err);
	assert_int_equal(lx_dnsmasq_arguments(&n, NULL, &args), 0);
	assert_true(strv_contains(args, "--dhcp-range=10.0.5.2,10.0.5.254,255.255.255.0,infinite"));
	assert_true(strv_contains(args, "--user=root"));
}

static void test_dnsmasq_reads_leases(void **state)
{
	char directory[UNIT_PATH_MAX];
	int dir_fd = unit_directory(directory);
	struct lx_network n = { 0 };
	_cleanup_strv_ char **leases = NULL;
	struct lx_error err = { 0 };
	char path[UNIT_PATH_MAX + 16];

	(void)state;
	snprintf(path, sizeof(path), "%s/leases", directory);
	n.lease_file = path;
	assert_done(lx_dnsmasq_leases(&n, &leases, &err), &err);
	assert_null(leases);

	unit_write(dir_fd, "leases",
		   "1700000000 02:00:00:00:00:01 10.0.5.4 web ff:1\n"
		   "1700000000 02:00:00:00:00:02 10.0.5.5 * *\n"
		   "1700000000 02:00:00:00:00:03 10.0.5.6 ev\x1bil *\n"
		   "broken\n"
		   "duid 00:01\n"
		   "1700000000 12345 fd00:5::9 web 00:01\n");
	assert_done(lx_dnsmasq_leases(&n, &leases, &err), &err);
	assert_int_equal(strv_length(leases), 3);
	assert_string_equal(leases[0], "10.0.5.4 02:00:00:00:00:01 web");
	assert_string_equal(leases[1], "10.0.5.5 02:00:00:00:00:02 -");
	assert_string_equal(leases[2], "10.0.5.6 02:00:00:00:00:03 ev?il");

	remove_directory(directory, dir_fd);
}

static void test_record_keeps_and_forgets(void **state)
{
	char directory[UNIT_PATH_MAX], below[UNIT_PATH_MAX + 16];
	int dir_fd = unit_directory(directory);
	struct lx_network n = { .directory = below };
	_cleanup_strv_ char **lines = NULL, **none = NULL;
	struct lx_error err = { 0 };

	(void)state;
	snprintf(below, sizeof(below), "%s/.net/br", directory);
	assert_false(lx_record_exists(&n));
	assert_done(lx_record_add(&n, &err, "address %s", "10.0.5.1/24"), &err);
	assert_done(lx_record_add(&n, &err, "address %s", "10.0.5.1/24"), &err);
	assert_done(lx_record_add(&n, &err, "bridge br"), &err);
	assert_done(lx_record_add(&n, &err, "address %s", "fd00::1/64"), &err);
	assert_true(lx_record_exists(&n));

	assert_done(lx_record_list(&n, "address", &lines, &err), &err);
	assert_int_equal(strv_length(lines), 2);
	assert_string_equal(lines[0], "fd00::1/64");
	assert_string_equal(lines[1], "10.0.5.1/24");

	assert_done(lx_record_remove(&n, "address", &err), &err);
	assert_done(lx_record_list(&n, "address", &none, &err), &err);
	assert_null(none);
	assert_true(lx_record_exists(&n));
	assert_done(lx_record_remove(&n, "bridge", &err), &err);
	assert_false(lx_record_exists(&n));

	remove_directory(directory, dir_fd);
}

static void test_bridge_members(void **state)
{
	struct lx_network n = { .bridge = (char *)"lxbr0" };
	_cleanup_strv_ char **members = NULL;
	struct lx_error err = { 0 };

	(void)state;
	fake_reset();
	fake_text("links", "lo 1 - 65536 up 0\nlxbr0 5 bridge 1500 up 0\nlxa 6 veth 1500 up 5\nlxb 7 veth 1500 up 9\nlxc 8 veth 1500 up 5\n");
	assert_done(lx_bridge_members(&n, &members, &err), &err);
	assert_int_equal(strv_length(members), 2);
	assert_string_equal(members[0], "lxa");
	assert_string_equal(members[1], "lxc");
}

static void test_bridge_refuses_what_is_not_ours(void **state)
{
	static const struct {
		const char *links, *addresses, *text;
		int code;
	} rows[] = {
		{ "lxbr0 5 veth 1500 up 0\n", "", "there is a link lxbr0 that is not a bridge", -EEXIST },
		{ "eth0 2 - 1500 up 0\n", "2 10.0.0.7/16 0\n", "lxbr0: network of 10.0.5.1/24 overlaps 10.0.0.7/16 of link ", -EADDRINUSE },
		{ "eth0 2 - 1500 up 0\n", "2 10.0.5.7/32 0\n", "lxbr0: network of 10.0.5.1/24 overlaps 10.0.5.7/32 of link ", -EADDRINUSE },
	};
	struct lx_settings s = settings_of("lxbr0", "10.0.5.1/24");
	_cleanup_network_ struct lx_network n = { 0 };
	struct lx_error err = { 0 };

	(void)state;
	assert_done(lx_network_build(&s, &n, &err), &err);
	for (size_t i = 0; i < array_size(rows); i++) {
		fake_reset();
		fake_text("links", rows[i].links);
		fake_text("addresses", rows[i].addresses);
		assert_int_equal(lx_bridge_up(&n, &err), rows[i].code);
		assert_contains(err.text, rows[i].text);
	}
}

UNIT_MAIN(UNIT(test_network_names), UNIT(test_network_derives_the_range), UNIT(test_network_refuses_in_words), UNIT(test_nft_ruleset),
	  UNIT(test_nft_ruleset_without_nat_routes_both_ways), UNIT(test_nft_finds_chains_that_drop), UNIT(test_dnsmasq_arguments),
	  UNIT(test_dnsmasq_lease_that_never_ends), UNIT(test_dnsmasq_reads_leases), UNIT(test_record_keeps_and_forgets),
	  UNIT(test_bridge_members), UNIT(test_bridge_refuses_what_is_not_ours))
