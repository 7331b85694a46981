/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the host's systemd is told of a run, by a process beside the steps (systemd/errand.h): it loads its library and wakes
 * machined while the container is made, gets to know the leader when there is one, and is waited for before init runs.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "systemd/errand.h"
#include "systemd/machine.h"

/* How long a start waits for machined, where it can be had without; where it cannot; and how long an end does. */
#define LX_REGISTRATION_PATIENCE (5 * USEC_PER_SEC)
#define LX_REGISTRATION_PATIENCE_REQUIRED (30 * USEC_PER_SEC)
#define LX_REGISTRATION_PATIENCE_END (1 * USEC_PER_SEC)

struct lx_instance;

struct lx_registration {
	bool wanted;                        /* and possible */
	bool told;                          /* so there may be an entry */
	bool done;
	bool leaving;
	struct lx_machine machine;
	struct lx_errand errand;
	struct lx_error failure;            /* code 0: none */
};
#define LX_REGISTRATION_INIT { .errand = LX_ERRAND_INIT }

/* The steps of a start, and their ways back. */
int lx_registration_begin(struct lx_instance *inst, struct lx_error *err);
int lx_registration_tell(struct lx_instance *inst, struct lx_error *err);
int lx_registration_await(struct lx_instance *inst, struct lx_error *err);
void lx_registration_withdraw(struct lx_instance *inst);
void lx_registration_end(struct lx_instance *inst);

/* Why nobody needs to be asked; NULL: somebody does. */
const char *lx_registration_obstacle(const struct lx_instance *inst);

/* Another time, for the same leader: begins it; the errand says when it is over, and lx_registration_finish() how it went. */
int lx_registration_renew(struct lx_instance *inst, struct lx_error *err);
void lx_registration_finish(struct lx_instance *inst, usec_t deadline);
