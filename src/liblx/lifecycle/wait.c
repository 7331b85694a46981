/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx_wait(): the monitor's events while there is a monitor, the runtime directory while there is none. */
#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/str.h"
#include "lifecycle/wait.h"
#include "monitor/client.h"
#include "monitor/monitor.h"

/* ms. A front that a guest has taken over may cut its callers off again and again. */
#define CONNECT_AGAIN 20

int lx_wait_say_late(const struct lx_container *c, struct lx_error *err)
{
	_cleanup_(lx_run_state_done) struct lx_run_state state = { 0 };
	const char *status;

	if (lx_run_state_load(c, &state, NULL) < 0 || !state.waiting)
		return lx_error_say(err, -ETIMEDOUT, "it was not ready in time");

	status = str_equal(state.waiting, "init") ? state.status : NULL; /* of the boot, which is not over */
	return lx_error_say(err, -ETIMEDOUT, "it was not ready in time, and waits for %s%s%s%s", state.waiting, status ? " (" : "",
			    status ?: "", status ? ")" : "");
}

int lx_wait_say_stopped(struct lx_error *err)
{
	return lx_error_say(err, -ECHILD, "the container stopped before it was ready; see its console's log");
}

static bool waits_for(unsigned states, enum lx_state state)
{
	return states & (1u << state);
}

static int say_late(const struct lx_container *c, unsigned states, struct lx_error *err)
{
	return waits_for(states, LX_STATE_READY) ? lx_wait_say_late(c, err) :
						   lx_error_say(err, -ETIMEDOUT, "the state was not reached in time");
}

/* One that has stopped does not become ready any more. */
static bool wants_this_run(unsigned states)
{
	return waits_for(states, LX_STATE_READY) && !waits_for(states, LX_STATE_STOPPED);
}

static int wait_for_events(const struct lx_container *c, int fd, unsigned states, usec_t deadline, struct lx_error *err)
{
	int r = sock_send(fd, LX_REQUEST_WATCH, NULL, 0, NULL, 0);

	if (r < 0)
		return lx_error_set(err, r, "watch the monitor");

	for (;;) {
		_cleanup_message_ struct sock_message m = { 0 };
		int state;

		r = lx_monitor_next(fd, deadline, &m, err);
		if (m.type == LX_REPLY_ERROR && waits_for(states, LX_STATE_STOPPED)) {
			lx_error_clear(err); /* why the start failed: then it has stopped */
			continue;
		}
		if (r == -ETIMEDOUT && m.type != LX_REPLY_ERROR) {
			lx_error_clear(err);
			return say_late(c, states, err);
		}
		if (r < 0)
			return r;
		state = r == LX_EVENT_STATE ? lx_state_find(m.data) : -1;
		if (state >= 0 && waits_for(states, (enum lx_state)state))
			return state;
		if (state == LX_STATE_STOPPED && wants_this_run(states))
			return lx_wait_say_stopped(err);
	}
}

static int watch_directory(struct lx_container *c, int *ret_inotify_fd, struct lx_error *err)
{
	_cleanup_close_ int run_fd = -EBADF, fd = -EBADF;
	int r = lx_container_open_run(c, true, &run_fd, err);

	if (r < 0)
		return r;
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0 || inotify_add_watch(fd, c->run_directory, IN_CREATE | IN_MOVED_TO) < 0)
		return lx_error_set(err, -errno, "watch %s", c->run_directory);

	*ret_inotify_fd = take_fd(&fd);
	return 0;
}

/* The next change in the runtime directory, where a monitor's socket appears. */
static int wait_for_monitor(int inotify_fd, usec_t deadline, struct lx_error *err)
{
	struct pollfd p = { .fd = inotify_fd, .events = POLLIN };
	usec_t now = time_now(CLOCK_MONOTONIC);
	usec_t left = deadline == USEC_INFINITY ? USEC_INFINITY : deadline > now ? deadline - now : 0;
	char drain[4096];
	int r;

	r = poll(&p, 1, left == USEC_INFINITY ? -1 : (int)MIN_OF(left / USEC_PER_MSEC + 1, (usec_t)INT32_MAX));
	if (r < 0 && errno != EINTR)
		return lx_error_set(err, -errno, "wait for the monitor");
	if (r == 0)
		return lx_error_say(err, -ETIMEDOUT, "the state was not reached in time");
	(void)!read(inotify_fd, drain, sizeof(drain));

	return 0;
}

/* A wait of no time: the state file, no monitor is asked. */
static int look(struct lx_container *c, unsigned states, struct lx_error *err)
{
	_cleanup_(lx_run_state_done) struct lx_run_state state = { 0 };
	int r = lx_run_state_load(c, &state, err);

	if (r < 0)
		return r;
	if (state.ready && state.state == LX_STATE_RUNNING && (states & (1u << LX_STATE_READY)))
		return LX_STATE_READY;
	if (states & (1u << state.state))
		return (int)state.state;

	return lx_error_say(err, -ETIMEDOUT, "the container is %s", lx_state_name(state.state));
}

LX_PUBLIC int lx_wait(struct lx_container *c, unsigned states, uint64_t timeout_usec, struct lx_error *err)
{
	usec_t deadline = time_deadline(timeout_usec);
	_cleanup_close_ int inotify_fd = -EBADF;
	bool seen = false;
	int r;

	if (timeout_usec == 0)
		return look(c, states, err);

	for (;;) {
		_cleanup_close_ int fd = -EBADF;

		r = lx_monitor_connect(c, &fd, err);
		if (r >= 0) {
			seen = true;
			r = wait_for_events(c, fd, states, deadline, err);
		}
		if (r >= 0 || (r != -ESRCH && r != -EPIPE))
			return r;

		lx_error_clear(err);
		if (r == -EPIPE) { /* of its front, perhaps, which is replaced */
			(void)poll(NULL, 0, CONNECT_AGAIN);
			continue;
		}
		if (states & (1u << LX_STATE_STOPPED))
			return LX_STATE_STOPPED;

		if (seen && wants_this_run(states)) /* it was killed, and could not say so */
			return lx_wait_say_stopped(err);

		/* the watch first, then one more look: the monitor may have come between */
		r = inotify_fd < 0 ? watch_directory(c, &inotify_fd, err) : wait_for_monitor(inotify_fd, deadline, err);
		if (r < 0)
			return r;
	}
}
