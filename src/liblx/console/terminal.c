/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user's terminal. Attributes are changed with TCSADRAIN, never TCSAFLUSH: what was typed ahead is meant for the program. */
#include "console/terminal.h"

#include <errno.h>

int lx_terminal_set_raw(struct lx_terminal *t, int fd, struct lx_error *err)
{
	if (tcgetattr(fd, &t->saved) < 0)
		return lx_error_set(err, -errno, "read the terminal's settings");
	t->ours = t->saved;
	cfmakeraw(&t->ours);
	t->ours.c_cc[VMIN] = 1;
	t->ours.c_cc[VTIME] = 0;
	if (tcsetattr(fd, TCSADRAIN, &t->ours) < 0)
		return lx_error_set(err, -errno, "change the terminal's settings");
	t->fd = fd;
	t->raw = true;
	return 0;
}

void lx_terminal_set_raw_again(struct lx_terminal *t)
{
	if (t->raw)
		tcsetattr(t->fd, TCSADRAIN, &t->ours);
}

void lx_terminal_restore(struct lx_terminal *t)
{
	int saved = errno;

	if (t->raw)
		tcsetattr(t->fd, TCSADRAIN, &t->saved);
	t->raw = false;
	errno = saved;
}

int lx_terminal_set_plain(int pty_fd)
{
	struct termios settings;

	if (tcgetattr(pty_fd, &settings) < 0)
		return -errno;
	settings.c_oflag &= ~(tcflag_t)OPOST;
	settings.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	return tcsetattr(pty_fd, TCSANOW, &settings) < 0 ? -errno : 0;
}

char lx_terminal_eof(int fd)
{
	struct termios settings;

	return tcgetattr(fd, &settings) < 0 ? 4 : (char)settings.c_cc[VEOF];
}
