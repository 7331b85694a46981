/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the keeper of a container has to say over a bus is said by a child of it, which ends when that is done: the library of
 * the bus costs time and memory, and a bus may hang. The child does its jobs while the caller goes on; it has none of the
 * caller's descriptors, and of its rights no more than root's name and CAP_SYS_ADMIN, by which the other side knows whom to
 * listen to.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/time.h"

#define LX_ERRAND_JOBS_MAX 4

/* Inside the child: fd is where lx_errand_tell() arrives. */
typedef int (*lx_errand_fn)(const void *argument, int fd, struct lx_error *err);

struct lx_errand_job {
	lx_errand_fn fn;
	const void *argument;               /* as it is when the child is made */
};

struct lx_errand {
	int fd, pidfd;                      /* -EBADF: there is no child */
	size_t n_jobs, n_done;
	struct lx_error results[LX_ERRAND_JOBS_MAX];
};
#define LX_ERRAND_INIT { .fd = -EBADF, .pidfd = -EBADF }

/* What is NULL as a function is not done. */
int lx_errand_start(const struct lx_errand_job *jobs, size_t n, struct lx_errand *ret, struct lx_error *err);
int lx_errand_tell(struct lx_errand *e, const void *data, size_t size, int fd, struct lx_error *err);
/* Waits for the results of all jobs; what is not done by then has -ETIMEDOUT. 1: all have answered. */
int lx_errand_wait(struct lx_errand *e, usec_t deadline);
/* Kills the child when it is still there. The results stay. */
void lx_errand_end(struct lx_errand *e);

/* For jobs: a message of exactly this size and one descriptor. */
int lx_errand_hear(int fd, void *data, size_t size, int *ret_fd, struct lx_error *err);
