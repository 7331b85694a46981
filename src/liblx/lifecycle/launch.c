/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "base/process.h"
#include "base/sock.h"
#include "base/str.h"
#include "base/strv.h"
#include "monitor/protocol.h"

void lx_launch_done(struct lx_launch *launch)
{
	buf_done(&launch->orders);
}

void lx_launch_add(struct lx_launch *launch, const char *key, const char *value)
{
	if (!value)
		return;
	buf_addf(&launch->orders, "%s=%s", key, value);
	buf_add_char(&launch->orders, 0);
}

void lx_launch_add_list(struct lx_launch *launch, const char *key, char *const *values)
{
	strv_for_each(value, values)
		lx_launch_add(launch, key, value);
}

void lx_launch_add_id(struct lx_launch *launch, const char *key, uint32_t id)
{
	char text[16];

	snprintf(text, sizeof(text), "%" PRIu32, id);
	lx_launch_add(launch, key, text);
}

void lx_launch_add_fd(struct lx_launch *launch, const char *key, int fd)
{
	if (launch->n_fds == LX_LAUNCH_FDS) {
		launch->orders.failed = true;
		return;
	}
	lx_launch_add(launch, key, "");
	launch->fds[launch->n_fds++] = fd;
}

/* The monitor works in /, so a path of the caller's must be whole. */
static int add_path(struct lx_launch *launch, const char *key, const char *path)
{
	_cleanup_free_ char *here = NULL, *whole = NULL;

	if (!path || path_is_absolute(path)) {
		lx_launch_add(launch, key, path);
		return 0;
	}

	here = get_current_dir_name();
	whole = here ? path_join(here, path) : NULL;
	if (!whole)
		return -errno;

	lx_launch_add(launch, key, whole);
	return 0;
}

int lx_launch_prepare(struct lx_launch *launch, struct lx_container *c, const struct lx_start_options *options, struct lx_error *err)
{
	int r;

	lx_launch_add(launch, "name", c->name);
	lx_launch_add_list(launch, "define", c->defines);
	lx_launch_add_list(launch, "argv", options->argv);
	lx_launch_add_list(launch, "share", options->share);
	lx_launch_add(launch, "log-level", options->log_level);
	r = add_path(launch, "store", c->store);
	r = r ?: add_path(launch, "config", c->config_given ? c->config_file : NULL);
	r = r ?: add_path(launch, "log-file", options->log_file);
	r = r ?: add_path(launch, "console-log", options->console_log);

	return r < 0 ? lx_error_set(err, r, "find the working directory") : 0;
}

static int spawn(const struct lx_container *c, bool plan, int sock_fd, pid_t *ret_pid, struct lx_error *err)
{
	_cleanup_free_ char *program = path_join(c->settings->paths.libexec, "lx-monitord");
	_cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC), pidfd = -EBADF;
	char *argv[] = { program, c->store, c->name, NULL };
	char *plan_argv[] = { program, (char *)"--plan", c->store, c->name, NULL };
	struct process_options options = {
		.argv = plan ? plan_argv : argv,
		.stdin_fd = sock_fd,
		.stdout_fd = null_fd,
		.stderr_fd = null_fd,
		.new_session = true,
	};
	int r;

	if (!program)
		return lx_error_oom(err);
	if (null_fd < 0)
		return lx_error_set(err, -errno, "open /dev/null");

	r = process_spawn(&options, ret_pid, &pidfd, err);
	if (r < 0)
		lx_error_prefix(err, "start the monitor");
	return r;
}

int lx_launch_exec(struct lx_launch *launch, const struct lx_container *c, bool plan, int *ret_fd, pid_t *ret_pid, struct lx_error *err)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF;
	int pair[2], r;

	if (launch->orders.failed)
		return lx_error_oom(err);

	r = sock_pair(pair);
	if (r < 0)
		return lx_error_set(err, r, "make a socket pair");
	ours = pair[0];
	theirs = pair[1];

	r = sock_send(ours, LX_REQUEST_RUN, launch->orders.data, launch->orders.size, launch->fds, launch->n_fds);
	if (r < 0)
		return lx_error_set(err, r, "hand over the orders of the run");
	r = spawn(c, plan, theirs, ret_pid, err);
	if (r < 0)
		return r;

	*ret_fd = take_fd(&ours);
	return 0;
}
