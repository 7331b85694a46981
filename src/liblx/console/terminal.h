/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user's terminal while it is ours to use. */
#pragma once

#include <stdbool.h>
#include <termios.h>

#include "base/error.h"

struct lx_terminal {
	int fd;             /* borrowed; -EBADF = none */
	bool raw;
	struct termios saved, ours;
};
#define LX_TERMINAL_INIT { .fd = -EBADF }

/* Every key as it is typed, nothing echoed. Input that was typed ahead is kept. */
int lx_terminal_set_raw(struct lx_terminal *t, int fd, struct lx_error *err);
/* After we were stopped and continued: the shell may have changed it. */
void lx_terminal_set_raw_again(struct lx_terminal *t);
/* As it was. Does nothing when it is not raw. */
void lx_terminal_restore(struct lx_terminal *t);

/* For a pty whose output goes to a terminal that is not raw: one of the two may turn newlines into two bytes and echo, not
 * both. */
int lx_terminal_set_plain(int pty_fd);
/* The character that means end of file there (usually ^D). */
char lx_terminal_eof(int fd);
