/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls over D-Bus by libsystemd's sd-bus, which is not linked but loaded by the first lx_bus_open() of a process. So it is
 * opened by who has seen that systemd runs, and only by processes that end soon: it costs 0.9 ms and 2 MB. A build without
 * it (bus-none.c) has no buses.
 *
 * Everything that waits has a deadline of CLOCK_MONOTONIC. Errors of D-Bus are the sentence that came with them.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macro.h"
#include "base/time.h"

/* How long an answer is waited for when the caller has no better idea. */
#define LX_BUS_PATIENCE (25 * USEC_PER_SEC)

enum lx_bus_which {
	LX_BUS_MANAGER, /* systemd: root's is PID 1, another user's is that user's. Its own socket, which needs no bus daemon, or a bus */
	LX_BUS_MACHINES, /* the one that machined is on: the system's, or another user's own */
};

/* Whatever waits in this process for a bus ends with -EINTR as soon as fd can be read, which is borrowed; -EBADF: nothing does that. */
void lx_bus_interrupt_by(int fd);

struct lx_bus;
/* Connected and greeted. -EOPNOTSUPP without libsystemd, -ENOENT and -ECONNREFUSED where nobody listens. */
int lx_bus_open(enum lx_bus_which which, usec_t deadline, struct lx_bus **ret, struct lx_error *err);
/* The same over a connection of lx_machine_connect()'s, which is taken over in any case. */
int lx_bus_open_connected(int fd, usec_t deadline, struct lx_bus **ret, struct lx_error *err);
void lx_bus_close(struct lx_bus *bus);
#define _cleanup_bus_ __attribute__((cleanup(lx_bus_closep)))

/* Who is called, a row of somebody's table. */
struct lx_bus_method {
	const char *destination, *path, *interface, *member;
};

/*
 * A message. Adding to it and reading from it remember the first failure, like struct buf: lx_bus_call() tells it, and so does
 * lx_bus_read(). Types are those of D-Bus, arguments as sd_bus_message_append(3) has them.
 */
struct lx_bus_message;
int lx_bus_new_call(struct lx_bus *bus, const struct lx_bus_method *method, struct lx_bus_message **ret, struct lx_error *err);
void lx_bus_message_free(struct lx_bus_message *m);
#define _cleanup_bus_message_ __attribute__((cleanup(lx_bus_message_freep)))
void lx_bus_add(struct lx_bus_message *m, const char *types, ...);
void lx_bus_add_array(struct lx_bus_message *m, char type, const void *data, size_t size); /* of a type of fixed size */
void lx_bus_begin(struct lx_bus_message *m, char container, const char *contents); /* 'a', "(sv)" ... */
void lx_bus_end(struct lx_bus_message *m);

/* Sends it and waits for the answer; ret_reply may be NULL. lx_bus_failed_by() names the error of a call that failed. */
int lx_bus_call(struct lx_bus *bus, struct lx_bus_message *m, usec_t deadline, struct lx_bus_message **ret_reply, struct lx_error *err);
bool lx_bus_failed_by(const struct lx_bus *bus, const char *error_name);
/* 1, 0 at the end of an array, or -errno. Strings and paths that are read belong to the message. */
int lx_bus_read(struct lx_bus_message *m, const char *types, ...);

/* All in one, for arguments that are few. */
int lx_bus_ask(struct lx_bus *bus, const struct lx_bus_method *method, usec_t deadline, struct lx_bus_message **ret_reply,
	       struct lx_error *err, const char *types, ...);

/* A signal of the sender, from now on; fn runs inside lx_bus_process(). One that ends well returns 0. */
typedef int (*lx_bus_signal_fn)(struct lx_bus_message *m, void *userdata);
int lx_bus_watch(struct lx_bus *bus, const struct lx_bus_method *signal, lx_bus_signal_fn fn, void *userdata, struct lx_error *err);
/* Does what has arrived, without waiting. */
int lx_bus_process(struct lx_bus *bus, struct lx_error *err);
/* For poll(2): descriptor and events. */
int lx_bus_get_fd(struct lx_bus *bus);
int lx_bus_get_events(struct lx_bus *bus);

static inline void lx_bus_closep(struct lx_bus **bus)
{
	if (*bus)
		lx_bus_close(*bus);
}

static inline void lx_bus_message_freep(struct lx_bus_message **m)
{
	if (*m)
		lx_bus_message_free(*m);
}
