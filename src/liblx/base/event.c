/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The loop. Descriptors are in one epoll set; timers are a short list whose nearest end is the timeout of the wait;
 * signals are blocked and read from one signalfd, which is a descriptor like any other.
 *
 * A source that is removed may still be named by the batch of events in hand, so it is only marked and goes to the dead
 * list; the list is emptied when the batch is done. Descriptors that epoll refuses because they can never block (files,
 * /dev/null) are reported as ready in every round.
 */
#include "base/event.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/list.h"

#define BATCH 32
#define QUIET_MSEC 1000

enum source_kind { SOURCE_IO, SOURCE_TIMER, SOURCE_SIGNAL };

struct event_source {
	struct list link;
	struct event *event;
	enum source_kind kind;
	bool dead;
	void *userdata;
	union {
		struct {
			int fd;
			uint32_t events;
			bool always; /* never blocks, not in the epoll set */
			event_io_fn fn;
		} io;
		struct {
			usec_t when;
			event_timer_fn fn;
		} timer;
		struct {
			int number;
			event_signal_fn fn;
		} signal;
	};
};

struct event {
	int epoll_fd;
	int signal_fd;
	sigset_t signals; /* that we report */
	sigset_t blocked; /* that we had to block for it */
	struct list io, timers, signal_sources, dead;
	event_quiet_fn quiet;
	bool exiting;
	int exit_code;
};

static void free_list(struct list *list)
{
	list_for_each_safe(l, list)
		free(container_of(l, struct event_source, link));
	list_init(list);
}

void event_free(struct event *e)
{
	if (!e)
		return;

	free_list(&e->io);
	free_list(&e->timers);
	free_list(&e->signal_sources);
	free_list(&e->dead);
	close_fd(e->epoll_fd);
	close_fd(e->signal_fd);
	sigprocmask(SIG_UNBLOCK, &e->blocked, NULL);
	free(e);
}
DEFINE_CLEANUP(struct event *, event_free)

int event_new(struct event **ret)
{
	_cleanup_(event_freep) struct event *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;

	e->epoll_fd = e->signal_fd = -EBADF;
	sigemptyset(&e->signals);
	sigemptyset(&e->blocked);
	list_init(&e->io);
	list_init(&e->timers);
	list_init(&e->signal_sources);
	list_init(&e->dead);

	e->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (e->epoll_fd < 0)
		return -errno;

	*ret = take_ptr(e);
	return 0;
}

static struct event_source *new_source(struct event *e, enum source_kind kind, void *userdata)
{
	struct event_source *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;

	list_init(&s->link);
	s->event = e;
	s->kind = kind;
	s->userdata = userdata;
	return s;
}

static int epoll_change(struct event_source *s, int operation)
{
	struct epoll_event event = { .events = s->io.events, .data.ptr = s };

	return epoll_ctl(s->event->epoll_fd, operation, s->io.fd, &event) < 0 ? -errno : 0;
}

int event_add_io(struct event *e, int fd, uint32_t events, event_io_fn fn, void *userdata, struct event_source **ret)
{
	_cleanup_free_ struct event_source *s = new_source(e, SOURCE_IO, userdata);
	int r;

	if (!s)
		return -ENOMEM;

	s->io.fd = fd;
	s->io.events = events;
	s->io.fn = fn;
	r = epoll_change(s, EPOLL_CTL_ADD);
	s->io.always = r == -EPERM;
	if (r < 0 && !s->io.always)
		return r;

	list_append(&e->io, &s->link);
	if (ret)
		*ret = s;
	(void)take_ptr(s);
	return 0;
}

int event_set_io(struct event_source *s, uint32_t events)
{
	if (s->io.events == events)
		return 0;

	s->io.events = events;
	return s->io.always ? 0 : epoll_change(s, EPOLL_CTL_MOD);
}

int event_add_timer(struct event *e, usec_t when, event_timer_fn fn, void *userdata, struct event_source **ret)
{
	struct event_source *s = new_source(e, SOURCE_TIMER, userdata);

	if (!s)
		return -ENOMEM;

	s->timer.when = when;
	s->timer.fn = fn;
	list_append(&e->timers, &s->link);
	if (ret)
		*ret = s;
	return 0;
}

int event_set_timer(struct event_source *s, usec_t when)
{
	s->timer.when = when;
	return 0;
}

void event_source_remove(struct event_source *s)
{
	if (!s || s->dead)
		return;

	/* the descriptor may have been closed before; then the kernel has forgotten it already */
	if (s->kind == SOURCE_IO && !s->io.always)
		(void)epoll_change(s, EPOLL_CTL_DEL);

	s->dead = true;
	list_remove(&s->link);
	list_append(&s->event->dead, &s->link);
}

static int dispatch_signal(struct event *e, const struct signalfd_siginfo *info)
{
	list_for_each_safe(l, &e->signal_sources) {
		struct event_source *s = container_of(l, struct event_source, link);

		if (s->signal.number == (int)info->ssi_signo)
			return s->signal.fn(s, info, s->userdata);
	}

	return 0;
}

static int read_signals(struct event_source *s, int fd, _unused_ uint32_t events, _unused_ void *userdata)
{
	struct event *e = s->event;
	struct signalfd_siginfo info;
	int r;

	while (!e->exiting) {
		if (read(fd, &info, sizeof(info)) != sizeof(info))
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;

		r = dispatch_signal(e, &info);
		if (r < 0)
			return r;
	}

	return 0;
}

/* Blocks the signal, and remembers to unblock it when it was not blocked before. */
static int block_signal(struct event *e, int number)
{
	sigset_t one, before;

	sigemptyset(&one);
	if (sigaddset(&one, number) < 0 || sigprocmask(SIG_BLOCK, &one, &before) < 0)
		return -errno;

	if (!sigismember(&before, number))
		sigaddset(&e->blocked, number);
	return 0;
}

/* The signalfd for the present set; it joins the loop when it is made. */
static int update_signal_fd(struct event *e)
{
	int fd = signalfd(e->signal_fd < 0 ? -1 : e->signal_fd, &e->signals, SFD_CLOEXEC | SFD_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (e->signal_fd >= 0)
		return 0;

	e->signal_fd = fd;
	return event_add_io(e, fd, EPOLLIN, read_signals, NULL, NULL);
}

int event_add_signal(struct event *e, int signal, event_signal_fn fn, void *userdata)
{
	struct event_source *s;
	int r;

	r = block_signal(e, signal);
	if (r < 0)
		return r;

	sigaddset(&e->signals, signal);
	r = update_signal_fd(e);
	if (r < 0)
		return r;

	s = new_source(e, SOURCE_SIGNAL, userdata);
	if (!s)
		return -ENOMEM;

	s->signal.number = signal;
	s->signal.fn = fn;
	list_append(&e->signal_sources, &s->link);
	return 0;
}

void event_when_quiet(struct event *e, event_quiet_fn fn)
{
	e->quiet = fn;
}

/* Milliseconds to wait for the nearest timer, rounded up so that no round is empty; -1 = for ever. */
_hot_ static int wait_time(struct event *e)
{
	usec_t nearest = USEC_INFINITY, now;

	list_for_each(l, &e->io) {
		struct event_source *s = container_of(l, struct event_source, link);

		if (s->io.always && s->io.events)
			return 0;
	}
	list_for_each(l, &e->timers) {
		struct event_source *s = container_of(l, struct event_source, link);

		if (s->timer.when < nearest)
			nearest = s->timer.when;
	}
	if (nearest == USEC_INFINITY)
		return -1;

	now = time_now(CLOCK_MONOTONIC);
	if (nearest <= now)
		return 0;

	nearest = (nearest - now + USEC_PER_MSEC - 1) / USEC_PER_MSEC;
	return nearest > INT_MAX ? INT_MAX : (int)nearest;
}

static int dispatch_io(struct event *e, const struct epoll_event *events, int n)
{
	for (int i = 0; i < n && !e->exiting; i++) {
		struct event_source *s = events[i].data.ptr;
		int r;

		if (s->dead)
			continue;
		r = s->io.fn(s, s->io.fd, events[i].events, s->userdata);
		if (r < 0)
			return r;
	}

	return 0;
}

/* The timer that ended first of those that are due, looked up anew each time because a callback may change any of them. */
static struct event_source *next_due(struct list *list, usec_t now)
{
	struct event_source *first = NULL;

	list_for_each(l, list) {
		struct event_source *s = container_of(l, struct event_source, link);

		if (s->timer.when <= now && (!first || s->timer.when < first->timer.when))
			first = s;
	}

	return first;
}

/* Timers that are due by the time the round began: one that arms itself for "now" waits for the next round. */
static int dispatch_timers(struct event *e)
{
	usec_t now = time_now(CLOCK_MONOTONIC);
	struct event_source *s;

	while (!e->exiting && (s = next_due(&e->timers, now))) {
		int r;

		s->timer.when = USEC_INFINITY;
		r = s->timer.fn(s, s->userdata);
		if (r < 0)
			return r;
		if (!s->dead && s->timer.when <= now)
			s->timer.when = now + 1;
	}

	return 0;
}

static int dispatch_always(struct event *e)
{
	struct event_source *ready[BATCH];
	size_t n = 0;

	list_for_each(l, &e->io) {
		struct event_source *s = container_of(l, struct event_source, link);

		if (s->io.always && s->io.events && n < BATCH)
			ready[n++] = s;
	}

	for (size_t i = 0; i < n && !e->exiting; i++) {
		int r;

		if (ready[i]->dead)
			continue;
		r = ready[i]->io.fn(ready[i], ready[i]->io.fd, ready[i]->io.events, ready[i]->userdata);
		if (r < 0)
			return r;
	}

	return 0;
}

_hot_ static int run_once(struct event *e)
{
	struct epoll_event events[BATCH];
	int wait = wait_time(e), n, r;
	bool may_be_quiet = e->quiet && (wait < 0 || wait > QUIET_MSEC);

	n = epoll_wait(e->epoll_fd, events, BATCH, may_be_quiet ? QUIET_MSEC : wait);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0 && may_be_quiet) {
		take_ptr(e->quiet)();
		return 0;
	}

	r = dispatch_io(e, events, n);
	if (r >= 0)
		r = dispatch_always(e);
	if (r >= 0)
		r = dispatch_timers(e);
	free_list(&e->dead);
	return r;
}

_hot_ int event_run(struct event *e)
{
	while (!e->exiting) {
		int r = run_once(e);

		if (r < 0)
			return r;
	}

	e->exiting = false;
	return e->exit_code;
}

void event_exit(struct event *e, int code)
{
	e->exiting = true;
	e->exit_code = code;
}
