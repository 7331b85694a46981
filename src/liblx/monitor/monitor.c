/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keeper's process: what it is told, its own set-up, and its end. */
#include "monitor/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/path.h"
#include "base/rootless.h"
#include "base/sock-error.h"
#include "base/str.h"
#include "base/strv.h"
#include "instance/recover.h"
#include "monitor/events.h"
#include "monitor/orders.h"
#include "monitor/rendezvous.h"
#include "net/usernet.h"

/* While a capability of its file still means the host: the links come later, and at each reboot again. */
static int start_usernet(struct lx_monitor *m, struct lx_error *err)
{
	_cleanup_free_ char *program = path_join(m->container->settings->paths.libexec, "lx-usernet");
	int fd;

	if (!program)
		return lx_error_oom(err);
	if (!rootless() || rootless_inside() || !lx_links_need_helper(m->inst.config) || access(program, X_OK) < 0)
		return 0;
	fd = lx_usernet_connect();
	if (close_fd(fd), fd >= 0)
		return 0; /* systemd starts it when it is needed */

	return lx_usernet_start(program, &m->inst.usernet_fd, err);
}

static int open_container(struct lx_monitor *m, struct lx_orders *o, struct lx_error *err)
{
	int r;

	r = lx_container_new(o->store, o->name, &m->container, err);
	if (r >= 0 && o->config_file)
		r = lx_container_use_config(m->container, o->config_file, err);
	if (r < 0)
		return r;

	strv_for_each(define, o->defines) {
		r = lx_container_define(m->container, define, err);
		if (r < 0)
			return r;
	}

	r = lx_container_config(m->container, &m->inst.config, err);
	if (r >= 0)
		r = lx_config_verify(m->inst.config, NULL, err);
	if (r >= 0)
		r = start_usernet(m, err);
	if (r >= 0) /* a user's monitor is root of the user's namespace, and keeps it */
		r = lx_rootless_enter(m->container->settings, err);
	if (r >= 0)
		r = lx_host_probe(&m->host, err);

	return r;
}

/* The run's own mount namespace: whatever is mounted for the container, the host never sees it, and it is gone with the
 * monitor, however that ends. */
static int enter_mount_namespace(struct lx_error *err)
{
	int r = sys_unshare(CLONE_NEWNS);

	if (r >= 0)
		r = sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, 0, 0, MS_SLAVE);

	return r < 0 ? lx_error_set(err, r, "make a mount namespace") : 0;
}

/* The front has these from its birth. */
static int open_console(struct lx_monitor *m, struct lx_orders *o, struct lx_error *err)
{
	m->console_fd = take_fd(&o->console_fd);
	m->console_log = lx_console_log_file(m->container, m->inst.config, o->console_log);

	return m->console_log ? 0 : lx_error_oom(err);
}

static int listen_for_callers(struct lx_monitor *m, struct lx_error *err)
{
	(void)unlinkat(m->run_fd, LX_MONITOR_SOCKET, 0); /* of a monitor that was killed; we hold the lock */
	m->listen_fd = sock_listen(m->run_fd, LX_MONITOR_SOCKET);

	return m->listen_fd < 0 ?
		       lx_error_set(err, m->listen_fd, "listen on %s/%s", m->container->run_directory, LX_MONITOR_SOCKET) : 0;
}

/* machined from 259 on has the supervisor of a machine terminate it when somebody wants that, and also when its leader has died,
 * be it to boot again. systemd itself stops a unit of ours by another signal (KillSignal=). */
static bool is_of_dead_leader(const struct lx_monitor *m, const struct signalfd_siginfo *info)
{
	return info->ssi_signo == SIGTERM && m->inst.registration.told && fd_is_readable(m->inst.init_pidfd);
}

/* SIGTERM and SIGINT: a clean shutdown of the container; a second one kills it. */
static int terminated(struct event_source *s _unused_, const void *siginfo, void *userdata)
{
	struct lx_monitor *m = userdata;
	struct lx_error error = { 0 };
	int r;

	if (m->inst.init_pidfd < 0 || is_of_dead_leader(m, siginfo))
		return 0;
	if (m->signalled) {
		r = lx_monitor_kill(m, &error);
	} else {
		m->signalled = true;
		m->sequel = LX_SEQUEL_STOP;
		lx_monitor_notify_stop(m);
		r = lx_monitor_begin_stop(m, m->inst.plan->stop_signal, m->inst.config->container.stop_timeout, true, &error);
	}
	if (r < 0)
		log_error("%s", error.text);

	return 0;
}

/* The run has come up meanwhile, and the start can be given up no more. */
static int told_to_stop(struct event_source *s _unused_, const void *siginfo _unused_, void *userdata)
{
	struct lx_monitor *m = userdata;
	struct lx_error error = { 0 };

	m->sequel = LX_SEQUEL_STOP;
	if (m->state.state != LX_STATE_STOPPING &&
	    lx_monitor_begin_stop(m, m->inst.plan->stop_signal, m->inst.config->container.stop_timeout, true, &error) < 0)
		log_error("%s", error.text);
	return 0;
}

static int ignored(struct event_source *s _unused_, const void *siginfo _unused_, void *userdata _unused_)
{
	return 0;
}

static const struct {
	int signal;
	event_signal_fn fn;
	bool ends;
} signals[] = {
	{ SIGTERM, terminated, true },
	{ SIGINT, terminated, true },
	{ LX_MONITOR_SIGNAL_STOP, told_to_stop, true },
	{ SIGHUP, ignored, false },
};

/* What nobody has taken in, or comes now, must not become our own end: systemd would find that the unit has failed. */
static void ignore_signals(void)
{
	for (size_t i = 0; i < array_size(signals); i++)
		(void)signal(signals[i].signal, SIG_IGN);
}

static int prepare(struct lx_monitor *m, struct lx_orders *o, struct lx_error *err)
{
	sigset_t ends;
	int r;

	r = lx_container_open_run(m->container, true, &m->run_fd, err);
	if (r < 0)
		return r;
	m->lock_fd = take_fd(&o->lock_fd);
	m->state.monitor_pid = getpid();
	(void)lx_process_start_ticks(getpid(), &m->state.monitor_start_ticks);

	(void)signal(SIGPIPE, SIG_IGN);
	sigemptyset(&ends);
	for (size_t i = 0; i < array_size(signals); i++) {
		r = event_add_signal(m->loop, signals[i].signal, signals[i].fn, m);
		if (r < 0)
			return lx_error_set(err, r, "watch signals");
		if (signals[i].ends)
			sigaddset(&ends, signals[i].signal);
	}
	/* beside the loop, which does not run while the container goes up or down */
	m->cancel_fd = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
	if (m->cancel_fd < 0)
		return lx_error_set(err, -errno, "watch signals");

	r = lx_instance_recover(m->run_fd, NULL, NULL, err);
	if (r < 0)
		return r;
	lx_monitor_begin_run(m); /* whoever can connect finds out that it starts: nobody answers yet */
	r = listen_for_callers(m, err);
	if (r < 0)
		return r;
	r = open_console(m, o, err);
	if (r < 0)
		return r;

	return enter_mount_namespace(err);
}

static void fill_instance(struct lx_monitor *m, struct lx_orders *o)
{
	m->wish = (struct lx_plan_wish) { .argv = o->argv, .share = o->share, .execute = o->execute, .uid = o->uid, .gid = o->gid };
	m->inst.container = m->container;
	m->inst.serve = lx_monitor_intercept;
	m->inst.stop_serving = lx_monitor_stop_intercepting;
	m->inst.server = m;
	m->inst.host = &m->host;
	m->inst.unit = *m->host.unit ? path_basename(m->host.unit) : NULL;
	m->inst.wish = &m->wish;
	m->inst.run_fd = m->run_fd;
	m->inst.log_file = m->log_file;
	m->inst.companion = &lx_monitor_companion;
	m->inst.cancel_fd = m->cancel_fd;
	m->inst.small_init_fd = o->small_init_fd;
	memcpy(m->inst.stdio_fds, o->stdio_fds, sizeof(o->stdio_fds));
}

static void monitor_init(struct lx_monitor *m)
{
	*m = (struct lx_monitor) {
		.run_fd = -EBADF,
		.lock_fd = -EBADF,
		.listen_fd = -EBADF,
		.cancel_fd = -EBADF,
		.starter_fd = -EBADF,
		.console_fd = -EBADF,
		.front = { .fd = -EBADF, .pidfd = -EBADF },
		.machine = { .inotify_fd = -EBADF },
	};
	lx_instance_init(&m->inst);
	m->intercept.agent = (struct lx_agent)LX_AGENT_INIT;
	list_init(&m->intercept.listeners);
}

/*
 * The end. Whoever sees STOPPED may start the container again at once: so first everything of the run is gone, then the
 * lock is free, and only then the watchers are told.
 */
static void monitor_finish(struct lx_monitor *m, const struct lx_error *failure)
{
	if (m->run_fd >= 0) {
		(void)unlinkat(m->run_fd, LX_MONITOR_SOCKET, 0);
		(void)unlinkat(m->run_fd, LX_MONITOR_GRANT, 0);
		(void)unlinkat(m->run_fd, "state", 0);
	}
	m->lock_fd = close_fd(m->lock_fd);
	m->listen_fd = close_fd(m->listen_fd); /* callers that nobody has heard yet see the end by this */
	lx_log_set_field("LX_STATE", lx_state_name(LX_STATE_STOPPED));
	lx_log_write_event(LX_EVENT_ID_STOPPED, LX_LOG_INFO, "%s", lx_state_name(LX_STATE_STOPPED));
	lx_monitor_end_front(m, failure);

	close_fd(m->starter_fd);
	close_fd(m->console_fd);
	ignore_signals();
	event_free(m->loop);
	close_fd(m->cancel_fd);
	close_fd(m->run_fd);
	lx_run_state_done(&m->state);
	lx_container_close(m->container);
	free(m->log_file);
	free(m->log_place);
	free(m->console_log);
}

static int run(struct lx_monitor *m, struct lx_orders *o, bool in_unit, struct lx_error *err)
{
	int r;

	r = open_container(m, o, err);
	if (r >= 0 && in_unit)
		r = lx_cgroup_use_unit(&m->host, err);
	if (r >= 0)
		r = lx_monitor_open_log(m, o, err);
	if (r >= 0)
		r = prepare(m, o, err);
	if (r < 0)
		return r;

	fill_instance(m, o);
	return lx_monitor_run(m, err);
}

int lx_monitor_main(int fd, const char *instance)
{
	_cleanup_(lx_orders_done) struct lx_orders orders = LX_ORDERS_INIT;
	struct lx_error error = { 0 };
	struct lx_monitor m;
	int r;

	notify_begin(instance != NULL);
	monitor_init(&m);
	m.starter_fd = fd;
	r = event_new(&m.loop);
	if (r < 0)
		r = lx_error_set(&error, r, "make an event loop");
	if (r >= 0 && instance)
		r = lx_rendezvous_connect(instance, &m.starter_fd, &error);
	if (r >= 0)
		r = m.starter_fd >= 0 ? lx_orders_receive(m.starter_fd, &orders, &error) : lx_orders_make(instance, &orders, &error);
	if (r >= 0)
		r = run(&m, &orders, instance != NULL, &error);
	if (r < 0 && !m.inst.cancelled) {
		lx_log_write_event(LX_EVENT_ID_FAILED, LX_LOG_ERROR, "%s", error.text);
		lx_monitor_notify_failure(&m, &error);
	}

	monitor_finish(&m, &error);
	return r < 0 && !m.inst.cancelled ? EXIT_FAILURE : EXIT_SUCCESS;
}

int lx_monitor_print_plan(int fd)
{
	_cleanup_(lx_orders_done) struct lx_orders orders = LX_ORDERS_INIT;
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct lx_error error = { 0 };
	struct lx_monitor m;
	int r;

	monitor_init(&m);
	r = lx_orders_receive(fd, &orders, &error);
	if (r >= 0)
		r = open_container(&m, &orders, &error);
	if (r >= 0)
		r = enter_mount_namespace(&error);
	if (r >= 0) {
		fill_instance(&m, &orders);
		r = lx_instance_plan(&m.inst, &error);
	}
	if (r >= 0) {
		lx_plan_print(m.inst.plan, &text);
		r = sock_send(fd, LX_REPLY_OK, text.data, text.size, NULL, 0);
	} else {
		(void)sock_send_error(fd, LX_REPLY_ERROR, &error);
	}

	lx_instance_done(&m.inst);
	lx_container_close(m.container);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
