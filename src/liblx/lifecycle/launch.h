/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts a monitor and gives it its orders. */
#pragma once

#include "base/buf.h"
#include "container/container.h"

#define LX_LAUNCH_FDS 8

/* The orders: "key=value" strings, and descriptors (borrowed) under keys of their own. */
struct lx_launch {
	struct buf orders;
	int fds[LX_LAUNCH_FDS];
	size_t n_fds;
};
void lx_launch_done(struct lx_launch *launch);
void lx_launch_add(struct lx_launch *launch, const char *key, const char *value); /* value NULL: nothing is added */
void lx_launch_add_list(struct lx_launch *launch, const char *key, char *const *values);
void lx_launch_add_id(struct lx_launch *launch, const char *key, uint32_t id);
void lx_launch_add_fd(struct lx_launch *launch, const char *key, int fd);

/* The orders that every run of c and options have. */
int lx_launch_prepare(struct lx_launch *launch, struct lx_container *c, const struct lx_start_options *options, struct lx_error *err);

/* Executes lx-monitord, with plan as --plan. The socket to it, on which its events arrive, is the caller's. */
int lx_launch_exec(struct lx_launch *launch, const struct lx_container *c, bool plan, int *ret_fd, pid_t *ret_pid, struct lx_error *err);
