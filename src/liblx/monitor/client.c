/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "monitor/client.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/sock-error.h"
#include "base/str.h"
#include "monitor/monitor.h"

int lx_monitor_connect(const struct lx_container *c, int *ret_fd, struct lx_error *err)
{
	_cleanup_close_ int run_fd = -EBADF, fd = -EBADF;
	struct ucred peer;
	int r;

	r = lx_container_open_run(c, false, &run_fd, err);
	if (r < 0 && r != -ENOENT)
		return r;

	fd = r == -ENOENT ? r : sock_connect(run_fd, LX_MONITOR_SOCKET);
	if (fd == -ENOENT || fd == -ECONNREFUSED)
		return lx_error_say(err, -ESRCH, "container %s is not running", c->name);
	if (fd < 0)
		return lx_error_set(err, fd, "connect to the monitor of %s", c->name);

	r = sock_peer(fd, &peer);
	if (r < 0)
		return lx_error_set(err, r, "look who answers for %s", c->name);
	if (peer.uid != 0 && peer.uid != geteuid())
		return lx_error_say(err, -EPERM, "the socket of %s belongs to user %u, not to its monitor", c->name, peer.uid);

	lx_error_clear(err);
	*ret_fd = take_fd(&fd);
	return 0;
}

int lx_monitor_next(int fd, usec_t deadline, struct sock_message *ret, struct lx_error *err)
{
	int r = sock_recv(fd, deadline, ret);

	if (r == -EPIPE || r == -ECONNRESET)
		return lx_error_say(err, -EPIPE, "the monitor ended");
	if (r == -ETIMEDOUT)
		return lx_error_say(err, r, "the monitor did not answer in time");
	if (r < 0)
		return lx_error_set(err, r, "read from the monitor");
	if (ret->type == LX_REPLY_ERROR)
		return sock_parse_error(ret, err);

	return ret->type;
}

int lx_monitor_call(int fd, enum lx_message request, const char *payload, struct sock_message *ret, struct lx_error *err)
{
	usec_t deadline = time_now(CLOCK_MONOTONIC) + LX_MONITOR_PATIENCE;
	int r;

	r = sock_send(fd, (uint16_t)request, payload, payload ? strlen(payload) : 0, NULL, 0);
	if (r < 0)
		return lx_error_set(err, r, "write to the monitor");

	for (;;) {
		_cleanup_message_ struct sock_message m = { 0 };

		r = lx_monitor_next(fd, deadline, &m, err);
		if (r < 0)
			return r;
		if (r != LX_REPLY_OK)
			continue;
		if (ret) {
			*ret = m;
			m = (struct sock_message) { 0 };
		}
		return 0;
	}
}
