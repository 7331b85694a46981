/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts of SELinux, for host.c; and what the host hands out to its containers there. */
#pragma once

#include "host/host.h"

/* host->selinux and the types for containers. */
void lx_host_probe_selinux(int root_fd, struct lx_host *host);

/* "s0:c12,c900": a pair of categories that no other container of the host has, remembered until it is released. */
#define LX_SELINUX_LEVEL_MAX 24
int lx_selinux_level_allot(const struct lx_settings *settings, const char *run_id, char ret[static LX_SELINUX_LEVEL_MAX],
			   struct lx_error *err);
/* Fine when there is none. */
int lx_selinux_level_release(const struct lx_settings *settings, const char *run_id, struct lx_error *err);
