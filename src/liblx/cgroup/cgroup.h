/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The control groups of one container: the tree /lx/RUN_ID on every hierarchy that is of use, or that of a unit of systemd,
 * with separate groups for the monitor and for the payload. The layouts (v1, hybrid, v2) hide behind this interface; limits use
 * the kernel's v2 names everywhere. doc/CGROUPS has the names, what is handed to the container, and what the calls cost.
 *
 * The cheap way in: a process is born in lx_cgroup_clone_fd() (CLONE_INTO_CGROUP), and enters the rest itself with
 * lx_cgroup_enter(cg, 0) while it has one thread. Only moving another process, or oneself within v2, has to wait for an
 * RCU grace period (5 to 8 ms).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/time.h"
#include "config/config.h"
#include "host/host.h"

struct lx_cgroup; /* opened groups, by descriptor */

/* Every limit of config that this host cannot apply is an error that names the key. Pure. */
int lx_cgroup_check_limits(const struct lx_config *config, const struct lx_host *host, struct lx_error *err);
/* For a monitor that systemd has started as a unit: from now on host says that its run is in the unit's group, wherever the
 * caller is in that. 0, with a warning and host as it was, when systemd has not handed the group over. */
int lx_cgroup_use_unit(struct lx_host *host, struct lx_error *err);
/* Where a run on this host has its groups, for those who come later: "/lx/RUN_ID", or the unit's group. New string. */
int lx_cgroup_path(const struct lx_host *host, const char *run_id, char **ret, struct lx_error *err);
bool lx_cgroup_is_unit(const char *path);
/* Before lx_cgroup_open(), by who comes later: host becomes that of the run that has its groups there. */
int lx_cgroup_find(struct lx_host *host, const char *path, struct lx_error *err);

/* Limits that count among siblings only, in a unit: properties that systemd is to be told, since those siblings are its own.
 * is_set: configured; the others are to be as they were. Pure. */
struct lx_cgroup_property {
	const char *key, *name; /* "cpu.weight", "CPUWeight" */
	uint64_t value;
	bool is_set;
};
#define LX_CGROUP_PROPERTIES_MAX 4
struct lx_cgroup_properties {
	struct lx_cgroup_property items[LX_CGROUP_PROPERTIES_MAX];
	size_t n;
};
int lx_cgroup_properties_build(const struct lx_config *config, const struct lx_host *host, struct lx_cgroup_properties *ret,
			       struct lx_error *err);

/* What create() makes, for the journal: names for lx_cgroup_remove_path(). A name stands for all hierarchies; none when the host
 * has no cgroups. Pure. */
int lx_cgroup_paths(const struct lx_host *host, const char *run_id, char ***ret, struct lx_error *err);

/* Fresh groups. Empty ones that a killed run left are replaced; -EBUSY when there are processes in them. */
int lx_cgroup_create(const struct lx_host *host, const char *run_id, struct lx_cgroup **ret, struct lx_error *err);
/* Existing groups of a running container. */
int lx_cgroup_open(const struct lx_host *host, const char *run_id, struct lx_cgroup **ret, struct lx_error *err);
void lx_cgroup_free(struct lx_cgroup *cg); /* closes only */
DEFINE_CLEANUP(struct lx_cgroup *, lx_cgroup_free)

/* Writes the limits of config to the payload's groups and reads them back; makes groups of further controllers as needed,
 * so it comes before anything enters. */
int lx_cgroup_apply(struct lx_cgroup *cg, const struct lx_config *config, struct lx_error *err);
/* The list of device rules: closed but for the nodes that every container has, plus [device] sections. */
int lx_cgroup_apply_devices(struct lx_cgroup *cg, const struct lx_config *config, struct lx_error *err);
/* Hands the payload's group to the container's root where that is safe (v2, name=systemd). */
int lx_cgroup_delegate(struct lx_cgroup *cg, uid_t uid, gid_t gid, struct lx_error *err);
/* For LX_VIEW_LEGACY on a v2 host: a group in a v1 hierarchy name=systemd, which is made and held by descriptor (it is
 * mounted nowhere on the host). Comes before anything enters; also after lx_cgroup_open(). */
int lx_cgroup_add_systemd_hierarchy(struct lx_cgroup *cg, struct lx_error *err);

/* For processes that join later, after lx_cgroup_open(): from now on cg stands for a group of theirs below the payload's,
 * where the v2 tree has controllers. A guest that hands controllers on to groups of its own, as systemd does, cannot have
 * processes in the group above them (the kernel's EBUSY, for us or, if we come first, for the guest). */
int lx_cgroup_use_attached(struct lx_cgroup *cg, struct lx_error *err);
/* The same for processes that are killed together, by lx_cgroup_kill(cg): in a group of their own on every host. */
int lx_cgroup_use_probes(struct lx_cgroup *cg, struct lx_error *err);

/* Descriptor for CLONE_INTO_CGROUP, borrowed; -1 on a host without a v2 tree. */
int lx_cgroup_clone_fd(const struct lx_cgroup *cg);
/* Puts a process into the payload's group of every hierarchy. pid 0: the caller, which must have one thread; cheap when it
 * was born in lx_cgroup_clone_fd(), and then usable with the groups that its parent opened, before a cgroup namespace is
 * unshared. */
int lx_cgroup_enter(struct lx_cgroup *cg, pid_t pid, struct lx_error *err);
/* The same for the monitor's groups. Hierarchies where it is in the root group already are left alone unless they hold
 * the monitor's own group. */
int lx_cgroup_enter_monitor(struct lx_cgroup *cg, pid_t pid, struct lx_error *err);
/* For a process of the monitor's that is not to be in the groups, and calls lx_cgroup_leave() when it is born: where on v2 it
 * should be, so that it has nothing to wait for. New descriptor; -1 where it costs nothing or cannot be. */
int lx_cgroup_open_outside(const struct lx_cgroup *cg);
/* Out of the monitor's groups, back to the roots; not in a unit, whose groups systemd removes. */
int lx_cgroup_leave(struct lx_cgroup *cg, pid_t pid, struct lx_error *err);

int lx_cgroup_freeze(struct lx_cgroup *cg, bool freeze, usec_t timeout, struct lx_error *err);
/* SIGKILL to everything in the payload, forks included. */
int lx_cgroup_kill(struct lx_cgroup *cg, struct lx_error *err);
/* Removes the groups, bottom up, those that the guest made too; waits shortly for the last zombies to go. A monitor that
 * calls this is put back into the root groups first. */
int lx_cgroup_remove(struct lx_cgroup *cg, struct lx_error *err);
/* For the journal: kills and removes what a name of lx_cgroup_paths() stands for; a missing one is fine. */
int lx_cgroup_remove_path(const char *path, struct lx_error *err);

/* What lx_cgroup_usage() reads memory and processes from, for a process that closes all else. At most max; returns how many. */
size_t lx_cgroup_descriptors(const struct lx_cgroup *cg, int *ret, size_t max);
int lx_cgroup_usage(struct lx_cgroup *cg, struct lx_usage *ret, struct lx_error *err);

/* What to mount at /sys/fs/cgroup inside, from what the guest's init can do. Pure. */
enum lx_cgroup_view { LX_VIEW_NONE, LX_VIEW_LEGACY, LX_VIEW_HYBRID, LX_VIEW_UNIFIED };
const char *lx_cgroup_view_name(enum lx_cgroup_view view);
/* systemd_version: 0 = init is not systemd. wish: [cgroup] view. */
int lx_cgroup_choose_view(const char *wish, const struct lx_host *host, unsigned systemd_version, enum lx_cgroup_view *ret,
			  struct lx_error *err);
/* The hierarchies in which every payload has a group of its own, so that a mount in its cgroup namespace shows nothing
 * else: v1 controllers, name=systemd, the v2 tree of a hybrid or v2 host. */
struct lx_cgroup_hierarchy {
	char *options;    /* for mounting it: "cpu,cpuacct", "none,name=systemd"; "" for v2 */
	char *directory;  /* below /sys/fs/cgroup */
	bool unified;     /* the v2 tree */
};
int lx_cgroup_hierarchies(const struct lx_host *host, struct lx_cgroup_hierarchy **ret, size_t *ret_n, struct lx_error *err);
void lx_cgroup_hierarchies_free(struct lx_cgroup_hierarchy *h, size_t n);
