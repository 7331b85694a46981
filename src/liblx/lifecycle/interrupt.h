/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The signals that would end us, as a descriptor, while something is to be put in order before we go. */
#pragma once

#include <errno.h>
#include <signal.h>
#include <stdbool.h>

struct lx_interrupt {
	int fd; /* can be read when one has come */
	sigset_t before;
};
#define LX_INTERRUPT_INIT { .fd = -EBADF }
/* Blocks them; those that our caller ignores stay ignored. 0 or -errno. */
int lx_interrupt_begin(struct lx_interrupt *i);
/* Takes in one that has come. */
bool lx_interrupt_take(struct lx_interrupt *i);
/* The usual again; fine when it has not begun. */
void lx_interrupt_end(struct lx_interrupt *i);
