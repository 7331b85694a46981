/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gates and errors between the two sides of a start. */
#include "unit/unit.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "base/cleanup.h"
#include "base/sock.h"
#include "instance/sync.h"

static void connect_both(struct lx_sync *host, struct lx_sync *init)
{
	int pair[2];

	assert_int_equal(sock_pair(&pair[0], &pair[1]), 0);
	lx_sync_init(host, pair[0]);
	lx_sync_init(init, pair[1]);
}

static void test_gates_may_be_opened_before_they_are_awaited(void **state _unused_)
{
	struct lx_error error = { 0 };
	struct lx_sync host, init;

	connect_both(&host, &init);
	assert_done(lx_sync_open(&host, LX_GATE_NET, NULL, 0, &error), &error);
	assert_done(lx_sync_open(&host, LX_GATE_IDS, NULL, 0, &error), &error);
	assert_done(lx_sync_wait(&init, LX_GATE_IDS, &error), &error);
	assert_done(lx_sync_wait(&init, LX_GATE_NET, &error), &error);
	lx_sync_done(&host);
	lx_sync_done(&init);
}

static void test_a_gate_carries_descriptors(void **state _unused_)
{
	_cleanup_close_ int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct lx_error error = { 0 };
	struct lx_sync host, init;
	char byte = 1;

	connect_both(&host, &init);
	assert_done(lx_sync_open(&init, LX_GATE_PTS, &fd, 1, &error), &error);
	assert_done(lx_sync_wait(&host, LX_GATE_PTS, &error), &error);
	assert_true(host.fds[LX_GATE_PTS][0] >= 0);
	assert_true(host.fds[LX_GATE_PTS][1] < 0);
	assert_int_equal(read(host.fds[LX_GATE_PTS][0], &byte, 1), 1);
	assert_int_equal(byte, 0);
	assert_int_equal(fcntl(host.fds[LX_GATE_PTS][0], F_GETFD), FD_CLOEXEC);
	lx_sync_done(&host);
	lx_sync_done(&init);
}

static void test_a_look_does_not_wait(void **state _unused_)
{
	struct lx_error theirs = { -ENOENT, "no such program" }, error = { 0 };
	struct lx_sync parent, child;

	connect_both(&parent, &child);
	assert_int_equal(lx_sync_look(&parent, &error), 0);
	assert_done(lx_sync_open(&child, LX_GATE_INSIDE, NULL, 0, &error), &error);
	lx_sync_fail(&child, &theirs);
	assert_int_equal(lx_sync_look(&parent, &error), 1);
	assert_int_equal(parent.opened, 1u << LX_GATE_INSIDE);
	assert_int_equal(error.code, 0);
	assert_int_equal(lx_sync_look(&parent, &error), 1);
	assert_string_equal(error.text, theirs.text);
	assert_int_equal(lx_sync_look(&parent, &error), 0);
	lx_sync_done(&child);
	assert_int_equal(lx_sync_look(&parent, &error), -EPIPE);
	assert_string_equal(error.text, theirs.text);
	lx_sync_done(&parent);
}

static void test_the_other_sides_error_is_the_reason(void **state _unused_)
{
	struct lx_error theirs = { -ENOENT, "exec: no such program" }, error = { 0 };
	struct lx_sync host, init;

	connect_both(&host, &init);
	lx_sync_fail(&init, &theirs);
	lx_sync_done(&init);
	assert_int_equal(lx_sync_wait(&host, LX_GATE_PTS, &error), -ENOENT);
	assert_string_equal(error.text, "exec: no such program");
	assert_true(host.remote_error);
	lx_sync_done(&host);
}

static void test_a_pending_error_replaces_ours(void **state _unused_)
{
	struct lx_error theirs = { -EPERM, "mounts: /sys: not allowed" }, error = { -EPIPE, "open gate net: Broken pipe" };
	struct lx_sync host, init;

	connect_both(&host, &init);
	assert_false(lx_sync_peek_error(&host, &error));
	lx_sync_fail(&init, &theirs);
	assert_true(lx_sync_peek_error(&host, &error));
	assert_string_equal(error.text, "mounts: /sys: not allowed");
	lx_sync_done(&host);
	lx_sync_done(&init);
}

/* LXC takes the end of its stream for a passed barrier; a killed process must never look like one that is ready. */
static void test_the_end_of_the_stream_is_no_gate(void **state _unused_)
{
	struct lx_error error = { 0 };
	struct lx_sync host, init;

	connect_both(&host, &init);
	lx_sync_done(&init);
	assert_int_equal(lx_sync_wait(&host, LX_GATE_PTS, &error), -EPIPE);
	assert_contains(error.text, "ended before gate \"pts\"");
	lx_sync_done(&host);
}

static void test_no_gate_is_waited_for_when_the_start_is_cancelled(void **state _unused_)
{
	struct lx_error error = { 0 };
	struct lx_sync host, init;

	connect_both(&host, &init);
	host.cancel_fd = eventfd(0, EFD_CLOEXEC);
	assert_true(host.cancel_fd >= 0);
	assert_done(lx_sync_open(&init, LX_GATE_PTS, NULL, 0, &error), &error);
	assert_done(lx_sync_wait(&host, LX_GATE_PTS, &error), &error);

	assert_int_equal(eventfd_write(host.cancel_fd, 1), 0);
	assert_int_equal(lx_sync_wait(&host, LX_GATE_INSIDE, &error), -ECANCELED);
	assert_contains(error.text, "wait for gate inside");
	lx_error_clear(&error);
	assert_int_equal(lx_sync_wait_closed(&host, &error), -ECANCELED);
	close_fd(host.cancel_fd);
	lx_sync_done(&host);
	lx_sync_done(&init);
}

static void test_a_closed_stream_is_an_executed_program(void **state _unused_)
{
	struct lx_error error = { 0 };
	struct lx_sync host, init;

	connect_both(&host, &init);
	lx_sync_done(&init);
	assert_done(lx_sync_wait_closed(&host, &error), &error);
	lx_sync_done(&host);
}

static void test_unknown_messages_are_refused(void **state _unused_)
{
	struct lx_error error = { 0 };
	struct lx_sync host, init;

	connect_both(&host, &init);
	assert_int_equal(sock_send(init.fd, 1, "\xff", 1, NULL, 0), 0);
	assert_int_equal(lx_sync_wait(&host, LX_GATE_PTS, &error), -EPROTO);
	lx_sync_done(&host);
	lx_sync_done(&init);
}

/* The descriptors of the first message would be lost. */
static void test_a_gate_is_opened_once(void **state _unused_)
{
	struct lx_error error = { 0 };
	struct lx_sync host, init;

	connect_both(&host, &init);
	assert_done(lx_sync_open(&init, LX_GATE_NET, NULL, 0, &error), &error);
	assert_done(lx_sync_open(&init, LX_GATE_NET, NULL, 0, &error), &error);
	assert_int_equal(lx_sync_wait(&host, LX_GATE_PTS, &error), -EPROTO);
	lx_sync_done(&host);
	lx_sync_done(&init);
}

UNIT_MAIN(UNIT(test_gates_may_be_opened_before_they_are_awaited), UNIT(test_a_gate_carries_descriptors),
	  UNIT(test_a_look_does_not_wait), UNIT(test_the_other_sides_error_is_the_reason), UNIT(test_a_pending_error_replaces_ours),
	  UNIT(test_the_end_of_the_stream_is_no_gate), UNIT(test_a_closed_stream_is_an_executed_program),
	  UNIT(test_no_gate_is_waited_for_when_the_start_is_cancelled),
	  UNIT(test_unknown_messages_are_refused), UNIT(test_a_gate_is_opened_once))
