/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clone3(2) without a stack of its own: the child returns from the call as fork()'s does. */
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <unistd.h>

#include "sys/sys.h"

pid_t sys_clone(uint64_t flags, int cgroup_fd, int *ret_pidfd)
{
	int pidfd = -EBADF;
	struct clone_args args = {
		.flags = flags,
		/* A sibling made with CLONE_PARENT has its parent's exit signal; naming one is refused. */
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
	};
	pid_t pid;

	if (ret_pidfd) {
		args.flags |= CLONE_PIDFD;
		args.pidfd = (uint64_t)(uintptr_t)&pidfd;
	}
	if (cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup_fd;
	}

	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		return -errno;
	if (pid > 0 && ret_pidfd)
		*ret_pidfd = pidfd;
	return pid;
}
