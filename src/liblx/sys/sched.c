/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Core scheduling, prctl(PR_SCHED_CORE): who may run beside whom on the threads of one processor core. */
#include <errno.h>
#include <sys/prctl.h>

#include "sys/sys.h"

/* Of all threads of a process. */
#define SCOPE_PROCESS 1

int sys_sched_core_create(void)
{
	return prctl(PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 0, SCOPE_PROCESS, 0) < 0 ? -errno : 0;
}

int sys_sched_core_join(pid_t pid)
{
	return prctl(PR_SCHED_CORE, PR_SCHED_CORE_SHARE_FROM, pid, 0, 0) < 0 ? -errno : 0;
}

int sys_sched_core_cookie(uint64_t *ret)
{
	unsigned long long cookie = 0;

	if (prctl(PR_SCHED_CORE, PR_SCHED_CORE_GET, 0, 0, &cookie) < 0)
		return -errno;
	*ret = cookie;
	return 0;
}
