/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tests behind lx_check_host(), for a host that the caller names. */
#pragma once

#include "config/config.h"
#include "host/host.h"
#include "lx.h"

/* One row for each feature; returns how many required ones are missing. netns_fd: an empty network namespace in which
 * links are tried, negative when there is none. */
int lx_check_facts(const struct lx_host *host, const struct lx_settings *settings, int netns_fd, struct lx_feature **ret,
		   size_t *ret_n, struct lx_error *err);
