/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes by descriptor: the number of a process can be given to another one, its pidfd cannot. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/sys.h"

int sys_pidfd_open(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

int sys_pidfd_signal(int pidfd, int signal)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

/* waitid() splits what wait() gives in one number; put it together again for WIFEXITED() and its kind. */
static int wait_status(const siginfo_t *si)
{
	switch (si->si_code) {
	case CLD_EXITED:
		return (si->si_status & 0xff) << 8;
	case CLD_DUMPED:
		return (si->si_status & 0x7f) | 0x80;
	default:
		return si->si_status & 0x7f;
	}
}

int sys_pidfd_wait(int pidfd, bool no_hang, int *ret_status)
{
	siginfo_t si;
	int r;

	do {
		si.si_pid = 0;
		r = waitid((idtype_t)SYS_WAIT_PIDFD, (id_t)pidfd, &si, WEXITED | __WALL | (no_hang ? WNOHANG : 0));
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	if (si.si_pid == 0)
		return -EAGAIN;
	if (ret_status)
		*ret_status = wait_status(&si);
	return 0;
}

pid_t sys_pidfd_pid(int pidfd)
{
	char path[64], text[1024];
	_cleanup_close_ int fd = -EBADF;
	const char *line;
	ssize_t n;
	pid_t pid;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';

	line = strstr(text, "\nPid:");
	if (!line)
		return -EINVAL;
	pid = (pid_t)strtol(line + 5, NULL, 10);
	/* -1: reaped; 0: not in our pid namespace. */
	return pid > 0 ? pid : -ESRCH;
}
