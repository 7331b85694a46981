/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of a container: everything that lives from start to stop, in the monitor. Filled field by field by the steps
 * of host-steps.c, given back by the same steps backwards. */
#pragma once

#include "container/container.h"
#include "hook/hook.h"
#include "host/host.h"
#include "instance/plan.h"
#include "instance/properties.h"
#include "instance/registration.h"
#include "instance/sync.h"
#include "storage/storage.h"
#include "systemd/image.h"

enum { LX_STDIN, LX_STDOUT, LX_STDERR, LX_STDIO_MAX };

struct lx_instance;

/* A process of the monitor's beside the caller (monitor/front.h). It may stand in the run's control groups, so it comes after
 * they are made and leaves before they are removed. */
struct lx_companion {
	int (*up)(struct lx_instance *inst, struct lx_error *err);
	void (*down)(struct lx_instance *inst);
};

struct lx_instance {
	struct lx_container *container;     /* borrowed, as are the next three */
	const struct lx_config *config;
	const struct lx_host *host;
	const struct lx_plan_wish *wish;
	int run_fd;                         /* borrowed */
	const char *log_file;               /* borrowed */
	const char *unit;                   /* of the host's systemd, that the monitor is alone in; NULL; borrowed */
	const struct lx_companion *companion; /* NULL: none */
	int small_init_fd;                  /* lx-init, for lx-execute; borrowed */
	int usernet_fd;                     /* lx-usernet, for a user who is not root; borrowed */
	int cancel_fd;                      /* a start is given up when it can be read; -EBADF; borrowed */
	int stdio_fds[LX_STDIO_MAX];        /* for init in place of the console; -EBADF; borrowed */

	/* Answers the calls that init's filter hands over; takes over the listener, always. */
	int (*serve)(void *server, int listener_fd, struct lx_error *err);
	void (*stop_serving)(void *server);
	void *server;

	struct lx_plan *plan;
	struct lx_storage storage;
	int userns_fd, root_fd;
	bool journal_made;                  /* link-journal.c */
	struct lx_cgroup *cgroup;
	struct lx_sync sync;
	pid_t init_pid;
	int init_pidfd;
	int init_status;                    /* wait status, valid when init_gone */
	bool init_gone;
	int devpts_fd, console_master_fd, console_slave_fd, notify_fd;
	int listener_fd;                    /* of init's filter of system calls, in init */
	int ns_fds[SYS_NS_MAX];             /* the container's namespaces, kept for hooks */
	struct lx_registration registration;
	struct lx_image_locks image_locks;
	struct lx_properties properties;
	bool cancelled;                     /* the start, by cancel_fd */
	const char *target;                 /* "stop" or "reboot" once it has ended */

	int give_fds[LX_GATE_FDS];          /* what the next opened gate carries */
	size_t n_give;
};

/* Everything borrowed must be set before lx_instance_up(). */
void lx_instance_init(struct lx_instance *inst);
void lx_instance_done(struct lx_instance *inst);

/* All host steps: at the end init has executed its program. On failure nothing is left. */
int lx_instance_up(struct lx_instance *inst, struct lx_error *err);
/* The same steps backwards; kills what is left of the payload. */
void lx_instance_down(struct lx_instance *inst);
/* Only what the plan needs: for --dry-run. */
int lx_instance_plan(struct lx_instance *inst, struct lx_error *err);

/* Runs the hooks of one stage with this run's facts. */
int lx_instance_hook(struct lx_instance *inst, enum lx_hook_stage stage, const char *state, struct lx_error *err);
/* For steps: 0 when there is something to read, or fd is none, or the deadline (CLOCK_MONOTONIC) has passed; -ECANCELED, with a
 * sentence, when the start is given up before. */
int lx_instance_await(const struct lx_instance *inst, int fd, usec_t deadline, struct lx_error *err);
/* Collects init's wait status. no_hang: -EAGAIN while it runs. */
int lx_instance_reap(struct lx_instance *inst, bool no_hang);
