/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paths of a caller. A child takes its place: its ids, its mount namespace, its root, the container's user namespace, its
 * capabilities there; what it opens then is what the caller could have opened, and links that the guest plants or moves lead
 * where they would lead the caller. It has descriptors of places only (O_PATH), opens nothing, and hands back places.
 */
#include "monitor/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sock.h"

#define PATIENCE (LX_AGENT_PATIENCE_SEC * USEC_PER_SEC)

/* Where relative paths begin. */
static int open_base(const struct lx_caller *c, int dirfd)
{
	char path[32] = "cwd";
	int fd;

	if (dirfd != AT_FDCWD)
		snprintf(path, sizeof(path), "fd/%d", dirfd);
	fd = openat(c->proc_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT && dirfd != AT_FDCWD ? -EBADF : -errno;
	return fd;
}

int lx_caller_enter_mounts(const struct lx_caller *c)
{
	_cleanup_close_ int fd = openat(c->proc_fd, "ns/mnt", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : sys_setns(fd, CLONE_NEWNS);
}

int lx_agent_tie_helper(void)
{
	int r = sys_set_death_signal(SIGKILL);

	return r < 0 ? r : sys_set_dumpable(false);
}

static int become(const struct lx_agent_self *self, const struct lx_caller *c)
{
	_cleanup_close_ int root_fd = openat(c->proc_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (root_fd < 0)
		return -errno;
	r = lx_caller_enter_mounts(c);
	if (r >= 0)
		r = fchdir(root_fd) < 0 || chroot(".") < 0 ? -errno : 0;
	if (r >= 0)
		r = sys_set_credentials(c->uid, c->gid, c->groups, c->n_groups);
	if (r >= 0)
		r = sys_setns(self->orders->userns_fd, CLONE_NEWUSER);
	if (r >= 0)
		r = sys_caps_set(c->capabilities, c->capabilities, 0);
	return r < 0 ? r : lx_agent_tie_helper();
}

static int open_path(int base_fd, const struct lx_caller_path *path)
{
	_cleanup_close_ int fd = -EBADF;

	if (!*path->text)
		return -ENOENT;
	fd = sys_open_plain(base_fd, path->text, path->flags | O_PATH);
	if (fd < 0)
		return fd;
	if (path->access && syscall(SYS_faccessat2, fd, "", path->access, AT_EMPTY_PATH | AT_EACCESS) < 0)
		return -errno;
	return take_fd(&fd);
}

/* Says what came of it: a number, and the places beside it. */
_noreturn_ static void look_up(const struct lx_agent_self *self, const struct lx_caller *c, const struct lx_caller_path *paths,
			       size_t n, const int *base_fds, int out_fd)
{
	int fds[LX_CALLER_PATHS_MAX], r;
	size_t opened = 0;

	(void)lx_agent_tie_helper();
	(void)alarm(LX_AGENT_PATIENCE_SEC);
	r = become(self, c);
	while (r >= 0 && opened < n) {
		r = fds[opened] = open_path(base_fds[opened], &paths[opened]);
		opened += r >= 0;
	}
	r = r < 0 ? r : 0;
	(void)sock_send(out_fd, 1, &r, sizeof(r), fds, r < 0 ? 0 : n);
	_exit(EXIT_SUCCESS);
}

static int take_places(int fd, size_t n, int *ret_fds)
{
	_cleanup_message_ struct sock_message m = { 0 };
	int r = sock_recv(fd, time_now(CLOCK_MONOTONIC) + PATIENCE, &m), result;

	if (r < 0 || m.size != sizeof(result))
		return -EIO;
	memcpy(&result, m.data, sizeof(result));
	if (result < 0 || m.n_fds != n)
		return result < 0 ? result : -EIO;
	for (size_t i = 0; i < n; i++)
		ret_fds[i] = take_fd(&m.fds[i]);
	return 0;
}

int lx_caller_resolve(const struct lx_agent_self *self, const struct lx_caller *c, const struct lx_caller_path *paths, size_t n,
		      int *ret_fds)
{
	_cleanup_close_ int in_fd = -EBADF, out_fd = -EBADF, pidfd = -EBADF;
	int base_fds[LX_CALLER_PATHS_MAX], r;
	pid_t pid;

	/* a worker answers one call: what it opens is closed by its end */
	for (size_t i = 0; i < n; i++) {
		base_fds[i] = paths[i].text[0] == '/' ? AT_FDCWD : open_base(c, paths[i].dirfd);
		if (base_fds[i] < 0 && base_fds[i] != AT_FDCWD)
			return base_fds[i];
	}
	r = sock_pair(&in_fd, &out_fd);
	if (r < 0)
		return r;
	pid = sys_clone(0, -1, &pidfd);
	if (pid == 0)
		look_up(self, c, paths, n, base_fds, out_fd);
	if (pid < 0)
		return (int)pid;

	out_fd = close_fd(out_fd);
	r = take_places(in_fd, n, ret_fds);
	(void)sys_pidfd_signal(pidfd, SIGKILL);
	(void)sys_pidfd_wait(pidfd, false, NULL);
	return r < 0 ? r : lx_caller_check(c);
}
