/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Joining a running container: a process of the caller's that enters its namespaces and control groups, gives up what the
 * container may not do, and executes a command. The parent's side is lifecycle/attach.c.
 */
#pragma once

#include "base/cleanup.h"
#include "cgroup/cgroup.h"
#include "instance/sync.h"
#include "security/security.h"

/* What the monitor says of its container and hands over, monitor/client.h. */
struct lx_attach_grant {
	int init_pidfd;
	int devpts_fd;              /* root of the container's devpts, as it was mounted: what the guest did to /dev since does not matter */
	struct lx_seccomp_program seccomp;
	char *run_id;               /* names its control groups ... */
	char *cgroup;               /* ... which are here: lx_cgroup_find() */
	bool user_namespace;        /* it has one of its own */
	bool no_new_privileges;
	bool private_systemd;       /* lx_cgroup_add_systemd_hierarchy() */
	uint64_t bounding;          /* capabilities */
	unsigned securebits;
	struct lx_rlimits rlimits;  /* of init when it began */
	pid_t core_pid;             /* init in its own pid namespace, whose cores are shared; 0: core scheduling is not used */
	struct lx_lsm lsm;          /* labels */
};
#define LX_ATTACH_GRANT_INIT { .init_pidfd = -EBADF, .devpts_fd = -EBADF, .lsm = LX_LSM_INIT }
/* Descriptors beside the reply, in the order of the struct. */
#define LX_ATTACH_FDS 2
void lx_attach_grant_done(struct lx_attach_grant *grant);

/* One command to be run in the container. Everything is borrowed but sync and pidfd. */
struct lx_attach {
	const struct lx_attach_options *options;
	const struct lx_attach_grant *grant;
	struct lx_security security;    /* of the grant, less what options->elevated leaves out */
	unsigned skip;                  /* LX_SECURITY_SKIP_* */
	gid_t *groups;
	size_t n_groups;
	int stdio_fds[3];               /* what the command gets as 0, 1, 2 */
	bool terminal;                  /* one of them is a pty that becomes its controlling terminal */
	int terminal_index;             /* which */
	struct lx_cgroup *cgroup;       /* NULL: it stays in the caller's groups */
	unsigned same;                  /* CLONE_NEW* that the container shares with a user who is not root */

	bool unattended;                /* its streams are the container's /dev/null; it enters its control groups by itself */
	const char *oom_score_adj;      /* NULL: the caller's */
	/* What it does in place of executing a command: 0, or a negative errno and the sentence. */
	int (*act)(const void *argument, struct lx_error *err);
	const void *argument;

	struct lx_sync sync;
	pid_t pid;
	int pidfd;
};

/* Its filter of system calls has a listener, which comes with LX_GATE_FILTER; the command waits for LX_GATE_GO. */
bool lx_attach_notifies(const struct lx_attach *a);

/* Exit codes of a command that could not be executed, as shells have them. */
enum { LX_EXIT_NOT_EXECUTABLE = 126, LX_EXIT_NOT_FOUND = 127 };

/* Makes the process, which goes through its steps on its own and executes the command. The caller waits for its end; then
 * lx_sync_peek_error() tells whether it was a step that failed. It has exited with one of the codes above when the command is
 * the reason, with EXIT_FAILURE otherwise. */
int lx_attach_spawn(struct lx_attach *a, struct lx_error *err);
