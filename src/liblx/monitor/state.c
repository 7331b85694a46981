/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of the run: one file for everybody who looks, one event for everybody who waits. */
#include "monitor/monitor.h"

#include "base/log.h"
#include "base/str.h"
#include "monitor/events.h"

static void save(struct lx_monitor *m)
{
	struct lx_error error = { 0 };

	if (lx_run_state_save(m->run_fd, &m->state, &error) < 0)
		log_error("%s", error.text);
}

void lx_monitor_set_state(struct lx_monitor *m, enum lx_state state)
{
	if (m->state.state == state)
		return;
	if (!lx_state_can_change(m->state.state, state))
		log_warn("state changes from %s to %s", lx_state_name(m->state.state), lx_state_name(state));

	lx_log_set_field("LX_STATE", lx_state_name(state));
	log_info("%s", lx_state_name(state));
	m->state.state = state;
	save(m);
	lx_monitor_tell_state(m);
	lx_monitor_notify_state(m);
	lx_readiness_follow(m);
}

void lx_monitor_set_status(struct lx_monitor *m, const char *text)
{
	if (str_equal(m->state.status, text) || str_set(&m->state.status, text) < 0)
		return;
	save(m);
	lx_monitor_notify_guest(m, text);
}

void lx_monitor_set_trouble(struct lx_monitor *m, const char *text)
{
	if (str_set(&m->state.trouble, text) >= 0)
		save(m);
}

void lx_monitor_set_machine(struct lx_monitor *m, const char *name)
{
	if (!str_equal(m->state.machine, name) && str_set(&m->state.machine, name) >= 0)
		save(m);
}

void lx_monitor_set_waiting(struct lx_monitor *m, const char *what, bool tell)
{
	if (str_equal(m->state.waiting, what) || str_set(&m->state.waiting, what) < 0)
		return;
	save(m);
	if (!what || !tell)
		return;
	lx_monitor_tell(m, LX_FRONT_WAITING, what, strnlen(what, LX_FRONT_STATUS_MAX), NULL, 0);
	lx_monitor_notify_waiting(m);
}

void lx_monitor_set_ready(struct lx_monitor *m)
{
	if (m->state.ready)
		return;

	m->state.ready = true;
	(void)str_set(&m->state.waiting, NULL);
	m->state.boot_usec = time_now(CLOCK_REALTIME) - m->state.started_usec;
	lx_log_write_event(LX_EVENT_ID_READY, LX_LOG_INFO, "ready after %llu ms",
			   (unsigned long long)(m->state.boot_usec / USEC_PER_MSEC));
	save(m);
	lx_monitor_tell_state(m);
	lx_monitor_notify_ready(m);
}
