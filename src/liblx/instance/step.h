/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A reversible act, and lists of them. The two lists of a start (host-steps.c, init-steps.c) are the documentation of its
 * order: each row names the act, how to undo it, the gate it waits for and the gate it opens.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "instance/sync.h"

struct lx_instance;

struct lx_step {
	const char *name;
	int (*up)(struct lx_instance *inst, struct lx_error *err);
	void (*down)(struct lx_instance *inst);
	enum lx_gate waits, opens;
	bool lasting;               /* leaves something outside the process: must have a down (tests check it) */
};

extern const struct lx_step lx_host_steps[];
extern const size_t lx_n_host_steps;
extern const struct lx_step lx_plan_steps[]; /* those of the host that only look */
extern const size_t lx_n_plan_steps;
extern const struct lx_step lx_init_steps[];
extern const size_t lx_n_init_steps;

/* Up in order; a step that fails has undone its own part, the earlier ones are taken down in reverse. */
int lx_steps_up(const struct lx_step *steps, size_t n, struct lx_instance *inst, struct lx_error *err);
void lx_steps_down(const struct lx_step *steps, size_t n, struct lx_instance *inst);
