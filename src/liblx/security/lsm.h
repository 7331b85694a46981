/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Security modules of the kernel that give each process a label: AppArmor, SELinux. A module is a driver, a const object in
 * a file of its own; a build without it has the same object with built = false (apparmor-none.c).
 *
 *     lx_lsm_build()       in the plan; pure: the label, and the policy that it needs
 *     lx_lsm_load()        on the host, before there is a process
 *     lx_lsm_open()        in the new process, as long as it sees the host's /proc
 *     lx_lsm_apply()       in the new process: the label holds from its next exec on
 *     lx_lsm_unload()      on the host, when nothing of the run is left; also of a run whose monitor was killed
 *     lx_lsm_forget()      at the end of the container
 *
 * The label is written through a descriptor that was opened before the guest is near: what the guest mounts at /proc later
 * cannot swallow it, which is how a process that joins could otherwise be made to run without.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "config/config.h"
#include "host/host.h"

enum { LX_LSM_APPARMOR, LX_LSM_SELINUX, LX_LSM_MAX };

/* What a label depends on. */
struct lx_lsm_facts {
	const struct lx_config *config;
	const struct lx_host *host;
	const char *run_id;         /* unique on the host */
	const char *selinux_level;  /* allotted when lx_lsm_wants_level() */
};

/* What one module does in one run. All members may be NULL: the module does nothing. */
struct lx_lsm_part {
	char *label;                /* of init, and of every process that joins */
	char *policy_name;          /* what lx_lsm_load() puts into the kernel, and lx_lsm_unload() takes out */
	char *policy;               /* its text */
	bool own_namespace;         /* the guest may load policy for itself */
	bool sockets;               /* the policy has a say in them */
	char *mount_context;        /* SELinux: label of the file systems that are made for the container */
	int attr_fd;                /* lx_lsm_open() */
};
struct lx_lsm {
	struct lx_lsm_part parts[LX_LSM_MAX];
};
#define LX_LSM_PART_INIT { .attr_fd = -EBADF }
#define LX_LSM_INIT { { [0 ... LX_LSM_MAX - 1] = LX_LSM_PART_INIT } }

struct lx_lsm_driver {
	const char *name;           /* "AppArmor" */
	const char *word;           /* "apparmor": in the journal, and between the monitor and callers */
	const char *key;            /* of the configuration: "security.apparmor" */
	bool built;
	bool (*is_enabled)(const struct lx_host *host);
	/* Pure. Refuses, with the reason, what the configuration asks for and this host or build cannot do. */
	int (*build)(const struct lx_lsm_facts *facts, struct lx_lsm_part *ret, struct lx_error *err);

	/* A sentence when the module is enabled here and build() leaves it out for another reason than the configuration; NULL. */
	const char *(*absence)(const struct lx_config *config, const struct lx_host *host);

	/* Those below are not called for a part without label and mount context, and are NULL when built is false. */
	/* Does the kernel know the labels? Nothing is changed. NULL: load() tells. */
	int (*check)(const struct lx_lsm_part *part, struct lx_error *err);
	/* May who has the label use that root file system? path: for the message. NULL: labels are not on files. */
	int (*check_root)(const struct lx_lsm_part *part, int root_fd, const char *path, struct lx_error *err);
	/* Is what the label names there? Loads policy. On failure nothing is left in the kernel. NULL: there is none. */
	int (*load)(const struct lx_lsm_part *part, const struct lx_settings *settings, struct lx_error *err);
	/* Removes what load() has put under policy_name; fine when it is not there. NULL: nothing to remove. */
	int (*unload)(const char *policy_name, struct lx_error *err);
	/* Removes what is kept for the container between runs; NULL: nothing. */
	int (*forget)(const struct lx_settings *settings, const char *run_id, struct lx_error *err);
	const char *attribute;      /* file in /proc/PID/attr that takes the label of the next exec ... */
	const char *prefix;         /* ... after this word */
};

extern const struct lx_lsm_driver lx_lsm_apparmor;
extern const struct lx_lsm_driver lx_lsm_selinux;

extern const struct lx_lsm_driver *const lx_lsm_drivers[LX_LSM_MAX];

/* Does the container get SELinux categories of its own (host/selinux.h)? */
bool lx_lsm_wants_level(const struct lx_config *config, const struct lx_host *host);

void lx_lsm_init(struct lx_lsm *lsm);
void lx_lsm_done(struct lx_lsm *lsm);
int lx_lsm_build(const struct lx_lsm_facts *facts, struct lx_lsm *ret, struct lx_error *err);
/* For fsconfig(2), as "context"; NULL: files keep the labels that the policy gives them. */
const char *lx_lsm_mount_context(const struct lx_lsm *lsm);
void lx_lsm_print(const struct lx_lsm *lsm, struct buf *out);

/* The cheap part of it, before anything is made. */
int lx_lsm_check(const struct lx_lsm *lsm, struct lx_error *err);
/* As soon as there is a root file system. */
int lx_lsm_check_root(const struct lx_lsm *lsm, int root_fd, const char *path, struct lx_error *err);
int lx_lsm_load(const struct lx_lsm *lsm, const struct lx_settings *settings, struct lx_error *err);
/* "apparmor:lx-web": what lx_lsm_load() will load of this part, for the journal; NULL text: nothing. -ENOMEM. */
int lx_lsm_journal_name(const struct lx_lsm *lsm, size_t part, char **ret);
/* By that name. */
int lx_lsm_unload(const char *journal_name, struct lx_error *err);
int lx_lsm_forget(const struct lx_settings *settings, const char *run_id, struct lx_error *err);

/* Opens what lx_lsm_apply() writes to; must be called by the process that applies, with the host's /proc in place. Other
 * descriptors may be closed in between, these not: lx_lsm_fds() has them. */
int lx_lsm_open(struct lx_lsm *lsm, struct lx_error *err);
size_t lx_lsm_fds(const struct lx_lsm *lsm, int fds[static LX_LSM_MAX]);
int lx_lsm_apply(const struct lx_lsm *lsm, struct lx_error *err);

/* "lsm.WORD=LABEL" lines between the monitor and who attaches. */
void lx_lsm_format_labels(const struct lx_lsm *lsm, struct buf *out);
/* One such line, without "lsm."; -EPROTONOSUPPORT for a module that this version does not know. */
int lx_lsm_take_label(struct lx_lsm *lsm, const char *line);

/* For build(): the error of a configuration that asks for a module which is not there. */
int lx_lsm_refuse(const struct lx_lsm_driver *driver, const struct lx_config *config, struct lx_error *err);
