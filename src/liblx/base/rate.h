/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How often something happens, in periods that begin with the first time. */
#pragma once

#include "base/time.h"

struct rate {
	usec_t since;
	unsigned n;
};

/* The number of times in this period, with this one. */
unsigned rate_count(struct rate *r, usec_t period);
