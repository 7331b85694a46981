/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* base/event. */
#include "unit/unit.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include "base/cleanup.h"
#include "base/event.h"
#include "base/macro.h"

struct fixture {
	struct event *event;
	struct event_source *a, *b;
	int count;
	char order[16];
};

static void note(struct fixture *f, char c)
{
	size_t n = strlen(f->order);

	assert_true(n + 1 < sizeof(f->order));
	f->order[n] = c;
}

static void set_up(struct fixture *f)
{
	*f = (struct fixture){ 0 };
	assert_int_equal(event_new(&f->event), 0);
}

static usec_t in_msec(unsigned msec)
{
	return time_now(CLOCK_MONOTONIC) + msec * USEC_PER_MSEC;
}

static int on_timer_a(struct event_source *s, void *userdata)
{
	(void)s;
	note(userdata, 'a');
	return 0;
}

static int on_timer_exit(struct event_source *s, void *userdata)
{
	struct fixture *f = userdata;

	(void)s;
	note(f, 'x');
	event_exit(f->event, 42);
	return 0;
}

static void test_event_timers_in_order(void **state)
{
	struct fixture f;
	struct event_source *never;
	usec_t now = in_msec(0);

	(void)state;
	set_up(&f);
	assert_int_equal(event_add_timer(f.event, now + 15 * USEC_PER_MSEC, on_timer_exit, &f, NULL), 0);
	assert_int_equal(event_add_timer(f.event, now + 3 * USEC_PER_MSEC, on_timer_a, &f, &f.a), 0);
	assert_int_equal(event_add_timer(f.event, now + 1 * USEC_PER_MSEC, on_timer_a, &f, &never), 0);
	assert_int_equal(event_set_timer(never, USEC_INFINITY), 0);
	assert_int_equal(event_run(f.event), 42);
	assert_string_equal(f.order, "ax");
	event_free(f.event);
}

static int on_timer_again(struct event_source *s, void *userdata)
{
	struct fixture *f = userdata;

	if (++f->count == 5)
		event_exit(f->event, 0);
	return event_set_timer(s, 0); /* past: at once, in the next round */
}

static void test_event_timer_arms_itself_again(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	assert_int_equal(event_add_timer(f.event, 0, on_timer_again, &f, NULL), 0);
	assert_int_equal(event_run(f.event), 0);
	assert_int_equal(f.count, 5);
	event_free(f.event);
}

static int on_timer_fail(struct event_source *s, void *userdata)
{
	(void)s;
	(void)userdata;
	return -ENOTTY;
}

static void test_event_negative_result_ends_the_loop(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	assert_int_equal(event_add_timer(f.event, 0, on_timer_fail, &f, NULL), 0);
	assert_int_equal(event_run(f.event), -ENOTTY);
	event_free(f.event);
}

/* The first of the two that is called removes both. */
static int on_io_remove_both(struct event_source *s, int fd, uint32_t events, void *userdata)
{
	struct fixture *f = userdata;

	(void)s;
	(void)fd;
	assert_true(events & EPOLLIN);
	f->count++;
	event_source_remove(f->a);
	event_source_remove(f->b);
	event_source_remove(f->b); /* twice does no harm */
	return event_add_timer(f->event, in_msec(5), on_timer_exit, f, NULL);
}

static void test_event_source_removed_in_a_callback(void **state)
{
	int one[2], two[2];
	struct fixture f;

	(void)state;
	set_up(&f);
	assert_int_equal(pipe(one), 0);
	assert_int_equal(pipe(two), 0);
	assert_int_equal(write(one[1], "x", 1) + write(two[1], "x", 1), 2);
	assert_int_equal(event_add_io(f.event, one[0], EPOLLIN, on_io_remove_both, &f, &f.a), 0);
	assert_int_equal(event_add_io(f.event, two[0], EPOLLIN, on_io_remove_both, &f, &f.b), 0);
	assert_int_equal(event_run(f.event), 42);
	assert_int_equal(f.count, 1);
	event_free(f.event);
	assert_true(fcntl(one[0], F_GETFD) >= 0); /* borrowed */
	close(one[0]);
	close(one[1]);
	close(two[0]);
	close(two[1]);
}

static int on_io_count(struct event_source *s, int fd, uint32_t events, void *userdata)
{
	struct fixture *f = userdata;

	(void)fd;
	(void)events;
	if (++f->count < 3)
		return 0;
	assert_int_equal(event_add_timer(f->event, in_msec(5), on_timer_exit, f, NULL), 0);
	return event_set_io(s, 0);
}

/* epoll refuses what never blocks; a program's stdin is often just that. */
static void test_event_files_are_always_ready(void **state)
{
	_cleanup_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct fixture f;

	(void)state;
	set_up(&f);
	assert_int_equal(event_add_io(f.event, fd, EPOLLIN, on_io_count, &f, NULL), 0);
	assert_int_equal(event_run(f.event), 42);
	assert_int_equal(f.count, 3);
	event_free(f.event);
}

static int on_signal(struct event_source *s, const void *info, void *userdata)
{
	struct fixture *f = userdata;

	(void)s;
	note(f, ((const struct signalfd_siginfo *)info)->ssi_signo == SIGUSR1 ? '1' : '2');
	if (strlen(f->order) == 2)
		event_exit(f->event, 0);
	return 0;
}

static void test_event_signals(void **state)
{
	struct fixture f;
	sigset_t mask;

	(void)state;
	set_up(&f);
	assert_int_equal(event_add_signal(f.event, SIGUSR1, on_signal, &f), 0);
	assert_int_equal(event_add_signal(f.event, SIGUSR2, on_signal, &f), 0);
	raise(SIGUSR1);
	raise(SIGUSR2);
	assert_int_equal(event_run(f.event), 0);
	assert_string_equal(f.order, "12");
	event_free(f.event);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	assert_false(sigismember(&mask, SIGUSR1));
}

static void test_event_exit_before_run(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	event_exit(f.event, 3);
	assert_int_equal(event_run(f.event), 3);
	event_free(f.event);
}

static struct event *quiet_loop;

static void is_quiet(void)
{
	event_exit(quiet_loop, 7);
}

static void test_event_quiet_comes_after_what_is_due_soon(void **state _unused_)
{
	struct fixture f;

	set_up(&f);
	quiet_loop = f.event;
	assert_int_equal(event_add_timer(f.event, in_msec(100), on_timer_a, &f, NULL), 0);
	event_when_quiet(f.event, is_quiet);
	assert_int_equal(event_run(f.event), 7);
	assert_string_equal(f.order, "a");

	/* it was told once */
	assert_int_equal(event_add_timer(f.event, in_msec(1500), on_timer_exit, &f, NULL), 0);
	assert_int_equal(event_run(f.event), 42);
	event_free(f.event);
}

UNIT_MAIN(
	UNIT(test_event_timers_in_order),
	UNIT(test_event_timer_arms_itself_again),
	UNIT(test_event_negative_result_ends_the_loop),
	UNIT(test_event_source_removed_in_a_callback),
	UNIT(test_event_files_are_always_ready),
	UNIT(test_event_signals),
	UNIT(test_event_quiet_comes_after_what_is_due_soon),
	UNIT(test_event_exit_before_run),
)
