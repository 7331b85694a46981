/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"

#include "base/cleanup.h"
#include "base/sock.h"
#include "sys/sys.h"

enum { ASIDE_DONE = 1, ASIDE_ERROR };

_noreturn_ static void child(int userns_fd, int sock_fd, int (*fn)(void *argument, struct lx_error *err), void *argument)
{
	struct lx_error error = { 0 };
	int r;

	(void)sys_set_death_signal(SIGKILL);
	r = userns_fd >= 0 ? sys_setns(userns_fd, CLONE_NEWUSER) : 0;
	if (r >= 0 && userns_fd >= 0)
		r = sys_become_root();
	r = r < 0 ? lx_error_set(&error, r, "become root of the container's ids") : fn(argument, &error);
	(void)sock_send(sock_fd, r < 0 ? ASIDE_ERROR : ASIDE_DONE, &error, sizeof(error), NULL, 0);
	_exit(EXIT_SUCCESS);
}

static int receive(int sock_fd, struct lx_error *err)
{
	_cleanup_message_ struct sock_message m = { 0 };
	struct lx_error theirs;
	int r;

	r = sock_recv(sock_fd, USEC_INFINITY, &m);
	if (r < 0)
		return lx_error_set(err, r, "hear from a helper process");
	if (m.type == ASIDE_DONE)
		return 0;
	if (m.size != sizeof(theirs))
		return lx_error_set(err, -EPROTO, "hear from a helper process");

	memcpy(&theirs, m.data, sizeof(theirs));
	theirs.text[sizeof(theirs.text) - 1] = 0;
	return lx_error_say(err, theirs.code < 0 ? theirs.code : -EPROTO, "%s", theirs.text);
}

static int run_in_child(int userns_fd, int (*fn)(void *argument, struct lx_error *err), void *argument, struct lx_error *err)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF, pidfd = -EBADF;
	int pair[2], r;
	pid_t pid;

	r = sock_pair(pair);
	if (r < 0)
		return lx_error_set(err, r, "make a socket pair");
	ours = pair[0];
	theirs = pair[1];

	pid = sys_clone(0, -1, &pidfd);
	if (pid < 0)
		return lx_error_set(err, (int)pid, "start a process");
	if (pid == 0) {
		close_fd(ours);
		child(userns_fd, theirs, fn, argument);
	}

	theirs = close_fd(theirs);
	r = receive(ours, err);
	sys_pidfd_wait(pidfd, false, NULL);
	return r;
}

int lx_aside_run(int userns_fd, int (*fn)(void *argument, struct lx_error *err), void *argument, struct lx_error *err)
{
	return userns_fd > 0 ? run_in_child(userns_fd, fn, argument, err) : fn(argument, err);
}

int lx_aside_fork(int (*fn)(void *argument, struct lx_error *err), void *argument, struct lx_error *err)
{
	return run_in_child(-EBADF, fn, argument, err);
}
