/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The control groups of one container: one tree, /lx/RUN_ID below each hierarchy, with separate leaves for the monitor and
 * for the payload. The layouts (v1, hybrid, v2) are drivers behind this interface; limits use the kernel's v2 names
 * everywhere.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "config/config.h"
#include "host/host.h"

struct lx_cgroup; /* opened groups, by descriptor */

/* Every limit of config that this host cannot apply is an error that names the key. Pure. */
int lx_cgroup_check_limits(const struct lx_config *config, const struct lx_host *host, struct lx_error *err);
/* Paths (absolute, one per hierarchy) that create() will make, for the journal. Pure. */
int lx_cgroup_paths(const struct lx_host *host, const char *run_id, char ***ret, struct lx_error *err);

int lx_cgroup_create(const struct lx_host *host, const char *run_id, struct lx_cgroup **ret, struct lx_error *err);
/* Existing groups of a running container. */
int lx_cgroup_open(const struct lx_host *host, const char *run_id, struct lx_cgroup **ret, struct lx_error *err);
void lx_cgroup_free(struct lx_cgroup *cg); /* closes only */
DEFINE_CLEANUP(struct lx_cgroup *, lx_cgroup_free)

/* Writes the limits of config to the payload's parent and reads them back. */
int lx_cgroup_apply(struct lx_cgroup *cg, const struct lx_config *config, struct lx_error *err);
/* The list of device rules: closed but for the nodes that every container has, plus [device] sections. */
int lx_cgroup_apply_devices(struct lx_cgroup *cg, const struct lx_config *config, struct lx_error *err);
/* Hands the payload's group to the container's root where that is safe (v2, name=systemd). */
int lx_cgroup_delegate(struct lx_cgroup *cg, uid_t uid, gid_t gid, struct lx_error *err);

/* Descriptor for CLONE_INTO_CGROUP, borrowed; -1 where pids must be written (v1, hybrid). */
int lx_cgroup_clone_fd(const struct lx_cgroup *cg);
/* Puts a process into every hierarchy's payload leaf; pid 0 = the caller. */
int lx_cgroup_enter(struct lx_cgroup *cg, pid_t pid, struct lx_error *err);
int lx_cgroup_enter_monitor(struct lx_cgroup *cg, pid_t pid, struct lx_error *err);

int lx_cgroup_freeze(struct lx_cgroup *cg, bool freeze, usec_t timeout, struct lx_error *err);
/* SIGKILL to everything in the payload, forks included. */
int lx_cgroup_kill(struct lx_cgroup *cg, struct lx_error *err);
bool lx_cgroup_is_empty(struct lx_cgroup *cg);
/* Removes the groups, bottom up; waits shortly for the last zombies to go. */
int lx_cgroup_remove(struct lx_cgroup *cg, struct lx_error *err);
/* For the journal: kills and removes one path as lx_cgroup_paths() named it; a missing one is fine. */
int lx_cgroup_remove_path(const char *path, struct lx_error *err);

int lx_cgroup_usage(struct lx_cgroup *cg, struct lx_usage *ret, struct lx_error *err);

/* What to mount at /sys/fs/cgroup inside, from what the guest's init can do. Pure. */
enum lx_cgroup_view { LX_VIEW_NONE, LX_VIEW_LEGACY, LX_VIEW_HYBRID, LX_VIEW_UNIFIED };
const char *lx_cgroup_view_name(enum lx_cgroup_view view);
/* systemd_version: 0 = init is not systemd. wish: [cgroup] view. */
int lx_cgroup_choose_view(const char *wish, const struct lx_host *host, unsigned systemd_version, enum lx_cgroup_view *ret,
			  struct lx_error *err);
/* v1 controllers that the host has mounted: "cpu,cpuacct", "memory", "name=systemd" ..., each with its directory name. */
struct lx_cgroup_hierarchy {
	char *options;    /* for mounting it: "cpu,cpuacct", "none,name=systemd" */
	char *directory;  /* below /sys/fs/cgroup */
	bool unified;     /* the v2 tree of a hybrid host */
};
int lx_cgroup_hierarchies(const struct lx_host *host, struct lx_cgroup_hierarchy **ret, size_t *ret_n, struct lx_error *err);
void lx_cgroup_hierarchies_free(struct lx_cgroup_hierarchy *h, size_t n);
