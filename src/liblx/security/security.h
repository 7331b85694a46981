/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What takes rights away from a process before it runs the container's program. Everything is decided first, in functions
 * of the configuration and the host that touch nothing, and applied in the new process in this order:
 *
 *     keyring     before anything could put a key into the host's session keyring
 *     rlimits     (what the monitor has raised for the process before stays)
 *     caps        the bounding set; what is effective goes with the next exec
 *     lsm         the label holds from the next exec on; some modules take none after nnp
 *     nnp
 *     seccomp     last of these: the filter may refuse what the others call; without nnp it needs CAP_SYS_ADMIN
 *     credentials user and groups, ambient capabilities, securebits
 *
 * The apply functions call nothing but the kernel and may run in a freshly cloned process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/vec.h"
#include "config/config.h"
#include "host/host.h"
#include "security/lsm.h"

/* caps.c: bit sets, 1 << CAP_x */
/* The bounding set of the container: what the host lets us have, less the default set or capabilities.drop, or exactly
 * capabilities.keep. */
int lx_caps_build(const struct lx_config *config, const struct lx_host *host, uint64_t *ret_bounding, struct lx_error *err);
/* capabilities.ambient, all of which must be in bounding. */
int lx_caps_build_ambient(const struct lx_config *config, uint64_t bounding, uint64_t *ret, struct lx_error *err);
/* Leaves bounding in the bounding set, nothing in the inheritable and ambient sets. */
int lx_caps_apply(uint64_t bounding, struct lx_error *err);
/* Loads libcap, which knows the names; -EOPNOTSUPP. Where it cannot be, no name is known. */
int lx_cap_names_load(struct lx_error *err);
/* "sys_admin" or "CAP_SYS_ADMIN" to its number; -EINVAL. */
int lx_cap_find(const char *name);
/* "sys_admin", or the number when there is no name for it; into text, which is returned. */
char *lx_cap_name(int cap, char *text, size_t size);
#define LX_CAP_NAME_MAX 64

/* rlimits.c */
struct lx_rlimit {
	int resource;
	struct rlimit limit;
	bool configured;            /* otherwise a default, which must not be more than we may give */
};
struct lx_rlimits {
	VEC(struct lx_rlimit) list;
};
/* security.rlimit over the defaults that the kernel gives its first process: what the caller happens to have is not passed
 * on. */
int lx_rlimits_build(const struct lx_config *config, struct lx_rlimits *ret, struct lx_error *err);
void lx_rlimits_done(struct lx_rlimits *limits);
/* pid 0: the caller. Raising a hard limit needs CAP_SYS_RESOURCE of the host, which a process in a user namespace of its
 * own has no more; the monitor can do it for that process. */
int lx_rlimits_apply(const struct lx_rlimits *limits, pid_t pid, struct lx_error *err);

/* The same as lines of text, one for each resource that there is, and a line's end back: for who joins. Those that nothing is
 * said about are the caller's own. */
void lx_rlimits_format(const struct lx_rlimits *limits, const char *prefix, struct buf *out);
int lx_rlimits_take(struct lx_rlimits *limits, const char *text);

/* core.c: core scheduling */
/* 0, or -errno and why the kernel has none. */
int lx_core_probe(const char **ret_reason);
/* Whether it is used; refuses what is asked for and cannot be. */
int lx_core_build(const struct lx_config *config, bool *ret, struct lx_error *err);
int lx_core_create(struct lx_error *err);
/* pid: of a process of the container, as the caller's pid namespace numbers it. */
int lx_core_join(pid_t pid, struct lx_error *err);

/* keyring.c: a session keyring of its own. A kernel without keyrings has nothing to share. */
int lx_keyring_apply(struct lx_error *err);

/* sysctl.c */
/* Is every parameter of security.sysctl one of a namespace that the container has for itself? share: as in the plan, by
 * SYS_NS_*. The sentence names the one that is not. Pure. */
int lx_sysctls_check(const struct lx_config *config, char *const share[], struct lx_error *err);
/* Sets them, from outside, in the namespaces of these descriptors (by SYS_NS_*). root_uid: the container's root. The caller
 * has one thread. */
int lx_sysctls_apply(char *const *sysctls, const int ns_fds[], uid_t root_uid, struct lx_error *err);

/* seccomp.c, seccomp-none.c */
struct sock_filter;
struct lx_seccomp_program {
	struct sock_filter *filter; /* n == 0: no filter */
	size_t n;
	bool notifies;              /* some calls are handed to a listener, which must be served */
};
/* The policy of security.seccomp, compiled. bounding: calls that need a capability which is not in it are refused too. */
int lx_seccomp_build(const struct lx_config *config, uint64_t bounding, struct lx_seccomp_program *ret, struct lx_error *err);
void lx_seccomp_done(struct lx_seccomp_program *program);
/* The listener of a program that notifies, otherwise -EBADF. */
int lx_seccomp_apply(const struct lx_seccomp_program *program, int *ret_listener, struct lx_error *err);
/* For processes of our own: these calls, separated by blanks, and no other (EPERM). -ENOMEM, -EOPNOTSUPP. Nothing in a build
 * without libseccomp. */
int lx_seccomp_build_list(const char *calls, struct lx_seccomp_program *ret);
/* Is this build able to filter calls? */
bool lx_seccomp_is_available(void);

/* seccomp-notify.c: the calls that lx can answer in the kernel's place (monitor/agent.h). */
#define LX_CALLS_ANSWERED "mknod, mknodat, mount, fsopen and sysinfo"
enum lx_call { LX_CALL_NONE, LX_CALL_MKNOD, LX_CALL_MKNODAT, LX_CALL_MOUNT, LX_CALL_FSOPEN, LX_CALL_SYSINFO, LX_CALL_MAX };
/* LX_CALL_NONE for all others. */
enum lx_call lx_call_find(const char *name);
/* By architecture and number, as a notification has them. */
enum lx_call lx_call_of(uint32_t arch, int number);

/* All of it. */
struct lx_security {
	uint64_t bounding, ambient;
	unsigned securebits;
	bool core_scheduling;
	struct lx_rlimits rlimits;
	bool no_new_privileges;
	struct lx_seccomp_program seccomp;
	struct lx_lsm lsm;
};

/* credentials.c: after lx_security_apply() */
struct lx_credentials {
	bool change;                /* otherwise the ids stay */
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t n_groups;
};
int lx_securebits_build(const struct lx_config *config, unsigned *ret, struct lx_error *err);
int lx_credentials_apply(const struct lx_security *security, const struct lx_credentials *who, struct lx_error *err);
/* What /proc/PID/status will show of the program that such a process executes. */
struct lx_capability_sets {
	uint64_t bounding, permitted, effective, inheritable, ambient;
};
void lx_credentials_predict(const struct lx_security *security, uid_t uid, struct lx_capability_sets *ret);

/* security.c */
void lx_security_init(struct lx_security *security);
int lx_security_build(const struct lx_lsm_facts *facts, struct lx_security *ret, struct lx_error *err);
void lx_security_done(struct lx_security *security);
/* One line for each layer that the host has and the container runs without, though its configuration does not say so: mostly
 * since it is not in this build. filters: whether system calls can be filtered. What the configuration asks for by name is
 * refused by lx_security_build(). */
enum { LX_SECURITY_MISSING_MAX = 1 + LX_LSM_MAX };
size_t lx_security_missing(const struct lx_config *config, const struct lx_host *host, bool filters,
			   const char *ret[static LX_SECURITY_MISSING_MAX]);
/* Warnings of these, each after the prefix. */
void lx_security_warn(const struct lx_config *config, const struct lx_host *host, const char *prefix);
enum { LX_SECURITY_SKIP_CAPS = 1 << 0, LX_SECURITY_SKIP_SECCOMP = 1 << 1 };
/* In the new process, after lx_lsm_open(), in the order above; skip: LX_SECURITY_SKIP_*, for lx-attach --elevated-privileges.
 * *ret_listener as in lx_seccomp_apply(). */
int lx_security_apply(const struct lx_security *security, unsigned skip, int *ret_listener, struct lx_error *err);
