/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is decided about links before any is made. */
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "fake/fake.h"
#include "net/ip.h"
#include "net/net.h"

#define MAC_WEB_ETH0 "be:a1:5a:7e:8e:a5"

/* A configuration with these networks; everything else as for a machine called "machine". */
struct fixture {
	struct lx_config config;
	struct lx_settings settings;
	struct lx_host host;
};

static struct fixture fixture(struct lx_config_network *networks, size_t n)
{
	struct fixture f = {
		.config.networks = { networks, n },
		.settings.network = { .bridge = (char *)"lxbr0", .ipv4_address = (char *)"10.0.5.1/24", .ipv6_address = (char *)"fd00:5::1/64" },
		.host.machine_id = "0123456789abcdef0123456789abcdef",
	};

	fake_reset();
	return f;
}

#define FIXTURE(...)                                            \
	struct lx_config_network networks[] = { __VA_ARGS__ };  \
	struct fixture f = fixture(networks, array_size(networks))
#define VETH(name_, ...) { .label = (char *)(name_), .type = (char *)"veth", ##__VA_ARGS__ }
#define OTHER(name_, type_) { .label = (char *)(name_), .type = (char *)(type_) }

static int build(struct fixture *f, struct lx_links *ret, struct lx_error *err)
{
	return lx_links_build(&f->config, &f->settings, &f->host, "web", ret, err);
}

/* Everything about the links as text. */
static char *describe(const struct lx_links *links)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_addf(&b, "own namespace: %s\n", links->own_namespace ? "yes" : "no");
	vec_for_each(link, &links->list) {
		buf_addf(&b, "%s: %s name %s host %s bridge %s mac %s mtu %u gateways %s %s\n", link->label, link->driver->name, link->name,
			 link->host_name, link->bridge, link->mac, link->mtu, link->gateway4 ?: "-", link->gateway6 ?: "-");
		strv_for_each(a, link->addresses)
			buf_addf(&b, "  %s\n", a);
	}
	return buf_steal(&b);
}

static void test_links_of_an_empty_section(void **state)
{
	FIXTURE(VETH("eth0"));
	_cleanup_(lx_links_done) struct lx_links links = { 0 };
	_cleanup_free_ char *text = NULL;
	struct lx_error err = { 0 };

	(void)state;
	assert_done(build(&f, &links, &err), &err);
	text = describe(&links);
	assert_string_equal(text, "own namespace: yes\n"
				  "eth0: veth name eth0 host lxd146ca783b bridge lxbr0 mac " MAC_WEB_ETH0 " mtu 0 gateways - -\n");
}

static void test_links_say_what_was_asked_for(void **state)
{
	char *v4[] = { (char *)"10.0.5.20/24", NULL }, *v6[] = { (char *)"fd00:5::20/64", NULL };
	FIXTURE(VETH("eth0", .name = (char *)"lan", .link = (char *)"lxbr0", .host_name = (char *)"web-lan", .mac = (char *)"02:00:00:00:00:01",
			.mtu = 1400, .ipv4_address = v4, .ipv4_gateway = (char *)"auto", .ipv6_address = v6, .ipv6_gateway = (char *)"auto"));
	_cleanup_(lx_links_done) struct lx_links links = { 0 };
	_cleanup_free_ char *text = NULL;
	struct lx_error err = { 0 };

	(void)state;
	assert_done(build(&f, &links, &err), &err);
	text = describe(&links);
	assert_string_equal(text, "own namespace: yes\n"
				  "eth0: veth name lan host web-lan bridge lxbr0 mac 02:00:00:00:00:01 mtu 1400 gateways 10.0.5.1 fd00:5::1\n"
				  "  10.0.5.20/24\n"
				  "  fd00:5::20/64\n");
}

static void test_links_take_the_mtu_of_lx_conf(void **state)
{
	FIXTURE(VETH("eth0"), VETH("eth1", .link = (char *)"br9"));
	_cleanup_(lx_links_done) struct lx_links links = { 0 };
	struct lx_error err = { 0 };

	(void)state;
	f.settings.network.mtu = 9000;
	assert_done(build(&f, &links, &err), &err);
	assert_int_equal(links.list.items[0].mtu, 9000);
	assert_int_equal(links.list.items[1].mtu, 0);
}

static void test_user_link_has_addresses_of_its_own(void **state)
{
	FIXTURE(OTHER("eth0", "user"), OTHER("eth1", "user"));
	_cleanup_(lx_links_done) struct lx_links links = { 0 };
	_cleanup_free_ char *text = NULL;
	struct lx_error err = { 0 };

	(void)state;
	networks[1].mac = (char *)MAC_WEB_ETH0;
	networks[0].mac = (char *)MAC_WEB_ETH0;
	networks[1].ipv4_address = (char *[]){ (char *)"10.9.1.7/16", NULL };
	networks[1].mtu = 1400;
	assert_done(build(&f, &links, &err), &err);
	text = describe(&links);
	assert_string_equal(text, "own namespace: yes\n"
				  "eth0: user name eth0 host  bridge  mac " MAC_WEB_ETH0 " mtu 65520 gateways 10.0.2.2 -\n"
				  "  10.0.2.100/24\n"
				  "eth1: user name eth1 host  bridge  mac " MAC_WEB_ETH0 " mtu 1400 gateways 10.9.0.2 -\n"
				  "  10.9.1.7/16\n");
}

static void test_user_link_refuses_what_leaves_no_gateway(void **state)
{
	static const struct {
		const char *address, *error;
	} rows[] = {
		{ "10.9.1.2/24", "eth0: 10.9.1.2 is the gateway of its network; set another address" },
		{ "10.9.1.5/30", "eth0: the network of a link of type user needs more addresses than /30 has" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		FIXTURE(OTHER("eth0", "user"));
		_cleanup_(lx_links_done) struct lx_links links = { 0 };
		struct lx_error err = { 0 };

		networks[0].ipv4_address = (char *[]){ (char *)rows[i].address, NULL };
		assert_int_equal(build(&f, &links, &err), -EINVAL);
		assert_string_equal(err.text, rows[i].error);
	}
}

static void test_links_of_other_types(void **state)
{
	static const struct {
		const char *type;
		bool own;
	} rows[] = { { "empty", true }, { "none", false } };

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		FIXTURE(OTHER("eth0", rows[i].type));
		_cleanup_(lx_links_done) struct lx_links links = { 0 };
		struct lx_error err = { 0 };

		assert_done(build(&f, &links, &err), &err);
		assert_int_equal(links.list.n, 0);
		assert_int_equal(links.own_namespace, rows[i].own);
	}
}

static void test_links_need_a_network_of_our_own(void **state)
{
	FIXTURE(VETH("eth0"));
	_cleanup_(lx_links_done) struct lx_links links = { 0 };
	struct lx_error err = { 0 };

	(void)state;
	f.config.namespace.net = (char *)"host";
	assert_done(build(&f, &links, &err), &err);
	assert_int_equal(links.list.n, 0);
	assert_false(links.own_namespace);

	f.config.namespace.net = (char *)"private";
	f.config.networks.n = 0;
	assert_done(build(&f, &links, &err), &err);
	assert_true(links.own_namespace);
}

static void test_links_refuse_in_words(void **state)
{
	char *v4[] = { (char *)"10.0.5.20/24", NULL };
	struct {
		struct lx_config_network networks[2];
		size_t n;
		int code;
		const char *text;
	} rows[] = {
		{ { OTHER("eth0", "vhet") }, 1, -EINVAL, "eth0: there is no network type vhet; set type in " },
		{ { VETH("eth0", .name = (char *)"a/b") }, 1, -EINVAL, "eth0: a/b cannot be the name of a link" },
		{ { VETH("eth0", .host_name = (char *)"0123456789abcdef") }, 1, -EINVAL, "eth0: 0123456789abcdef cannot be the name of a link" },
		{ { VETH("eth0", .link = (char *)"br 0") }, 1, -EINVAL, "eth0: br 0 cannot be the name of a bridge" },
		{ { VETH("eth0", .link = (char *)"", .ipv4_address = v4, .ipv4_gateway = (char *)"auto") }, 1, -EINVAL,
		  "eth0: ipv4.gateway = auto, but the link is on no bridge; write the gateway in " },
		{ { VETH("eth0"), VETH("b", .name = (char *)"eth0") }, 2, -EEXIST,
		  "b: the link's name eth0 is that of network eth0 already" },
		{ { VETH("eth0", .host_name = (char *)"x"), VETH("eth1", .host_name = (char *)"x") }, 2, -EEXIST,
		  "eth1: host-name x is that of network eth0 already" },
		{ { VETH("eth0"), OTHER("n", "none") }, 2, -EINVAL,
		  "n: network type none uses the host's network and cannot stand beside other links" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct fixture f = fixture(rows[i].networks, rows[i].n);
		struct lx_links links = { 0 };
		struct lx_error err = { 0 };

		assert_int_equal(build(&f, &links, &err), rows[i].code);
		assert_contains(err.text, rows[i].text);
		assert_null(links.list.items);
	}
}

static void check_is(const char *links_text, int code, const char *text)
{
	FIXTURE(VETH("eth0"));
	_cleanup_(lx_links_done) struct lx_links links = { 0 };
	struct lx_error err = { 0 };

	fake_text("links", links_text);
	assert_done(build(&f, &links, &err), &err);
	assert_int_equal(lx_links_check(&links, &err), code);
	if (code < 0)
		assert_contains(err.text, text);
}

static void test_links_check_names_the_remedy(void **state)
{
	(void)state;
	check_is("lxbr0 5 bridge 1500 up 0\n", 0, NULL);
	check_is("lo 1 - 65536 up 0\n", -ENODEV, "eth0: bridge lxbr0 does not exist; run lx-net up, or set link in ");
	check_is("lxbr0 5 veth 1500 up 0\n", -ENOTSUP, "eth0: lxbr0 is not a bridge but a link of type veth; set link in ");
	check_is("lxbr0 5 bridge 1500 down 0\n", -ENETDOWN, "eth0: bridge lxbr0 is down; run lx-net up");
	check_is("lxbr0 5 bridge 1500 up 0\nlxd146ca783b 6 veth 1500 up 5\n", -EEXIST,
		 "eth0: the host has a link lxd146ca783b already");
}

static void test_gateway_is_the_address_of_another_bridge(void **state)
{
	FIXTURE(VETH("eth0", .link = (char *)"br9", .ipv4_gateway = (char *)"auto", .ipv6_gateway = (char *)"auto"));
	_cleanup_(lx_links_done) struct lx_links links = { 0 };
	const struct lx_link *link;
	struct lx_error err = { 0 };

	(void)state;
	fake_text("links", "br9 7 bridge 1500 up 0\n");
	fake_text("addresses", "6 10.1.0.1/24 0\n7 169.254.1.1/16 253\n7 10.9.0.1/24 0\n7 fe80::1/64 253\n7 fd09::1/64 0\n");
	assert_done(build(&f, &links, &err), &err);
	assert_done(lx_links_check(&links, &err), &err);
	link = &links.list.items[0];
	assert_string_equal(link->gateway4, "10.9.0.1");
	assert_string_equal(link->gateway6, "fd09::1");
}

static void test_gateway_of_a_bridge_without_address(void **state)
{
	FIXTURE(VETH("eth0", .link = (char *)"br9", .ipv4_gateway = (char *)"auto"));
	_cleanup_(lx_links_done) struct lx_links links = { 0 };
	struct lx_error err = { 0 };

	(void)state;
	fake_text("links", "br9 7 bridge 1500 up 0\n");
	fake_text("addresses", "6 10.1.0.1/24 0\n7 fd09::1/64 0\n");
	assert_done(build(&f, &links, &err), &err);
	assert_int_equal(lx_links_check(&links, &err), -EADDRNOTAVAIL);
	assert_contains(err.text, "eth0: bridge br9 has no IPv4 address that could be the gateway; ");
}

static void test_veth_is_born_inside(void **state)
{
	FIXTURE(VETH("eth0"));
	_cleanup_(lx_links_done) struct lx_links links = { 0 };
	_cleanup_ip_batch_ struct lx_ip_batch batch = { 0 };
	struct lx_error err = { 0 };

	(void)state;
	fake_text("links", "lxbr0 5 bridge 1450 up 0\n");
	assert_done(build(&f, &links, &err), &err);
	assert_int_equal(lx_net_veth.host_batch(&links.list.items[0], "4711", &batch), 0);
	assert_int_equal(strv_length(batch.lines), 1);
	assert_string_equal(batch.lines[0], "link add name lxd146ca783b up master lxbr0 mtu 1450 type veth "
					    "peer name eth0 address " MAC_WEB_ETH0 " mtu 1450 netns 4711");
	assert_string_equal(batch.purposes[0], "eth0: create link lxd146ca783b on bridge lxbr0");
}

static void test_veth_without_a_bridge(void **state)
{
	FIXTURE(VETH("eth0", .link = (char *)"", .mac = (char *)"02:00:00:00:00:01"));
	_cleanup_(lx_links_done) struct lx_links links = { 0 };
	_cleanup_ip_batch_ struct lx_ip_batch batch = { 0 };
	struct lx_error err = { 0 };

	(void)state;
	assert_done(build(&f, &links, &err), &err);
	assert_done(lx_links_check(&links, &err), &err);
	assert_int_equal(lx_net_veth.host_batch(&links.list.items[0], "1", &batch), 0);
	assert_string_equal(batch.lines[0], "link add name lxd146ca783b up type veth peer name eth0 address 02:00:00:00:00:01 netns 1");
}

/* As an ip whose standard input is /dev/null: first in PATH. */
static void make_idle_ip(const char *directory)
{
	static const char text[] = "#!/bin/sh\nexit 0\n";
	_cleanup_free_ char *file = path_join(directory, "ip");

	assert_int_equal(file_write_atomic(AT_FDCWD, file, text, sizeof(text) - 1, 0755), 0);
	assert_int_equal(setenv("PATH", directory, 1), 0);
}

static void test_links_that_ip_has_not_made(void **state)
{
	FIXTURE(VETH("eth0"));
	_cleanup_free_ char *path = strdup(getenv("PATH") ?: "");
	char directory[] = "/tmp/lx-test-links-XXXXXX";
	_cleanup_(lx_links_done) struct lx_links links = { 0 };
	struct lx_error err = { 0 };

	(void)state;
	assert_non_null(mkdtemp(directory));
	unit_remember_directory(directory);
	make_idle_ip(directory);
	assert_done(build(&f, &links, &err), &err);

	fake_result("sys_link_index", -ENODEV);
	assert_int_equal(lx_links_up(&links, 4711, &err), -ENODEV);
	assert_string_equal(err.text, "eth0: link lxd146ca783b is not there, though ip reports no error: No such device");
	lx_error_clear(&err);
	fake_result("sys_link_index", 12);
	assert_done(lx_links_up(&links, 4711, &err), &err);
	assert_int_equal(links.list.items[0].host_index, 12);

	assert_int_equal(setenv("PATH", path, 1), 0);
	assert_int_equal(tree_remove(AT_FDCWD, directory, &err), 0);
}

static void test_drivers_are_found_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; lx_net_drivers[i]; i++)
		assert_ptr_equal(lx_net_driver_find(lx_net_drivers[i]->name), lx_net_drivers[i]);
	assert_null(lx_net_driver_find("macvlan"));
}

UNIT_MAIN(UNIT(test_links_of_an_empty_section), UNIT(test_links_say_what_was_asked_for), UNIT(test_links_take_the_mtu_of_lx_conf),
	  UNIT(test_user_link_has_addresses_of_its_own), UNIT(test_user_link_refuses_what_leaves_no_gateway),
	  UNIT(test_links_of_other_types), UNIT(test_links_need_a_network_of_our_own), UNIT(test_links_refuse_in_words),
	  UNIT(test_links_check_names_the_remedy), UNIT(test_gateway_is_the_address_of_another_bridge), UNIT(test_gateway_of_a_bridge_without_address),
	  UNIT(test_veth_is_born_inside), UNIT(test_veth_without_a_bridge),
	  UNIT(test_links_that_ip_has_not_made), UNIT(test_drivers_are_found_by_name))
