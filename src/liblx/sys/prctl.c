/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a process says about itself to the kernel, prctl(2). */
#include <errno.h>
#include <sys/prctl.h>

#include "sys/sys.h"

int sys_set_death_signal(int signal)
{
	return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) < 0 ? -errno : 0;
}

int sys_set_no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

int sys_set_dumpable(bool dumpable)
{
	return prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0) < 0 ? -errno : 0;
}

bool sys_is_dumpable(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
}

int sys_set_name(const char *name)
{
	return prctl(PR_SET_NAME, name, 0, 0, 0) < 0 ? -errno : 0;
}

int sys_set_keep_caps(bool keep)
{
	return prctl(PR_SET_KEEPCAPS, keep, 0, 0, 0) < 0 ? -errno : 0;
}

int sys_set_securebits(unsigned bits)
{
	return prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0 ? -errno : 0;
}
