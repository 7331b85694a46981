/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resource limits of a process, setrlimit(2). */
#include <errno.h>
#include <sys/resource.h>

#include "sys/sys.h"

int sys_rlimit_set(pid_t pid, int resource, const struct rlimit *limit)
{
	return prlimit(pid, resource, limit, NULL) < 0 ? -errno : 0;
}

int sys_rlimit_get(pid_t pid, int resource, struct rlimit *ret)
{
	return prlimit(pid, resource, NULL, ret) < 0 ? -errno : 0;
}
