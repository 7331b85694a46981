/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Extended attributes. */
#include <errno.h>
#include <sys/xattr.h>

#include "sys/sys.h"

int sys_xattr_get(const char *path, const char *name, void *ret, size_t size)
{
	ssize_t n = lgetxattr(path, name, ret, size);

	return n < 0 ? -errno : (int)n;
}
