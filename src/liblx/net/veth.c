/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * veth: a pair of links, one end on the host (usually a port of a bridge), the other one in the container. The inner
 * end is born in the container's network namespace ("peer ... netns PID"): moving it there later would wait for grace
 * periods of the kernel, 14 to 33 ms instead of 2 to 3.
 */
#include <net/if.h>
#include <string.h>

#include "base/str.h"
#include "net/ip.h"
#include "net/net.h"
#include "sys/sys.h"

static int check_bridge(const struct lx_link *link, struct lx_error *err)
{
	struct sys_link bridge;
	int r;

	r = sys_link_get(link->bridge, &bridge);
	if (r == -ENODEV)
		return lx_error_say(err, r, "%s: bridge %s does not exist; run lx-net up, or set link in %s", link->label,
				    link->bridge, link->origin);
	if (r < 0)
		return lx_error_set(err, r, "%s: look at bridge %s", link->label, link->bridge);

	if (!str_equal(bridge.kind, "bridge"))
		return lx_error_say(err, -ENOTSUP, "%s: %s is not a bridge%s%s%s; set link in %s", link->label, link->bridge,
				    *bridge.kind ? " but a link of type " : "", bridge.kind, "", link->origin);
	if (!(bridge.flags & IFF_UP))
		return lx_error_say(err, -ENETDOWN, "%s: bridge %s is down; run lx-net up, or ip link set %s up", link->label,
				    link->bridge, link->bridge);

	return 0;
}

static int check(const struct lx_link *link, struct lx_error *err)
{
	struct sys_link taken;
	int r;

	r = sys_link_get(link->host_name, &taken);
	if (r == 0)
		return lx_error_say(err, -EEXIST, "%s: the host has a link %s already; run lx-gc if a killed container left it",
				    link->label, link->host_name);
	if (r != -ENODEV)
		return lx_error_set(err, r, "%s: look for link %s", link->label, link->host_name);

	return *link->bridge ? check_bridge(link, err) : 0;
}

/* Both ends must agree, or large packets vanish: the bridge's own when the configuration says nothing. */
static uint32_t choose_mtu(const struct lx_link *link)
{
	struct sys_link bridge;

	if (link->mtu == 0 && *link->bridge && sys_link_get(link->bridge, &bridge) == 0)
		return bridge.mtu;

	return link->mtu;
}

static int host_batch(const struct lx_link *link, const char *netns, struct lx_ip_batch *batch)
{
	_cleanup_free_ char *purpose = NULL, *mtu = NULL, *master = NULL;
	uint32_t size = choose_mtu(link);

	purpose = str_format("%s: create link %s%s%s", link->label, link->host_name, *link->bridge ? " on bridge " : "",
			     link->bridge);
	mtu = size ? str_format(" mtu %u", size) : strdup("");
	master = *link->bridge ? str_format(" master %s", link->bridge) : strdup("");
	if (!purpose || !mtu || !master)
		return -ENOMEM;

	return lx_ip_batch_add(batch, purpose, "link add name %s up%s%s type veth peer name %s address %s%s netns %s",
			       link->host_name, master, mtu, link->name, link->mac, mtu, netns);
}

const struct lx_net_driver lx_net_veth = {
	.name = "veth",
	.own_namespace = true,
	.has_link = true,
	.check = check,
	.host_batch = host_batch,
};
