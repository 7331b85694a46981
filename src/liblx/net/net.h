/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Links of a container. What shall be made is decided first (lx_net_plan), then made with at most one iproute2 batch on
 * the host and one inside the container's network namespace. A veth peer is created in that namespace, never moved
 * there: moving costs 14 to 33 ms, creating in place 2 to 3.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "base/vec.h"
#include "config/config.h"

struct lx_net_driver;

/* One link of a run, everything decided. */
struct lx_link {
	const struct lx_net_driver *driver;
	char *label;                /* of the section, for messages */
	char *name;                 /* inside */
	char *host_name;            /* "" when nothing is left on the host */
	char *bridge;               /* "" = none */
	char mac[18];               /* inside */
	uint32_t mtu;               /* 0 = the bridge's */
	char **addresses;           /* v4 and v6, ADDRESS/PREFIX */
	char *gateway4, *gateway6;  /* addresses; NULL */
	char *origin;               /* "FILE:LINE" of link =, for messages */
};

struct lx_net_driver {
	const char *name;
	bool own_namespace;         /* the container has a network namespace of its own */
	/* Facts of the host that must hold (bridge exists ...). */
	int (*check)(const struct lx_link *link, struct lx_error *err);
	/* Adds lines for ip -batch on the host; netns is what iproute2 takes after "netns" (a pid). */
	int (*host_batch)(const struct lx_link *link, const char *netns, struct buf *batch);
};

extern const struct lx_net_driver *const lx_net_drivers[];

struct lx_links {
	VEC(struct lx_link) list;
	bool own_namespace;         /* false: [network] type = none alone, the host's network */
};
void lx_links_done(struct lx_links *links);

/* Pure: decides names, MACs and addresses from the configuration; run_id makes host names unique ("lx" + hash). */
int lx_links_build(const struct lx_config *config, const struct lx_settings *settings, const char *run_id, struct lx_links *ret,
		   struct lx_error *err);
/* Are bridges there, are host names free? Looks, changes nothing. */
int lx_links_check(const struct lx_links *links, struct lx_error *err);
/* One batch on the host (veth pairs whose peer is born in pid's network namespace). On failure nothing is left. */
int lx_links_up(const struct lx_links *links, pid_t pid, struct lx_error *err);
/* One batch inside, for addresses, routes and what must be up before init; none when there is nothing to say. */
int lx_links_configure(const struct lx_links *links, int netns_fd, struct lx_error *err);
/* Host sides that are still there go away. */
int lx_links_down(const struct lx_links *links, struct lx_error *err);
int lx_net_remove_link(const char *host_name, struct lx_error *err); /* for the journal; a missing one is fine */

/* Global addresses, by namespace descriptor. */
int lx_net_addresses(int netns_fd, char ***ret_v4, char ***ret_v6, struct lx_error *err);
