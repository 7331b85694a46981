/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The caller's side of the monitor's socket. */
#pragma once

#include "base/sock.h"
#include "container/container.h"
#include "instance/attach-steps.h"
#include "monitor/protocol.h"

/* Connects to the monitor of c. -ESRCH with a sentence when it is not running; refuses a socket that is not root's (or our
 * user's). */
int lx_monitor_connect(const struct lx_container *c, int *ret_fd, struct lx_error *err);

/* One request to the monitor of c and its reply; events that come between are skipped. An LX_REPLY_ERROR becomes *err. While the
 * container starts most requests wait for that, and so does this, for some time. */
int lx_monitor_call(const struct lx_container *c, int fd, enum lx_message request, const char *payload, struct sock_message *ret,
		    struct lx_error *err);
/* What cannot be asked of the front: tells the keeper that the run which comes up shall be given up, and that none shall follow the
 * one which goes down. -ESRCH when there is no such monitor any more. */
int lx_monitor_tell_stop(const struct lx_run_state *state, struct lx_error *err);

/* The next event: its type; -EPIPE when the monitor is gone, -ETIMEDOUT. An LX_REPLY_ERROR becomes *err. */
int lx_monitor_next(int fd, usec_t deadline, struct sock_message *ret, struct lx_error *err);

/* After -EPIPE: is the container gone, or only who talked to us? */
int lx_monitor_say_ended(const struct lx_container *c, struct lx_error *err);

/* log.c: where to look, as advice for who heard no reason from the monitor. file: that the caller asked for, or NULL. */
void lx_monitor_advise_log(const struct lx_container *c, const char *file, struct lx_error *err);

/* Everything that lx-attach needs, in one round trip: first the question, then the answer, with time for something else between. */
struct lx_monitor_asked {
	int run_fd, fd;
};
#define LX_MONITOR_ASKED_INIT { .run_fd = -EBADF, .fd = -EBADF }
int lx_monitor_ask_attach(const struct lx_container *c, struct lx_monitor_asked *ret, struct lx_error *err);
int lx_monitor_hear_attach(const struct lx_container *c, const struct lx_monitor_asked *asked, struct lx_attach_grant *ret,
			   struct lx_error *err);
void lx_monitor_asked_done(struct lx_monitor_asked *asked);
/* Has the monitor answer the calls that a filter of c hands over. The descriptor is borrowed. */
int lx_monitor_give_listener(const struct lx_container *c, int listener_fd, struct lx_error *err);
