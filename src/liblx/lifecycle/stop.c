/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx_stop(): asks the monitor, then follows its events. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "monitor/client.h"

/* Until the container has stopped, or, for a reboot, runs again. The monitor began the stop before it answered: what comes
 * now is later. */
static int follow(int fd, bool reboot, struct lx_error *err)
{
	bool starts = false;

	for (;;) {
		_cleanup_message_ struct sock_message m = { 0 };
		int r = lx_monitor_next(fd, USEC_INFINITY, &m, err);
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
		if (state == LX_STATE_STARTING && !reboot)
			return lx_error_say(err, -ECANCELED, "the container stopped, and boots again: another command asked for that");
		if (state == LX_STATE_RUNNING)
			return starts ? 0 : lx_error_say(err, -ETIMEDOUT, "init did not stop in time");
		starts |= state == LX_STATE_STARTING;
	}
}

/* Until nothing of it is left. What the start failed by matters to who wanted it to start. */
static int follow_to_end(int fd, struct lx_error *err)
{
	for (;;) {
		_cleanup_message_ struct sock_message m = { 0 };
		int r = lx_monitor_next(fd, USEC_INFINITY, &m, err);

		if (r == -EPIPE || m.type == LX_REPLY_ERROR)
			lx_error_clear(err);
		if (r == -EPIPE || (r == LX_EVENT_STATE && lx_state_find(m.data) == LX_STATE_STOPPED))
			return 0;
		if (r < 0 && m.type != LX_REPLY_ERROR)
			return r;
	}
}

/*
 * There is a monitor, but no init that could be shut down: it starts, or has just ended. The front cannot stop anything then, or is
 * not there. A start is given up; one that was to follow does not take place. 1: that is done, or, for a reboot, the next run is up;
 * 0: there is a run, or it starts and who wants a reboot has to ask, which waits for that.
 */
static int stop_between_runs(struct lx_container *c, int fd, unsigned flags, struct lx_error *err)
{
	_cleanup_(lx_run_state_done) struct lx_run_state state = { 0 };
	int r = lx_run_state_load(c, &state, err);

	if (r < 0)
		return r;
	if (state.state == LX_STATE_STOPPED || state.init_pid > 0)
		return 0;
	if (flags & LX_STOP_REBOOT) {
		if (state.state == LX_STATE_STARTING || (flags & LX_STOP_NO_WAIT))
			return 0;
		r = follow(fd, true, err);
		return r == -EPIPE ? lx_monitor_say_ended(c, err) : r < 0 ? r : 1;
	}

	r = lx_monitor_tell_stop(&state, err);
	if (r == -ESRCH)
		lx_error_clear(err);
	else if (r < 0)
		return r;
	r = flags & LX_STOP_NO_WAIT ? 0 : follow_to_end(fd, err);
	return r < 0 ? r : 1;
}

static int ask(struct lx_container *c, int fd, unsigned flags, uint64_t timeout_usec, struct lx_error *err)
{
	char request[64];

	snprintf(request, sizeof(request), "%u %" PRIu64, flags, timeout_usec);
	return lx_monitor_call(c, fd, LX_REQUEST_STOP, request, NULL, err);
}

LX_PUBLIC int lx_stop(struct lx_container *c, unsigned flags, uint64_t timeout_usec, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = lx_monitor_connect(c, &fd, err);
	if (r < 0)
		return r;
	if (!(flags & LX_STOP_NO_WAIT)) {
		r = sock_send(fd, LX_REQUEST_WATCH, NULL, 0, NULL, 0);
		if (r < 0 && r != -EPIPE)
			return lx_error_set(err, r, "watch container %s", c->name);
	}

	r = stop_between_runs(c, fd, flags, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = ask(c, fd, flags, timeout_usec, err);
	if (r == -ESRCH && !(flags & LX_STOP_REBOOT)) { /* its run ended meanwhile */
		lx_error_clear(err);
		r = stop_between_runs(c, fd, flags, err);
		if (r != 0)
			return r < 0 ? r : 0;
		r = -EPIPE;
	}
	if (r == -EPIPE && !(flags & LX_STOP_REBOOT)) { /* it has just ended by itself */
		lx_error_clear(err);
		return 0;
	}
	if (r < 0 || (flags & LX_STOP_NO_WAIT))
		return r;

	r = follow(fd, flags & LX_STOP_REBOOT, err);
	return r == -EPIPE ? lx_monitor_say_ended(c, err) : r;
}
