/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this machine offers, probed once per process; a value, so that tests can make any host they like. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/id-range.h"
#include "base/vec.h"

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
	LX_CONTROLLER_SYSTEMD = 1 << 8,    /* name=systemd: no controller, a v1 tree of processes */
};

/* One mounted cgroup hierarchy. */
struct lx_host_hierarchy {
	char point[256];                   /* where it is mounted; for a user the group that is the user's */
	char options[48];                  /* v1: "cpu,cpuacct", "none,name=systemd"; "" for v2 */
	unsigned controllers;              /* LX_CONTROLLER_* */
	bool unified;                      /* the v2 tree */
	char base[160];                    /* path of the group at point, "" for the whole hierarchy */
	bool in_unit;                      /* the run's group is that of lx_host.unit */
};
#define LX_HOST_HIERARCHIES_MAX 16
/* Longer than slices, a user's manager and the longest name of a unit need. */
#define LX_HOST_UNIT_MAX 512

#define LX_SELINUX_TYPE_MAX 128

struct lx_host {
	unsigned kernel_major, kernel_minor;
	char architecture[32];             /* uname's machine */
	enum lx_cgroup_layout cgroup_layout;
	unsigned controllers;              /* LX_CONTROLLER_* that can be used, v1 or v2 */
	struct lx_host_hierarchy hierarchies[LX_HOST_HIERARCHIES_MAX];
	size_t n_hierarchies;
	/* the delegated group of a unit of systemd in which a run lives, below the hierarchies' roots; "" = none (cgroup/unit.c) */
	char unit[LX_HOST_UNIT_MAX];
	bool cgroup_v1;                    /* this kernel can mount v1 hierarchies */
	bool swap_limit;                   /* swap of a group can be limited */
	bool io_weight;                    /* io of a group can be weighted */
	bool cgroup_kill;                  /* cgroup.kill exists (Linux 5.14) */
	bool systemd_hierarchy;            /* /sys/fs/cgroup/systemd (name=systemd) is there */
	bool root;                         /* effective uid 0 in the initial user namespace */
	bool rootless;                     /* we work for a user who is not root */
	uint64_t capabilities;             /* effective set of this process */
	uint64_t capability_bound;         /* bounding set */
	bool time_namespace, user_namespace;
	bool apparmor, selinux;
	bool apparmor_stack;               /* profiles stack, and the policy has namespaces */
	bool apparmor_newer;               /* user namespaces, message queues and io_uring are looked at (Linux 6.2 to 6.7) */
	bool apparmor_parser;              /* profiles can be compiled */
	/* contexts without a level, "USER:ROLE:TYPE", that the SELinux policy has for processes and files of containers; "" = none */
	char selinux_process[LX_SELINUX_TYPE_MAX], selinux_file[LX_SELINUX_TYPE_MAX];
	bool systemd;                      /* /run/systemd/system exists */
	char machine_id[33];
};

int lx_host_probe(struct lx_host *ret, struct lx_error *err);
/* The same with the files of /proc, /sys, /run and /etc below another root; what system calls tell is this process's. */
int lx_host_probe_at(const char *root, struct lx_host *ret, struct lx_error *err);
/* What lx_cgroup_open() needs, and nothing else: for who is in a hurry. */
int lx_host_probe_cgroups(struct lx_host *ret, struct lx_error *err);
/* The same for who only reads: all that is mounted, whatever of it a user may change. */
int lx_host_probe_hierarchies(struct lx_host *ret, struct lx_error *err);
/* LX_CONTROLLER_* that a group of the v2 tree has; 0 when it is not there. */
int lx_host_read_controllers(int root_fd, const char *group, unsigned *ret);
/* systemd is the init of this host. */
bool lx_host_has_systemd(void);
/* The security modules alone. */
int lx_host_probe_modules(struct lx_host *ret);
/* hierarchies.c: the cgroup facts alone, from the text of mountinfo: hierarchies and layout. */
int lx_host_parse_hierarchies(const char *mountinfo, struct lx_host *ret);
/* delegated.c: for a user who is not root: of the hierarchies the v2 tree only, and of that what is the user's, the topmost group
 * of those that this process is in; nothing when none is. */
void lx_host_keep_delegated(int root_fd, struct lx_host *host);
/* The kernel is this version or newer. */
bool lx_host_kernel_is(const struct lx_host *host, unsigned major, unsigned minor);

/* subid.c: a private range of host ids for each container, remembered in a ledger that all stores of the host share. */
struct lx_settings;
/* As many of one as of the other; the same numbers, unless root has other users than groups. */
struct lx_subids {
	struct id_range uids, gids;
};
/* The ids of the container: the remembered ones, or new ones that overlap nothing in the ledger. */
int lx_subid_allot(const struct lx_settings *settings, const char *store, const char *name, struct lx_subids *ret,
		   struct lx_error *err);
/* Has another container ids of this one's range? So it is with users who have ids for one only. */
bool lx_subid_is_shared(const struct lx_settings *settings, const char *store, const char *name);
/* Forgets it; fine when there is none. */
int lx_subid_release(const struct lx_settings *settings, const char *store, const char *name, struct lx_error *err);

/* subid-pool.c: what they are taken from. */
struct lx_subid_span {
	uint64_t base, size;
};
typedef VEC(struct lx_subid_span) lx_subid_pool;
struct lx_subid_pools {
	lx_subid_pool both;                /* ids that are root's as users and as groups */
	lx_subid_pool uids, gids;          /* all that are root's as the one and as the other; none where lx.conf has the pool */
};
int lx_subid_pools_of_host(const struct lx_settings *settings, struct lx_subid_pools *ret, struct lx_error *err);
void lx_subid_pools_done(struct lx_subid_pools *pools);
/* In a user's own namespace: all of its ids but the user's own, in one span. */
int lx_subid_pool_of_user(lx_subid_pool *ret, struct lx_error *err);
/* What the texts (subuid(5), subgid(5)) give to root; what one gives to a user of that name or number. */
int lx_subid_pools_parse(const char *subuid, const char *subgid, struct lx_subid_pools *ret);
int lx_subid_spans_parse(const char *text, const char *name, uint32_t id, lx_subid_pool *ret);

/* [idmap] range or map of the container is written down, in place of what was before; refused, with the other's name, when another
 * has any of these ids, unless one of the two shares. */
struct lx_idmap;
int lx_subid_claim(const struct lx_settings *settings, const char *store, const char *name, const struct lx_idmap *map,
		   bool shared, struct lx_error *err);
/* ids-in-use.c: ids that others have, as seen below root. */
int lx_ids_in_use(const char *root, lx_subid_pool *ret);

/* users.c: who is who on the host, without its name service. */
struct lx_users {
	char *passwd, *group;              /* the texts of /etc/passwd and /etc/group; NULL when there is none */
};
int lx_users_load(struct lx_users *ret, struct lx_error *err);
void lx_users_done(struct lx_users *users);
/* word: a name, or a number, which needs no line and then has the group of that number. -ENOENT. */
int lx_user_lookup(const char *passwd, const char *word, uint32_t *ret_uid, uint32_t *ret_gid);
int lx_group_lookup(const char *group, const char *word, uint32_t *ret_gid);

/*
 * rootless.c: a user who is not root. What needs rights is done in a user namespace of the user's own, where the user is
 * root and the subordinate ids of /etc/subuid and /etc/subgid are 1, 2, 3 ...; one for all of the user's containers.
 * newuidmap(1) and newgidmap(1), which the host has for this, write its maps.
 */

/* Makes this process, which must have one thread, root of that namespace; it joins the one in which another process of the
 * user's is, or makes it. Nothing is done for root, or by a process that is in it. */
int lx_rootless_enter(const struct lx_settings *settings, struct lx_error *err);
/* The same where somebody is in one: 1; 0 when nobody is. */
int lx_rootless_join(const struct lx_settings *settings, struct lx_error *err);
/* What the file, /etc/subuid or /etc/subgid, gives to the user that we are; -ENOENT and a sentence when it gives nothing. */
int lx_rootless_spans(const char *file, lx_subid_pool *ret, struct lx_error *err);

/* rootless-map.c: its map. Ids "outside" are the host's, as everywhere else; pure but for lx_rootless_map_load(). */
struct lx_idmap;
/* own: the user's id; the spans are what the files of subordinate ids give, in their order. */
int lx_rootless_map_build(uint32_t own, const lx_subid_pool *spans, id_ranges *ret);
int lx_rootless_map_parse(const char *text, id_ranges *ret);
/* The maps of the namespace that we are in. */
int lx_rootless_map_load(struct lx_idmap *ret, struct lx_error *err);
/* Ids of the host to those that they are in the namespace; 0, or -ERANGE when they are not all subordinate ids. */
int lx_rootless_map_enter(const id_ranges *map, struct id_range *range);
/* The way back. */
uint32_t lx_rootless_map_leave(const id_ranges *map, uint32_t id);

/* aside.c: runs fn in a process that is root of another user namespace, so that what it makes belongs to that root. With
 * userns_fd <= 0 it runs in this process. */
int lx_aside_run(int userns_fd, int (*fn)(void *argument, struct lx_error *err), void *argument, struct lx_error *err);
/* Runs fn in a process of its own: what that enters, we need not leave again. */
int lx_aside_fork(int (*fn)(void *argument, struct lx_error *err), void *argument, struct lx_error *err);
/* The same of one that returns a descriptor, which is handed over. */
int lx_aside_open(int (*fn)(void *argument, struct lx_error *err), void *argument, int *ret_fd, struct lx_error *err);
