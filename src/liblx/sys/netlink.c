/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rtnetlink: what is asked so often that running iproute2 for it would be felt (changes are in veth.c). Another network namespace
 * is read from outside: it gets a number in ours (RTM_NEWNSID, which lasts as long as both do and disturbs nobody),
 * and a dump is told that number. That needs Linux 5.0 for links and addresses and CAP_NET_ADMIN over the namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/net_namespace.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "sys/netlink.h"
#include "sys/sys.h"

#define REPLY_MAX 32768

int sys_netlink_open(void)
{
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int on = 1;

	if (fd < 0)
		return -errno;
	/* Attributes of a dump request count only with this. */
	if (setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on)) < 0)
		return -errno;
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));

	return take_fd(&fd);
}

void sys_netlink_init(struct sys_netlink_request *q, uint16_t type, uint16_t flags, size_t body)
{
	*q = (struct sys_netlink_request){
		.header = { .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags, .nlmsg_len = NLMSG_LENGTH(body) },
	};
}

void sys_netlink_add(struct sys_netlink_request *q, uint16_t type, const void *data, size_t size)
{
	struct rtattr *a = (struct rtattr *)((char *)q + NLMSG_ALIGN(q->header.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(size);
	memcpy(RTA_DATA(a), data, size);
	q->header.nlmsg_len = NLMSG_ALIGN(q->header.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

struct rtattr *sys_netlink_begin(struct sys_netlink_request *q, uint16_t type)
{
	struct rtattr *nest = (struct rtattr *)((char *)q + NLMSG_ALIGN(q->header.nlmsg_len));

	sys_netlink_add(q, type, "", 0);
	return nest;
}

void sys_netlink_end(struct sys_netlink_request *q, struct rtattr *nest)
{
	nest->rta_len = (unsigned short)((char *)q + NLMSG_ALIGN(q->header.nlmsg_len) - (char *)nest);
}

static bool holds(const struct nlmsghdr *m, size_t body)
{
	return m->nlmsg_len >= NLMSG_LENGTH(body);
}

/* Messages of one datagram: 1 when the answer is complete, 0 when more follows, or -errno. */
static int walk(const char *data, ssize_t size, sys_netlink_fn fn, void *userdata)
{
	for (const struct nlmsghdr *m = (const void *)data; NLMSG_OK(m, size); m = NLMSG_NEXT(m, size)) {
		int r;

		if (m->nlmsg_type == NLMSG_ERROR && !holds(m, sizeof(struct nlmsgerr)))
			return -EBADMSG;
		if (m->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(m))->error ?: 1;
		if (m->nlmsg_type == NLMSG_DONE)
			return 1;

		r = fn ? fn(m, userdata) : 0;
		if (r < 0)
			return r;
		if (!(m->nlmsg_flags & NLM_F_MULTI))
			return 1;
	}

	return 0;
}

int sys_netlink_transact(int fd, struct sys_netlink_request *q, sys_netlink_fn fn, void *userdata)
{
	_cleanup_free_ char *data = malloc(REPLY_MAX);
	int r = 0;

	if (!data)
		return -ENOMEM;
	if (send(fd, q, q->header.nlmsg_len, 0) < 0)
		return -errno;

	while (r == 0) {
		ssize_t size = recv(fd, data, REPLY_MAX, 0);

		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			return size < 0 ? -errno : -EPIPE;
		r = walk(data, size, fn, userdata);
	}

	return r < 0 ? r : 0;
}

static const struct rtattr *find_attribute(const struct rtattr *a, int size, unsigned type)
{
	for (; RTA_OK(a, size); a = RTA_NEXT(a, size))
		if ((a->rta_type & NLA_TYPE_MASK) == type)
			return a;

	return NULL;
}

static void copy_text(const struct rtattr *a, char *to, size_t size)
{
	if (a)
		snprintf(to, size, "%.*s", (int)RTA_PAYLOAD(a), (const char *)RTA_DATA(a));
}

static uint32_t number(const struct rtattr *a)
{
	uint32_t v = 0;

	if (a && RTA_PAYLOAD(a) >= sizeof(v))
		memcpy(&v, RTA_DATA(a), sizeof(v));
	return v;
}

static void parse_link(const struct nlmsghdr *m, struct sys_link *ret)
{
	const struct ifinfomsg *body = NLMSG_DATA(m);
	const struct rtattr *first = IFLA_RTA(body), *kind;
	int size = (int)IFLA_PAYLOAD(m);

	*ret = (struct sys_link){ .index = body->ifi_index, .flags = body->ifi_flags };
	copy_text(find_attribute(first, size, IFLA_IFNAME), ret->name, sizeof(ret->name));
	ret->master = (int)number(find_attribute(first, size, IFLA_MASTER));
	ret->mtu = number(find_attribute(first, size, IFLA_MTU));
	copy_text(find_attribute(first, size, IFLA_IFALIAS), ret->alias, sizeof(ret->alias));

	kind = find_attribute(first, size, IFLA_LINKINFO);
	if (kind)
		copy_text(find_attribute(RTA_DATA(kind), (int)RTA_PAYLOAD(kind), IFLA_INFO_KIND), ret->kind, sizeof(ret->kind));
}

static int take_link(const struct nlmsghdr *m, void *userdata)
{
	if (m->nlmsg_type == RTM_NEWLINK && holds(m, sizeof(struct ifinfomsg)))
		parse_link(m, userdata);
	return 0;
}

int sys_link_get(const char *name, struct sys_link *ret)
{
	_cleanup_close_ int fd = sys_netlink_open();
	struct sys_link link = { 0 };
	struct sys_netlink_request q;
	int r;

	if (fd < 0)
		return fd;
	if (!*name || strlen(name) >= IFNAMSIZ)
		return -ENODEV;

	sys_netlink_init(&q, RTM_GETLINK, 0, sizeof(q.link));
	sys_netlink_add(&q, IFLA_IFNAME, name, strlen(name) + 1);
	r = sys_netlink_transact(fd, &q, take_link, &link);
	if (r < 0)
		return r;

	*ret = link;
	return 0;
}

struct link_list {
	VEC(struct sys_link) links;
};

static int add_link(const struct nlmsghdr *m, void *userdata)
{
	struct link_list *list = userdata;
	struct sys_link *link;

	if (m->nlmsg_type != RTM_NEWLINK || !holds(m, sizeof(struct ifinfomsg)))
		return 0;
	link = vec_add(&list->links);
	if (!link)
		return -ENOMEM;

	parse_link(m, link);
	return 0;
}

int sys_link_ports(int master, struct sys_link **ret, size_t *ret_n)
{
	_cleanup_close_ int fd = sys_netlink_open();
	struct link_list list = { 0 };
	uint32_t wanted = (uint32_t)master;
	struct sys_netlink_request q;
	int r;

	if (fd < 0)
		return fd;

	sys_netlink_init(&q, RTM_GETLINK, NLM_F_DUMP, sizeof(q.link));
	sys_netlink_add(&q, IFLA_MASTER, &wanted, sizeof(wanted));
	r = sys_netlink_transact(fd, &q, add_link, &list);
	if (r < 0) {
		vec_done(&list.links);
		return r;
	}

	*ret = list.links.items;
	*ret_n = list.links.n;
	return 0;
}

static int take_id(const struct nlmsghdr *m, void *userdata)
{
	const struct rtgenmsg *body = NLMSG_DATA(m);
	const struct rtattr *first = (const void *)((const char *)body + NLMSG_ALIGN(sizeof(*body)));
	const struct rtattr *a = find_attribute(first, (int)NLMSG_PAYLOAD(m, sizeof(*body)), NETNSA_NSID);

	if (m->nlmsg_type == RTM_NEWNSID && a)
		*(int *)userdata = (int)number(a);
	return 0;
}

static int get_id(int fd, int netns_fd)
{
	struct sys_netlink_request q;
	int id = NETNSA_NSID_NOT_ASSIGNED, r;

	sys_netlink_init(&q, RTM_GETNSID, 0, sizeof(q.general));
	sys_netlink_add(&q, NETNSA_FD, &netns_fd, sizeof(netns_fd));
	r = sys_netlink_transact(fd, &q, take_id, &id);

	return r < 0 ? r : id;
}

/* The number of a namespace in ours; a new one is given when it has none. */
static int namespace_id(int fd, int netns_fd)
{
	struct sys_netlink_request q;
	int any = NETNSA_NSID_NOT_ASSIGNED;
	int id = get_id(fd, netns_fd), r;

	if (id != NETNSA_NSID_NOT_ASSIGNED)
		return id;

	sys_netlink_init(&q, RTM_NEWNSID, NLM_F_ACK, sizeof(q.general));
	sys_netlink_add(&q, NETNSA_FD, &netns_fd, sizeof(netns_fd));
	sys_netlink_add(&q, NETNSA_NSID, &any, sizeof(any));
	r = sys_netlink_transact(fd, &q, NULL, NULL);
	if (r < 0 && r != -EEXIST) /* somebody was faster */
		return r;

	return get_id(fd, netns_fd);
}

struct address_list {
	VEC(struct sys_address) addresses;
};

static int add_address(const struct nlmsghdr *m, void *userdata)
{
	const struct ifaddrmsg *body = NLMSG_DATA(m);
	const struct rtattr *first = IFA_RTA(body), *a;
	struct address_list *list = userdata;
	struct sys_address *address;
	int size = (int)IFA_PAYLOAD(m);

	if (m->nlmsg_type != RTM_NEWADDR || !holds(m, sizeof(*body)))
		return 0;
	/* On a point-to-point link IFA_ADDRESS is the other end. */
	a = find_attribute(first, size, IFA_LOCAL) ?: find_attribute(first, size, IFA_ADDRESS);
	if (!a || RTA_PAYLOAD(a) > sizeof(address->bytes))
		return 0;
	address = vec_add(&list->addresses);
	if (!address)
		return -ENOMEM;

	address->index = (int)body->ifa_index;
	address->family = body->ifa_family;
	address->prefix = body->ifa_prefixlen;
	address->scope = body->ifa_scope;
	memcpy(address->bytes, RTA_DATA(a), RTA_PAYLOAD(a));
	return 0;
}

static int list_by(int fd, struct sys_address **ret, size_t *ret_n)
{
	struct address_list list = { 0 };
	struct sys_netlink_request q;
	int r;

	sys_netlink_init(&q, RTM_GETADDR, NLM_F_DUMP, sizeof(q.address));
	r = sys_netlink_transact(fd, &q, add_address, &list);
	if (r < 0) {
		vec_done(&list.addresses);
		return r;
	}
	*ret = list.addresses.items;
	*ret_n = list.addresses.n;
	return 0;
}

/* Numbers of namespaces are given by who rules our own. A user who rules the other one makes a socket there: by a process
 * that shares our descriptors, since that user could enter it but not come back. */
static int list_inside(int netns_fd, struct sys_address **ret, size_t *ret_n)
{
	_cleanup_close_ int from = -EBADF, to = -EBADF, pidfd = -EBADF, fd = -EBADF;
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return -errno;
	from = pair[0];
	to = pair[1];

	pid = sys_clone(CLONE_FILES, -1, &pidfd);
	if (pid < 0)
		return pid;
	if (pid == 0) {
		int made = sys_setns(netns_fd, CLONE_NEWNET);

		made = made < 0 ? made : sys_netlink_open();
		(void)!write(to, &made, sizeof(made));
		_exit(0);
	}

	(void)sys_pidfd_wait(pidfd, false, NULL);
	to = close_fd(to);
	if (read(from, &fd, sizeof(fd)) != sizeof(fd))
		return -ESRCH;
	return fd < 0 ? fd : list_by(fd, ret, ret_n);
}

int sys_address_list(int netns_fd, struct sys_address **ret, size_t *ret_n)
{
	_cleanup_close_ int fd = sys_netlink_open();
	struct address_list list = { 0 };
	struct sys_netlink_request q;
	int r;

	if (fd < 0)
		return fd;

	sys_netlink_init(&q, RTM_GETADDR, NLM_F_DUMP, sizeof(q.address));
	if (netns_fd >= 0) {
		int id = namespace_id(fd, netns_fd);

		if (id == -EPERM)
			return list_inside(netns_fd, ret, ret_n);
		if (id < 0)
			return id;
		sys_netlink_add(&q, IFA_TARGET_NETNSID, &id, sizeof(id));
	}
	r = sys_netlink_transact(fd, &q, add_address, &list);
	if (r < 0) {
		vec_done(&list.addresses);
		return r;
	}

	*ret = list.addresses.items;
	*ret_n = list.addresses.n;
	return 0;
}
