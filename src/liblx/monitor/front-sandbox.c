/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The system calls that the front needs once it is set up, and those that libc makes for it. None of them opens, names or
 * makes anything outside of the process: descriptors come from the keeper and from accept4().
 */
#include "monitor/front.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

static const struct lx_sandbox_call calls[] = {
	/* descriptors: sockets, the console's master, log files */
	{ "read" },
	{ "write" },
	{ "writev" },
	{ "close" },
	{ "recvmsg" },
	{ "recvfrom" },
	{ "recv" },
	{ "sendmsg" },
	{ "accept4" },
	{ "shutdown" },
	{ "getsockopt" }, /* who a caller is */
	{ "fstat" },
	{ "fstat64" },
	{ "newfstatat", LX_SANDBOX_ARG_IS, 3, AT_EMPTY_PATH }, /* libc's fstat() */
	{ "lseek" },
	{ "memfd_create" }, /* in which the ring is handed out */
	/* not the commands that make the kernel send signals */
	{ "fcntl", LX_SANDBOX_ARG_IS, 1, F_GETFD },
	{ "fcntl", LX_SANDBOX_ARG_IS, 1, F_SETFD },
	{ "fcntl", LX_SANDBOX_ARG_IS, 1, F_GETFL },
	{ "fcntl", LX_SANDBOX_ARG_IS, 1, F_SETFL },
	{ "fcntl", LX_SANDBOX_ARG_IS, 1, F_DUPFD_CLOEXEC },
	{ "fcntl", LX_SANDBOX_ARG_IS, 1, F_ADD_SEALS },
	/* the console's size, and nothing that puts bytes into a terminal */
	{ "ioctl", LX_SANDBOX_ARG_IS, 1, TIOCSWINSZ },

	/* the loop */
	{ "epoll_ctl" },
	{ "epoll_wait" },
	{ "epoll_pwait" },
	{ "ppoll" },
	{ "poll" },
	{ "clock_gettime" },
	{ "clock_gettime64" },
	{ "gettimeofday" },
	{ "time" },

	/* memory, none of it executable */
	{ "brk" },
	{ "mmap", LX_SANDBOX_ARG_LACKS, 2, PROT_EXEC },
	{ "mprotect", LX_SANDBOX_ARG_LACKS, 2, PROT_EXEC },
	{ "munmap" },
	{ "mremap" },
	{ "madvise" },
	{ "getrandom" },

	{ "geteuid" },
	{ "getpid" },
	{ "futex" },
	{ "rt_sigprocmask" },
	{ "rt_sigreturn" },
	{ "restart_syscall" },
	{ "exit" },
	{ "exit_group" },
};

const struct lx_sandbox lx_front_sandbox = { calls, array_size(calls) };
