/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Landlock: rights over files, network and other processes that a process gives up for good. */
#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/sys.h"

/* The kernel's own, which older headers know in part only. */
struct ruleset {
	uint64_t fs, net, scoped;
};

int sys_landlock_abi(void)
{
	long r = syscall(SYS_landlock_create_ruleset, NULL, 0, SYS_LANDLOCK_VERSION);

	return r < 0 ? -errno : (int)r;
}

int sys_landlock_deny(uint64_t fs, uint64_t net, uint64_t scoped)
{
	const struct ruleset rules = { fs, net, scoped };
	_cleanup_close_ int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);

	if (fd < 0)
		return -errno;
	return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}
