/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the keeper of a container has to say over a bus is said by a child of it, which ends when that is done: the library of
 * the bus costs time and memory, and a bus may hang. The child does its job while the caller goes on; it has one of the
 * caller's descriptors at most, and of its rights no more than root's name and CAP_SYS_ADMIN, by which the other side knows whom to
 * listen to.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/time.h"

/* Inside the child: fd is where lx_errand_tell() arrives. */
typedef int (*lx_errand_fn)(const void *argument, int fd, struct lx_error *err);

struct lx_errand {
	int fd, pidfd;                      /* -EBADF: there is no child */
};
#define LX_ERRAND_INIT { .fd = -EBADF, .pidfd = -EBADF }

/* argument: as it is now. kept_fd: a descriptor of the caller's that fn needs; -EBADF: none. */
int lx_errand_start(lx_errand_fn fn, const void *argument, int kept_fd, struct lx_errand *ret, struct lx_error *err);
int lx_errand_tell(struct lx_errand *e, const void *data, size_t size, int fd, struct lx_error *err);
/* Waits for what fn returns, 0 or its error: -ETIMEDOUT when there is nothing by then. */
int lx_errand_wait(struct lx_errand *e, usec_t deadline, struct lx_error *err);
/* Kills the child when it is still there. */
void lx_errand_end(struct lx_errand *e);

/* For fn: a message of exactly this size and one descriptor. */
int lx_errand_hear(int fd, void *data, size_t size, int *ret_fd, struct lx_error *err);
