/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Extended attributes. */
#include <errno.h>
#include <sys/xattr.h>

#include "sys/sys.h"

int sys_xattr_set(int fd, const char *name, const void *value, size_t size)
{
	return fsetxattr(fd, name, value, size, 0) < 0 ? -errno : 0;
}

int sys_xattr_get(const char *path, const char *name, void *ret, size_t size)
{
	ssize_t n = lgetxattr(path, name, ret, size);

	return n < 0 ? -errno : (int)n;
}
