/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/host.h"

#include "base/cleanup.h"
#include "base/sock-error.h"
#include "sys/sys.h"

enum { ASIDE_DONE = 1, ASIDE_FD, ASIDE_ERROR };

struct act {
	int userns_fd;
	int (*fn)(void *argument, struct lx_error *err);
	void *argument;
};

/* wants_fd: what fn returns is a descriptor. */
_noreturn_ static void child(const struct act *act, bool wants_fd, int sock_fd)
{
	struct lx_error error = { 0 };
	int r;

	(void)sys_set_death_signal(SIGKILL);
	r = act->userns_fd >= 0 ? sys_setns(act->userns_fd, CLONE_NEWUSER) : 0;
	if (r >= 0 && act->userns_fd >= 0)
		r = sys_become_root();
	r = r < 0 ? lx_error_set(&error, r, "become root of the container's ids") : act->fn(act->argument, &error);
	if (r < 0)
		(void)sock_send_error(sock_fd, ASIDE_ERROR, &error);
	else
		(void)sock_send(sock_fd, wants_fd ? ASIDE_FD : ASIDE_DONE, NULL, 0, &r, wants_fd ? 1 : 0);
	_exit(EXIT_SUCCESS);
}

static int receive(int sock_fd, int *ret_fd, struct lx_error *err)
{
	_cleanup_message_ struct sock_message m = { 0 };
	int r;

	r = sock_recv(sock_fd, USEC_INFINITY, &m);
	if (r < 0)
		return lx_error_set(err, r, "hear from a helper process");
	if (m.type == ASIDE_ERROR)
		return sock_parse_error(&m, err);
	if (!ret_fd)
		return 0;
	if (m.n_fds != 1)
		return lx_error_set(err, -EPROTO, "hear from a helper process");

	*ret_fd = take_fd(&m.fds[0]);
	return 0;
}

static int run_in_child(const struct act *act, int *ret_fd, struct lx_error *err)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF, pidfd = -EBADF;
	int r;
	pid_t pid;

	r = sock_pair(&ours, &theirs);
	if (r < 0)
		return lx_error_set(err, r, "make a socket pair");

	pid = sys_clone(0, -1, &pidfd);
	if (pid < 0)
		return lx_error_set(err, (int)pid, "start a process");
	if (pid == 0) {
		close_fd(ours);
		child(act, ret_fd != NULL, theirs);
	}

	theirs = close_fd(theirs);
	r = receive(ours, ret_fd, err);
	sys_pidfd_wait(pidfd, false, NULL);
	return r;
}

int lx_aside_run(int userns_fd, int (*fn)(void *argument, struct lx_error *err), void *argument, struct lx_error *err)
{
	const struct act act = { userns_fd, fn, argument };

	return userns_fd > 0 ? run_in_child(&act, NULL, err) : fn(argument, err);
}

int lx_aside_fork(int (*fn)(void *argument, struct lx_error *err), void *argument, struct lx_error *err)
{
	const struct act act = { -EBADF, fn, argument };

	return run_in_child(&act, NULL, err);
}

int lx_aside_open(int (*fn)(void *argument, struct lx_error *err), void *argument, int *ret_fd, struct lx_error *err)
{
	const struct act act = { -EBADF, fn, argument };

	return run_in_child(&act, ret_fd, err);
}
