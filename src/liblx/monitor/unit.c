/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What systemd hears of its unit lx@INSTANCE.service, which is this process. The unit has started when the container is ready,
 * or runs where nothing can tell that; it goes through reboots; it ends well whenever the container was once up, whoever
 * stopped it. Nothing is told where systemd has not started us.
 */
#include "monitor/monitor.h"

#include "base/notify.h"

/* "infinity" means nothing to systemd here. */
#define EXTEND_MAX (366 * 24 * 3600 * USEC_PER_SEC)

static const char *const words[] = {
	[LX_STATE_STARTING] = "Starting",    [LX_STATE_RUNNING] = "Running",     [LX_STATE_STOPPING] = "Stopping",
	[LX_STATE_ABORTING] = "Killing",     [LX_STATE_FREEZING] = "Freezing",   [LX_STATE_FROZEN] = "Frozen",
	[LX_STATE_THAWED] = "Running again",
};

void lx_monitor_notify_state(const struct lx_monitor *m)
{
	size_t state = (size_t)m->state.state;

	if (state < array_size(words) && words[state])
		notify_status("%s", words[state]);
}

void lx_monitor_notify_guest(const struct lx_monitor *m _unused_, const char *text)
{
	notify_status("Running: %s", text);
}

void lx_monitor_notify_waiting(const struct lx_monitor *m)
{
	notify_status("Running, waiting for %s", m->state.waiting);
}

void lx_monitor_notify_ready(struct lx_monitor *m)
{
	if (!m->unit_started)
		notify_tell("READY=1");
	m->unit_started = true;
}

static unsigned long long patience(const struct lx_monitor *m)
{
	usec_t timeout = m->inst.config->container.stop_timeout;

	return timeout < EXTEND_MAX ? timeout + LX_STOP_MARGIN : EXTEND_MAX;
}

void lx_monitor_notify_stop(const struct lx_monitor *m)
{
	notify_tell("EXTEND_TIMEOUT_USEC=%llu", patience(m));
}

/* To systemd a unit that ends before it has started has failed; one that was shut down before it was ready has not. */
void lx_monitor_notify_end(struct lx_monitor *m)
{
	lx_monitor_notify_ready(m);
	notify_tell("STOPPING=1\nEXTEND_TIMEOUT_USEC=%llu", patience(m));
}

void lx_monitor_notify_failure(const struct lx_monitor *m _unused_, const struct lx_error *error)
{
	notify_tell("ERRNO=%d", -error->code);
	notify_status("%s", error->text);
}
