/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kinds of file systems. */
#include <errno.h>
#include <sys/vfs.h>

#include "sys/sys.h"

int sys_fs_magic(int fd, uint64_t *ret)
{
	struct statfs s;

	if (fstatfs(fd, &s) < 0)
		return -errno;
	*ret = (uint64_t)s.f_type;
	return 0;
}
