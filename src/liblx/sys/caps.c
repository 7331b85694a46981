/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Capabilities of this process, as sets of bits. */
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sys/sys.h"

int sys_caps_last(void)
{
	static int last;

	if (last > 0)
		return last;
	last = CAP_LAST_CAP;
	while (last > 0 && sys_caps_bound_has(last) < 0)
		last--;
	while (last < 63 && sys_caps_bound_has(last + 1) >= 0)
		last++;
	return last;
}

static uint64_t join(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

int sys_caps_get(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	*effective = join(data[0].effective, data[1].effective);
	*permitted = join(data[0].permitted, data[1].permitted);
	*inheritable = join(data[0].inheritable, data[1].inheritable);
	return 0;
}

int sys_caps_set(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32) },
	};

	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int sys_caps_bound_drop(int cap)
{
	return prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 ? -errno : 0;
}

int sys_caps_bound_has(int cap)
{
	int r = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

	return r < 0 ? -errno : r;
}

int sys_caps_ambient_clear(void)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ? -errno : 0;
}

int sys_caps_ambient_raise(int cap)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0 ? -errno : 0;
}
