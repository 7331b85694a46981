/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of the uts namespace. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sys/sys.h"

int sys_sethostname(const char *name)
{
	return sethostname(name, strlen(name)) < 0 ? -errno : 0;
}
