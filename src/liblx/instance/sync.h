/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The channel between the host side and the new process: one SOCK_SEQPACKET pair. The two sides meet at named gates: one
 * opens, the other waits; a gate may carry descriptors. An error of either side ends the start with its own sentence.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/time.h"

enum lx_gate {
	LX_GATE_NONE,
	LX_GATE_IDS,     /* host: the id maps are written; the process may become root inside */
	LX_GATE_PTS,     /* init: carries devpts, console master and slave */
	LX_GATE_NET,     /* host: links are there and configured */
	LX_GATE_INSIDE,  /* init: in its root; carries the notify socket */
	LX_GATE_FILTER,  /* init: its filter of system calls is loaded; carries the listener, when it has one */
	LX_GATE_GO,      /* host: everything of the run is in place, exec may follow */
	LX_GATE_MAX,
};
const char *lx_gate_name(enum lx_gate gate);

#define LX_GATE_FDS 4

struct lx_sync {
	int fd;
	unsigned opened;                        /* gates that the other side has opened, 1 << gate */
	int fds[LX_GATE_MAX][LX_GATE_FDS];      /* what they carried; taken by the step that needs them */
	bool remote_error;                      /* the error that was returned is the other side's */
	int cancel_fd;                          /* no gate is waited for any more when it can be read; -EBADF; borrowed */
};

void lx_sync_init(struct lx_sync *sync, int fd); /* takes over fd; cancel_fd stays unset */
void lx_sync_done(struct lx_sync *sync);

int lx_sync_open(struct lx_sync *sync, enum lx_gate gate, const int *fds, size_t n, struct lx_error *err);
/* -EPIPE with a sentence when the other side is gone, -ECANCELED when the start was. */
int lx_sync_wait(struct lx_sync *sync, enum lx_gate gate, struct lx_error *err);
/* Takes one message if there is one, and never waits. 1: a gate was opened, or the other side said in *err what went wrong there;
 * 0: there is none; negative, mostly -EPIPE: nothing will come any more. */
int lx_sync_look(struct lx_sync *sync, struct lx_error *err);
/* Tells the other side what went wrong here. */
void lx_sync_fail(struct lx_sync *sync, const struct lx_error *error);
/* After our own failure: has the other side reported the real reason? Looks without waiting; true when *err was replaced. */
bool lx_sync_peek_error(struct lx_sync *sync, struct lx_error *err);
/* Waits until the other side closes: init has executed its program. An error when it reported one instead. */
int lx_sync_wait_closed(struct lx_sync *sync, struct lx_error *err);
