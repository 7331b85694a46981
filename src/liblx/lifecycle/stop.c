/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx_stop(): asks the monitor, then follows its events. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "monitor/client.h"

/* Until the container has stopped, or, for a reboot, runs again. The monitor began the stop before it answered: what comes
 * now is later. */
static int follow(int fd, bool reboot, usec_t deadline, struct lx_error *err)
{
	bool starts = false;

	for (;;) {
		_cleanup_message_ struct sock_message m = { 0 };
		int r = lx_monitor_next(fd, deadline, &m, err);
		int state;

		if (r == -EPIPE && !reboot) {
			lx_error_clear(err);
			return 0;
		}
		if (r < 0)
			return r;
		if (r != LX_EVENT_STATE)
			continue;

		state = lx_state_find(m.data);
		if (state == LX_STATE_STOPPED)
			return reboot ? lx_error_say(err, -ECANCELED, "the container has stopped and does not boot again") : 0;
		if (state == LX_STATE_RUNNING)
			return starts ? 0 : lx_error_say(err, -ETIMEDOUT, "init did not stop in time");
		starts |= state == LX_STATE_STARTING;
	}
}

LX_PUBLIC int lx_stop(struct lx_container *c, unsigned flags, uint64_t timeout_usec, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	char request[64];
	int r;

	r = lx_monitor_connect(c, &fd, err);
	if (r < 0)
		return r;

	snprintf(request, sizeof(request), "%u %" PRIu64, flags, timeout_usec);
	if (!(flags & LX_STOP_NO_WAIT)) {
		r = sock_send(fd, LX_REQUEST_WATCH, NULL, 0, NULL, 0);
		if (r < 0)
			return lx_error_set(err, r, "watch container %s", c->name);
	}
	r = lx_monitor_call(fd, LX_REQUEST_STOP, request, NULL, err);
	if (r == -EPIPE) { /* it has just ended by itself */
		lx_error_clear(err);
		return 0;
	}
	if (r < 0 || (flags & LX_STOP_NO_WAIT))
		return r;

	return follow(fd, flags & LX_STOP_REBOOT, USEC_INFINITY, err);
}
