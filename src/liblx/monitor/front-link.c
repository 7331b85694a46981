/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The front as the keeper sees it: made, told, listened to, and replaced when it dies. The keeper never waits for it but in
 * two places, with a deadline: until it is in its sandbox, before it gets anything of a guest; and until it has closed
 * what is of a run that ends. Its socket does not block; a front that lets it fill up is as good as dead.
 */
#include "monitor/monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sock-error.h"
#include "console/log.h"

#define PATIENCE (5 * USEC_PER_SEC)

static void bury(struct lx_monitor *m)
{
	int status;

	event_source_remove(m->front.source);
	m->front.source = NULL;
	if (m->front.pidfd >= 0) {
		(void)sys_pidfd_signal(m->front.pidfd, SIGKILL);
		(void)sys_pidfd_wait(m->front.pidfd, false, &status);
	}
	m->front.fd = close_fd(m->front.fd);
	m->front.pidfd = close_fd(m->front.pidfd);
	m->front.greeted = m->front.has_run = false;
}

void lx_monitor_tell(struct lx_monitor *m, enum lx_front_message what, const void *data, size_t size, const int *fds, size_t n_fds)
{
	/* one that is gone is seen by the loop, or by who waits for it next */
	if (m->front.fd >= 0 && sock_send(m->front.fd, (uint16_t)what, data, size, fds, n_fds) == -EAGAIN)
		(void)sys_pidfd_signal(m->front.pidfd, SIGKILL);
}

static struct lx_front_state state_now(const struct lx_monitor *m)
{
	return (struct lx_front_state) { .state = (uint32_t)m->state.state, .ready = m->state.ready };
}

void lx_monitor_tell_state(struct lx_monitor *m)
{
	const struct lx_front_state state = state_now(m);

	lx_monitor_tell(m, LX_FRONT_STATE, &state, sizeof(state), NULL, 0);
}

/* token, code, and the sentence. */
static void tell_answer(struct lx_monitor *m, enum lx_front_message what, uint32_t token, const struct lx_error *error)
{
	struct {
		struct lx_front_answer answer;
		char text[sizeof(error->text)];
	} data = { .answer = { .token = token, .code = error ? error->code : 0 } };
	size_t n = error ? strnlen(error->text, sizeof(error->text) - 1) : 0;

	if (n > 0)
		memcpy(data.text, error->text, n);
	lx_monitor_tell(m, what, &data, sizeof(data.answer) + n, NULL, 0);
}

void lx_monitor_answer(struct lx_monitor *m, uint32_t token, const struct lx_error *error)
{
	tell_answer(m, LX_FRONT_ANSWER, token, error);
}

/* ---- making one */

static int open_console_log(struct lx_monitor *m, struct lx_error *err)
{
	int fd;

	if (m->inst.config->console.log_size == 0)
		return -EBADF;
	fd = lx_console_log_open(m->console_log);
	return fd < 0 ? lx_error_set(err, fd, "open the console's log file %s", m->console_log) : fd;
}

static int front_speaks(struct event_source *s, int fd, uint32_t events, void *userdata);

/*
 * Groups of a run are removed when nobody is in them. The front leaves at its birth, while it has the right to do that by itself,
 * which is cheap; to be moved at the end would cost each stop a grace period of RCU, and what opens a group for a process
 * in a sandbox lets it move every process of the host. A user's has no other place to be: the groups above are other units'.
 */
static bool stands_outside(const struct lx_monitor *m)
{
	return !m->host.rootless;
}

static void move_front(struct lx_monitor *m, pid_t pid, int (*move)(struct lx_cgroup *cg, pid_t pid, struct lx_error *err))
{
	struct lx_error error = { 0 };

	if (move(m->inst.cgroup, pid, &error) < 0)
		log_warn("%s", error.text);
}

static int make_front(struct lx_monitor *m, int log_fd, struct lx_error *err)
{
	_cleanup_close_ int outside_fd = stands_outside(m) ? lx_cgroup_open_outside(m->inst.cgroup) : -EBADF;
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF;
	struct lx_front_setup setup = {
		.listen_fd = m->listen_fd,
		.starter_fd = m->starter_fd,
		.console_fd = m->console_fd,
		.console = { .buffer_size = m->inst.config->console.buffer_size,
			     .log_fd = log_fd,
			     .log_size_max = m->inst.config->console.log_size },
		.state = state_now(m),
		.sandbox = m->inst.config->monitor.sandbox,
	};
	int r;

	r = sock_pair(&ours, &theirs);
	if (r < 0)
		return lx_error_set(err, r, "make a socket pair");
	setup.keeper_fd = theirs;
	r = fd_set_nonblock(ours, true);
	if (r >= 0)
		r = fd_set_nonblock(theirs, true);
	if (r >= 0)
		r = event_add_io(m->loop, ours, EPOLLIN, front_speaks, m, &m->front.source);
	if (r >= 0)
		r = m->front.pid = sys_clone(0, outside_fd, &m->front.pidfd);
	if (r == 0) {
		if (stands_outside(m))
			move_front(m, 0, lx_cgroup_leave);
		lx_front_main(&setup);
	}
	m->front.fd = take_fd(&ours);
	if (r < 0) {
		bury(m);
		return lx_error_set(err, r, "make the monitor's front");
	}

	m->front.has_run = true;
	m->starter_fd = close_fd(m->starter_fd);
	m->console_fd = close_fd(m->console_fd);
	return 0;
}

static int start_front(struct lx_monitor *m, struct lx_error *err)
{
	_cleanup_close_ int log_fd = -EBADF;
	int r;

	r = log_fd = open_console_log(m, err);
	if (r < 0 && r != -EBADF)
		return r;
	return make_front(m, log_fd, err);
}

/* Answers -ENODEV when there is no front any more. */
static int next_word(struct lx_monitor *m, usec_t deadline, struct sock_message *ret)
{
	int r;

	if (m->front.fd < 0)
		return -ENODEV;
	/* one that talks without end must not hold us up either */
	r = time_now(CLOCK_MONOTONIC) < deadline ? sock_recv(m->front.fd, deadline, ret) : -ETIMEDOUT;
	if (r < 0) {
		log_warn("the monitor's front (pid %d) does not answer", (int)m->front.pid);
		bury(m);
	}
	return r;
}

/* ---- one that dies */

static void stop_for_good(struct lx_monitor *m)
{
	struct lx_error error = { 0 };

	log_error("the monitor's front died %u times within a minute; the container is stopped", m->front.deaths.n);
	m->sequel = LX_SEQUEL_STOP;
	if (lx_monitor_begin_stop(m, m->inst.plan->stop_signal, m->inst.config->container.stop_timeout, true, &error) < 0)
		log_error("%s", error.text);
}

/* Its callers are cut off, and connect again if they like; who made a run of lx-execute is gone for good. */
static void replace(struct lx_monitor *m)
{
	struct lx_error error = { 0 };

	log_warn("the monitor's front (pid %d) died", (int)m->front.pid);
	bury(m);
	if (rate_count(&m->front.deaths, LX_DEATHS_PERIOD) >= LX_DEATHS_MAX) {
		stop_for_good(m);
		return;
	}
	if (m->wish.execute && lx_monitor_kill(m, &error) < 0)
		log_error("%s", error.text);
	if (start_front(m, &error) < 0) {
		log_error("%s", error.text);
		stop_for_good(m);
	}
}

/* A new one that could not get into its sandbox says why. */
static int listen_to(struct lx_monitor *m, struct sock_message *message)
{
	struct lx_error error = { 0 };

	if (message->type != LX_FRONT_FAILED)
		return lx_monitor_asked(m, message);
	(void)sock_parse_error(message, &error);
	log_error("the monitor's front: %s", error.text);
	return -EPROTO;
}

static int front_speaks(struct event_source *s _unused_, int fd, uint32_t events _unused_, void *userdata)
{
	_cleanup_message_ struct sock_message message = { 0 };
	struct lx_monitor *m = userdata;
	int r = sock_recv(fd, 0, &message);

	if (r == -ETIMEDOUT || r == -EAGAIN)
		return 0;
	if (r >= 0)
		r = listen_to(m, &message);
	if (r < 0)
		replace(m);
	return 0;
}

/* ---- its part in a run */

static int companion_up(struct lx_instance *inst, struct lx_error *err)
{
	struct lx_monitor *m = container_of(inst, struct lx_monitor, inst);

	if (m->front.fd < 0)
		return start_front(m, err);
	if (!stands_outside(m))
		move_front(m, m->front.pid, lx_cgroup_enter_monitor);
	m->front.has_run = true;
	return 0;
}

void lx_monitor_withdraw_run(struct lx_monitor *m)
{
	usec_t deadline = time_now(CLOCK_MONOTONIC) + PATIENCE;
	int r = 0;

	if (!m->front.has_run)
		return;

	m->run++; /* who asks for something of the run hears that it is over */
	lx_monitor_tell(m, LX_FRONT_DOWN, NULL, 0, NULL, 0);
	if (!stands_outside(m))
		move_front(m, m->front.pid, lx_cgroup_leave);
	while (r >= 0) {
		_cleanup_message_ struct sock_message message = { 0 };

		r = next_word(m, deadline, &message);
		if (r >= 0 && message.type == LX_FRONT_LEFT)
			break;
		if (r >= 0)
			(void)lx_monitor_asked(m, &message);
	}
	m->front.has_run = false;
}

static void companion_down(struct lx_instance *inst)
{
	lx_monitor_withdraw_run(container_of(inst, struct lx_monitor, inst));
}

const struct lx_companion lx_monitor_companion = { companion_up, companion_down };

static int greet(struct lx_monitor *m, struct lx_error *err)
{
	usec_t deadline = time_now(CLOCK_MONOTONIC) + PATIENCE;

	while (!m->front.greeted) {
		_cleanup_message_ struct sock_message message = { 0 };
		int r = next_word(m, deadline, &message);

		if (r < 0)
			return lx_error_set(err, r, "wait for the monitor's front");
		if (message.type == LX_FRONT_FAILED) {
			r = sock_parse_error(&message, err);
			lx_error_prefix(err, "the monitor's front");
			bury(m);
			return r;
		}
		if (message.type == LX_FRONT_HELLO)
			m->front.greeted = true;
	}
	return 0;
}

int lx_monitor_present_run(struct lx_monitor *m, struct lx_error *err)
{
	const struct lx_instance *inst = &m->inst;
	const struct lx_front_run run = { .run = m->run, .init_pid = inst->init_pid };
	const int fds[LX_FRONT_RUN_FDS] = { inst->init_pidfd, inst->devpts_fd, inst->console_master_fd, inst->notify_fd };
	int r;

	r = greet(m, err);
	if (r < 0)
		return r;
	/* it reads there, and must not be able to send to whom it likes */
	if (inst->notify_fd >= 0)
		(void)shutdown(inst->notify_fd, SHUT_WR);

	lx_monitor_tell(m, LX_FRONT_RUN, &run, sizeof(run), fds, inst->notify_fd >= 0 ? LX_FRONT_RUN_FDS : LX_FRONT_NOTIFY);
	return 0;
}

/* ---- the end */

/* Those who heard nothing yet, since no front was ever made. */
static void tell_starter(const struct lx_monitor *m, const struct lx_error *failure)
{
	const char *stopped = lx_state_name(LX_STATE_STOPPED);

	if (m->starter_fd < 0)
		return;
	if (failure->code)
		(void)sock_send_error(m->starter_fd, LX_REPLY_ERROR, failure);
	(void)sock_send(m->starter_fd, LX_EVENT_STATE, stopped, strlen(stopped), NULL, 0);
	(void)sock_send(m->starter_fd, LX_EVENT_EXIT, "0", 1, NULL, 0);
}

void lx_monitor_end_front(struct lx_monitor *m, const struct lx_error *failure)
{
	struct pollfd ended = { .fd = m->front.pidfd, .events = POLLIN };

	tell_starter(m, failure);
	if (m->front.fd < 0)
		return;
	tell_answer(m, LX_FRONT_FINISH, (uint32_t)m->exit_code, failure);
	if (poll(&ended, 1, (int)(PATIENCE / USEC_PER_MSEC)) <= 0)
		log_warn("the monitor's front (pid %d) does not end", (int)m->front.pid);
	bury(m);
}
