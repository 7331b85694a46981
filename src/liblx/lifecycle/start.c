/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx_start(): hands the container over to a monitor and waits until that says how it went. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "console/relay.h"
#include "lifecycle/interrupt.h"
#include "lifecycle/launch.h"
#include "lifecycle/wait.h"
#include "monitor/client.h"
#include "security/security.h"

#define SMALL_INIT_MAX (64 * 1024 * 1024)

/* A signal that would end us ends the start, or asks for a clean shutdown where init runs already. A second one ends us: nobody is
 * made to wait. */
static int give_up(struct lx_container *c, struct lx_interrupt *interrupt, bool *again, struct lx_error *err)
{
	if (!lx_interrupt_take(interrupt))
		return 0;
	if (*again || lx_stop(c, LX_STOP_NO_WAIT, 0, NULL) < 0)
		return lx_error_say(err, -EINTR, "interrupted");
	*again = true;
	return 0;
}

/* Events of the starting container, until it is as far as the caller wants. interrupt: NULL for who may go before that. */
static int follow(struct lx_container *c, int fd, const struct lx_start_options *options, usec_t deadline, enum lx_wait wait,
		  struct lx_interrupt *interrupt, struct lx_error *err)
{
	bool given_up = false;

	for (;;) {
		_cleanup_message_ struct sock_message m = { 0 };
		int r = 0, state;

		if (interrupt && sock_wait(fd, interrupt->fd, deadline) == -ECANCELED) {
			r = give_up(c, interrupt, &given_up, err);
			if (r < 0)
				return r;
			continue;
		}
		r = lx_monitor_next(fd, deadline, &m, err);
		state = r == LX_EVENT_STATE ? lx_state_find(m.data) : -1;
		if (r == -ETIMEDOUT && m.type != LX_REPLY_ERROR && wait == LX_WAIT_READY) {
			lx_error_clear(err);
			return lx_wait_say_late(c, err);
		}
		if (r == -EPIPE)
			lx_monitor_advise_log(c, options->log_file, err);
		if (r < 0)
			return r;
		if (r == LX_EVENT_STATUS && options->status)
			options->status(m.data, options->userdata);
		if (state == LX_STATE_READY || (state == LX_STATE_RUNNING && wait == LX_WAIT_RUNNING))
			return 0;
		if (state == LX_STATE_STOPPED)
			return lx_wait_say_stopped(err);
	}
}

static int write_pid_file(const char *path, pid_t pid, struct lx_error *err)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%d\n", (int)pid), r;

	r = file_write_atomic(AT_FDCWD, path, text, (size_t)n, 0644);
	return r < 0 ? lx_error_set(err, r, "write the pid file %s", path) : 0;
}

/* The monitor has it in its log; here is who would want to know. */
static void warn_of_missing(struct lx_container *c)
{
	_cleanup_free_ char *prefix = str_format("%s: ", c->name);
	const struct lx_config *config;
	struct lx_host host;

	if (lx_container_config(c, &config, NULL) >= 0 && lx_host_probe_modules(&host) >= 0)
		lx_security_warn(config, &host, prefix ?: "");
}

/* Everything that a run in the caller's foreground shares with one in the background, up to "running". interrupt: begun as soon as
 * there is a monitor, and ended by the caller in any case; NULL. */
static int launch(struct lx_container *c, struct lx_launch *orders, const struct lx_start_options *options, enum lx_wait wait,
		  struct lx_interrupt *interrupt, int *ret_fd, struct lx_error *err)
{
	usec_t deadline = options->timeout_usec ? time_deadline(options->timeout_usec) : USEC_INFINITY;
	_cleanup_close_ int lock_fd = -EBADF, fd = -EBADF;
	pid_t pid;
	int r;

	r = lx_lock_take_to_start(c, deadline, options->status, options->userdata, &lock_fd, err);
	if (r < 0)
		return r;
	lx_launch_add_fd(orders, "lock", lock_fd);

	r = lx_launch_exec(orders, c, false, &fd, &pid, err);
	if (r >= 0 && options->pid_file)
		r = write_pid_file(options->pid_file, pid, err);
	lock_fd = close_fd(lock_fd); /* the monitor has its own, and it alone shall decide when the lock is free */
	if (r >= 0 && interrupt) {
		r = lx_interrupt_begin(interrupt);
		if (r < 0)
			lx_error_set(err, r, "make a signal descriptor");
	}
	if (r >= 0 && wait != LX_WAIT_NONE)
		r = follow(c, fd, options, deadline, wait, interrupt, err);
	if (r < 0)
		return r;

	warn_of_missing(c);
	*ret_fd = take_fd(&fd);
	return 0;
}

/* The container's console on the caller's terminal until the container has stopped. A signal that would end us asks for a
 * clean shutdown first. */
static int relay_console(struct lx_container *c, int console_fd, struct lx_error *err)
{
	bool terminal = isatty(STDIN_FILENO);
	struct lx_relay_options options = {
		.in_fd = STDIN_FILENO,
		.out_fd = STDOUT_FILENO,
		.size_fd = terminal ? STDIN_FILENO : -1,
		.raw = terminal,
		.far_fd = console_fd,
		.framed = true,
		.log_fd = -1,
		.escape = -1,
		.pidfd = -1,
	};
	int r;

	while ((r = lx_relay_run(&options, NULL, err)) == LX_RELAY_SIGNAL)
		if (lx_stop(c, LX_STOP_NO_WAIT, 0, err) < 0)
			return err ? err->code : -EIO;

	return r < 0 ? r : 0;
}

/* To the end of the run. A signal that would end us asks it to end. */
static int pass_signals(struct lx_container *c, int fd, struct lx_interrupt *interrupt, struct lx_error *err)
{
	struct pollfd p[] = { { .fd = fd, .events = POLLIN }, { .fd = interrupt->fd, .events = POLLIN } };

	for (;;) {
		_cleanup_message_ struct sock_message m = { 0 };
		int r;

		if (poll(p, array_size(p), -1) < 0)
			continue;
		if (p[1].revents && lx_interrupt_take(interrupt))
			(void)lx_stop(c, LX_STOP_NO_WAIT, 0, NULL);
		if (!p[0].revents)
			continue;

		r = lx_monitor_next(fd, USEC_INFINITY, &m, err);
		if (r < 0)
			return r;
		if (r == LX_EVENT_EXIT)
			return atoi(m.data) & 0xff;
	}
}

/* A run that belongs to the caller, to its end. With console its console is the caller's terminal. */
static int run_in_foreground(struct lx_container *c, struct lx_launch *orders, const struct lx_start_options *options, bool console,
			     struct lx_error *err)
{
	_cleanup_(lx_interrupt_end) struct lx_interrupt interrupt = LX_INTERRUPT_INIT;
	_cleanup_close_ int fd = -EBADF, ours = -EBADF, theirs = -EBADF;
	int r;

	if (console) {
		r = sock_pair(&ours, &theirs);
		if (r < 0)
			return lx_error_set(err, r, "make a socket pair");
		lx_launch_add_fd(orders, "console", theirs);
	}
	r = launch(c, orders, options, LX_WAIT_RUNNING, &interrupt, &fd, err);
	theirs = close_fd(theirs);
	if (r >= 0 && console) {
		r = relay_console(c, ours, err);
		lx_interrupt_end(&interrupt); /* its terminal is gone: who does not want to wait may go */
	}

	return r < 0 ? r : pass_signals(c, fd, &interrupt, err);
}

LX_PUBLIC int lx_start(struct lx_container *c, const struct lx_start_options *options, struct lx_error *err)
{
	_cleanup_(lx_launch_done) struct lx_launch orders = { 0 };
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = lx_launch_prepare(&orders, c, options, err);
	if (r < 0)
		return r;
	if (options->foreground)
		return run_in_foreground(c, &orders, options, true, err);

	return launch(c, &orders, options, options->wait, NULL, &fd, err);
}

LX_PUBLIC int lx_start_plan(struct lx_container *c, const struct lx_start_options *options, char **ret, struct lx_error *err)
{
	_cleanup_(lx_launch_done) struct lx_launch orders = { 0 };
	_cleanup_message_ struct sock_message m = { 0 };
	_cleanup_close_ int fd = -EBADF;
	pid_t pid;
	int r;

	r = lx_launch_prepare(&orders, c, options, err);
	if (r >= 0)
		r = lx_launch_exec(&orders, c, true, &fd, &pid, err);
	if (r >= 0)
		r = lx_monitor_next(fd, USEC_INFINITY, &m, err);
	if (r < 0)
		return r;

	*ret = take_ptr(m.data);
	return 0;
}

/* lx-init as a sealed copy in memory: it is executed inside, and what a privileged container's root can reach through
 * /proc/1/exe must not be the host's file. */
static int open_small_init(const struct lx_container *c, int *ret_fd, struct lx_error *err)
{
	_cleanup_free_ char *path = path_join(c->settings->paths.libexec, "lx-init"), *program = NULL;
	size_t size;
	int r;

	if (!path)
		return lx_error_oom(err);
	r = file_read(AT_FDCWD, path, SMALL_INIT_MAX, &program, &size);
	if (r < 0)
		return lx_error_set(err, r, "read %s", path);
	r = fd_from_memory("lx-init", program, size);
	if (r < 0)
		return lx_error_set(err, r, "copy %s", path);

	*ret_fd = r;
	return 0;
}

/* Streams that are terminals become the container's console, which we relay; others init gets as they are. */
LX_PUBLIC int lx_execute(struct lx_container *c, char *const *argv, const struct lx_start_options *options, struct lx_error *err)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };
	_cleanup_(lx_launch_done) struct lx_launch orders = { 0 };
	_cleanup_close_ int init_fd = -EBADF;
	struct lx_start_options with_argv = *options;
	bool terminal = false;
	int r;

	r = open_small_init(c, &init_fd, err);
	if (r < 0)
		return r;

	with_argv.argv = argv;
	r = lx_launch_prepare(&orders, c, &with_argv, err);
	if (r < 0)
		return r;
	lx_launch_add(&orders, "execute", "yes");
	lx_launch_add_id(&orders, "uid", options->uid);
	lx_launch_add_id(&orders, "gid", options->gid);
	lx_launch_add_fd(&orders, "lx-init", init_fd);
	for (int i = 0; i < 3; i++) {
		if (isatty(i))
			terminal = true;
		else
			lx_launch_add_fd(&orders, names[i], i);
	}

	return run_in_foreground(c, &orders, &with_argv, terminal, err);
}
