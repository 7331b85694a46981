/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The namespaces of Linux: the file in /proc/PID/ns and the flag of clone(2) for each. */
#include "sys/sys.h"

const struct sys_namespace sys_namespaces[SYS_NS_MAX] = {
	[SYS_NS_USER] = { "user", CLONE_NEWUSER },
	[SYS_NS_MNT] = { "mnt", CLONE_NEWNS },
	[SYS_NS_PID] = { "pid", CLONE_NEWPID },
	[SYS_NS_UTS] = { "uts", CLONE_NEWUTS },
	[SYS_NS_IPC] = { "ipc", CLONE_NEWIPC },
	[SYS_NS_NET] = { "net", CLONE_NEWNET },
	[SYS_NS_CGROUP] = { "cgroup", CLONE_NEWCGROUP },
	[SYS_NS_TIME] = { "time", CLONE_NEWTIME },
};
