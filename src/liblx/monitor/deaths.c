/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How often a process that is replaced when it dies has died lately: one that is attacked dies again and again. */
#include "monitor/monitor.h"

#define PERIOD (60 * USEC_PER_SEC)

bool lx_deaths_too_many(struct lx_deaths *deaths)
{
	usec_t now = time_now(CLOCK_MONOTONIC);

	if (now - deaths->first > PERIOD)
		*deaths = (struct lx_deaths) { .first = now };
	return ++deaths->n >= LX_DEATHS_MAX;
}
