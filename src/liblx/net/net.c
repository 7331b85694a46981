/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links of a container: decided, checked, made, configured and removed, whatever their type. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/str.h"
#include "base/time.h"
#include "net/address.h"
#include "net/ifname.h"
#include "net/ip.h"
#include "net/net.h"
#include "net/usernet.h"
#include "sys/sys.h"

#define GONE_WAIT (200 * USEC_PER_MSEC)

const struct lx_net_driver *const lx_net_drivers[] = { &lx_net_veth, &lx_net_user, &lx_net_empty, &lx_net_none, NULL };

const struct lx_net_driver *lx_net_driver_find(const char *name)
{
	for (size_t i = 0; lx_net_drivers[i]; i++)
		if (str_equal(lx_net_drivers[i]->name, name))
			return lx_net_drivers[i];

	return NULL;
}

static void link_done(struct lx_link *link)
{
	free(link->label);
	free(link->name);
	free(link->host_name);
	free(link->bridge);
	strv_free(link->addresses);
	free(link->gateway4);
	free(link->gateway6);
	free(link->origin);
	strv_free(link->forwards);
}

void lx_links_done(struct lx_links *links)
{
	vec_for_each(link, &links->list)
		link_done(link);
	vec_done(&links->list);
	lx_ip_process_done(&links->ip);
}

/* ---- build --------------------------------------------------------------------------------------------------- */

/* What one link is decided from. */
struct source {
	const struct lx_config *config;
	const struct lx_settings *settings;
	const struct lx_host *host;
	const char *run_id;
	const struct lx_config_network *wish;
};

/* Where a key of this link was set, for the end of a message. */
static const char *origin(const struct source *s, const char *key, char *text, size_t size)
{
	_cleanup_free_ char *full = str_format("network.%s.%s", s->wish->label, key);

	return lx_config_origin(s->config, full ?: key, text, size);
}

static int build_name(const struct source *s, struct lx_link *link, struct lx_error *err)
{
	const char *name = s->wish->name ?: s->wish->label;
	char where[512];

	if (!lx_ifname_is_valid(name))
		return lx_error_say(err, -EINVAL, "%s: %s cannot be the name of a link (" LX_IFNAME_RULE "); set name in %s",
				    link->label, name, origin(s, "name", where, sizeof(where)));

	return str_set(&link->name, name) < 0 ? lx_error_oom(err) : 0;
}

static int build_host_name(const struct source *s, struct lx_link *link, struct lx_error *err)
{
	char derived[LX_IFNAME_SIZE], where[512];

	if (s->host->rootless && (s->wish->host_name || s->wish->mtu))
		return lx_error_say(err, -EPERM, "%s: host-name and mtu are not for users to choose; remove them from %s", link->label,
				    origin(s, s->wish->mtu ? "mtu" : "host-name", where, sizeof(where)));
	lx_ifname_derive(s->run_id, s->wish->label, derived);
	if (s->wish->host_name && !lx_ifname_is_valid(s->wish->host_name))
		return lx_error_say(err, -EINVAL, "%s: %s cannot be the name of a link (" LX_IFNAME_RULE "); change host-name in %s",
				    link->label, s->wish->host_name, origin(s, "host-name", where, sizeof(where)));

	return str_set(&link->host_name, s->wish->host_name ?: derived) < 0 ? lx_error_oom(err) : 0;
}

static int build_bridge(const struct source *s, struct lx_link *link, struct lx_error *err)
{
	const char *bridge = s->wish->link ?: s->settings->network.bridge;
	char where[512];

	origin(s, "link", where, sizeof(where));
	if (bridge && *bridge && !lx_ifname_is_valid(bridge))
		return lx_error_say(err, -EINVAL, "%s: %s cannot be the name of a bridge; set link in %s", link->label, bridge, where);
	if (str_set(&link->bridge, bridge ?: "") < 0 || str_set(&link->origin, where) < 0)
		return lx_error_oom(err);

	link->mtu = s->wish->mtu;
	if (link->mtu == 0 && str_equal(link->bridge, s->settings->network.bridge))
		link->mtu = s->settings->network.mtu;

	return 0;
}

/* "auto" is the bridge's own address: that of lx-net's bridge is in lx.conf, another's is looked up at the start. */
static int build_gateway(const struct source *s, const char *key, const char *wish, const char *of_bridge, char **ret,
			 struct lx_error *err)
{
	const char *bridge = s->wish->link ?: s->settings->network.bridge;
	struct lx_address a;
	char text[LX_ADDRESS_TEXT_MAX], where[512];

	if (str_empty(wish))
		return 0;
	if (!str_equal(wish, "auto") || (!str_empty(bridge) && !str_equal(bridge, s->settings->network.bridge)))
		return str_set(ret, wish) < 0 ? lx_error_oom(err) : 0;

	if (str_empty(bridge))
		return lx_error_say(err, -EINVAL, "%s: %s = auto, but the link is on no bridge; write the gateway in %s", s->wish->label,
				    key, origin(s, key, where, sizeof(where)));
	if (str_empty(of_bridge) || lx_address_parse(of_bridge, 0, &a) < 0)
		return lx_error_say(err, -EINVAL, "%s: %s = auto, but the bridge has no such address in lx.conf; write the gateway in %s",
				    s->wish->label, key, origin(s, key, where, sizeof(where)));

	return str_set(ret, lx_address_format(&a, text)) < 0 ? lx_error_oom(err) : 0;
}

static int build_addresses(const struct source *s, struct lx_link *link, struct lx_error *err)
{
	const struct lx_settings_network *n = &s->settings->network;
	int r;

	if (strv_extend(&link->addresses, s->wish->ipv4_address) < 0 || strv_extend(&link->addresses, s->wish->ipv6_address) < 0)
		return lx_error_oom(err);

	r = build_gateway(s, "ipv4.gateway", s->wish->ipv4_gateway, n->ipv4_address, &link->gateway4, err);
	if (r < 0)
		return r;

	return build_gateway(s, "ipv6.gateway", s->wish->ipv6_gateway, n->ipv6_address, &link->gateway6, err);
}

static int build_pair(const struct source *s, struct lx_link *link, struct lx_error *err)
{
	int r;

	r = build_host_name(s, link, err);
	if (r >= 0)
		r = build_bridge(s, link, err);

	return r < 0 ? r : build_addresses(s, link, err);
}

static int build_link(const struct source *s, struct lx_link *link, struct lx_error *err)
{
	int r;

	r = build_name(s, link, err);
	if (r >= 0)
		r = link->driver->build ? link->driver->build(s->wish, link, err) : build_pair(s, link, err);
	if (r < 0)
		return r;

	if (s->wish->mac)
		snprintf(link->mac, sizeof(link->mac), "%s", s->wish->mac);
	else
		lx_mac_derive(s->host->machine_id, s->run_id, link->label, link->mac);

	return 0;
}

static int build_one(const struct source *s, struct lx_links *links, struct lx_error *err)
{
	const struct lx_net_driver *driver = lx_net_driver_find(s->wish->type ?: "veth");
	struct lx_link *link;
	char where[512];

	if (!driver)
		return lx_error_say(err, -EINVAL, "%s: there is no network type %s; set type in %s", s->wish->label, s->wish->type,
				    origin(s, "type", where, sizeof(where)));
	if (!driver->own_namespace && s->config->networks.n > 1)
		return lx_error_say(err, -EINVAL,
				    "%s: network type none uses the host's network and cannot stand beside other links; "
				    "remove it from %s",
				    s->wish->label, origin(s, "type", where, sizeof(where)));
	links->own_namespace = driver->own_namespace;
	if (!driver->has_link)
		return 0;

	link = vec_add(&links->list);
	if (!link || str_set(&link->label, s->wish->label) < 0)
		return lx_error_oom(err);
	link->driver = driver;
	return build_link(s, link, err);
}

static int check_unique(const struct lx_links *links, struct lx_error *err)
{
	vec_for_each(a, &links->list)
		vec_for_each(b, &links->list) {
			if (a >= b)
				continue;
			if (str_equal(a->name, b->name))
				return lx_error_say(err, -EEXIST, "%s: the link's name %s is that of network %s already", b->label, b->name, a->label);
			if (*a->host_name && str_equal(a->host_name, b->host_name))
				return lx_error_say(err, -EEXIST, "%s: host-name %s is that of network %s already", b->label, b->host_name, a->label);
		}

	return 0;
}

int lx_links_build(const struct lx_config *config, const struct lx_settings *settings, const struct lx_host *host,
		   const char *run_id, struct lx_links *ret, struct lx_error *err)
{
	_cleanup_(lx_links_done) struct lx_links links = { .own_namespace = true };
	int r;

	/* In somebody else's network there is nothing for us to make. */
	if (config->namespace.net && !str_equal(config->namespace.net, "private")) {
		*ret = (struct lx_links){ 0 };
		return 0;
	}

	vec_for_each(wish, &config->networks) {
		struct source s = { config, settings, host, run_id, wish };

		r = build_one(&s, &links, err);
		if (r < 0)
			return r;
	}
	r = check_unique(&links, err);
	if (r < 0)
		return r;

	*ret = links;
	links = (struct lx_links){ 0 };
	return 0;
}

/* ---- apply --------------------------------------------------------------------------------------------------- */

static int find_gateway(const struct lx_link *link, int family, char **gateway, struct lx_error *err)
{
	struct sys_link bridge;
	int r;

	if (!str_equal(*gateway, "auto"))
		return 0;
	r = sys_link_get(link->bridge, &bridge);
	r = r < 0 ? r : lx_address_of_link(bridge.index, family, gateway);
	if (r == -EADDRNOTAVAIL)
		return lx_error_say(err, r, "%s: bridge %s has no IPv%d address that could be the gateway; write the gateway in place of auto",
				    link->label, link->bridge, family == AF_INET ? 4 : 6);
	return r < 0 ? lx_error_set(err, r, "%s: look for the address of bridge %s", link->label, link->bridge) : 0;
}

int lx_links_check(struct lx_links *links, struct lx_error *err)
{
	vec_for_each(link, &links->list) {
		int r = link->driver->check ? link->driver->check(link, err) : 0;

		r = r < 0 ? r : find_gateway(link, AF_INET, &link->gateway4, err);
		r = r < 0 ? r : find_gateway(link, AF_INET6, &link->gateway6, err);
		if (r < 0)
			return r;
	}

	return 0;
}

static int add_links(const struct lx_links *links, pid_t pid, struct lx_ip_batch *batch)
{
	char netns[16];
	int r = 0;

	snprintf(netns, sizeof(netns), "%d", (int)pid);
	vec_for_each(link, &links->list)
		if (r >= 0 && link->driver->host_batch)
			r = link->driver->host_batch(link, netns, batch);

	return r;
}

/* Removes the links of which at least the first line was carried out: a later name may be somebody else's link. */
static void remove_done(const struct lx_links *links, size_t done)
{
	_cleanup_ip_batch_ struct lx_ip_batch batch = { 0 };

	vec_for_each(link, &links->list) {
		if (!link->driver->host_batch)
			continue;
		if (strv_length(batch.lines) < done)
			lx_net_remove_link(link->host_name, NULL);
		link->driver->host_batch(link, "1", &batch);
	}
}

int lx_links_begin(struct lx_links *links, struct lx_error *err)
{
	bool needed = false;

	vec_for_each(link, &links->list)
		needed |= link->driver->host_batch != NULL;

	return needed ? lx_ip_begin(&links->ip, err) : 0;
}

/* An ip that could not read its lines, as when a security module has put /dev/null there, does nothing and fails in nothing. */
static int look_at_made(struct lx_links *links, struct lx_error *err)
{
	vec_for_each(link, &links->list) {
		if (!link->driver->host_batch)
			continue;
		link->host_index = sys_link_index(link->host_name);
		if (link->host_index < 0)
			return lx_error_set(err, link->host_index, "%s: link %s is not there, though ip reports no error", link->label,
					    link->host_name);
	}

	return 0;
}

int lx_links_up(struct lx_links *links, pid_t pid, struct lx_error *err)
{
	_cleanup_ip_batch_ struct lx_ip_batch batch = { 0 };
	int r;

	if (add_links(links, pid, &batch) < 0)
		return lx_error_oom(err);
	r = links->ip.pid > 0 ? lx_ip_finish(&links->ip, &batch, err) : lx_ip_batch_run(&batch, -EBADF, err);
	if (r >= 0) {
		batch.done = strv_length(batch.lines);
		r = look_at_made(links, err);
	}
	if (r < 0)
		remove_done(links, batch.done);

	return r;
}

int lx_links_configure(const struct lx_links *links, int netns_fd, struct lx_error *err)
{
	_cleanup_ip_batch_ struct lx_ip_batch batch = { 0 };

	vec_for_each(link, &links->list)
		if (!link->driver->start && lx_address_batch(link, &batch) < 0)
			return lx_error_oom(err);

	return lx_ip_batch_run(&batch, netns_fd, err);
}

int lx_links_start(struct lx_links *links, int netns_fd, int userns_fd, struct lx_error *err)
{
	vec_for_each(link, &links->list) {
		int r = link->driver->start ? link->driver->start(link, netns_fd, userns_fd, err) : 0;

		if (r < 0) {
			lx_links_stop(links);
			return r;
		}
	}

	return 0;
}

void lx_links_stop(struct lx_links *links)
{
	vec_for_each(link, &links->list)
		if (link->driver->stop)
			link->driver->stop(link);
}

int lx_net_remove_link(const char *host_name, struct lx_error *err)
{
	_cleanup_ip_batch_ struct lx_ip_batch batch = { 0 };
	_cleanup_free_ char *purpose = NULL;
	struct sys_link link;
	int r;

	r = sys_link_get(host_name, &link);
	if (r == -ENODEV)
		return 0;

	purpose = str_format("remove link %s", host_name);
	if (!purpose || lx_ip_batch_add(&batch, purpose, "link del dev %s", host_name) < 0)
		return lx_error_oom(err);
	r = lx_ip_batch_run(&batch, -EBADF, err);
	if (r == -ENODEV) {
		lx_error_clear(err);
		return 0;
	}

	return r;
}

/* The kernel removes a pair together with the network namespace of its inner end: at once after the last holder of
 * that is gone, or up to 40 ms later when it is still busy with another namespace. Removing a pair by request takes
 * 17 to 30 ms, all of them under the lock that every other change of a link needs: so wait first. */
static bool wait_gone(const char *host_name, usec_t deadline)
{
	struct sys_link link;

	while (sys_link_get(host_name, &link) == 0) {
		if (time_now(CLOCK_MONOTONIC) >= deadline)
			return false;
		nanosleep(&(const struct timespec){ .tv_nsec = 200 * 1000 }, NULL);
	}

	return true;
}

int lx_links_down(const struct lx_links *links, struct lx_error *err)
{
	usec_t deadline = time_now(CLOCK_MONOTONIC) + GONE_WAIT;
	int first = 0;

	vec_for_each(link, &links->list) {
		int r;

		if (str_empty(link->host_name) || wait_gone(link->host_name, deadline))
			continue;
		r = lx_net_remove_link(link->host_name, first < 0 ? NULL : err);
		if (first == 0)
			first = r;
	}

	return first;
}

/* ---- for a user who is not root ------------------------------------------------------------------------------ */

bool lx_links_need_helper(const struct lx_config *config)
{
	vec_for_each(wish, &config->networks) {
		const struct lx_net_driver *driver = lx_net_driver_find(wish->type ?: "veth");

		if (driver && driver->host_batch)
			return true;
	}

	return false;
}

/* The socket first: it knows the policy of now, and needs no process of ours. Closing is the caller's when *own. */
static int reach_helper(int helper_fd, bool *ret_own, struct lx_error *err)
{
	int fd = lx_usernet_connect();

	*ret_own = fd >= 0;
	if (fd < 0)
		fd = helper_fd;
	if (fd < 0)
		return lx_error_say(err, -ENOTCONN, "lx-usernet cannot be reached, which makes links on bridges for users; "
				    "enable lx-usernet.socket, or set type = user");
	return fd;
}

static int add_for_user(struct lx_link *link, int netns_fd, int helper_fd, struct lx_error *err)
{
	char name[LX_IFNAME_SIZE];
	bool own;
	int fd = reach_helper(helper_fd, &own, err), r;

	r = fd < 0 ? fd : lx_usernet_add(fd, netns_fd, link->bridge, link->name, link->mac, name, err);
	if (own)
		close_fd(fd);
	if (r < 0) {
		lx_error_prefix(err, "%s", link->label);
		return r;
	}

	return str_set(&link->host_name, name) < 0 ? lx_error_oom(err) : 0;
}

static void remove_for_user(const struct lx_link *link, int helper_fd, struct lx_error *err)
{
	bool own;
	int fd = reach_helper(helper_fd, &own, err);

	if (fd >= 0)
		(void)lx_usernet_remove(fd, link->host_name, err);
	if (own)
		close_fd(fd);
}

int lx_links_up_for_user(struct lx_links *links, int netns_fd, int helper_fd, struct lx_error *err)
{
	int r = 0;

	/* a name is the link's from the helper's answer on */
	vec_for_each(link, &links->list)
		if (link->driver->host_batch && str_set(&link->host_name, "") < 0)
			return lx_error_oom(err);

	vec_for_each(link, &links->list)
		if (r >= 0 && link->driver->host_batch)
			r = add_for_user(link, netns_fd, helper_fd, err);
	if (r < 0)
		(void)lx_links_down_for_user(links, helper_fd, NULL);

	return r;
}

int lx_links_down_for_user(const struct lx_links *links, int helper_fd, struct lx_error *err)
{
	usec_t deadline = time_now(CLOCK_MONOTONIC) + GONE_WAIT;
	struct lx_error error = { 0 };

	vec_for_each(link, &links->list)
		if (!str_empty(link->host_name) && !wait_gone(link->host_name, deadline))
			remove_for_user(link, helper_fd, &error);
	if (error.code)
		lx_error_copy(err, &error);

	return error.code;
}
