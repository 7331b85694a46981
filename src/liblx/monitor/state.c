/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of the run: one file for everybody who looks, one event for everybody who waits. */
#include "monitor/monitor.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/sock.h"
#include "base/str.h"
#include "base/time.h"

/* A status is told at once and written down a little later: a guest that talks without a pause costs a write in a while. */
#define STATUS_DELAY (100 * USEC_PER_MSEC)

/* A watcher that does not read loses its place, not the container its time. It is only cut off here, and dropped by the loop
 * that hears of it: the event may be a consequence of the very request that is being answered to this client. */
void lx_monitor_publish(struct lx_monitor *m, enum lx_message event, const char *text)
{
	list_for_each(l, &m->clients) {
		struct lx_client *client = container_of(l, struct lx_client, list);

		if (client->watches && sock_send(client->fd, (uint16_t)event, text, strlen(text), NULL, 0) < 0) {
			client->watches = false;
			(void)shutdown(client->fd, SHUT_RDWR);
		}
	}
}

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

	log_info("%s", lx_state_name(state));
	m->state.state = state;
	save(m);
	lx_monitor_publish(m, LX_EVENT_STATE, lx_state_name(state));
}

void lx_monitor_set_status(struct lx_monitor *m, const char *text)
{
	if (str_equal(m->state.status, text) || str_set(&m->state.status, text) < 0)
		return;
	lx_monitor_publish(m, LX_EVENT_STATUS, text);
	if (!m->status_unsaved && m->status_timer)
		m->status_unsaved = event_set_timer(m->status_timer, time_deadline(STATUS_DELAY)) >= 0;
}

int lx_monitor_save_status(struct event_source *s _unused_, void *userdata)
{
	struct lx_monitor *m = userdata;

	m->status_unsaved = false;
	save(m);
	return 0;
}

void lx_monitor_set_trouble(struct lx_monitor *m, const char *text)
{
	if (str_set(&m->state.trouble, text) >= 0)
		save(m);
}

void lx_monitor_set_ready(struct lx_monitor *m)
{
	if (m->state.ready)
		return;

	m->state.ready = true;
	m->state.boot_usec = time_now(CLOCK_REALTIME) - m->state.started_usec;
	log_info("ready after %llu ms", (unsigned long long)(m->state.boot_usec / USEC_PER_MSEC));
	save(m);
	lx_monitor_publish(m, LX_EVENT_STATE, lx_state_name(LX_STATE_READY));
}
