/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What goes over the monitor's socket: messages of base/sock.h (which carry the protocol's version) with these types.
 * Payloads are text.
 */
#pragma once

enum lx_message {
	/* requests */
	LX_REQUEST_RUN = 1,     /* only on the socket that the monitor was born with: options, NUL-separated "key=value" */
	LX_REQUEST_WATCH,       /* events from now on; answered by the current state */
	LX_REQUEST_STOP,        /* "FLAGS TIMEOUT_USEC"; answered when it is under way */
	LX_REQUEST_FREEZE,
	LX_REQUEST_UNFREEZE,
	LX_REQUEST_ATTACH,      /* answered by LX_ATTACH_FDS descriptors; the rest of an lx_attach_grant is in LX_MONITOR_GRANT */
	LX_REQUEST_CONSOLE,     /* the connection becomes a console (console/console.h) */
	LX_REQUEST_CONSOLE_LOG, /* what the ring holds; payload "clear" empties it */

	LX_REQUEST_LISTENER,    /* beside it, that of a process which was attached; answered when its calls are */

	/* replies */
	LX_REPLY_OK = 64,
	LX_REPLY_ERROR,         /* base/sock-error.h */

	/* events */
	LX_EVENT_STATE = 128,   /* a word of lx_state_name() */
	LX_EVENT_STATUS,        /* a status line of init */
	LX_EVENT_EXIT,          /* exit code of init, for lx-execute; the last event */
};

/* Descriptors beside LX_REQUEST_RUN, in this order; the payload says which are there: "lock", "console", "stdin", "stdout",
 * "stderr". */

/*
 * A file beside the socket, which the keeper writes before the run can be attached to: what a process that joins has to give
 * up, and the pid of init. The socket's other end is the front, which may have been taken over by the guest; it cannot write
 * files. Text, and behind a NUL the filter of system calls.
 */
#define LX_MONITOR_GRANT "grant"
