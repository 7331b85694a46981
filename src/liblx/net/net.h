/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Links of a container. What shall be made is decided first (lx_links_build), then made with at most one iproute2
 * batch on the host and one inside the container's network namespace. A veth peer is created in that namespace, never
 * moved there: moving costs 14 to 33 ms, creating in place 2 to 3.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strv.h"
#include "base/vec.h"
#include "config/config.h"
#include "host/host.h"
#include "net/ip.h"

struct lx_net_driver;

/* One link of a run, everything decided. */
struct lx_link {
	const struct lx_net_driver *driver;
	char *label;                /* of the section, for messages */
	char *name;                 /* inside */
	char *host_name;            /* "" when nothing is left on the host */
	int host_index;             /* once lx_links_up() has made it; 0 = somebody else does */
	char *bridge;               /* "" = none */
	char mac[18];               /* inside */
	uint32_t mtu;               /* 0 = the bridge's */
	char **addresses;           /* v4 and v6, ADDRESS/PREFIX */
	char *gateway4, *gateway6;  /* addresses; NULL */
	char *origin;               /* "FILE:LINE" of link =, for messages; the file alone when it is the default */
	char **forwards;            /* "tcp [ADDRESS:]PORT PORT" */
	pid_t pid;                  /* of the process that serves it; 0 = none */
	int pidfd;
};

struct lx_net_driver {
	const char *name;
	bool own_namespace;         /* the container has a network namespace of its own */
	bool has_link;              /* there is an interface inside that this driver makes */
	/* Decides what is the driver's own business, host name, bridge and addresses; NULL: as for a pair. */
	int (*build)(const struct lx_config_network *wish, struct lx_link *link, struct lx_error *err);
	/* Facts of the host that must hold (bridge exists ...); NULL = none. */
	int (*check)(const struct lx_link *link, struct lx_error *err);
	/* Adds lines for ip -batch on the host; netns is what iproute2 takes after "netns" (a pid). NULL = none. */
	int (*host_batch)(const struct lx_link *link, const char *netns, struct lx_ip_batch *batch);
	/* A process that serves the link, and has configured it when this returns; userns_fd may be -1. NULL = none. */
	int (*start)(struct lx_link *link, int netns_fd, int userns_fd, struct lx_error *err);
	void (*stop)(struct lx_link *link);
};

extern const struct lx_net_driver lx_net_veth, lx_net_user, lx_net_empty, lx_net_none;
extern const struct lx_net_driver *const lx_net_drivers[]; /* NULL-terminated */
const struct lx_net_driver *lx_net_driver_find(const char *name);

struct lx_links {
	VEC(struct lx_link) list;
	bool own_namespace;         /* false: [network] type = none alone, the host's network */
	struct lx_ip_process ip;    /* between lx_links_begin() and lx_links_up() */
};
void lx_links_done(struct lx_links *links);

/* Pure: decides names, MACs and addresses from the configuration. run_id makes host names unique ("lx" + hash), the
 * machine id of host makes MACs unique among machines. A container that joins another network namespace has no links.
 * */
int lx_links_build(const struct lx_config *config, const struct lx_settings *settings, const struct lx_host *host,
		   const char *run_id, struct lx_links *ret, struct lx_error *err);
/* Are bridges there, are host names free? Looks, changes nothing. */
int lx_links_check(struct lx_links *links, struct lx_error *err);
/* Loads iproute2 while the caller goes on, when lx_links_up() will need it. */
int lx_links_begin(struct lx_links *links, struct lx_error *err);
/* One batch on the host (veth pairs whose peer is born in pid's network namespace). On failure nothing is left. */
int lx_links_up(struct lx_links *links, pid_t pid, struct lx_error *err);
/* One batch inside, for static addresses and routes; no process at all when the guest does DHCP. */
int lx_links_configure(const struct lx_links *links, int netns_fd, struct lx_error *err);
/* The same for a user who is not root: lx-usernet is asked, at helper_fd or, where systemd listens for it, by a connection
 * of its own. It chooses the names on the host. */
int lx_links_up_for_user(struct lx_links *links, int netns_fd, int helper_fd, struct lx_error *err);
int lx_links_down_for_user(const struct lx_links *links, int helper_fd, struct lx_error *err);
/* Does a container with this configuration need that? */
bool lx_links_need_helper(const struct lx_config *config);
/* Processes that serve links, children of ours; they die with us. userns_fd: of the container, -1 = it has none. On failure
 * none is left. */
int lx_links_start(struct lx_links *links, int netns_fd, int userns_fd, struct lx_error *err);
void lx_links_stop(struct lx_links *links);
/* The program that a link of type user would get here; NULL: none is installed. */
const char *lx_net_user_program(void);
/* Will a container of a user get one? The program must be able to open the device of tunnels, too. */
bool lx_net_user_is_usable(void);
/* Host sides that are still there go away. Nobody should hold the network namespace any more: then the kernel has
 * removed them or soon will; otherwise this waits 200 ms for that and removes them. */
int lx_links_down(const struct lx_links *links, struct lx_error *err);
int lx_net_remove_link(const char *host_name, struct lx_error *err); /* for the journal; a missing one is fine */

/* Global addresses ("10.0.5.20", without prefix) of all links but lo, by namespace descriptor. One rtnetlink socket
 * of ours asks the kernel; no process is started and no namespace is entered. */
int lx_net_addresses(int netns_fd, char ***ret_v4, char ***ret_v6, struct lx_error *err);
