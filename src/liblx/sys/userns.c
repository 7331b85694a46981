/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * User namespaces: id maps, and the credentials that a process takes inside.
 *
 * A namespace that is only a map (for idmapped mounts) still has to be born with a process. That process shares our
 * memory and descriptors (CLONE_VM | CLONE_FILES: no page table is copied, which would be most of the cost), sleeps with
 * every signal blocked on a small stack, and is killed as soon as the namespace is held by a descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/sys.h"

/* The kernel takes 340 lines; an entry needs at most 33 bytes. A page is all that one write may carry. */
#define MAP_TEXT_MAX 4096

static int write_map(pid_t pid, const char *file, const struct id_range *map, size_t n)
{
	char path[64], text[MAP_TEXT_MAX];
	_cleanup_close_ int fd = -EBADF;
	size_t size = 0;

	for (size_t i = 0; i < n; i++) {
		int k = snprintf(text + size, sizeof(text) - size, "%u %u %u\n", map[i].inside, map[i].outside, map[i].size);

		if ((size_t)k >= sizeof(text) - size)
			return -E2BIG;
		size += (size_t)k;
	}

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return write(fd, text, size) < 0 ? -errno : 0;
}

int sys_userns_write_maps(pid_t pid, const struct id_range *uids, size_t n_uids, const struct id_range *gids, size_t n_gids)
{
	int r = write_map(pid, "uid_map", uids, n_uids);

	return r < 0 ? r : write_map(pid, "gid_map", gids, n_gids);
}

static int sleep_until_killed(void *unused)
{
	(void)unused;
	while (pause() < 0)
		;
	return 0;
}

/* Every signal is blocked while the child is made, so that none of our handlers ever runs on its stack. */
static pid_t clone_sleeper(void *stack_top, int *ret_pidfd)
{
	sigset_t all, saved;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &saved);
	/* No exit signal: the caller's SIGCHLD is not about this one. */
	pid = clone(sleep_until_killed, stack_top, CLONE_NEWUSER | CLONE_VM | CLONE_FILES | CLONE_PIDFD, NULL, ret_pidfd);
	if (pid < 0)
		pid = -errno;
	sigprocmask(SIG_SETMASK, &saved, NULL);
	return pid;
}

int sys_userns_open(const struct id_range *uids, size_t n_uids, const struct id_range *gids, size_t n_gids)
{
	char stack[4096] __attribute__((aligned(16)));
	_cleanup_close_ int pidfd = -EBADF;
	pid_t pid;
	int fd;

	pid = clone_sleeper(stack + sizeof(stack), &pidfd);
	if (pid < 0)
		return (int)pid;

	fd = sys_userns_write_maps(pid, uids, n_uids, gids, n_gids);
	if (fd >= 0)
		fd = sys_namespace_open(pid, SYS_NS_USER);

	/* The child stands on our stack: it must be gone before we return. */
	sys_pidfd_signal(pidfd, SIGKILL);
	sys_pidfd_wait(pidfd, false, NULL);
	return fd;
}

int sys_set_credentials(uid_t uid, gid_t gid, const gid_t *groups, size_t n)
{
	if (setgroups(n, groups) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	return 0;
}

int sys_become_root(void)
{
	return sys_set_credentials(0, 0, NULL, 0);
}
