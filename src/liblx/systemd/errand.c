/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/errand.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/sock-error.h"
#include "sys/sys.h"

enum { ERRAND_TOLD = 1, ERRAND_DONE, ERRAND_FAILED };

/* ---- the child */

static int drop_rights(void)
{
	const uint64_t keep = 1ULL << CAP_SYS_ADMIN;
	uint64_t effective, permitted, inheritable;
	int r = sys_caps_get(&effective, &permitted, &inheritable);

	if (r >= 0)
		r = sys_caps_set(effective & keep, permitted & keep, 0);
	return r < 0 ? r : sys_set_no_new_privs();
}

/* The standard streams are nowhere, and nothing else is open. */
static int drop_descriptors(int fd, int kept_fd)
{
	const int keep[] = { fd, kept_fd };
	_cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; i < 3; i++)
		if (null_fd < 0 || dup2(null_fd, i) < 0)
			return -errno;
	if (null_fd < 3)
		(void)take_fd(&null_fd);
	return fd_close_from(3, keep, kept_fd < 0 ? 1 : 2);
}

_noreturn_ static void run(lx_errand_fn fn, const void *argument, int kept_fd, int fd)
{
	struct lx_error error = { 0 };
	int r;

	(void)sys_set_death_signal(SIGKILL);
	(void)sys_set_name("lx-errand");
	if (drop_descriptors(fd, kept_fd) < 0 || drop_rights() < 0)
		_exit(EXIT_FAILURE);

	r = fn(argument, fd, &error);
	r = r < 0 ? sock_send_error(fd, ERRAND_FAILED, &error) : sock_send(fd, ERRAND_DONE, NULL, 0, NULL, 0);
	_exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

int lx_errand_hear(int fd, void *data, size_t size, int *ret_fd, struct lx_error *err)
{
	_cleanup_message_ struct sock_message m = { 0 };
	int r = sock_recv(fd, USEC_INFINITY, &m);

	if (r >= 0 && (m.type != ERRAND_TOLD || m.size != size || m.n_fds != 1))
		r = -EPROTO;
	if (r < 0)
		return lx_error_set(err, r, "hear from the monitor");
	memcpy(data, m.data, size);
	*ret_fd = take_fd(&m.fds[0]);
	return 0;
}

/* ---- the caller */

int lx_errand_start(lx_errand_fn fn, const void *argument, int kept_fd, struct lx_errand *ret, struct lx_error *err)
{
	_cleanup_(lx_errand_end) struct lx_errand e = LX_ERRAND_INIT;
	_cleanup_close_ int child_fd = -EBADF;
	int r;
	pid_t pid;

	r = sock_pair(&e.fd, &child_fd);
	if (r < 0)
		return lx_error_set(err, r, "make a socket pair");

	pid = sys_clone(CLONE_CLEAR_SIGHAND, -1, &e.pidfd);
	if (pid == 0)
		run(fn, argument, kept_fd, child_fd);
	if (pid < 0)
		return lx_error_set(err, (int)pid, "start a process");

	*ret = e;
	e = (struct lx_errand)LX_ERRAND_INIT;
	return 0;
}

int lx_errand_tell(struct lx_errand *e, const void *data, size_t size, int fd, struct lx_error *err)
{
	int r = sock_send(e->fd, ERRAND_TOLD, data, size, &fd, 1);

	return r < 0 ? lx_error_set(err, r, "talk to the process that talks to the bus") : 0;
}

int lx_errand_wait(struct lx_errand *e, usec_t deadline, struct lx_error *err)
{
	_cleanup_message_ struct sock_message m = { 0 };
	int r = e->fd < 0 ? -EBADF : sock_recv(e->fd, deadline, &m);

	if (r == -ETIMEDOUT || r == -EAGAIN)
		return lx_error_say(err, -ETIMEDOUT, "the bus does not answer");
	if (r < 0)
		return lx_error_set(err, r, "the process that talks to the bus has ended");
	if (m.type == ERRAND_FAILED)
		return sock_parse_error(&m, err);
	return m.type == ERRAND_DONE ? 0 : lx_error_set(err, -EPROTO, "hear from the process that talks to the bus");
}

void lx_errand_end(struct lx_errand *e)
{
	if (e->pidfd >= 0) {
		(void)sys_pidfd_signal(e->pidfd, SIGKILL);
		(void)sys_pidfd_wait(e->pidfd, false, NULL);
	}
	e->pidfd = close_fd(e->pidfd);
	e->fd = close_fd(e->fd);
}
