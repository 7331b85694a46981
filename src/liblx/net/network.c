/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lx.conf says about the managed network, completed: names of our things, and the range of DHCP. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "net/ifname.h"
#include "net/network.h"

#define DEFAULT_BRIDGE "lxbr0"

void lx_network_done(struct lx_network *n)
{
	free(n->bridge);
	free(n->table);
	free(n->directory);
	free(n->lease_file);
	free(n->log_file);
	free(n->domain);
	strv_free(n->addresses);
	free(n->range_first);
	free(n->range_last);
	*n = (struct lx_network){ 0 };
}

/* A name for nftables: letters, digits and "_" need no quotes anywhere. */
static char *table_name(const char *bridge)
{
	char *name = str_equal(bridge, DEFAULT_BRIDGE) ? strdup("lx") : str_format("lx_%s", bridge);

	for (char *p = name; p && *p; p++)
		if (strchr("-.@+", *p))
			*p = '_';

	return name;
}

static int build_names(const struct lx_settings *s, struct lx_network *n, struct lx_error *err)
{
	const char *bridge = s->network.bridge;

	if (str_empty(bridge))
		return lx_error_say(err, -EINVAL, "network.bridge is empty in lx.conf: there is no network to manage");
	if (!lx_ifname_is_valid(bridge))
		return lx_error_say(err, -EINVAL, "network.bridge = %s cannot be the name of a link (" LX_IFNAME_RULE ")", bridge);

	n->bridge = strdup(bridge);
	n->table = table_name(bridge);
	n->directory = str_format("%s/.net/%s", s->paths.run, bridge);
	n->lease_file = str_format("%s/.net/%s.leases", s->paths.containers, bridge);
	n->log_file = str_format("%s/net@%s.log", s->paths.log, bridge); /* no container is called "net@..." */
	if (!n->bridge || !n->table || !n->directory || !n->lease_file || !n->log_file)
		return lx_error_oom(err);
	if (!str_empty(s->network.domain) && str_set(&n->domain, s->network.domain) < 0)
		return lx_error_oom(err);

	return 0;
}

static int build_address(const char *key, const char *text, int family, struct lx_network *n, struct lx_address *ret,
			 bool *ret_has, struct lx_error *err)
{
	if (str_empty(text))
		return 0;
	if (lx_address_parse(text, family, ret) < 0 || !strchr(text, '/'))
		return lx_error_say(err, -EINVAL, "network.%s = %s in lx.conf is not ADDRESS/PREFIX", key, text);
	if (strv_append(&n->addresses, text) < 0)
		return lx_error_oom(err);

	*ret_has = true;
	return 0;
}

/* The range when none is given: all host addresses of the network (at most the last 65534), without the bridge's own.
 * The longer side of the bridge's address is taken, which is all but one address for the usual .1. */
static int derive_range(struct lx_network *n, struct lx_error *err)
{
	uint32_t own, mask, first, last;
	struct in_addr a;
	char text[INET_ADDRSTRLEN];

	memcpy(&own, n->address4.bytes, sizeof(own));
	own = ntohl(own);
	if (n->address4.prefix < 16 || n->address4.prefix > 30)
		return lx_error_say(err, -EINVAL,
				    "network.ipv4.address = %s in lx.conf: set network.ipv4.dhcp-range too, "
				    "it is derived from networks of /16 to /30 only",
				    n->addresses[0]);
	mask = UINT32_MAX << (32 - n->address4.prefix);
	first = (own & mask) + 1;
	last = (own | ~mask) - 1;
	if (own < first || own > last)
		return lx_error_say(err, -EINVAL,
				    "network.ipv4.address = %s in lx.conf is the network's own or its broadcast address",
				    n->addresses[0]);

	if (last - own >= own - first)
		first = own + 1;
	else
		last = own - 1;

	a.s_addr = htonl(first);
	if (str_set(&n->range_first, inet_ntop(AF_INET, &a, text, sizeof(text))) < 0)
		return lx_error_oom(err);
	a.s_addr = htonl(last);
	if (str_set(&n->range_last, inet_ntop(AF_INET, &a, text, sizeof(text))) < 0)
		return lx_error_oom(err);

	return 0;
}

static int parse_range(const char *text, struct lx_network *n, struct lx_error *err)
{
	_cleanup_strv_ char **ends = NULL;
	struct lx_address first, last;

	if (strv_split(text, ", ", &ends) < 0)
		return lx_error_oom(err);
	if (strv_length(ends) != 2 || strchr(text, '/') || lx_address_parse(ends[0], AF_INET, &first) < 0 ||
	    lx_address_parse(ends[1], AF_INET, &last) < 0 || memcmp(first.bytes, last.bytes, 4) > 0)
		return lx_error_say(err, -EINVAL, "network.ipv4.dhcp-range = %s in lx.conf is not FIRST,LAST", text);
	if (!lx_address_contains(&n->address4, &first) || !lx_address_contains(&n->address4, &last))
		return lx_error_say(err, -EINVAL, "network.ipv4.dhcp-range = %s in lx.conf is outside of the bridge's network %s", text,
				    n->addresses[0]);

	if (str_set(&n->range_first, ends[0]) < 0 || str_set(&n->range_last, ends[1]) < 0)
		return lx_error_oom(err);

	return 0;
}

int lx_network_build(const struct lx_settings *settings, struct lx_network *ret, struct lx_error *err)
{
	const struct lx_settings_network *s = &settings->network;
	_cleanup_network_ struct lx_network n = { .mtu = s->mtu, .nat = s->nat };
	int r;

	n.lease_seconds = s->dhcp_lease_time ? s->dhcp_lease_time / USEC_PER_SEC : 3600;
	if (s->dhcp_lease_time == USEC_INFINITY || n.lease_seconds > UINT32_MAX)
		n.lease_seconds = 0; /* for ever */
	else if (n.lease_seconds < 120)
		n.lease_seconds = 120; /* what dnsmasq takes at least */

	r = build_names(settings, &n, err);
	if (r >= 0)
		r = build_address("ipv4.address", s->ipv4_address, AF_INET, &n, &n.address4, &n.has4, err);
	if (r >= 0)
		r = build_address("ipv6.address", s->ipv6_address, AF_INET6, &n, &n.address6, &n.has6, err);
	if (r >= 0 && n.has6 && n.address6.prefix != 64)
		r = lx_error_say(err, -EINVAL, "network.ipv6.address = %s in lx.conf: guests configure themselves only in a network of /64",
				 s->ipv6_address);
	if (r >= 0 && n.has4)
		r = str_empty(s->ipv4_dhcp_range) ? derive_range(&n, err) : parse_range(s->ipv4_dhcp_range, &n, err);
	if (r < 0)
		return r;

	*ret = n;
	n = (struct lx_network){ 0 };
	return 0;
}
