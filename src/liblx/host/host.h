/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this machine offers, probed once per process; a value, so that tests can make any host they like. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum lx_cgroup_layout {
	LX_CGROUP_NONE,
	LX_CGROUP_LEGACY,      /* v1 only */
	LX_CGROUP_HYBRID,      /* controllers on v1, a v2 tree at /sys/fs/cgroup/unified */
	LX_CGROUP_UNIFIED,     /* v2 only */
};

enum {
	LX_CONTROLLER_CPU = 1 << 0,
	LX_CONTROLLER_CPUACCT = 1 << 1,
	LX_CONTROLLER_CPUSET = 1 << 2,
	LX_CONTROLLER_MEMORY = 1 << 3,
	LX_CONTROLLER_PIDS = 1 << 4,
	LX_CONTROLLER_IO = 1 << 5,         /* blkio on v1 */
	LX_CONTROLLER_DEVICES = 1 << 6,    /* v1 */
	LX_CONTROLLER_FREEZER = 1 << 7,    /* v1 */
};

struct lx_host {
	unsigned kernel_major, kernel_minor;
	char architecture[32];             /* uname's machine */
	enum lx_cgroup_layout cgroup_layout;
	unsigned controllers;              /* LX_CONTROLLER_* that can be used, v1 or v2 */
	bool cgroup_kill;                  /* cgroup.kill exists */
	bool systemd_hierarchy;            /* /sys/fs/cgroup/systemd (name=systemd) is there */
	bool root;                         /* effective uid 0 in the initial user namespace */
	uint64_t capabilities;             /* effective set of this process */
	uint64_t capability_bound;         /* bounding set */
	bool time_namespace, user_namespace;
	bool apparmor, selinux;
	bool systemd;                      /* /run/systemd/system exists */
	char machine_id[33];
};

int lx_host_probe(struct lx_host *ret, struct lx_error *err);

/* subid.c: a private range of host ids for each container. The ledger is STORE/.idmap (locked while it is changed): one
 * line "NAME BASE SIZE" for each. */
struct lx_settings;
struct lx_id_range;
/* The range of name: the remembered one, or a new one that overlaps nothing in the ledger. */
int lx_subid_allot(const struct lx_settings *settings, const char *store, const char *name, struct lx_id_range *ret,
		   struct lx_error *err);
int lx_subid_release(const char *store, const char *name, struct lx_error *err);
