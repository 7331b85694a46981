/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The console of a running container, from the caller's terminal; and what it said. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/cleanup.h"
#include "console/relay.h"
#include "container/container.h"
#include "monitor/client.h"

LX_PUBLIC int lx_console(struct lx_container *c, int escape, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = lx_monitor_connect(c, &fd, err);
	if (r < 0)
		return r;
	r = lx_monitor_call(c, fd, LX_REQUEST_CONSOLE, NULL, NULL, err);
	if (r < 0)
		return r;
	r = lx_relay_console(fd, STDIN_FILENO, STDOUT_FILENO, escape, err);
	return r < 0 ? r : 0;
}

LX_PUBLIC int lx_console_log(struct lx_container *c, bool clear, char **ret, size_t *ret_size, struct lx_error *err)
{
	_cleanup_message_ struct sock_message m = { 0 };
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = lx_monitor_connect(c, &fd, err);
	if (r < 0)
		return r;
	r = lx_monitor_call(c, fd, LX_REQUEST_CONSOLE_LOG, clear ? "clear" : NULL, &m, err);
	if (r < 0)
		return r;

	if (m.n_fds != 1)
		return lx_error_say(err, -EPROTO, "the monitor of %s sent no text", c->name);
	r = file_read_fd(m.fds[0], SIZE_MAX - 1, ret, ret_size);
	return r < 0 ? lx_error_set(err, r, "read what the console said") : 0;
}
