/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The launch by systemd: it has lx@INSTANCE.service started, and the monitor meets us (monitor/rendezvous.h). We hold the
 * container's lock and go on holding it until the monitor has it, so nobody else can start it meanwhile; what else happens,
 * the end of systemd's job or a signal to us, ends the wait.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/rootless.h"
#include "base/sock.h"
#include "base/str.h"
#include "lifecycle/interrupt.h"
#include "lifecycle/launch.h"
#include "monitor/protocol.h"
#include "monitor/rendezvous.h"
#include "systemd/unit.h"

/* Whoever pressed ctrl-c waits for this. */
#define STOP_PATIENCE USEC_PER_SEC
#define PROGRAM LX_LIBEXECDIR "/lx-monitord"

/* What tells where containers are; systemd's idea of it may be another than the caller's. */
static const char *const variables[] = { "HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME" };

static int add_variable(struct lx_launch *launch, const char *name, const char *value)
{
	_cleanup_free_ char *assignment = str_format("%s%s%s", name, value ? "=" : "", value ?: "");

	lx_launch_add(launch, "environment", assignment);
	return assignment ? 0 : -ENOMEM;
}

static int add_environment(struct lx_launch *launch)
{
	_cleanup_free_ char *settings = lx_settings_file();
	int r;

	r = add_variable(launch, "LX_CONFIG", settings);
	for (size_t i = 0; i < array_size(variables) && r >= 0; i++)
		r = add_variable(launch, variables[i], getenv(variables[i]));
	return r < 0 || launch->orders.failed ? -ENOMEM : 0;
}

struct wait {
	const char *unit;
	struct lx_rendezvous rendezvous;
	struct lx_unit_start start;
	struct lx_interrupt interrupt;
	usec_t deadline;
};

/* A systemd that executes itself anew cuts its connections; its jobs go on. */
static int hear_systemd(struct wait *w, struct lx_error *err)
{
	struct lx_error lost = { 0 };

	if (lx_unit_hear(&w->start, &lost) < 0) {
		log_debug("%s", lost.text);
		lx_unit_start_done(&w->start);
		w->deadline = time_deadline(LX_BUS_PATIENCE);
	}
	if (!w->start.result)
		return 0;
	return lx_error_say(err, -ECHILD, "%s ended before it took its orders (%s); see: systemctl %sstatus %s", w->unit, w->start.result,
			    rootless() ? "--user " : "", w->unit);
}

static int interrupted(struct wait *w, struct lx_error *err)
{
	if (!lx_interrupt_take(&w->interrupt))
		return 0;
	/* a systemd that does not answer finds both in its queue */
	if (w->start.bus)
		(void)lx_unit_stop(w->start.bus, w->unit, time_deadline(STOP_PATIENCE), NULL);
	return lx_error_say(err, -EINTR, "interrupted before the monitor ran");
}

/* Returns 1 when the monitor has connected: even when its job is over as well, it has something to say. */
static int wait_once(struct wait *w, int *ret_fd, pid_t *ret_pid, struct lx_error *err)
{
	struct pollfd p[] = {
		{ .fd = w->rendezvous.fd, .events = POLLIN },
		{ .fd = w->interrupt.fd, .events = POLLIN },
		{ .fd = w->start.bus ? lx_bus_get_fd(w->start.bus) : -1 },
	};
	int r;

	p[2].events = (short)(w->start.bus ? lx_bus_get_events(w->start.bus) : 0);
	r = poll(p, array_size(p), time_poll_timeout(w->deadline));
	if (r < 0)
		return errno == EINTR ? 0 : lx_error_set(err, -errno, "wait for the monitor");
	if (r == 0)
		return lx_error_say(err, -ETIMEDOUT, "%s does not take its orders", w->unit);

	if (p[0].revents) {
		r = lx_rendezvous_accept(&w->rendezvous, ret_fd, ret_pid, err);
		return r < 0 ? r : 1;
	}
	return p[1].revents ? interrupted(w, err) : p[2].revents ? hear_systemd(w, err) : 0;
}

static int wait_for_monitor(struct wait *w, int *ret_fd, pid_t *ret_pid, struct lx_error *err)
{
	/* what was told while we were asking lies in memory, and the descriptor does not show it */
	int r = hear_systemd(w, err);

	while (r == 0)
		r = wait_once(w, ret_fd, ret_pid, err);
	return r;
}

static int start_unit(struct wait *w, struct lx_launch *launch, const struct lx_container *c, int *ret_fd, pid_t *ret_pid,
		      struct lx_error *err)
{
	_cleanup_free_ char *unit = NULL;
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = lx_rendezvous_listen(&w->rendezvous, c, err);
	if (r < 0)
		return r;
	w->unit = unit = str_format("lx@%s.service", w->rendezvous.instance);
	if (!unit)
		return lx_error_oom(err);
	r = lx_unit_restart(&w->start, unit, time_deadline(LX_BUS_PATIENCE), err);
	if (r == -EINTR) {
		lx_error_clear(err);
		return interrupted(w, err);
	}
	if (r < 0)
		lx_error_advise(err, "[systemd] units = no in lx.conf starts containers without it");
	if (r > 0)
		r = wait_for_monitor(w, &fd, ret_pid, err);
	if (r <= 0)
		return r;

	r = add_environment(launch);
	if (r >= 0)
		r = sock_send(fd, LX_REQUEST_RUN, launch->orders.data, launch->orders.size, launch->fds, launch->n_fds);
	if (r < 0)
		return lx_error_set(err, r, "hand over the orders of the run");
	*ret_fd = take_fd(&fd);
	return 1;
}

static bool has_unit(const struct lx_container *c)
{
	/* programs from another place are not those that the unit runs */
	if (str_equal(c->settings->systemd.units, "no") || !str_equal(c->settings->paths.libexec, LX_LIBEXECDIR) || !lx_unit_is_possible())
		return false;
	if (lx_unit_is_ours("lx@.service", PROGRAM))
		return true;
	log_debug("not started by systemd: it has no unit lx@.service that runs " PROGRAM);
	return false;
}

void lx_launch_forget_unit(const struct lx_container *c)
{
	_cleanup_free_ char *instance = NULL, *unit = NULL;

	if (!has_unit(c))
		return;
	instance = lx_rendezvous_instance(c);
	unit = instance ? str_format("lx@%s.service", instance) : NULL;
	if (unit)
		lx_unit_forget_failure(unit);
}

static int start(struct lx_launch *launch, const struct lx_container *c, int *ret_fd, pid_t *ret_pid, struct lx_error *err)
{
	struct wait w = { .rendezvous = LX_RENDEZVOUS_INIT, .deadline = USEC_INFINITY };
	struct lx_error error = { 0 };
	int r;

	if (launch->plan || !has_unit(c))
		return 0;

	r = lx_interrupt_begin(&w.interrupt);
	if (r < 0)
		return lx_error_set(err, r, "make a signal descriptor");
	lx_bus_interrupt_by(w.interrupt.fd);
	r = start_unit(&w, launch, c, ret_fd, ret_pid, &error);
	lx_bus_interrupt_by(-EBADF);
	lx_rendezvous_done(&w.rendezvous);
	lx_unit_start_done(&w.start);
	lx_interrupt_end(&w.interrupt);
	if (r == 0)
		log_debug("not started by systemd: %s", error.text);
	else if (r < 0)
		lx_error_copy(err, &error);
	return r;
}

const struct lx_launch_driver lx_launch_unit = {
	.start = start,
};
