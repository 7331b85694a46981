/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the keeper waits for while the container runs: init's end, and the timeouts of a stop. */
#include "monitor/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/str.h"
#include "monitor/events.h"

/* How often to look whether init can take the signal: it is a short time after the start when it cannot. */
#define SIGNAL_POLL (20 * USEC_PER_MSEC)
/* An init that waits in sigtimedwait(2), as busybox does, shows nothing in its masks. It gets the signal after this time. */
#define SIGNAL_PATIENCE (500 * USEC_PER_MSEC)

static int init_exited(struct event_source *s _unused_, int fd _unused_, uint32_t events _unused_, void *userdata)
{
	struct lx_monitor *m = userdata;

	if (lx_instance_reap(&m->inst, true) < 0)
		return 0;

	m->exit_code = process_exit_code(m->inst.init_status);
	log_info("init ended with %d", m->exit_code);
	event_exit(m->loop, 0);
	return 0;
}

int lx_monitor_kill(struct lx_monitor *m, struct lx_error *err)
{
	struct lx_error ignored = { 0 };
	int r;

	lx_monitor_set_state(m, LX_STATE_ABORTING);
	/* first init: the kernel then kills the whole pid namespace, and a frozen one dies as soon as it is thawed */
	r = sys_pidfd_signal(m->inst.init_pidfd, SIGKILL);
	if (lx_cgroup_kill(m->inst.cgroup, &ignored) < 0)
		log_debug("%s", ignored.text);

	return r < 0 && r != -ESRCH ? lx_error_set(err, r, "kill init") : 0;
}

/* A process in sigtimedwait(2) shows the signals that it waits for in none of its masks. */
static bool waits_for_signals(pid_t pid)
{
	_cleanup_free_ char *text = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	return file_read(AT_FDCWD, path, FILE_TEXT_MAX, &text, NULL) >= 0 && strtol(text, NULL, 10) == SYS_rt_sigtimedwait;
}

/* Does init catch the signal, or wait for it by a blocked mask (systemd's signalfd) or by sigtimedwait (busybox)? A pid
 * namespace's init loses all others. */
static bool init_takes(pid_t pid, int signal)
{
	static const char *const masks[] = { "\nSigBlk:\t", "\nSigCgt:\t" };
	_cleanup_free_ char *text = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (file_read(AT_FDCWD, path, FILE_TEXT_MAX, &text, NULL) < 0)
		return false;

	for (size_t i = 0; i < array_size(masks); i++) {
		const char *mask = strstr(text, masks[i]);

		if (mask && (strtoull(mask + strlen(masks[i]), NULL, 16) >> (signal - 1)) & 1)
			return true;
	}

	return waits_for_signals(pid);
}

static int try_signal(struct event_source *s, void *userdata)
{
	struct lx_monitor *m = userdata;
	usec_t now = time_now(CLOCK_MONOTONIC);
	bool shows = m->inst.plan->guest.init == LX_INIT_SYSTEMD; /* by the mask of its signalfd */

	if (!init_takes(m->inst.init_pid, m->pending_signal) && (shows || now < m->signal_since + SIGNAL_PATIENCE))
		return event_set_timer(s, now + SIGNAL_POLL);

	log_debug("signal %d to init", m->pending_signal);
	(void)sys_pidfd_signal(m->inst.init_pidfd, m->pending_signal);
	return 0;
}

static int stop_timed_out(struct event_source *s _unused_, void *userdata)
{
	struct lx_monitor *m = userdata;
	struct lx_error error = { 0 };

	(void)event_set_timer(m->signal_timer, USEC_INFINITY);
	if (!m->kill_at_timeout) {
		log_notice("init did not stop in time");
		m->sequel = LX_SEQUEL_ASKED_BY_INIT;
		lx_monitor_set_state(m, LX_STATE_RUNNING);
		return 0;
	}

	lx_log_write_event(LX_EVENT_ID_KILLED, LX_LOG_NOTICE, "init did not stop in time, killing the container");
	if (lx_monitor_kill(m, &error) < 0)
		log_error("%s", error.text);
	return 0;
}

int lx_monitor_begin_stop(struct lx_monitor *m, int signal, usec_t timeout, bool kill, struct lx_error *err)
{
	usec_t now = time_now(CLOCK_MONOTONIC);
	int r;

	if (m->state.state == LX_STATE_ABORTING)
		return 0; /* it is being killed: nothing ends it sooner */
	if (m->state.state == LX_STATE_FROZEN) {
		r = lx_cgroup_freeze(m->inst.cgroup, false, USEC_PER_SEC, err);
		if (r < 0)
			return r;
		lx_monitor_set_state(m, LX_STATE_THAWED);
	}

	lx_monitor_set_state(m, LX_STATE_STOPPING);
	m->pending_signal = signal;
	m->signal_since = now;
	m->kill_at_timeout = kill;
	r = event_set_timer(m->signal_timer, now);
	if (r >= 0)
		r = event_set_timer(m->stop_timer, time_deadline(timeout));

	return r < 0 ? lx_error_set(err, r, "set the timers of a stop") : 0;
}

int lx_monitor_watch(struct lx_monitor *m, struct lx_error *err)
{
	int r;

	r = event_add_io(m->loop, m->inst.init_pidfd, EPOLLIN, init_exited, m, &m->init_source);
	if (r >= 0)
		r = event_add_timer(m->loop, USEC_INFINITY, stop_timed_out, m, &m->stop_timer);
	if (r >= 0)
		r = event_add_timer(m->loop, USEC_INFINITY, try_signal, m, &m->signal_timer);

	return r < 0 ? lx_error_set(err, r, "watch the container") : 0;
}

void lx_monitor_unwatch(struct lx_monitor *m)
{
	struct event_source **sources[] = { &m->init_source, &m->stop_timer, &m->signal_timer };

	for (size_t i = 0; i < array_size(sources); i++) {
		event_source_remove(*sources[i]);
		*sources[i] = NULL;
	}
	lx_monitor_unwatch_machine(m);
}
