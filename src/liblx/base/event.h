/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small event loop over epoll: descriptors, timers and signals. Everything runs in one thread; a callback that
 * returns a negative errno ends event_run() with it.
 */
#pragma once

#include <signal.h>
#include <stdint.h>

#include "base/time.h"

struct event;
struct event_source;

typedef int (*event_io_fn)(struct event_source *s, int fd, uint32_t events, void *userdata);
typedef int (*event_timer_fn)(struct event_source *s, void *userdata);
typedef int (*event_signal_fn)(struct event_source *s, const void *signalfd_siginfo, void *userdata);
typedef void (*event_quiet_fn)(void);

int event_new(struct event **ret);
void event_free(struct event *e); /* frees all sources; borrowed descriptors stay open */

int event_add_io(struct event *e, int fd, uint32_t events, event_io_fn fn, void *userdata, struct event_source **ret);
int event_set_io(struct event_source *s, uint32_t events);
/* Fires once at when (CLOCK_MONOTONIC); may be armed again in its callback. */
int event_add_timer(struct event *e, usec_t when, event_timer_fn fn, void *userdata, struct event_source **ret);
int event_set_timer(struct event_source *s, usec_t when); /* USEC_INFINITY disarms */
/* Blocks the signal and reports it here. */
int event_add_signal(struct event *e, int signal, event_signal_fn fn, void *userdata);
void event_source_remove(struct event_source *s); /* safe inside any callback; NULL is fine */

/* Calls fn, once, when nothing has happened for a second. Another call before that replaces fn. */
void event_when_quiet(struct event *e, event_quiet_fn fn);

int event_run(struct event *e); /* until event_exit() */
void event_exit(struct event *e, int code); /* event_run() returns code */
