/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of the container after the other: up, watch, down; again when it rebooted. */
#include "monitor/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "monitor/events.h"

/* The plan's ids are those of the user's namespace, where the user is not root. */
static void describe_ids(const struct lx_monitor *m, struct lx_run_state *state)
{
	_cleanup_(lx_idmap_done) struct lx_idmap own = { 0 };
	const struct lx_idmap *map = &m->inst.plan->map;

	if (map->uids.n == 0 || map->gids.n == 0)
		return;
	state->id_base = map->uids.items[0].outside;
	state->id_size = map->uids.items[0].size;
	state->gid_base = map->gids.items[0].outside;
	state->gid_size = map->gids.items[0].size;
	if (!m->host.rootless || lx_rootless_map_load(&own, NULL) < 0)
		return;
	state->id_base = lx_rootless_map_leave(&own.uids, state->id_base);
	state->gid_base = lx_rootless_map_leave(&own.gids, state->gid_base);
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
	describe_ids(m, state);
	vec_for_each(link, &plan->links.list) {
		struct lx_run_link *copy = vec_add(&state->links);

		if (!copy || str_set(&copy->name, link->name) < 0 || str_set(&copy->host_name, link->host_name) < 0)
			return -ENOMEM;
	}

	if (m->inst.registration.done && str_set(&state->machine, m->inst.registration.machine.name) < 0)
		return -ENOMEM;
	free(state->cgroup);
	state->cgroup = NULL;
	return str_set(&state->uuid, plan->uuid) < 0 ? -ENOMEM : lx_cgroup_path(&m->host, plan->run_id, &state->cgroup, NULL);
}

static void format_grant(const struct lx_instance *inst, const char *cgroup, struct buf *text)
{
	const struct lx_plan *plan = inst->plan;
	const struct lx_seccomp_program *seccomp = &plan->security.seccomp;

	buf_addf(text, "run_id=%s\n", plan->run_id);
	buf_addf(text, "cgroup=%s\n", cgroup);
	buf_addf(text, "init_pid=%d\n", (int)inst->init_pid);
	buf_addf(text, "user_namespace=%d\n", plan->user_namespace);
	buf_addf(text, "no_new_privileges=%d\n", plan->security.no_new_privileges);
	buf_addf(text, "capabilities=%" PRIx64 "\n", plan->security.bounding);
	buf_addf(text, "securebits=%u\n", plan->security.securebits);
	lx_rlimits_format(&plan->security.rlimits, "rlimit.", text);
	if (plan->security.core_scheduling)
		buf_addf(text, "core_pid=%d\n", (int)lx_process_inner_pid(inst->init_pid));
	lx_lsm_format_labels(&plan->security.lsm, text);
	if (plan->private_systemd)
		buf_add(text, "private_systemd=1\n");
	if (seccomp->notifies)
		buf_add(text, "notifies=1\n");
	if (seccomp->n > 0) {
		buf_add_char(text, 0);
		buf_add_mem(text, seccomp->filter, seccomp->n * sizeof(*seccomp->filter));
	}
}

/* What lx-attach is to know of the run: it comes from here, not by way of the front. Nobody reads it before the front has the
 * run, so nothing is waited for. */
static int write_grant(struct lx_monitor *m, struct lx_error *err)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	_cleanup_close_ int fd = -EBADF;
	int r;

	format_grant(&m->inst, m->state.cgroup, &text);
	if (text.failed)
		return lx_error_oom(err);
	(void)unlinkat(m->run_fd, LX_MONITOR_GRANT, 0);
	fd = openat(m->run_fd, LX_MONITOR_GRANT, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : fd_write_all(fd, text.data, text.size);
	return r < 0 ? lx_error_set(err, r, "write %s/%s", m->container->run_directory, LX_MONITOR_GRANT) : 0;
}

static void forget_run(struct lx_run_state *state)
{
	enum lx_state current = state->state;
	uint64_t ticks = state->monitor_start_ticks;
	pid_t pid = state->monitor_pid;

	lx_run_state_done(state);
	*state = (struct lx_run_state) { .state = current, .monitor_pid = pid, .monitor_start_ticks = ticks };
}

/* In the journal, each message says of which run it is. */
static void count_run(struct lx_monitor *m)
{
	char number[16];

	snprintf(number, sizeof(number), "%" PRIu32, ++m->n_runs);
	lx_log_set_field("LX_RUN", number);
}

void lx_monitor_begin_run(struct lx_monitor *m)
{
	m->run++;
	count_run(m);
	m->sequel = LX_SEQUEL_ASKED_BY_INIT;
	m->state.started_usec = time_now(CLOCK_REALTIME);
	lx_monitor_set_state(m, LX_STATE_STARTING);
}

static int up(struct lx_monitor *m, struct lx_error *err)
{
	int r;

	r = lx_instance_up(&m->inst, err);
	if (r < 0)
		return r;
	r = describe_run(m);
	if (r < 0)
		r = lx_error_oom(err);
	if (r >= 0)
		r = write_grant(m, err);
	if (r >= 0)
		r = lx_monitor_present_run(m, err);
	if (r >= 0)
		r = lx_monitor_watch(m, err);
	if (r >= 0)
		r = lx_readiness_begin(m, err);
	if (r >= 0)
		lx_monitor_watch_machine(m);
	if (r < 0) {
		lx_readiness_end(m);
		lx_monitor_unwatch(m);
		lx_instance_down(&m->inst);
		return r;
	}

	lx_monitor_set_state(m, LX_STATE_RUNNING);
	lx_log_write_event(LX_EVENT_ID_STARTED, LX_LOG_INFO, "init is process %d", (int)m->inst.init_pid);
	/* a start takes memory that a run does not need */
	event_when_quiet(m->loop, memory_give_back);
	lx_readiness_start(m);
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
	lx_readiness_end(m);
	lx_monitor_unwatch(m);
	if (!reboot)
		lx_monitor_notify_end(m);
	if (m->state.state == LX_STATE_FROZEN)
		lx_monitor_set_state(m, LX_STATE_THAWED);
	if (m->state.state != LX_STATE_ABORTING)
		lx_monitor_set_state(m, LX_STATE_STOPPING);

	m->inst.target = reboot ? "reboot" : "stop";
	run_hook(m, LX_HOOK_STOP);
	lx_monitor_withdraw_run(m);
	lx_instance_down(&m->inst);
	run_hook(m, LX_HOOK_POST_STOP);

	lx_instance_done(&m->inst);
	m->inst.target = NULL;
	forget_run(&m->state);
}

/* machined has had its say about the run that is over (is_of_dead_leader()), which is not meant for the next. */
static void forget_termination(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	(void)sigtimedwait(&set, NULL, &(struct timespec){ 0 });
}

/* Who wanted that is not in what the caller hears. */
static void log_given_up(const struct lx_monitor *m, const struct lx_error *err)
{
	struct signalfd_siginfo info = { 0 };

	(void)!read(m->cancel_fd, &info, sizeof(info));
	log_info("the start was given up for signal %u of process %u, uid %u: %s", info.ssi_signo, info.ssi_pid, info.ssi_uid, err->text);
}

static int fail(struct lx_monitor *m, int r, struct lx_error *err)
{
	if (m->inst.cancelled) {
		log_given_up(m, err);
		lx_error_clear(err);
		r = lx_error_say(err, -ECANCELED, "the container was stopped while it was starting");
		lx_monitor_notify_end(m);
	}
	lx_monitor_set_state(m, LX_STATE_ABORTING);
	run_hook(m, LX_HOOK_POST_STOP);
	lx_instance_done(&m->inst);
	forget_run(&m->state);
	return r;
}

int lx_monitor_run(struct lx_monitor *m, struct lx_error *err)
{
	bool reboot, registered;
	int r;

	do {
		r = up(m, err);
		if (r < 0)
			return fail(m, r, err);

		r = event_run(m->loop);
		if (r < 0)
			log_error("the monitor's loop failed: %s", strerror(-r));
		reboot = r >= 0 && is_reboot(m);
		if (reboot)
			lx_log_write_event(LX_EVENT_ID_REBOOT, LX_LOG_INFO, "reboot");
		registered = m->inst.registration.told;
		down(m, reboot);
		if (registered)
			forget_termination();
		if (reboot && fd_is_readable(m->cancel_fd)) { /* somebody has asked for the end meanwhile */
			reboot = false;
			lx_monitor_notify_end(m);
		}
		if (reboot)
			lx_monitor_begin_run(m);
	} while (reboot);

	return r < 0 ? lx_error_set(err, r, "watch the container") : 0;
}
