/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mounts that a guest cannot make writable again.
 *
 * The root of a user namespace owns its mount namespace, and may change the flags of what is mounted there, even of what
 * somebody more powerful brought in. Only when the kernel copies a whole mount namespace for another user namespace, it
 * locks what is restricted in it: read-only stays read-only, in every later copy too. So the mount is put into our own mount
 * namespace for a moment, a process in a new user and mount namespace copies it from there, and the copy is what the guest
 * gets. That process shares our memory and descriptors, as the one in userns.c does, and for the same reason.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "sys/sys.h"

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif

struct copy {
	const char *point;
	unsigned flags;
	int fd;
};

static int make_copy(void *userdata)
{
	struct copy *copy = userdata;

	copy->fd = sys_open_tree(AT_FDCWD, copy->point, copy->flags);
	return 0;
}

/* Signals are blocked while the child is made, so that none of our handlers runs on its stack. */
static int copy_elsewhere(struct copy *copy)
{
	char stack[8192] __attribute__((aligned(16)));
	_cleanup_close_ int pidfd = -EBADF;
	sigset_t all, saved;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &saved);
	pid = clone(make_copy, stack + sizeof(stack), CLONE_NEWUSER | CLONE_NEWNS | CLONE_VM | CLONE_FILES | CLONE_PIDFD, copy,
		    &pidfd);
	if (pid < 0)
		pid = -errno;
	sigprocmask(SIG_SETMASK, &saved, NULL);

	/* it stands on our stack */
	return pid < 0 ? (int)pid : sys_pidfd_wait(pidfd, false, NULL);
}

int sys_mount_lock(int mount_fd, bool recursive)
{
	struct copy copy = { .flags = OPEN_TREE_CLONE | (recursive ? AT_RECURSIVE : 0), .fd = -EBADF };
	struct stat st;
	int r;

	if (fstat(mount_fd, &st) < 0)
		return -errno;
	copy.point = S_ISDIR(st.st_mode) ? "/proc" : "/proc/version"; /* what everybody has, and may walk to */

	r = sys_move_mount(mount_fd, "", AT_FDCWD, copy.point);
	if (r < 0)
		return r;
	r = copy_elsewhere(&copy);
	(void)sys_umount(copy.point, MNT_DETACH);

	return r < 0 ? r : copy.fd;
}
