/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits that systemd has to be told, since what they are weighed against is its own: by a process beside the steps. */
#pragma once

#include "cgroup/cgroup.h"
#include "systemd/errand.h"

#define LX_PROPERTIES_PATIENCE (10 * USEC_PER_SEC)

struct lx_instance;

struct lx_properties {
	struct lx_cgroup_properties list;   /* what is to change; the unit keeps the rest */
	const char *unit;                   /* borrowed */
	struct lx_errand errand;
};
#define LX_PROPERTIES_INIT { .errand = LX_ERRAND_INIT }

/* The steps of a start, and the way back. Nobody is asked when nothing is to change. */
int lx_properties_begin(struct lx_instance *inst, struct lx_error *err);
int lx_properties_await(struct lx_instance *inst, struct lx_error *err);
void lx_properties_end(struct lx_instance *inst);
