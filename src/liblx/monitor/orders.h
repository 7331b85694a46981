/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a monitor is told to run: LX_REQUEST_RUN (monitor/protocol.h), as its starter sends it. */
#pragma once

#include "base/error.h"
#include "instance/instance.h"

struct lx_orders {
	char *store, *name, *config_file, *log_file, *log_level, *console_log;
	char **argv, **share, **defines;
	char **environment;             /* "NAME=VALUE", or "NAME" for one that shall not be there */
	bool execute;
	uint32_t uid, gid;
	int lock_fd, console_fd, small_init_fd;
	int stdio_fds[LX_STDIO_MAX];
};
#define LX_ORDERS_INIT                                                                                                     \
	{                                                                                                                  \
		.lock_fd = -EBADF, .console_fd = -EBADF, .small_init_fd = -EBADF, .stdio_fds = { -EBADF, -EBADF, -EBADF }  \
	}
void lx_orders_done(struct lx_orders *o);

/* Those that nobody gives: the container that the instance of lx@.service names, with the host's own settings. Takes the lock. */
int lx_orders_make(const char *instance, struct lx_orders *o, struct lx_error *err);
int lx_orders_receive(int fd, struct lx_orders *o, struct lx_error *err);
