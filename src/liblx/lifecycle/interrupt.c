/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/interrupt.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/macro.h"

int lx_interrupt_begin(struct lx_interrupt *i)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction action;
	sigset_t set;

	sigemptyset(&set);
	for (size_t n = 0; n < array_size(ends); n++)
		if (sigaction(ends[n], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&set, ends[n]);

	i->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (i->fd < 0)
		return -errno;
	pthread_sigmask(SIG_BLOCK, &set, &i->before);
	return 0;
}

bool lx_interrupt_take(struct lx_interrupt *i)
{
	struct signalfd_siginfo taken;

	return read(i->fd, &taken, sizeof(taken)) > 0;
}

void lx_interrupt_end(struct lx_interrupt *i)
{
	if (i->fd < 0)
		return;
	i->fd = close_fd(i->fd);
	pthread_sigmask(SIG_SETMASK, &i->before, NULL);
}
