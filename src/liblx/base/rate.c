/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/rate.h"

unsigned rate_count(struct rate *r, usec_t period)
{
	usec_t now = time_now(CLOCK_MONOTONIC);

	if (r->n == 0 || now - r->since >= period)
		*r = (struct rate){ .since = now };
	return ++r->n;
}
