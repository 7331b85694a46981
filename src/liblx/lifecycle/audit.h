/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The judgement behind lx_audit(), on a configuration alone. */
#pragma once

#include "config/config.h"
#include "host/host.h"
#include "lx.h"

/* One finding for each layer that such a host has, in the order of the table; the sum of their points is returned, 100 at most.
 * Of the host only its security modules matter. Pure. */
int lx_audit_config(const struct lx_config *config, const struct lx_host *host, struct lx_finding **ret, size_t *ret_n,
		    struct lx_error *err);
