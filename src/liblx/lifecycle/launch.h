/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starts a monitor and gives it its orders. Where systemd is, it is the one who starts it (launch-unit.c), so that a container
 * lives in a unit of its own and not in the session of whoever typed the command; elsewhere we do (launch-fork.c).
 */
#pragma once

#include "base/buf.h"
#include "container/container.h"

#define LX_LAUNCH_FDS 8

/* The orders: "key=value" strings, and descriptors (borrowed) under keys of their own. */
struct lx_launch {
	struct buf orders;
	int fds[LX_LAUNCH_FDS];
	size_t n_fds;
	bool plan;                      /* only to be printed */
};
void lx_launch_done(struct lx_launch *launch);
void lx_launch_add(struct lx_launch *launch, const char *key, const char *value); /* value NULL: nothing is added */
void lx_launch_add_id(struct lx_launch *launch, const char *key, uint32_t id);
void lx_launch_add_fd(struct lx_launch *launch, const char *key, int fd);

/* systemd does not list as failed what has been destroyed. */
void lx_launch_forget_unit(const struct lx_container *c);

/* The orders that every run of c and options have. */
int lx_launch_prepare(struct lx_launch *launch, struct lx_container *c, const struct lx_start_options *options, struct lx_error *err);

/* One way to have lx-monitord run and hear the orders. Returns 1; 0 when this is not the place for it. */
struct lx_launch_driver {
	int (*start)(struct lx_launch *launch, const struct lx_container *c, int *ret_fd, pid_t *ret_pid, struct lx_error *err);
};
extern const struct lx_launch_driver lx_launch_unit, lx_launch_fork;

/* Has lx-monitord run, with plan as --plan. The socket to it, on which its events arrive, is the caller's. */
int lx_launch_exec(struct lx_launch *launch, const struct lx_container *c, bool plan, int *ret_fd, pid_t *ret_pid, struct lx_error *err);
