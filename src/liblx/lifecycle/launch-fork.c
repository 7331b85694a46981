/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The launch by ourselves: the monitor is executed as our child, with a socket for its standard input. */
#include <fcntl.h>

#include "base/path.h"
#include "base/process.h"
#include "base/sock.h"
#include "lifecycle/launch.h"
#include "monitor/protocol.h"

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

static int start(struct lx_launch *launch, const struct lx_container *c, int *ret_fd, pid_t *ret_pid, struct lx_error *err)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF;
	int r;

	r = sock_pair(&ours, &theirs);
	if (r < 0)
		return lx_error_set(err, r, "make a socket pair");

	r = sock_send(ours, LX_REQUEST_RUN, launch->orders.data, launch->orders.size, launch->fds, launch->n_fds);
	if (r < 0)
		return lx_error_set(err, r, "hand over the orders of the run");
	r = spawn(c, launch->plan, theirs, ret_pid, err);
	if (r < 0)
		return r;

	*ret_fd = take_fd(&ours);
	return 1;
}

const struct lx_launch_driver lx_launch_fork = {
	.start = start,
};
