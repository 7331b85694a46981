/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lx-usernet does for a user who is not root; the only code of lx that works with a right that its caller has not. */
#include <stdio.h>
#include <string.h>

#include "base/sock-error.h"
#include "base/str.h"
#include "net/usernet.h"
#include "sys/sys.h"

const char *lx_usernet_name(uid_t uid, uint32_t n, char name[static LX_IFNAME_SIZE])
{
	snprintf(name, LX_IFNAME_SIZE, "lx%u-%u", (unsigned)uid, (unsigned)(n % LX_USERNET_LINKS_MAX));
	return name;
}

/* On every link of ours, so that one which the administrator made under such a name is left alone. */
static const char *alias_of(uid_t uid, char alias[static SYS_LINK_ALIAS_MAX])
{
	snprintf(alias, SYS_LINK_ALIAS_MAX, "lx-usernet %u", (unsigned)uid);
	return alias;
}

/* The namespace must lie in a user namespace that this user made: who did that is its master. The helper's right reaches
 * every namespace of the host, so the kernel would not ask. */
static int check_namespace(int netns_fd, uid_t uid, struct lx_error *err)
{
	uid_t owner;
	int r = sys_netns_owner(netns_fd, &owner);

	if (r == -EINVAL)
		return lx_error_say(err, r, "the descriptor is not a network namespace");
	if (r < 0)
		return lx_error_set(err, r, "look whose network namespace it is");
	if (owner != uid)
		return lx_error_say(err, -EPERM, "the network namespace belongs to user %u, not to user %u", (unsigned)owner, (unsigned)uid);

	return 0;
}

static int find_bridge(const struct lx_usernet_grant *grant, const char *name, struct sys_link *ret, struct lx_error *err)
{
	int r;

	if (!strv_contains(grant->bridges, name))
		return lx_error_say(err, -EACCES, "user %s may have no link on bridge %s", grant->user, name);

	r = sys_link_get(name, ret);
	if (r == -ENODEV)
		return lx_error_say(err, r, "bridge %s does not exist; the administrator can run lx-net up", name);
	if (r < 0)
		return lx_error_set(err, r, "look at bridge %s", name);
	if (!str_equal(ret->kind, "bridge"))
		return lx_error_say(err, -ENOTSUP, "%s is not a bridge", name);

	return 0;
}

static int explain(int r, const struct lx_usernet_request *request, struct lx_error *err)
{
	if (r == -EPERM)
		return lx_error_say(err, r, "lx-usernet has no right over the network; run setcap cap_net_admin+ep on it, or enable "
					    "lx-usernet.socket");
	if (r == -EEXIST)
		return lx_error_say(err, r, "the container has a link %s already", request->name);
	return lx_error_set(err, r, "make a link on bridge %s", request->bridge);
}

/* 0: made, 1: the name is taken. */
static int try_name(const struct sys_veth *wish, struct lx_error *err, const struct lx_usernet_request *request)
{
	struct sys_link taken;
	int r = sys_veth_add(wish);

	/* it does not say which of the two names exists */
	if (r == -EEXIST && sys_link_get(wish->name, &taken) == 0)
		return 1;
	return r < 0 ? explain(r, request, err) : 0;
}

static int mark(const char *name, uid_t uid, struct lx_error *err)
{
	char alias[SYS_LINK_ALIAS_MAX];
	struct sys_link link;
	int r = sys_link_set_alias(name, alias_of(uid, alias));

	if (r >= 0)
		return 0;
	lx_error_set(err, r, "mark link %s", name);
	if (sys_link_get(name, &link) == 0)
		(void)sys_link_delete(link.index);
	return r;
}

static int add(const struct lx_usernet_grant *grant, uid_t uid, const struct lx_usernet_request *request,
	       char ret_name[static LX_IFNAME_SIZE], struct lx_error *err)
{
	struct sys_link bridge;
	struct sys_veth wish = { .peer_name = request->name, .netns_fd = request->netns_fd };
	int r;

	r = find_bridge(grant, request->bridge, &bridge, err);
	if (r >= 0)
		r = check_namespace(request->netns_fd, uid, err);
	if (r < 0)
		return r;

	wish.master = bridge.index;
	wish.mtu = bridge.mtu;
	memcpy(wish.peer_mac, request->mac, sizeof(wish.peer_mac));
	for (uint32_t n = 0; n < grant->links; n++) {
		wish.name = lx_usernet_name(uid, n, ret_name);
		r = try_name(&wish, err, request);
		if (r <= 0)
			return r < 0 ? r : mark(wish.name, uid, err);
	}

	return lx_error_say(err, -EDQUOT, "user %s has %u links already, and may have no more", grant->user, (unsigned)grant->links);
}

static bool is_name_of(const char *name, uid_t uid)
{
	char own[LX_IFNAME_SIZE];

	for (uint32_t n = 0; n < LX_USERNET_LINKS_MAX; n++)
		if (str_equal(name, lx_usernet_name(uid, n, own)))
			return true;

	return false;
}

/* Needs no policy: what a user has may always be given back. */
static int remove_link(uid_t uid, const char *name, struct lx_error *err)
{
	char alias[SYS_LINK_ALIAS_MAX];
	struct sys_link link;
	int r;

	if (!is_name_of(name, uid))
		return lx_error_say(err, -EPERM, "link %s is not one of user %u", name, (unsigned)uid);
	r = sys_link_get(name, &link);
	if (r == -ENODEV)
		return 0;
	if (r >= 0 && (!str_equal(link.kind, "veth") || !str_equal(link.alias, alias_of(uid, alias))))
		return lx_error_say(err, -EPERM, "link %s was not made by lx-usernet", name);
	if (r >= 0)
		r = sys_link_delete(link.index);

	return r < 0 && r != -ENODEV ? lx_error_set(err, r, "remove link %s", name) : 0;
}

int lx_usernet_answer(const char *directory, uid_t uid, const struct lx_usernet_request *request, char ret_name[static LX_IFNAME_SIZE],
		      struct lx_error *err)
{
	_cleanup_grant_ struct lx_usernet_grant grant = { 0 };
	int r;

	ret_name[0] = '\0';
	if (request->type == LX_USERNET_REMOVE)
		return remove_link(uid, request->name, err);

	r = lx_usernet_grant(directory, uid, &grant, err);
	return r < 0 ? r : add(&grant, uid, request, ret_name, err);
}

int lx_usernet_serve(const char *directory, uid_t uid, int fd, struct lx_error *err)
{
	for (;;) {
		_cleanup_message_ struct sock_message m = { 0 };
		struct lx_usernet_request request;
		struct lx_error error = { 0 };
		char name[LX_IFNAME_SIZE];
		int r;

		r = sock_recv(fd, USEC_INFINITY, &m);
		if (r == -EPIPE || r == -ECONNRESET)
			return 0;
		if (r < 0)
			return lx_error_set(err, r, "read a request");

		r = lx_usernet_parse(&m, &request, &error);
		if (r >= 0)
			r = lx_usernet_answer(directory, uid, &request, name, &error);
		r = r < 0 ? sock_send_error(fd, LX_USERNET_ERROR, &error) : sock_send(fd, LX_USERNET_DONE, name, strlen(name), NULL, 0);
		if (r < 0)
			return lx_error_set(err, r, "answer a request");
	}
}
