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
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/rootless.h"
#include "base/sock-error.h"
#include "base/str.h"
#include "base/strv.h"
#include "instance/recover.h"
#include "net/usernet.h"

/* What LX_REQUEST_RUN says. */
struct orders {
	char *store, *name, *config_file, *log_file, *log_level, *console_log;
	char **argv, **share, **defines;
	bool execute;
	uint32_t uid, gid;
	int lock_fd, console_fd, small_init_fd;
	int stdio_fds[LX_STDIO_MAX];
};

static void orders_done(struct orders *o)
{
	free(o->store);
	free(o->name);
	free(o->config_file);
	free(o->log_file);
	free(o->log_level);
	free(o->console_log);
	strv_free(o->argv);
	strv_free(o->share);
	strv_free(o->defines);
	close_fd(o->lock_fd);
	close_fd(o->console_fd);
	close_fd(o->small_init_fd);
	for (size_t i = 0; i < LX_STDIO_MAX; i++)
		close_fd(o->stdio_fds[i]);
}

static const struct {
	const char *key;
	enum { ORDER_STRING, ORDER_LIST, ORDER_FLAG, ORDER_ID, ORDER_FD } kind;
	size_t offset;
} order_keys[] = {
	{ "store", ORDER_STRING, offsetof(struct orders, store) },
	{ "name", ORDER_STRING, offsetof(struct orders, name) },
	{ "config", ORDER_STRING, offsetof(struct orders, config_file) },
	{ "log-file", ORDER_STRING, offsetof(struct orders, log_file) },
	{ "log-level", ORDER_STRING, offsetof(struct orders, log_level) },
	{ "console-log", ORDER_STRING, offsetof(struct orders, console_log) },
	{ "argv", ORDER_LIST, offsetof(struct orders, argv) },
	{ "share", ORDER_LIST, offsetof(struct orders, share) },
	{ "define", ORDER_LIST, offsetof(struct orders, defines) },
	{ "execute", ORDER_FLAG, offsetof(struct orders, execute) },
	{ "uid", ORDER_ID, offsetof(struct orders, uid) },
	{ "gid", ORDER_ID, offsetof(struct orders, gid) },
	{ "lock", ORDER_FD, offsetof(struct orders, lock_fd) },
	{ "console", ORDER_FD, offsetof(struct orders, console_fd) },
	{ "lx-init", ORDER_FD, offsetof(struct orders, small_init_fd) },
	{ "stdin", ORDER_FD, offsetof(struct orders, stdio_fds[LX_STDIN]) },
	{ "stdout", ORDER_FD, offsetof(struct orders, stdio_fds[LX_STDOUT]) },
	{ "stderr", ORDER_FD, offsetof(struct orders, stdio_fds[LX_STDERR]) },
};

static int take_order(struct orders *o, const char *key, const char *value, struct sock_message *m, size_t *fd_index)
{
	uint64_t number;

	for (size_t i = 0; i < array_size(order_keys); i++) {
		void *field = (char *)o + order_keys[i].offset;

		if (!str_equal(order_keys[i].key, key))
			continue;
		switch (order_keys[i].kind) {
		case ORDER_STRING:
			return str_set(field, value);
		case ORDER_LIST:
			return strv_append(field, value);
		case ORDER_FLAG:
			*(bool *)field = true;
			return 0;
		case ORDER_ID:
			if (parse_uint(value, &number) < 0 || number >= UINT32_MAX)
				return -EPROTO;
			*(uint32_t *)field = (uint32_t)number;
			return 0;
		case ORDER_FD:
			if (*fd_index >= m->n_fds)
				return -EPROTO;
			*(int *)field = take_fd(&m->fds[(*fd_index)++]);
			return 0;
		}
	}

	return -EPROTO;
}

static int orders_receive(int fd, struct orders *o, struct lx_error *err)
{
	_cleanup_message_ struct sock_message m = { 0 };
	size_t fd_index = 0;
	int r;

	r = sock_recv(fd, USEC_INFINITY, &m);
	if (r < 0)
		return lx_error_set(err, r, "read what to run");
	if (m.type != LX_REQUEST_RUN)
		return lx_error_say(err, -EPROTO, "the monitor was not told what to run");

	for (char *p = m.data; p < m.data + m.size; p += strlen(p) + 1) {
		_cleanup_free_ char *key = strdup(p);
		char *value = key ? strchr(key, '=') : NULL;

		if (!value)
			return lx_error_say(err, -EPROTO, "the monitor's orders cannot be read");
		*value++ = 0;
		r = take_order(o, key, value, &m, &fd_index);
		if (r < 0)
			return lx_error_set(err, r, "order \"%s\"", key);
	}
	if (!o->name)
		return lx_error_say(err, -EPROTO, "the monitor was told no name");

	return 0;
}

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

static int open_container(struct lx_monitor *m, struct orders *o, struct lx_error *err)
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

static int open_log(struct lx_monitor *m, const struct orders *o, struct lx_error *err)
{
	const char *wish = o->log_file ?: m->inst.config->monitor.log_file;
	const char *level = o->log_level ?: m->inst.config->monitor.log_level;
	enum lx_log_level number;
	int fd;

	m->log_file = wish ? strdup(wish) : str_format("%s/%s.log", m->container->settings->paths.log, m->container->run_id);
	if (!m->log_file)
		return lx_error_oom(err);
	if (!wish && file_mkdir_parents(AT_FDCWD, m->container->settings->paths.log, 0755) < 0)
		log_warn("cannot make %s", m->container->settings->paths.log);

	fd = open(m->log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0640);
	if (fd < 0)
		return lx_error_set(err, -errno, "open the log file %s", m->log_file);

	lx_log_set_file(fd, false);
	lx_log_set_prefix(m->container->name);
	if (level && lx_log_level_find(level, &number) >= 0)
		lx_log_set_level(number);

	return 0;
}

/* The front has these from its birth. */
static int open_console(struct lx_monitor *m, struct orders *o, struct lx_error *err)
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

/* SIGTERM and SIGINT: a clean shutdown of the container; a second one kills it. */
static int terminated(struct event_source *s _unused_, const void *siginfo _unused_, void *userdata)
{
	struct lx_monitor *m = userdata;
	struct lx_error error = { 0 };
	int r;

	if (m->inst.init_pidfd < 0)
		return 0;
	if (m->sequel == LX_SEQUEL_STOP && m->state.state == LX_STATE_STOPPING) {
		r = lx_monitor_kill(m, &error);
	} else {
		m->sequel = LX_SEQUEL_STOP;
		r = lx_monitor_begin_stop(m, m->inst.plan->stop_signal, m->inst.config->container.stop_timeout, true, &error);
	}
	if (r < 0)
		log_error("%s", error.text);

	return 0;
}

static int ignored(struct event_source *s _unused_, const void *siginfo _unused_, void *userdata _unused_)
{
	return 0;
}

static int prepare(struct lx_monitor *m, struct orders *o, struct lx_error *err)
{
	static const struct {
		int signal;
		event_signal_fn fn;
	} signals[] = { { SIGTERM, terminated }, { SIGINT, terminated }, { SIGHUP, ignored } };
	int r;

	r = lx_container_open_run(m->container, true, &m->run_fd, err);
	if (r < 0)
		return r;
	m->lock_fd = take_fd(&o->lock_fd);
	m->state.monitor_pid = getpid();
	(void)lx_process_start_ticks(getpid(), &m->state.monitor_start_ticks);

	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < array_size(signals); i++) {
		r = event_add_signal(m->loop, signals[i].signal, signals[i].fn, m);
		if (r < 0)
			return lx_error_set(err, r, "watch signals");
	}

	r = lx_instance_recover(m->run_fd, NULL, NULL, err);
	if (r < 0)
		return r;
	r = listen_for_callers(m, err);
	if (r < 0)
		return r;
	r = open_console(m, o, err);
	if (r < 0)
		return r;

	return enter_mount_namespace(err);
}

static void fill_instance(struct lx_monitor *m, struct orders *o)
{
	m->wish = (struct lx_plan_wish) { .argv = o->argv, .share = o->share, .execute = o->execute, .uid = o->uid, .gid = o->gid };
	m->inst.container = m->container;
	m->inst.serve = lx_monitor_intercept;
	m->inst.stop_serving = lx_monitor_stop_intercepting;
	m->inst.server = m;
	m->inst.host = &m->host;
	m->inst.wish = &m->wish;
	m->inst.run_fd = m->run_fd;
	m->inst.log_file = m->log_file;
	m->inst.companion = &lx_monitor_companion;
	m->inst.small_init_fd = o->small_init_fd;
	memcpy(m->inst.stdio_fds, o->stdio_fds, sizeof(o->stdio_fds));
}

static void monitor_init(struct lx_monitor *m)
{
	*m = (struct lx_monitor) {
		.run_fd = -EBADF,
		.lock_fd = -EBADF,
		.listen_fd = -EBADF,
		.starter_fd = -EBADF,
		.console_fd = -EBADF,
		.front = { .fd = -EBADF, .pidfd = -EBADF },
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
	m->listen_fd = close_fd(m->listen_fd);
	m->lock_fd = close_fd(m->lock_fd);
	log_info("%s", lx_state_name(LX_STATE_STOPPED));
	lx_monitor_end_front(m, failure);

	close_fd(m->starter_fd);
	close_fd(m->console_fd);
	event_free(m->loop);
	close_fd(m->run_fd);
	lx_run_state_done(&m->state);
	lx_container_close(m->container);
	free(m->log_file);
	free(m->console_log);
}

static void orders_init(struct orders *o)
{
	*o = (struct orders) { .lock_fd = -EBADF, .console_fd = -EBADF, .small_init_fd = -EBADF,
			       .stdio_fds = { -EBADF, -EBADF, -EBADF } };
}

int lx_monitor_main(int fd)
{
	_cleanup_(orders_done) struct orders orders;
	struct lx_error error = { 0 };
	struct lx_monitor m;
	int r;

	monitor_init(&m);
	orders_init(&orders);
	r = event_new(&m.loop);
	if (r < 0)
		r = lx_error_set(&error, r, "make an event loop");
	m.starter_fd = fd;
	if (r >= 0)
		r = orders_receive(fd, &orders, &error);
	if (r >= 0)
		r = open_container(&m, &orders, &error);
	if (r >= 0)
		r = open_log(&m, &orders, &error);
	if (r >= 0)
		r = prepare(&m, &orders, &error);
	if (r >= 0) {
		fill_instance(&m, &orders);
		r = lx_monitor_run(&m, &error);
	}
	if (r < 0)
		log_error("%s", error.text);

	monitor_finish(&m, &error);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int lx_monitor_print_plan(int fd)
{
	_cleanup_(orders_done) struct orders orders;
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct lx_error error = { 0 };
	struct lx_monitor m;
	int r;

	monitor_init(&m);
	orders_init(&orders);
	r = orders_receive(fd, &orders, &error);
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
