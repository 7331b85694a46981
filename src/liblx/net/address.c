/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses, routes and gateways: as values, as lines for iproute2 inside the container, and as the kernel reports
 * them. */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/str.h"
#include "net/address.h"
#include "net/ip.h"
#include "sys/sys.h"

static unsigned width(int family)
{
	return family == AF_INET ? 32 : 128;
}

int lx_address_parse(const char *text, int family, struct lx_address *ret)
{
	struct lx_address a = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };
	const char *slash = strchr(text, '/');
	_cleanup_free_ char *host = NULL;
	uint64_t prefix;

	if (family && family != a.family)
		return -EINVAL;
	host = slash ? strndup(text, (size_t)(slash - text)) : strdup(text);
	if (!host)
		return -ENOMEM;
	if (inet_pton(a.family, host, a.bytes) != 1)
		return -EINVAL;

	prefix = width(a.family);
	if (slash && (parse_uint(slash + 1, &prefix) < 0 || prefix > width(a.family)))
		return -EINVAL;

	a.prefix = (unsigned)prefix;
	*ret = a;
	return 0;
}

const char *lx_address_format(const struct lx_address *a, char text[static LX_ADDRESS_TEXT_MAX])
{
	return inet_ntop(a->family, a->bytes, text, LX_ADDRESS_TEXT_MAX) ?: "";
}

struct lx_address lx_address_network(const struct lx_address *a)
{
	struct lx_address n = *a;

	for (unsigned bit = a->prefix; bit < width(a->family); bit++)
		n.bytes[bit / 8] &= (unsigned char)~(0x80 >> (bit % 8));

	return n;
}

bool lx_address_contains(const struct lx_address *a, const struct lx_address *b)
{
	struct lx_address other = *b, x, y;

	other.prefix = a->prefix;
	x = lx_address_network(a);
	y = lx_address_network(&other);
	return a->family == b->family && memcmp(x.bytes, y.bytes, sizeof(x.bytes)) == 0;
}

static int add_address(const struct lx_link *link, const char *text, struct lx_ip_batch *batch)
{
	_cleanup_free_ char *purpose = str_format("%s: set address %s", link->label, text);

	if (!purpose)
		return -ENOMEM;

	/* The address is ours by configuration: no second of duplicate detection before it can be used. */
	return lx_ip_batch_add(batch, purpose, "addr add %s dev %s%s", text, link->name, strchr(text, ':') ? " nodad" : "");
}

/* Is the gateway a neighbour by one of the addresses? A link-local one always is. */
static bool is_on_link(const struct lx_link *link, const char *gateway)
{
	struct lx_address g, a;

	if (lx_address_parse(gateway, 0, &g) < 0)
		return false;
	if (g.family == AF_INET6 && g.bytes[0] == 0xfe && (g.bytes[1] & 0xc0) == 0x80)
		return true;
	strv_for_each(text, link->addresses)
		if (lx_address_parse(text, g.family, &a) == 0 && lx_address_contains(&a, &g))
			return true;

	return false;
}

static int add_gateway(const struct lx_link *link, const char *gateway, struct lx_ip_batch *batch)
{
	_cleanup_free_ char *purpose = NULL;

	if (!gateway)
		return 0;
	purpose = str_format("%s: set gateway %s", link->label, gateway);
	if (!purpose)
		return -ENOMEM;

	return lx_ip_batch_add(batch, purpose, "route add %s via %s dev %s%s", strchr(gateway, ':') ? "::/0" : "0.0.0.0/0",
			       gateway, link->name, is_on_link(link, gateway) ? "" : " onlink");
}

int lx_address_batch(const struct lx_link *link, struct lx_ip_batch *batch)
{
	_cleanup_free_ char *purpose = NULL;
	int r;

	if (!link->addresses && !link->gateway4 && !link->gateway6)
		return 0;

	purpose = str_format("%s: bring up", link->label);
	if (!purpose)
		return -ENOMEM;
	r = lx_ip_batch_add(batch, purpose, "link set dev %s up", link->name);
	strv_for_each(text, link->addresses)
		if (r >= 0)
			r = add_address(link, text, batch);
	if (r >= 0)
		r = add_gateway(link, link->gateway4, batch);
	if (r >= 0)
		r = add_gateway(link, link->gateway6, batch);

	return r;
}

int lx_address_of_link(int index, int family, char **ret)
{
	_cleanup_free_ struct sys_address *list = NULL;
	size_t n = 0;
	int r = sys_address_list(-1, &list, &n);

	for (size_t i = 0; r >= 0 && i < n; i++) {
		struct lx_address a = { .family = list[i].family };
		char text[LX_ADDRESS_TEXT_MAX];

		if (list[i].index != index || list[i].family != family || list[i].scope != RT_SCOPE_UNIVERSE)
			continue;
		memcpy(a.bytes, list[i].bytes, sizeof(a.bytes));
		return str_set(ret, lx_address_format(&a, text));
	}

	return r < 0 ? r : -EADDRNOTAVAIL;
}

int lx_net_addresses(int netns_fd, char ***ret_v4, char ***ret_v6, struct lx_error *err)
{
	_cleanup_free_ struct sys_address *list = NULL;
	_cleanup_strv_ char **v4 = NULL, **v6 = NULL;
	size_t n = 0;
	int r;

	r = sys_address_list(netns_fd, &list, &n);
	if (r < 0)
		return lx_error_set(err, r, "read addresses of the network namespace");

	for (size_t i = 0; i < n; i++) {
		struct lx_address a = { .family = list[i].family };
		char text[LX_ADDRESS_TEXT_MAX];

		if (list[i].scope != RT_SCOPE_UNIVERSE)
			continue;
		memcpy(a.bytes, list[i].bytes, sizeof(a.bytes));
		r = strv_append(a.family == AF_INET ? &v4 : &v6, lx_address_format(&a, text));
		if (r < 0)
			return lx_error_oom(err);
	}

	*ret_v4 = take_ptr(v4);
	*ret_v6 = take_ptr(v6);
	return 0;
}
