/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The order behind lx_autostart_plan(), on configurations alone. */
#pragma once

#include "config/config.h"
#include "lx.h"

/* A container that is to be started. */
struct lx_candidate {
	const char *name;
	const struct lx_config *config;
};

/* Each job comes after those that it waits for; among those that could come next the lowest order goes first, then the name.
 * container.after of somebody who is no candidate orders nothing. -ELOOP when some wait for each other. Pure. */
int lx_jobs_order(const struct lx_candidate *candidates, size_t n, struct lx_job **ret, struct lx_error *err);
/* The same jobs for a shutdown: last first, each waiting for those that needed it. */
int lx_jobs_reverse(struct lx_job *jobs, size_t n, struct lx_error *err);
