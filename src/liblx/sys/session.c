/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sessions, credentials(7). */
#include <errno.h>
#include <unistd.h>

#include "sys/sys.h"

int sys_setsid(void)
{
	return setsid() < 0 ? -errno : 0;
}
