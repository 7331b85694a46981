/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The agent: a child of the monitor's that answers the system calls which a container's filter hands over. It alone reads
 * memory and paths of the guest that is still running, so it is a process of its own with few rights (agent-sandbox.c), and
 * each call is answered by a child of the agent's own: a guest that makes one hang, by a file system of its own for instance,
 * keeps no other from being answered.
 */
#pragma once

#include <linux/seccomp.h>

#include "base/error.h"
#include "base/event.h"
#include "base/list.h"
#include "cgroup/cgroup.h"
#include "cgroup/device-rules.h"
#include "config/config.h"
#include "sys/sys.h"

/* What the agent answers by. Borrowed. */
struct lx_agent_orders {
	const struct lx_config *config;
	struct lx_cgroup *cgroup;
	int userns_fd;          /* the container's user namespace; -EBADF: it has none of its own */
	pid_t init_pid;
};

/*
 * A call that is being answered. The slots are memory that monitor and agent share, and the kernel writes a notification
 * straight into one: when the agent is killed, the monitor finds there who must be told.
 */
struct lx_agent_slot {
	uint32_t listener;      /* its number, not 0 */
	union {
		struct seccomp_notif call; /* id 0: none */
		char space[SYS_NOTIFICATION_SIZE];
	};
};
#define LX_AGENT_SLOTS 16
#define LX_AGENT_LISTENERS_MAX 256
/* A call that takes longer fails with EIO. */
#define LX_AGENT_PATIENCE_SEC 20

struct lx_agent {
	int pidfd, control_fd;
	pid_t pid;
	struct lx_agent_slot *slots;
};
#define LX_AGENT_INIT { .pidfd = -EBADF, .control_fd = -EBADF }

/* Returns when the agent is in its sandbox; the error is the agent's. */
int lx_agent_start(const struct lx_agent_orders *orders, struct lx_agent *ret, struct lx_error *err);
/* Its calls are answered from now on. number is the caller's name for it, fd borrowed. Does not wait: an agent that does not
 * read is killed. */
int lx_agent_add_listener(struct lx_agent *agent, uint32_t number, int fd, struct lx_error *err);
/* Kills it. */
void lx_agent_done(struct lx_agent *agent);

/* ---- inside of the agent */

struct lx_agent_self {
	const struct lx_agent_orders *orders;
	struct lx_device_rules devices;
	int control_fd;
	struct event *loop;
	struct lx_agent_slot *slots;
	struct list listeners;
	size_t n_listeners;
};

/* agent-sandbox.c: keeps these descriptors and the rights that the orders need. */
int lx_agent_sandbox(const struct lx_agent_orders *orders, const int *keep, size_t n_keep, struct lx_error *err);

/* agent-caller.c: the process that waits for an answer. Everything that it says is hostile, and it can die at any time. */
struct lx_caller {
	int listener_fd;
	const struct seccomp_notif *call;
	int proc_fd, mem_fd;
	uid_t uid;              /* for files; these are the host's ids */
	gid_t gid;
	gid_t *groups;
	size_t n_groups;
	mode_t umask;
	uint64_t capabilities;
	bool inside;            /* in the container's own user namespace, not in one below */
	bool wide;              /* its instruction set has words of 64 bits */
};
#define LX_CALLER_INIT { .proc_fd = -EBADF, .mem_fd = -EBADF }
int lx_caller_open(const struct lx_agent_self *self, int listener_fd, const struct seccomp_notif *call, struct lx_caller *ret);
void lx_caller_done(struct lx_caller *c);
bool lx_caller_has(const struct lx_caller *c, int capability);
/* An argument as the kernel takes it: a pointer, or the 32 bits of an int. */
uint64_t lx_caller_pointer(const struct lx_caller *c, int argument);
uint32_t lx_caller_word(const struct lx_caller *c, int argument);
/* A string of its memory; -EFAULT, -ENAMETOOLONG. */
int lx_caller_read_text(const struct lx_caller *c, uint64_t address, char *ret, size_t size);
int lx_caller_write(const struct lx_caller *c, uint64_t address, const void *bytes, size_t size);
/* 0 while it waits for this answer: only then what was found out by its process id is about it. */
int lx_caller_check(const struct lx_caller *c);
/* The container's rules for devices; access: LX_DEVICE_*. */
bool lx_agent_allows_device(const struct lx_agent_self *self, char type, unsigned major, unsigned minor, unsigned access);

/* agent-resolve.c: paths as the caller itself would open them, by a process that is in its namespaces, below its root, and has
 * its ids and capabilities. */
struct lx_caller_path {
	int dirfd;              /* AT_FDCWD, or a descriptor of the caller */
	const char *text;
	int flags;              /* of open(2), beside O_PATH */
	int access;             /* of access(2), that the caller must have */
};
#define LX_CALLER_PATHS_MAX 2
int lx_caller_resolve(const struct lx_agent_self *self, const struct lx_caller *c, const struct lx_caller_path *paths, size_t n,
		      int *ret_fds);
/* After each change of credentials: the kernel has cleared what ends a helper with who made it, and has done with what keeps
 * others from tracing it what fs.suid_dumpable says. */
int lx_agent_tie_helper(void);
/* The worker moves into the caller's mount namespace, for good. */
int lx_caller_enter_mounts(const struct lx_caller *c);

/* agent-mknod.c, agent-mount.c, agent-sysinfo.c: what the call returns, 0 or a negative errno, or LX_ANSWER_PASS: the kernel
 * makes the call. That grants nothing, whatever another thread of the caller has done to its arguments meanwhile: the kernel
 * checks it with the caller's own rights, as it does where no filter hands the call over. */
#define LX_ANSWER_PASS 1
int lx_answer_mknod(const struct lx_agent_self *self, const struct lx_caller *c);
int lx_answer_mknodat(const struct lx_agent_self *self, const struct lx_caller *c);
int lx_answer_mount(const struct lx_agent_self *self, const struct lx_caller *c);
int lx_answer_fsopen(const struct lx_agent_self *self, const struct lx_caller *c);
int lx_answer_sysinfo(const struct lx_agent_self *self, const struct lx_caller *c);
