/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When the run is ready: when init has said so (READY=1 by way of the front), where init can say it, and then each probe of the
 * configuration has succeeded once, in their order. A container of which nothing can be known is ready at once.
 *
 * An attempt is a process inside (instance/probe.h), at most one at a time: one that cannot be killed, as it waits for a file
 * system of the guest's, keeps the next from being made. The timer is the next attempt's while there is none, otherwise the
 * time that it has; it stands still while the container is frozen.
 */
#include "monitor/monitor.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "base/str.h"

/* When the log first says that a probe fails and fails; then each time after twice as long. */
#define COMPLAINT (60 * USEC_PER_SEC)
/* At the end of a run, where nothing can keep a process from dying but a file system that does not answer. */
#define END_PATIENCE (5 * USEC_PER_SEC)

enum lx_awaited lx_readiness_awaited(enum lx_init_kind init, bool init_said, size_t n_probes, size_t succeeded)
{
	/* an unknown init may speak, but nobody is to wait for it who knows better */
	bool speaks = init == LX_INIT_SYSTEMD || (init == LX_INIT_OTHER && n_probes == 0);

	if (speaks && !init_said)
		return LX_AWAITED_INIT;
	return succeeded < n_probes ? LX_AWAITED_PROBE : LX_AWAITED_NOTHING;
}

/* lx-execute asks none: its command is not a service that others wait for. */
static size_t n_probes(const struct lx_monitor *m)
{
	return m->inst.plan->execute ? 0 : m->inst.config->probes.n;
}

static enum lx_awaited awaited(const struct lx_monitor *m)
{
	return lx_readiness_awaited(m->inst.plan->guest.init, m->readiness.init_said, n_probes(m), m->readiness.succeeded);
}

static const struct lx_config_ready *current(const struct lx_monitor *m)
{
	return &m->inst.config->probes.items[m->readiness.succeeded];
}

/* ---- time */

static void set_timer(struct lx_readiness *r, usec_t left)
{
	r->left = left;
	r->due = time_deadline(left);
	(void)event_set_timer(r->timer, r->runs ? r->due : USEC_INFINITY);
}

/* With all that it has started. */
static void kill_attempt(struct lx_readiness *r)
{
	struct lx_error error = { 0 };

	lx_probe_kill(&r->probe);
	if (r->cgroup && lx_cgroup_kill(r->cgroup, &error) < 0)
		log_debug("%s", error.text);
}

void lx_readiness_follow(struct lx_monitor *m)
{
	struct lx_readiness *r = &m->readiness;
	bool runs = m->state.state == LX_STATE_RUNNING;
	usec_t now = time_now(CLOCK_MONOTONIC);

	if (!r->timer || runs == r->runs)
		return;
	if (!runs && r->due != USEC_INFINITY)
		r->left = r->due > now ? r->due - now : 0;
	r->runs = runs;
	set_timer(r, r->left);
	if (r->asks && (m->state.state == LX_STATE_STOPPING || m->state.state == LX_STATE_ABORTING))
		kill_attempt(r);
}

/* ---- one attempt */

static void forget_attempt(struct lx_readiness *r)
{
	kill_attempt(r); /* what it leaves behind */
	for (size_t i = 0; i < LX_PROBE_FDS; i++) {
		event_source_remove(r->sources[i]);
		r->sources[i] = NULL;
	}
	lx_probe_done(&r->probe);
	r->asks = r->timed_out = false;
}

static void advance(struct lx_monitor *m);

static void succeeded(struct lx_monitor *m)
{
	log_info("%s has succeeded", m->state.waiting);
	m->readiness.succeeded++;
	advance(m);
}

static void failed(struct lx_monitor *m, const char *why)
{
	struct lx_readiness *r = &m->readiness;
	usec_t passed = time_now(CLOCK_MONOTONIC) - r->since;
	char text[TIME_TEXT_MAX];

	log_debug("%s: %s", m->state.waiting, why);
	if (r->runs && passed >= r->complaint) {
		r->complaint *= 2;
		log_notice("not ready after %s, still waiting for %s: %s",
			   time_format(passed - passed % USEC_PER_SEC, text, sizeof(text)), m->state.waiting, why);
	}
	set_timer(r, current(m)->interval);
}

static void attempt_is_over(struct lx_monitor *m)
{
	struct lx_readiness *r = &m->readiness;
	struct lx_error why = { 0 };
	int result;

	result = lx_probe_result(&r->probe, &why);
	if (r->timed_out)
		result = lx_error_say(&why, -ETIMEDOUT, "it took too long");
	forget_attempt(r);
	if (result < 0)
		failed(m, why.text);
	else
		succeeded(m);
}

/* The process has a filter of its own, whose calls are answered like those of the others. */
static void serve_filter(struct lx_monitor *m)
{
	struct lx_sync *sync = &m->readiness.probe.attach.sync;
	struct lx_error *why = &m->readiness.probe.why;
	int fd = take_fd(&sync->fds[LX_GATE_FILTER][0]);

	if (fd >= 0 && (lx_monitor_add_listener(m, fd, why) < 0 || lx_sync_open(sync, LX_GATE_GO, NULL, 0, why) < 0))
		kill_attempt(&m->readiness);
}

static int stirred(struct event_source *s, int fd, uint32_t events, void *userdata);

/* What ends is not watched any more, what is new is. */
static int watch_attempt(struct lx_monitor *m)
{
	struct lx_readiness *r = &m->readiness;
	int fds[LX_PROBE_FDS], code = 0;

	lx_probe_fds(&r->probe, fds);
	for (size_t i = 0; i < LX_PROBE_FDS && code >= 0; i++) {
		if (fds[i] >= 0 && !r->sources[i])
			code = event_add_io(m->loop, fds[i], EPOLLIN, stirred, m, &r->sources[i]);
		if (fds[i] >= 0 || !r->sources[i])
			continue;
		event_source_remove(r->sources[i]);
		r->sources[i] = NULL;
	}
	return code;
}

static int stirred(struct event_source *s _unused_, int fd _unused_, uint32_t events _unused_, void *userdata)
{
	struct lx_monitor *m = userdata;
	struct lx_readiness *r = &m->readiness;
	bool over = lx_probe_stir(&r->probe);

	if (over) {
		attempt_is_over(m);
		return 0;
	}
	serve_filter(m);
	return watch_attempt(m);
}

/* Kills and waits. */
static void abandon_attempt(struct lx_readiness *r)
{
	usec_t deadline = time_deadline(END_PATIENCE);
	bool over = false;

	while (!over && time_now(CLOCK_MONOTONIC) < deadline) {
		struct pollfd p[LX_PROBE_FDS];
		int fds[LX_PROBE_FDS];

		kill_attempt(r);
		lx_probe_fds(&r->probe, fds);
		for (size_t i = 0; i < LX_PROBE_FDS; i++)
			p[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
		(void)poll(p, array_size(p), time_poll_timeout(deadline));
		over = lx_probe_stir(&r->probe);
	}
	if (!over)
		log_warn("the process of a probe does not end");
	forget_attempt(r);
}

/* Those of attempts have a group of their own: whatever a command has started is killed with it. */
static int open_groups(struct lx_monitor *m, struct lx_error *err)
{
	struct lx_readiness *r = &m->readiness;
	int code;

	if (r->cgroup)
		return 0;
	code = lx_cgroup_open(m->inst.host, m->inst.plan->run_id, &r->cgroup, err);
	if (code >= 0)
		code = lx_cgroup_use_probes(r->cgroup, err);
	if (code >= 0 && m->inst.plan->private_systemd)
		code = lx_cgroup_add_systemd_hierarchy(r->cgroup, err);
	if (code < 0) {
		lx_cgroup_free(r->cgroup);
		r->cgroup = NULL;
	}
	return code;
}

static void ask(struct lx_monitor *m)
{
	struct lx_readiness *r = &m->readiness;
	struct lx_error error = { 0 };
	int code;

	code = open_groups(m, &error);
	if (code >= 0)
		code = lx_probe_start(&r->probe, current(m), &m->inst, r->cgroup, &error);
	if (code < 0) {
		failed(m, error.text);
		return;
	}
	r->asks = true;
	set_timer(r, current(m)->timeout);
	code = watch_attempt(m);
	if (code < 0) {
		abandon_attempt(r);
		failed(m, strerror(-code));
	}
}

static int timer_fired(struct event_source *s _unused_, void *userdata)
{
	struct lx_monitor *m = userdata;
	struct lx_readiness *r = &m->readiness;

	r->due = r->left = USEC_INFINITY;
	if (!r->asks) {
		ask(m);
		return 0;
	}
	r->timed_out = true;
	kill_attempt(r);
	return 0;
}

/* ---- the run */

static void advance(struct lx_monitor *m)
{
	struct lx_readiness *r = &m->readiness;
	_cleanup_free_ char *what = NULL;

	if (awaited(m) == LX_AWAITED_NOTHING) {
		lx_cgroup_free(r->cgroup);
		r->cgroup = NULL;
		lx_monitor_set_ready(m);
		return;
	}
	what = lx_probe_describe(current(m));
	r->since = time_now(CLOCK_MONOTONIC);
	r->complaint = COMPLAINT;
	lx_monitor_set_waiting(m, what, true);
	set_timer(r, 0);
}

void lx_readiness_init_said(struct lx_monitor *m)
{
	bool waits = awaited(m) == LX_AWAITED_INIT;

	m->readiness.init_said = true;
	if (waits)
		advance(m);
}

int lx_readiness_begin(struct lx_monitor *m, struct lx_error *err)
{
	struct lx_readiness *r = &m->readiness;
	int code;

	*r = (struct lx_readiness){ .due = USEC_INFINITY, .left = USEC_INFINITY };
	lx_probe_init(&r->probe);
	code = event_add_timer(m->loop, USEC_INFINITY, timer_fired, m, &r->timer);
	if (code < 0)
		return lx_error_set(err, code, "watch for readiness");
	if (awaited(m) == LX_AWAITED_INIT && !m->inst.plan->execute && str_set(&m->state.waiting, "init") < 0)
		return lx_error_oom(err);
	return 0;
}

void lx_readiness_start(struct lx_monitor *m)
{
	enum lx_awaited what = awaited(m);

	if (what == LX_AWAITED_NOTHING)
		log_info("%s cannot tell when it has booted, so it counts as ready at once", lx_init_kind_name(m->inst.plan->guest.init));
	if (what != LX_AWAITED_INIT)
		advance(m);
	else if (m->inst.plan->guest.init == LX_INIT_OTHER)
		lx_monitor_notify_ready(m); /* nobody knows whether it will ever say so */
}

void lx_readiness_end(struct lx_monitor *m)
{
	struct lx_readiness *r = &m->readiness;

	if (r->asks)
		abandon_attempt(r);
	event_source_remove(r->timer);
	lx_cgroup_free(r->cgroup);
	*r = (struct lx_readiness){ 0 };
}
