/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Session keyrings, keyctl(2). */
#include <errno.h>
#include <linux/keyctl.h>
#include <unistd.h>

#include "sys/sys.h"

int sys_keyring_join(void)
{
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ? -errno : 0;
}
