/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SELinux by the kernel's own files: all that lx needs of it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/sys.h"

int sys_selinux_check(const char *context)
{
	_cleanup_close_ int fd = open("/sys/fs/selinux/context", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, context, strlen(context) + 1) < 0 ? -errno : 0;
}
