/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mounts of our own mount namespace. */
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "sys/sys.h"

/* A host with a thousand containers has tens of thousands of mounts. */
#define MOUNTINFO_MAX (64 * 1024 * 1024)

int sys_mountinfo_read(struct sys_mountinfo *ret)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &text, NULL);
	if (r < 0)
		return r;
	return sys_mountinfo_parse(text, ret);
}
