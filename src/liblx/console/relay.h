/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The caller's side of a terminal session: copies bytes between the user's descriptors and a far end, which is the master of
 * a pty (lx-attach) or a console connection to the monitor (lx-console, console/console.h), until the far end, the process
 * or the user has had enough. The user's descriptors are never made non-blocking: others share them.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct lx_relay_options {
	int in_fd;       /* the user's input; -1: none */
	int out_fd;      /* where output goes; -1: it is read and lost */
	int size_fd;     /* terminal whose size the far end follows; -1 */
	bool raw;        /* in_fd is a terminal to be made raw meanwhile */
	int far_fd;      /* pty master or connection, made non-blocking; -1: only the process is waited for */
	bool framed;     /* it is a connection that carries messages */
	int log_fd;      /* gets a copy of the output; -1 */
	int escape;      /* this byte, then "q", ends the session; twice: the byte itself; -1 = none */
	int pidfd;       /* the session ends with this process, its last output included; -1 */
	pid_t group;     /* process group that gets the terminating signals that we get; 0 = they end the session */
};

enum lx_relay_end {
	LX_RELAY_ESCAPE,    /* the user typed the escape sequence */
	LX_RELAY_CLOSED,    /* the far end is gone */
	LX_RELAY_PROCESS,   /* the process ended; it waits to be reaped */
	LX_RELAY_SIGNAL,    /* a terminating signal, *ret_signal */
};
/* Returns how it ended. Terminal settings and signal mask are as before. ret_signal may be NULL. */
int lx_relay_run(const struct lx_relay_options *options, int *ret_signal, struct lx_error *err);

/* The session of a console connection (LX_REQUEST_CONSOLE), until it closes or the escape sequence is typed: in_fd is made
 * raw when it is a terminal, and may end before; then output goes on. A terminating signal ends the session and is raised again,
 * for what it does to this program. Returns an lx_relay_end. */
int lx_relay_console(int fd, int in_fd, int out_fd, int escape, struct lx_error *err);
