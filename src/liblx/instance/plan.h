/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one start will do, everything decided: a pure function of the configuration and the facts of the host, which can
 * be printed. It is completed once the root file system is open and shows what kind of init it has (lx_plan_settle).
 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "cgroup/cgroup.h"
#include "container/container.h"
#include "host/host.h"
#include "net/net.h"
#include "rootfs/rootfs.h"
#include "security/security.h"
#include "sys/sys.h"

/* Options of one start, beside the configuration. */
struct lx_plan_wish {
	char **argv;                /* in place of init; NULL */
	char **share;               /* "net=NAME" ... over [namespace] */
	bool execute;               /* argv runs under lx-init ... */
	const struct lx_idmap *map; /* rootless: the container's, as seen in the user's namespace; NULL */
	const char *selinux_level;  /* categories that the host has allotted; NULL: none are wanted */
	uint32_t uid, gid;          /* ... as this user and group of the container */
};

struct lx_plan {
	const struct lx_config *config;
	char *name, *run_id, *hostname;
	char uuid[37];

	char *share[SYS_NS_MAX];    /* "host", "container:NAME", "pid:N"; NULL = a namespace of its own */
	uint64_t clone_flags;       /* those that begin with the process */
	bool user_namespace;
	struct lx_idmap map;        /* empty when privileged */
	uid_t root_uid;             /* on the host, of the container's root */
	gid_t root_gid;
	struct lx_security security;
	uid_t uid;                  /* of the container, that init runs as */

	struct lx_mounts mounts;
	struct lx_links links;
	char **argv, **env;
	bool execute;

	struct lx_guest guest;      /* from here on: lx_plan_settle() */
	enum lx_cgroup_view view;
	bool private_systemd;       /* a v1 hierarchy name=systemd is made for an old guest on a v2 host */
	int stop_signal, reboot_signal;
};

/* range: the container's ids on the host; ignored when it is privileged or has a map of its own. */
int lx_plan_build(const struct lx_container *c, const struct lx_config *config, const struct lx_host *host,
		  const struct lx_subids *range, const struct lx_plan_wish *wish, struct lx_plan **ret, struct lx_error *err);
int lx_plan_settle(struct lx_plan *plan, const struct lx_host *host, const struct lx_guest *guest, struct lx_error *err);
void lx_plan_free(struct lx_plan *plan);
DEFINE_CLEANUP(struct lx_plan *, lx_plan_free)
void lx_plan_print(const struct lx_plan *plan, struct buf *out);
