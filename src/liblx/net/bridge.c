/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The managed bridge. One that is there already is used as it is: it gets the addresses that it lacks and keeps
 * everything else, and only what we added is taken away again.
 */
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "net/ifname.h"
#include "net/ip.h"
#include "net/network.h"
#include "sys/sys.h"

static struct lx_address to_value(const struct sys_address *a)
{
	struct lx_address v = { .family = a->family, .prefix = a->prefix };

	memcpy(v.bytes, a->bytes, sizeof(v.bytes));
	return v;
}

static bool same(const struct lx_address *a, const struct lx_address *b)
{
	return a->family == b->family && a->prefix == b->prefix && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* A second link in the same network would take the host's own traffic away. */
static int check_overlap(const struct lx_network *n, int index, struct lx_error *err)
{
	_cleanup_free_ struct sys_address *list = NULL;
	size_t count = 0;
	int r;

	r = sys_address_list(-1, &list, &count);
	if (r < 0)
		return lx_error_set(err, r, "read the host's addresses");

	strv_for_each(text, n->addresses) {
		struct lx_address ours;

		if (lx_address_parse(text, 0, &ours) < 0)
			continue;
		for (size_t i = 0; i < count; i++) {
			struct lx_address theirs = to_value(&list[i]);
			char name[IF_NAMESIZE], where[LX_ADDRESS_TEXT_MAX];

			if (list[i].index == index || (!lx_address_contains(&ours, &theirs) && !lx_address_contains(&theirs, &ours)))
				continue;
			return lx_error_say(err, -EADDRINUSE,
					    "%s: network of %s overlaps %s/%u of link %s; "
					    "set another ipv%d.address under [network] in lx.conf",
					    n->bridge, text, lx_address_format(&theirs, where), theirs.prefix,
					    if_indextoname((unsigned)list[i].index, name) ?: "?", ours.family == AF_INET ? 4 : 6);
		}
	}

	return 0;
}

/* Is the address on the link? */
static bool has_address(int index, const struct sys_address *list, size_t count, const char *text)
{
	struct lx_address a, b;

	if (lx_address_parse(text, 0, &a) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		b = to_value(&list[i]);
		if (list[i].index == index && same(&a, &b))
			return true;
	}

	return false;
}

static int add_create(const struct lx_network *n, struct lx_ip_batch *batch)
{
	_cleanup_free_ char *purpose = str_format("create bridge %s", n->bridge), *mtu = NULL, *machine_id = NULL;
	char mac[LX_MAC_SIZE];

	/* A MAC that is set stays; otherwise the bridge takes the lowest one of its ports, and guests lose their
	 * gateway when that changes. */
	if (file_read_line(AT_FDCWD, "/etc/machine-id", &machine_id) < 0)
		machine_id = strdup("");
	mtu = n->mtu ? str_format(" mtu %u", n->mtu) : strdup("");
	if (!purpose || !mtu || !machine_id)
		return -ENOMEM;
	lx_mac_derive(machine_id, n->directory, n->bridge, mac);

	return lx_ip_batch_add(batch, purpose, "link add name %s address %s%s up type bridge", n->bridge, mac, mtu);
}

static int add_set_up(const struct lx_network *n, struct lx_ip_batch *batch)
{
	_cleanup_free_ char *purpose = str_format("bring up bridge %s", n->bridge);

	return purpose ? lx_ip_batch_add(batch, purpose, "link set dev %s up", n->bridge) : -ENOMEM;
}

static int add_address(const struct lx_network *n, const char *verb, const char *text, struct lx_ip_batch *batch)
{
	_cleanup_free_ char *purpose = str_format("%s address %s of bridge %s", verb, text, n->bridge);
	const char *extra = strchr(text, ':') ? " nodad" : " brd +";

	if (!purpose)
		return -ENOMEM;

	return lx_ip_batch_add(batch, purpose, "addr %s %s dev %s%s", verb, text, n->bridge, str_equal(verb, "add") ? extra : "");
}

/* Addresses that lx.conf says and the link lacks; those we once added and lx.conf does not say any more. */
static int add_addresses(const struct lx_network *n, int index, struct lx_ip_batch *batch, struct lx_error *err)
{
	_cleanup_free_ struct sys_address *list = NULL;
	_cleanup_strv_ char **recorded = NULL;
	size_t count = 0;
	int r;

	r = index > 0 ? sys_address_list(-1, &list, &count) : 0;
	if (r < 0)
		return lx_error_set(err, r, "read the host's addresses");
	r = lx_record_list(n, "address", &recorded, err);
	if (r < 0)
		return r;

	strv_for_each(text, n->addresses) {
		if (index > 0 && has_address(index, list, count, text))
			continue;
		r = lx_record_add(n, err, "address %s", text);
		if (r < 0)
			return r;
		if (add_address(n, "add", text, batch) < 0)
			return lx_error_oom(err);
	}
	strv_for_each(text, recorded)
		if (!strv_contains(n->addresses, text) && index > 0 && has_address(index, list, count, text) &&
		    add_address(n, "del", text, batch) < 0)
			return lx_error_oom(err);

	return 0;
}

static int plan_up(const struct lx_network *n, const struct sys_link *link, struct lx_ip_batch *batch, struct lx_error *err)
{
	int r;

	if (link->index == 0) {
		r = lx_record_add(n, err, "bridge %s", n->bridge);
		if (r < 0)
			return r;
		if (add_create(n, batch) < 0)
			return lx_error_oom(err);
	}
	r = add_addresses(n, link->index, batch, err);
	if (r < 0)
		return r;
	if (link->index > 0 && !(link->flags & IFF_UP) && add_set_up(n, batch) < 0)
		return lx_error_oom(err);

	return 0;
}

int lx_bridge_up(const struct lx_network *n, struct lx_error *err)
{
	_cleanup_ip_batch_ struct lx_ip_batch batch = { 0 };
	struct sys_link link = { 0 };
	int r;

	r = sys_link_get(n->bridge, &link);
	if (r < 0 && r != -ENODEV)
		return lx_error_set(err, r, "look for bridge %s", n->bridge);
	if (r == 0 && !str_equal(link.kind, "bridge"))
		return lx_error_say(err, -EEXIST,
				    "there is a link %s that is not a bridge; set another bridge under [network] in lx.conf",
				    n->bridge);

	r = check_overlap(n, link.index, err);
	if (r >= 0)
		r = plan_up(n, &link, &batch, err);
	if (r < 0)
		return r;

	return lx_ip_batch_run(&batch, -EBADF, err);
}

/* Takes our addresses from a bridge that somebody else made. */
static int remove_addresses(const struct lx_network *n, char *const *recorded, struct lx_error *err)
{
	_cleanup_free_ struct sys_address *list = NULL;
	_cleanup_ip_batch_ struct lx_ip_batch batch = { 0 };
	struct sys_link link;
	size_t count = 0;

	if (sys_link_get(n->bridge, &link) < 0 || sys_address_list(-1, &list, &count) < 0)
		return 0;
	strv_for_each(text, recorded)
		if (has_address(link.index, list, count, text) && add_address(n, "del", text, &batch) < 0)
			return lx_error_oom(err);

	return lx_ip_batch_run(&batch, -EBADF, err);
}

int lx_bridge_down(const struct lx_network *n, struct lx_error *err)
{
	_cleanup_strv_ char **made = NULL, **recorded = NULL;
	int r;

	r = lx_record_list(n, "bridge", &made, err);
	if (r >= 0)
		r = lx_record_list(n, "address", &recorded, err);
	if (r < 0)
		return r;

	r = made ? lx_net_remove_link(n->bridge, err) : remove_addresses(n, recorded, err);
	if (r >= 0)
		r = lx_record_remove(n, "address", err);
	if (r >= 0)
		r = lx_record_remove(n, "bridge", err);
	return r;
}

int lx_bridge_members(const struct lx_network *n, char ***ret, struct lx_error *err)
{
	_cleanup_free_ struct sys_link *ports = NULL;
	_cleanup_strv_ char **names = NULL;
	struct sys_link link;
	size_t count = 0;
	int r;

	r = sys_link_get(n->bridge, &link);
	if (r == -ENODEV) {
		*ret = NULL;
		return 0;
	}
	if (r >= 0)
		r = sys_link_ports(link.index, &ports, &count);
	if (r < 0)
		return lx_error_set(err, r, "look at the ports of bridge %s", n->bridge);

	for (size_t i = 0; i < count; i++)
		if (strv_append(&names, ports[i].name) < 0)
			return lx_error_oom(err);

	*ret = take_ptr(names);
	return 0;
}
