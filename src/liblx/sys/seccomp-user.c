/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading of seccomp filters. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <unistd.h>

#include "sys/sys.h"

int sys_seccomp_load(const struct sock_filter *filter, size_t n, unsigned flags)
{
	const struct sock_fprog program = { .len = (unsigned short)n, .filter = (struct sock_filter *)filter };
	int r;

	if (n > BPF_MAXINSNS)
		return -E2BIG;
	r = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	return r < 0 ? -errno : r;
}
