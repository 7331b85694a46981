/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Inside of cgroup/: one group per hierarchy, and the driver that knows the hierarchy's kind. A v1 hierarchy and the v2
 * tree differ in how one enters, freezes, kills and hands over; a hybrid host simply has groups of both kinds.
 */
#pragma once

#include "base/buf.h"
#include "base/time.h"
#include "base/vec.h"
#include "cgroup/cgroup.h"
#include "cgroup/device-rules.h"

struct lx_cgroup_driver;

/* The payload's group in one hierarchy. */
struct lx_cgroup_group {
	const struct lx_cgroup_driver *driver;
	struct lx_host_hierarchy hierarchy;
	bool leaves;         /* monitor and payload have children of run; otherwise the payload is in it */
	char *run;           /* the group of the run below the hierarchy: "/lx/web" */
	char *path;          /* the payload's: "/lx/web/payload" */
	int fd;              /* its directory */
	int tasks_fd;        /* v1: where a process of one thread enters; -EBADF */
	int mount_fd;        /* a hierarchy that is mounted nowhere; -EBADF */
};

struct lx_cgroup {
	struct lx_host host;
	char *run_id;
	char *home;          /* rootless: the group below the hierarchy that the monitor was in; NULL */
	VEC(struct lx_cgroup_group) groups;
};

struct lx_cgroup_driver {
	const char *name;
	/* The group has just been made. */
	int (*prepare)(const struct lx_cgroup_group *g, struct lx_error *err);
	/* The caller, one thread, joins. */
	int (*enter_self)(const struct lx_cgroup_group *g, struct lx_error *err);
	int (*delegate)(const struct lx_cgroup_group *g, uid_t uid, gid_t gid, struct lx_error *err);
	int (*apply_devices)(const struct lx_cgroup_group *g, const struct lx_device_rules *rules, struct lx_error *err);
	int (*freeze)(const struct lx_cgroup_group *g, bool freeze, usec_t deadline, struct lx_error *err);
	int (*kill)(const struct lx_cgroup_group *g, struct lx_error *err);
};

extern const struct lx_cgroup_driver lx_cgroup_v1, lx_cgroup_v2, lx_cgroup_none;

/* layout.c: decisions, pure. */

/* The hierarchy in which monitor and payload have leaves of their own: the one that is cheapest to enter and to leave.
 * NULL without cgroups. */
const struct lx_host_hierarchy *lx_cgroup_leaves_hierarchy(const struct lx_host *host);
/* Those with leaves of this run: in a unit all that are the unit's. */
bool lx_cgroup_has_leaves(const struct lx_host *host, const struct lx_host_hierarchy *h);
/* Where a run is in a hierarchy: "/lx/web", or the unit's group. New string. */
char *lx_cgroup_run_path(const struct lx_host *host, const struct lx_host_hierarchy *h, const char *run_id);
/* The group that knows all processes of the payload: freeze, kill, empty. NULL without groups. */
struct lx_cgroup_group *lx_cgroup_process_group(const struct lx_cgroup *cg);
struct lx_cgroup_group *lx_cgroup_find_group(const struct lx_cgroup *cg, unsigned controller);

#define LX_CGROUP_PARENT "/lx"
#define LX_CGROUP_MONITOR "/monitor"
#define LX_CGROUP_PAYLOAD "/payload"
/* Where a user's monitor goes before it removes its groups when the one that it came from is gone. */
#define LX_CGROUP_EXIT LX_CGROUP_PARENT "/exit"

/* tree.c: directories of groups, by descriptor. */

/* Makes the group at path (absolute) and its parents: 1 made, 0 it was there. */
int lx_cgroup_tree_make(const char *path);
/* Removes the group name in dir_fd with everything below, waiting for the last processes until deadline: -EBUSY. */
int lx_cgroup_tree_remove(int dir_fd, const char *name, usec_t deadline);
/* Moves the processes of the group at path from, those of groups below it aside, to another one: -EBUSY when there is no end. */
int lx_cgroup_tree_move(const char *from, const char *to);
/* Sends signal to every process in the group and below; returns how many there were. */
int lx_cgroup_tree_signal(int dir_fd, int signal);

/* unit.c: the group of host->unit in this hierarchy, borrowed; NULL when it can have none. */
const char *lx_cgroup_unit_path(const struct lx_host *host, const struct lx_host_hierarchy *h);
/* lx_cgroup_use_unit() of a process with these lines of /proc/PID/cgroup. */
int lx_cgroup_use_unit_of(const char *text, struct lx_host *host, struct lx_error *err);

/* self.c: where a process is. */

/* The lines of /proc/PID/cgroup, pid 0 = the caller. */
int lx_cgroup_self_read(pid_t pid, char **ret);
/* The path in hierarchy that text names: new string, NULL when it is not there. */
int lx_cgroup_self_path(const char *text, const struct lx_host_hierarchy *h, char **ret);

/* Waits that double from 50 us to 20 ms: for what the kernel finishes in its own time and tells nobody. */
struct lx_backoff {
	usec_t deadline, next;
};
/* false when the deadline is over. */
bool lx_backoff_wait(struct lx_backoff *b);
