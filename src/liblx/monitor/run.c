/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of the container after the other: up, watch, down; again when it rebooted. */
#include "monitor/monitor.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/str.h"

/* The plan's ids are those of the user's namespace, where the user is not root. */
static uint32_t host_id(const struct lx_monitor *m, uint32_t id)
{
	_cleanup_(lx_idmap_done) struct lx_idmap own = { 0 };

	if (!m->host.rootless || lx_rootless_map_load(&own, NULL) < 0)
		return id;
	return lx_rootless_map_leave(&own.uids, id);
}

/* The facts of this run that others may ask for. */
static int describe_run(struct lx_monitor *m)
{
	const struct lx_plan *plan = m->inst.plan;
	struct lx_run_state *state = &m->state;

	state->init_pid = m->inst.init_pid;
	(void)lx_process_start_ticks(m->inst.init_pid, &state->init_start_ticks);
	state->ready = false;
	state->boot_usec = 0;
	if (plan->map.uids.n > 0) {
		state->id_base = host_id(m, plan->map.uids.items[0].outside);
		state->id_size = plan->map.uids.items[0].size;
	}
	vec_for_each(link, &plan->links.list) {
		struct lx_run_link *copy = vec_add(&state->links);

		if (!copy || str_set(&copy->name, link->name) < 0 || str_set(&copy->host_name, link->host_name) < 0)
			return -ENOMEM;
	}

	return str_set(&state->uuid, plan->uuid) < 0 || str_set(&state->cgroup, plan->run_id) < 0 ? -ENOMEM : 0;
}

static void forget_run(struct lx_run_state *state)
{
	enum lx_state current = state->state;
	uint64_t ticks = state->monitor_start_ticks;
	pid_t pid = state->monitor_pid;

	lx_run_state_done(state);
	*state = (struct lx_run_state) { .state = current, .monitor_pid = pid, .monitor_start_ticks = ticks };
}

static int up(struct lx_monitor *m, struct lx_error *err)
{
	int r;

	m->sequel = LX_SEQUEL_ASKED_BY_INIT;
	m->state.started_usec = time_now(CLOCK_REALTIME);
	lx_monitor_set_state(m, LX_STATE_STARTING);

	r = lx_instance_up(&m->inst, err);
	if (r < 0)
		return r;
	r = describe_run(m);
	if (r < 0)
		r = lx_error_oom(err);
	if (r >= 0)
		r = lx_console_set_pty(m->console, m->inst.console_master_fd, err);
	if (r >= 0)
		r = lx_monitor_watch(m, err);
	if (r < 0) {
		lx_monitor_unwatch(m);
		lx_instance_down(&m->inst);
		return r;
	}

	lx_monitor_set_state(m, LX_STATE_RUNNING);
	/* a start takes memory that a run does not need, most of it for the filter of system calls */
	(void)malloc_trim(0);
	if (m->inst.plan->guest.init != LX_INIT_SYSTEMD && m->inst.plan->guest.init != LX_INIT_OTHER) {
		log_info("%s cannot tell when it has booted, so it counts as ready at once", lx_init_kind_name(m->inst.plan->guest.init));
		lx_monitor_set_ready(m);
	}
	return 0;
}

static void run_hook(struct lx_monitor *m, enum lx_hook_stage stage)
{
	struct lx_error error = { 0 };

	if (lx_instance_hook(&m->inst, stage, lx_state_name(m->state.state), &error) < 0)
		log_error("%s", error.text);
}

/* How the kernel tells what reboot(2) in a pid namespace asked for: pid_namespaces(7). */
static bool init_asked_for_reboot(const struct lx_monitor *m)
{
	return WIFSIGNALED(m->inst.init_status) && WTERMSIG(m->inst.init_status) == SIGHUP;
}

static bool is_reboot(const struct lx_monitor *m)
{
	if (m->inst.plan->execute || m->sequel == LX_SEQUEL_STOP)
		return false;

	return m->sequel == LX_SEQUEL_REBOOT || init_asked_for_reboot(m);
}

static void down(struct lx_monitor *m, bool reboot)
{
	lx_monitor_unwatch(m);
	if (m->state.state == LX_STATE_FROZEN)
		lx_monitor_set_state(m, LX_STATE_THAWED);
	if (m->state.state != LX_STATE_ABORTING)
		lx_monitor_set_state(m, LX_STATE_STOPPING);

	m->inst.target = reboot ? "reboot" : "stop";
	run_hook(m, LX_HOOK_STOP);
	lx_console_set_pty(m->console, -EBADF, NULL);
	lx_instance_down(&m->inst);
	run_hook(m, LX_HOOK_POST_STOP);

	lx_instance_done(&m->inst);
	m->inst.target = NULL;
	forget_run(&m->state);
}

int lx_monitor_run(struct lx_monitor *m, struct lx_error *err)
{
	bool reboot;
	int r;

	do {
		r = up(m, err);
		if (r < 0) {
			lx_monitor_set_state(m, LX_STATE_ABORTING);
			run_hook(m, LX_HOOK_POST_STOP);
			lx_instance_done(&m->inst);
			forget_run(&m->state);
			return r;
		}

		r = event_run(m->loop);
		if (r < 0)
			log_error("the monitor's loop failed: %s", strerror(-r));
		reboot = r >= 0 && is_reboot(m);
		down(m, reboot);
	} while (reboot);

	return r < 0 ? lx_error_set(err, r, "watch the container") : 0;
}
