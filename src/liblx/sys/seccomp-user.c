/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Seccomp filters: loading them, and answering for the calls that they hand over, seccomp_unotify(2). */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sys/sys.h"

int sys_seccomp_load(const struct sock_filter *filter, size_t n, unsigned flags)
{
	const struct sock_fprog program = { .len = (unsigned short)n, .filter = (struct sock_filter *)filter };
	int r;

	if (n > BPF_MAXINSNS)
		return -E2BIG;
	r = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	return r < 0 ? -errno : r;
}

/* Linux 5.19 lets only what kills a caller interrupt its call once that is being answered; before, any signal does. */
int sys_seccomp_listen(const struct sock_filter *filter, size_t n)
{
	int fd = sys_seccomp_load(filter, n, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);

	return fd == -EINVAL ? sys_seccomp_load(filter, n, SECCOMP_FILTER_FLAG_NEW_LISTENER) : fd;
}

/* The kernel writes as much as its own structure has, which may be more than ours. */
static bool fits(void)
{
	struct seccomp_notif_sizes sizes;

	return syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0 && sizes.seccomp_notif <= SYS_NOTIFICATION_SIZE &&
	       sizes.seccomp_notif_resp <= SYS_NOTIFICATION_SIZE;
}

int sys_seccomp_receive(int listener_fd, void *space)
{
	if (!fits())
		return -E2BIG;
	return ioctl(listener_fd, SECCOMP_IOCTL_NOTIF_RECV, space) < 0 ? -errno : 0;
}

int sys_seccomp_answer(int listener_fd, uint64_t id, int error, bool pass)
{
	union {
		struct seccomp_notif_resp answer;
		char space[SYS_NOTIFICATION_SIZE];
	} u = { .space = { 0 } };

	u.answer.id = id;
	u.answer.error = error;
	u.answer.flags = pass ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
	return ioctl(listener_fd, SECCOMP_IOCTL_NOTIF_SEND, &u) < 0 ? -errno : 0;
}

int sys_seccomp_is_waiting(int listener_fd, uint64_t id)
{
	return ioctl(listener_fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) < 0 ? -errno : 0;
}
