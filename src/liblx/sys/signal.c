/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signal actions and mask. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "sys/sys.h"

int sys_signals_reset(void)
{
	const struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int s = 1; s < _NSIG; s++) {
		/* The two that cannot be changed, and the two that libc keeps for itself (EINVAL). */
		if (s == SIGKILL || s == SIGSTOP || (s > SIGSYS && s < SIGRTMIN))
			continue;
		if (sigaction(s, &action, NULL) < 0)
			return -errno;
	}
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}
