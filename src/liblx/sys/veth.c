/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes of links by rtnetlink, for the one program that must not run another: lx-usernet. Everything else uses iproute2.
 * A pair is made by one message: its host side has its master and is up, the other side is born in its namespace.
 */
#include <errno.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>

#include "base/cleanup.h"
#include "sys/netlink.h"
#include "sys/sys.h"

static void add_text(struct sys_netlink_request *q, uint16_t type, const char *text)
{
	sys_netlink_add(q, type, text, strlen(text) + 1);
}

static void add_number(struct sys_netlink_request *q, uint16_t type, uint32_t number)
{
	sys_netlink_add(q, type, &number, sizeof(number));
}

/* The other side: a header of its own in front of its attributes. */
static void add_peer(struct sys_netlink_request *q, const struct sys_veth *v)
{
	struct rtattr *info = sys_netlink_begin(q, IFLA_LINKINFO), *data, *peer;
	const struct ifinfomsg header = { 0 };

	add_text(q, IFLA_INFO_KIND, "veth");
	data = sys_netlink_begin(q, IFLA_INFO_DATA);
	sys_netlink_add(q, VETH_INFO_PEER, &header, sizeof(header));
	peer = (struct rtattr *)((char *)q + NLMSG_ALIGN(q->header.nlmsg_len) - RTA_ALIGN(RTA_LENGTH(sizeof(header))));
	add_text(q, IFLA_IFNAME, v->peer_name);
	sys_netlink_add(q, IFLA_ADDRESS, v->peer_mac, sizeof(v->peer_mac));
	add_number(q, IFLA_MTU, v->mtu);
	add_number(q, IFLA_NET_NS_FD, (uint32_t)v->netns_fd);
	sys_netlink_end(q, peer);
	sys_netlink_end(q, data);
	sys_netlink_end(q, info);
}

static bool is_name(const char *name)
{
	return *name && strlen(name) < IFNAMSIZ;
}

int sys_veth_add(const struct sys_veth *v)
{
	_cleanup_close_ int fd = sys_netlink_open();
	struct sys_netlink_request q;

	if (fd < 0)
		return fd;
	if (!is_name(v->name) || !is_name(v->peer_name))
		return -EINVAL;

	sys_netlink_init(&q, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sizeof(q.link));
	q.link.ifi_flags = IFF_UP;
	q.link.ifi_change = IFF_UP;
	add_text(&q, IFLA_IFNAME, v->name);
	add_number(&q, IFLA_MTU, v->mtu);
	add_number(&q, IFLA_MASTER, (uint32_t)v->master);
	add_peer(&q, v);

	return sys_netlink_transact(fd, &q, NULL, NULL);
}

int sys_link_set_alias(const char *name, const char *alias)
{
	_cleanup_close_ int fd = sys_netlink_open();
	struct sys_netlink_request q;

	if (fd < 0)
		return fd;
	if (!is_name(name) || strlen(alias) >= SYS_LINK_ALIAS_MAX)
		return -EINVAL;

	sys_netlink_init(&q, RTM_SETLINK, NLM_F_ACK, sizeof(q.link));
	add_text(&q, IFLA_IFNAME, name);
	add_text(&q, IFLA_IFALIAS, alias);
	return sys_netlink_transact(fd, &q, NULL, NULL);
}

int sys_link_delete(int index)
{
	_cleanup_close_ int fd = sys_netlink_open();
	struct sys_netlink_request q;

	if (fd < 0)
		return fd;

	sys_netlink_init(&q, RTM_DELLINK, NLM_F_ACK, sizeof(q.link));
	q.link.ifi_index = index;
	return sys_netlink_transact(fd, &q, NULL, NULL);
}
