/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tree that a container sees: decided as an ordered list of mounts (pure), then made in the new process, by
 * descriptor. The root file system is hostile input: every target is resolved with openat2() inside it, and nothing of
 * it is opened by name from the host.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "config/config.h"
#include "host/host.h"

enum lx_mount_kind {
	LX_MOUNT_NEW,      /* a new file system of type */
	LX_MOUNT_TREE,     /* a detached mount that the host side prepared: a bind, /dev */
	LX_MOUNT_REMOUNT,  /* target itself again, on top, with other attributes */
	LX_MOUNT_SEAL,     /* the mount that is there gets other attributes */
	LX_MOUNT_MASK,     /* target covered by an empty, inaccessible node of its kind */
};

/* When in the sequence of the new process a mount can be made. */
enum lx_mount_phase {
	LX_PHASE_BASE,     /* as soon as the root is there */
	LX_PHASE_CGROUP,   /* in the cgroup namespace */
	LX_PHASE_COVER,    /* last: what covers parts of the others */
};

struct lx_mount {
	enum lx_mount_kind kind;
	enum lx_mount_phase phase;
	char *type;                /* LX_MOUNT_NEW */
	char *source;              /* bind: path on the host */
	char *target;              /* relative to the root of the container */
	char *context;             /* SELinux label of the new file system; NULL */
	char *options;             /* of the new file system, comma separated; NULL */
	unsigned attr;             /* MOUNT_ATTR_* */
	bool recursive;            /* bind: with what is mounted below */
	bool optional;             /* a missing source or target is fine */
	bool create_dir, create_file;
	bool idmap;                /* bind: owners through the container's id map */
	struct lx_idmap owners;    /* bind: or through a map of its own, from ids of the source to the host's; owner.c */
	char *origin;              /* "FILE:LINE" for messages; NULL for mounts of ours */
	int fd;                    /* LX_MOUNT_TREE: the prepared mount, -EBADF until lx_mounts_prepare() */
};

struct lx_mounts {
	VEC(struct lx_mount) list;
};
void lx_mounts_done(struct lx_mounts *mounts);

/* What the plan of mounts depends on beside the configuration. */
struct lx_mounts_facts {
	bool own_net, own_pid, own_ipc; /* namespaces that are not shared */
	bool privileged;
	const struct lx_idmap *map;     /* of the container; empty when it is privileged */
	const struct lx_users *users;   /* of the host; may be NULL when no mount has an owner */
	bool rootless;                  /* no nodes can be made: those of the host are bound */
	bool nesting;                   /* containers inside */
	bool own_policy;                /* it loads policy of a security module for itself */
};
/* Has a mount of the configuration an owner? */
bool lx_mounts_have_owners(const struct lx_config *config);

/* Everything but the root and the cgroup view, in order. Pure. */
int lx_mounts_build(const struct lx_config *config, const struct lx_mounts_facts *facts, struct lx_mounts *ret, struct lx_error *err);
/* One more mount at the end. NULL when memory is short. Strings are copied. */
struct lx_mount *lx_mounts_add(struct lx_mounts *mounts, enum lx_mount_kind kind, enum lx_mount_phase phase, const char *type,
			       const char *target, const char *options, unsigned attr);
/* Gives the new file systems that can have one an SELinux label. */
int lx_mounts_label(struct lx_mounts *mounts, const char *context, struct lx_error *err);
void lx_mounts_print(const struct lx_mounts *mounts, struct buf *out);

/* owner.c: the map that owner and group of a bind mount ask for. Pure. */
int lx_owners_build(const struct lx_config_mount *wish, const struct lx_mounts_facts *facts, struct lx_idmap *ret, struct lx_error *err);

/* Host side, before the process exists: opens sources of binds; id maps them where asked (userns_fd, the container's own map,
 * may be -EBADF). guarded: the container has a user namespace, whose root must not undo what is read-only. */
int lx_mounts_prepare(struct lx_mounts *mounts, int userns_fd, bool guarded, struct lx_error *err);
/* Hands in the prepared mount for target. */
int lx_mounts_give(struct lx_mounts *mounts, const char *target, int fd);
/* New process, root_fd attached in its mount namespace: makes the mounts of one phase. */
int lx_mounts_apply(const struct lx_mounts *mounts, enum lx_mount_phase phase, int root_fd, struct lx_error *err);

/* dev.c: a detached tmpfs with the nodes, links and directories of /dev, made by the host, which may make nodes; owned by the
 * root of the container. */
struct lx_dev_facts {
	uid_t root_uid;
	gid_t root_gid;
	const char *context;       /* SELinux label; NULL */
	bool rootless;             /* files in place of the nodes, for lx_mounts_build() has binds of the host's */
};
int lx_dev_build(const struct lx_config *config, const struct lx_dev_facts *facts, int *ret_mount_fd, struct lx_error *err);
/* Binds of the host's nodes, for who can make none. */
int lx_dev_add_binds(struct lx_mounts *mounts, const struct lx_config *config, struct lx_error *err);

/* run.c: what the container interface promises below /run/host. */
struct lx_run_host {
	const char *manager, *uuid;
};
int lx_run_host_write(int root_fd, const struct lx_run_host *facts, struct lx_error *err);
/* A fresh boot id over /proc/sys/kernel/random/boot_id. */
int lx_boot_id_mount(int root_fd, struct lx_error *err);
/* /run/host becomes read-only. */
int lx_run_host_seal(int root_fd, struct lx_error *err);

/* pivot.c: root_fd (a detached mount) becomes the root of this mount namespace; first enter, then pivot, with the mounts in between. */
int lx_root_attach(int root_fd, struct lx_error *err);
int lx_root_pivot(int root_fd, struct lx_error *err);

/* guest.c: what kind of system is in there. */
enum lx_init_kind { LX_INIT_OTHER, LX_INIT_SYSTEMD, LX_INIT_BUSYBOX, LX_INIT_SYSVINIT, LX_INIT_OPENRC };
struct lx_guest {
	enum lx_init_kind init;
	unsigned systemd_version;  /* 0 = not systemd, or not known */
};
const char *lx_init_kind_name(enum lx_init_kind kind);
/* Looks at the program init (in the root) and its library; -ENOENT with a sentence when init is missing. */
int lx_guest_probe(int root_fd, const char *init, struct lx_guest *ret, struct lx_error *err);
