/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The front between a caller and a keeper that are this test. */
#include "unit/unit.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sock-error.h"
#include "fake/fake.h"
#include "monitor/front.h"

struct fixture {
	struct lx_front front;
	struct lx_client *client;
	int caller_fd, keeper_fd;
};

static int set_up(void **state)
{
	struct lx_front_setup setup = { .listen_fd = -EBADF, .console = { .buffer_size = 4096, .log_fd = -EBADF } };
	struct fixture *f = calloc(1, sizeof(*f));
	struct lx_error err = { 0 };
	int pair[2];

	assert_non_null(f);
	fake_reset();
	lx_log_set_file(open("/dev/null", O_WRONLY | O_CLOEXEC), false);
	assert_int_equal(sock_pair(&pair[0], &pair[1]), 0);
	f->keeper_fd = pair[0];
	setup.keeper_fd = pair[1];
	assert_int_equal(fd_set_nonblock(pair[1], true), 0);
	setup.state.state = LX_STATE_RUNNING;
	assert_done(lx_front_init(&f->front, &setup, &err), &err);
	f->front.run = 7;

	assert_int_equal(sock_pair(&pair[0], &pair[1]), 0);
	f->caller_fd = pair[0];
	assert_done(lx_front_add_client(&f->front, pair[1], false, &f->client, &err), &err);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close_fd(f->front.keeper_fd);
	lx_front_done(&f->front);
	close_fd(f->caller_fd);
	close_fd(f->keeper_fd);
	free(f);
	return 0;
}

static int request(struct fixture *f, enum lx_message type, const char *text)
{
	struct sock_message message = { .type = (uint16_t)type, .data = strdup(text), .size = strlen(text) };
	int r = lx_front_answer(f->client, &message);

	sock_message_done(&message);
	return r;
}

static int hear(struct fixture *f, enum lx_front_message type, const void *data, size_t size)
{
	struct sock_message message = { .type = (uint16_t)type, .data = calloc(1, size + 1), .size = size };
	int r;

	memcpy(message.data, data, size);
	r = lx_front_hear(&f->front, &message);
	sock_message_done(&message);
	return r;
}

/* What the keeper gets next; its text is not looked at. */
static int asked(struct fixture *f, struct lx_front_ask *ret)
{
	_cleanup_message_ struct sock_message message = { 0 };

	if (sock_recv(f->keeper_fd, 0, &message) < 0)
		return -1;
	assert_true(message.size >= sizeof(*ret));
	memcpy(ret, message.data, sizeof(*ret));
	return message.type;
}

/* The code of the next reply; events are skipped. */
static int answer_code(struct fixture *f)
{
	for (;;) {
		_cleanup_message_ struct sock_message message = { 0 };
		struct lx_error err = { 0 };

		assert_int_equal(sock_recv(f->caller_fd, 0, &message), 0);
		if (message.type == LX_REPLY_OK)
			return 0;
		if (message.type == LX_REPLY_ERROR)
			return sock_parse_error(&message, &err);
	}
}

static void assert_event(struct fixture *f, enum lx_message type, const char *text)
{
	_cleanup_message_ struct sock_message message = { 0 };

	assert_int_equal(sock_recv(f->caller_fd, 0, &message), 0);
	assert_int_equal(message.type, type);
	assert_string_equal(message.data, text);
}

static int end_loop(struct event_source *s _unused_, void *userdata)
{
	event_exit(userdata, 0);
	return 0;
}

static void test_front_says_what_it_does_not_know(void **state)
{
	struct fixture *f = *state;
	struct lx_front_ask ask;

	assert_int_equal(request(f, 63, ""), 0);
	assert_int_equal(answer_code(f), -EOPNOTSUPP);
	assert_int_equal(request(f, LX_REQUEST_STOP, "now"), 0);
	assert_int_equal(answer_code(f), -EPROTO);
	assert_int_equal(asked(f, &ask), -1);
}

static void test_front_needs_a_running_container_to_stop(void **state)
{
	struct fixture *f = *state;
	struct lx_front_ask ask;

	f->front.run = 0;
	assert_int_equal(request(f, LX_REQUEST_STOP, "0 1000000"), 0);
	assert_int_equal(answer_code(f), -ESRCH);
	assert_int_equal(asked(f, &ask), -1);
}

static void tell_state(struct fixture *f, enum lx_state state)
{
	const struct lx_front_state told = { .state = (uint32_t)state };

	assert_int_equal(hear(f, LX_FRONT_STATE, &told, sizeof(told)), 0);
}

static void test_front_keeps_a_request_until_the_container_has_started(void **state)
{
	struct fixture *f = *state;
	struct lx_front_ask ask;

	f->front.run = 0;
	f->front.state = LX_STATE_STARTING;
	assert_int_equal(request(f, LX_REQUEST_FREEZE, ""), 0);
	assert_non_null(f->client->waiting);
	f->front.run = 7;
	assert_int_equal(asked(f, &ask), -1);
	tell_state(f, LX_STATE_RUNNING);
	assert_int_equal(asked(f, &ask), LX_FRONT_FREEZE);
	assert_int_equal(ask.run, 7);
	assert_null(f->client->waiting);
}

/* Why the start has failed is the answer, as soon as the keeper says it. */
static void test_front_keeps_a_request_until_the_start_has_failed(void **state)
{
	struct { struct lx_front_answer answer; char text[8]; } end = { .answer = { .code = -ENOENT }, .text = "no disk" };
	struct fixture *f = *state;

	f->front.run = 0;
	f->front.state = LX_STATE_STARTING;
	assert_int_equal(request(f, LX_REQUEST_ATTACH, ""), 0);
	tell_state(f, LX_STATE_ABORTING);
	assert_non_null(f->client->waiting);
	assert_int_equal(hear(f, LX_FRONT_FINISH, &end, sizeof(end)), 1);
	assert_int_equal(answer_code(f), -ENOENT);
}

static void test_front_refuses_a_listener_of_the_run_before(void **state)
{
	struct fixture *f = *state;

	f->front.run = 0;
	f->front.state = LX_STATE_STARTING;
	assert_int_equal(request(f, LX_REQUEST_LISTENER, ""), 0);
	assert_int_equal(answer_code(f), -ESRCH);
}

static void test_front_hears_no_more_from_who_waits(void **state)
{
	struct fixture *f = *state;

	f->front.run = 0;
	f->front.state = LX_STATE_STARTING;
	assert_int_equal(request(f, LX_REQUEST_FREEZE, ""), 0);
	assert_int_equal(sock_send(f->caller_fd, LX_REQUEST_WATCH, NULL, 0, NULL, 0), 0);
	assert_int_equal(event_add_timer(f->front.loop, time_deadline(10 * USEC_PER_MSEC), end_loop, f->front.loop, NULL), 0);
	assert_int_equal(event_run(f->front.loop), 0);
	assert_int_equal(f->front.n_clients, 0);
}

static void test_front_says_why_it_hands_over_nothing(void **state)
{
	struct fixture *f = *state;

	f->front.init_pidfd = f->front.devpts_fd = -EBADF;
	assert_int_equal(request(f, LX_REQUEST_ATTACH, ""), 0);
	assert_int_equal(answer_code(f), -EBADF);
}

/* As a user without capabilities, one of whose descriptors is on its way while no more than none may be. */
static int ask_when_too_many_are_on_their_way(struct fixture *f)
{
	const struct rlimit none = { 0, 0 };
	int pair[2], fds[2];

	if (sock_pair(&pair[0], &pair[1]) < 0 || pipe(fds) < 0)
		return -1;
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
		return -1;
	if (sock_send(pair[0], 1, NULL, 0, fds, 1) < 0 || setrlimit(RLIMIT_NOFILE, &none) < 0)
		return -1;
	f->front.init_pidfd = fds[0];
	f->front.devpts_fd = fds[1];
	return request(f, LX_REQUEST_ATTACH, "");
}

static void test_front_says_when_too_many_descriptors_are_on_their_way(void **state)
{
	struct fixture *f = *state;
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(ask_when_too_many_are_on_their_way(f) == 0 ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(answer_code(f), -ETOOMANYREFS);
}

static void test_front_passes_on_what_it_cannot_do(void **state)
{
	struct { struct lx_front_answer answer; char text[8]; } answer = { .answer = { .code = -EBUSY }, .text = "busy" };
	struct fixture *f = *state;
	struct lx_front_ask ask;

	assert_int_equal(request(f, LX_REQUEST_STOP, "5 18446744073709551614"), 0);
	assert_int_equal(asked(f, &ask), LX_FRONT_STOP);
	assert_int_equal(ask.run, 7);
	assert_int_equal(ask.flags, 5);
	assert_true(ask.timeout == 18446744073709551614U);

	/* that of somebody else, who is gone, is not for this caller */
	answer.answer.token = ask.token + 1;
	assert_int_equal(hear(f, LX_FRONT_ANSWER, &answer, sizeof(answer.answer) + 4), 0);
	answer.answer.token = ask.token;
	answer.answer.code = -EAGAIN;
	assert_int_equal(hear(f, LX_FRONT_ANSWER, &answer, sizeof(answer.answer) + 4), 0);
	assert_int_equal(answer_code(f), -EAGAIN);

	assert_int_equal(request(f, LX_REQUEST_FREEZE, ""), 0);
	assert_int_equal(asked(f, &ask), LX_FRONT_FREEZE);
	answer.answer.code = 0;
	assert_int_equal(hear(f, LX_FRONT_ANSWER, &answer, sizeof(answer.answer)), 0);
	assert_int_equal(answer_code(f), 0);
}

static void test_front_tells_watchers_each_state_once(void **state)
{
	struct lx_front_state told = { .state = LX_STATE_STOPPING };
	struct lx_front_answer end = { .token = 3 };
	struct fixture *f = *state;

	assert_int_equal(request(f, LX_REQUEST_WATCH, ""), 0);
	assert_event(f, LX_EVENT_STATE, "RUNNING");
	assert_int_equal(hear(f, LX_FRONT_STATE, &told, sizeof(told)), 0);
	assert_int_equal(hear(f, LX_FRONT_STATE, &told, sizeof(told)), 0);
	assert_event(f, LX_EVENT_STATE, "STOPPING");
	assert_int_equal(hear(f, LX_FRONT_WAITING, "tcp 80", 6), 0);
	assert_event(f, LX_EVENT_STATUS, "waiting for tcp 80");
	told.state = LX_STATE_RUNNING;
	told.ready = 1;
	assert_int_equal(hear(f, LX_FRONT_STATE, &told, sizeof(told)), 0);
	assert_event(f, LX_EVENT_STATE, "RUNNING");
	assert_event(f, LX_EVENT_STATE, "READY");
	assert_int_equal(hear(f, LX_FRONT_FINISH, &end, sizeof(end)), 1);
	assert_event(f, LX_EVENT_STATE, "STOPPED");
	assert_event(f, LX_EVENT_EXIT, "3");
}

static void test_front_wants_whole_words_of_its_keeper(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(hear(f, LX_FRONT_STATE, "x", 1), -EPROTO);
	assert_int_equal(hear(f, LX_FRONT_RUN, "12345678", 8), -EPROTO); /* without descriptors */
	assert_int_equal(hear(f, (enum lx_front_message)63, "", 0), -EPROTO);
}

static void test_front_tells_of_targets_until_init_is_ready(void **state)
{
	struct fixture *f = *state;

	lx_front_notified(&f->front, "X_SYSTEMD_UNIT_ACTIVE=basic.target");
	assert_string_equal(f->front.status, "reached basic.target");
	lx_front_notified(&f->front, "X_SYSTEMD_UNIT_ACTIVE=multi-user.target\nSTATUS=Ready.\nREADY=1");
	lx_front_notified(&f->front, "X_SYSTEMD_UNIT_ACTIVE=ssh-access.target");
	assert_string_equal(f->front.status, "Ready.");
}

static void test_front_tells_the_keeper_once_that_init_is_ready(void **state)
{
	struct fixture *f = *state;
	struct lx_front_ask ask;

	lx_front_notified(&f->front, "READY=1\nREADY=1");
	lx_front_notified(&f->front, "READY=1");
	assert_int_equal(asked(f, &ask), LX_FRONT_READY);
	assert_int_equal(ask.run, 7);
	assert_int_equal(ask.token, 0);
	assert_int_equal(asked(f, &ask), -1);
}

/* It is cut off when it does not read, and dropped by the loop. */
static void test_front_drops_a_deaf_watcher_in_the_loop(void **state)
{
	struct fixture *f = *state;
	struct lx_front_ask ask;

	assert_int_equal(request(f, LX_REQUEST_WATCH, ""), 0);
	for (int i = 0; i < 100000 && f->client->watches; i++)
		lx_front_publish(&f->front, LX_EVENT_STATE, "RUNNING");
	assert_false(f->client->watches);
	assert_int_equal(f->front.n_clients, 1);
	assert_true(request(f, LX_REQUEST_WATCH, "") < 0);
	assert_int_equal(asked(f, &ask), -1);

	assert_int_equal(event_add_timer(f->front.loop, time_now(CLOCK_MONOTONIC), end_loop, f->front.loop, NULL), 0);
	assert_int_equal(event_run(f->front.loop), 0);
	assert_int_equal(f->front.n_clients, 0);
}

/* Enough of them for all that is in the sockets. */
static int count_rounds(struct event_source *s, void *userdata)
{
	static unsigned rounds;

	if (++rounds % 20 != 0)
		return event_set_timer(s, 0);
	return end_loop(s, userdata);
}

/* The keeper has written down that the container runs again, and a caller has read it. */
static void test_front_hears_its_keeper_out_before_a_caller(void **state)
{
	static const enum lx_state states[] = { LX_STATE_STOPPING, LX_STATE_STARTING, LX_STATE_RUNNING };
	struct fixture *f = *state;

	for (size_t i = 0; i < array_size(states); i++) {
		const struct lx_front_state told = { .state = (uint32_t)states[i] };

		assert_int_equal(sock_send(f->keeper_fd, LX_FRONT_STATE, &told, sizeof(told), NULL, 0), 0);
	}
	assert_int_equal(sock_send(f->caller_fd, LX_REQUEST_WATCH, NULL, 0, NULL, 0), 0);
	assert_int_equal(event_add_timer(f->front.loop, 0, count_rounds, f->front.loop, NULL), 0);
	assert_int_equal(event_run(f->front.loop), 0);
	assert_event(f, LX_EVENT_STATE, "RUNNING");
}

/* The last that init said is told once, to the watchers as to the keeper. */
static void test_front_lets_no_init_talk_a_watcher_deaf(void **state)
{
	struct fixture *f = *state;
	struct lx_front_ask ask;
	char text[32];
	int pair[2];

	assert_int_equal(sock_pair(&pair[0], &pair[1]), 0);
	f->front.notify_fd = pair[0];
	assert_int_equal(lx_front_watch_notify(&f->front), 0);
	assert_int_equal(request(f, LX_REQUEST_WATCH, ""), 0);
	assert_event(f, LX_EVENT_STATE, "RUNNING");
	for (int i = 0; i <= 10000; i++) {
		snprintf(text, sizeof(text), "STATUS=%d", i);
		lx_front_notified(&f->front, text);
	}
	assert_true(f->client->watches);
	assert_int_equal(asked(f, &ask), -1);

	assert_int_equal(event_add_timer(f->front.loop, time_now(CLOCK_MONOTONIC) + USEC_PER_SEC, end_loop, f->front.loop, NULL), 0);
	assert_int_equal(event_run(f->front.loop), 0);
	assert_event(f, LX_EVENT_STATUS, "10000");
	assert_int_equal(asked(f, &ask), LX_FRONT_STATUS);
	assert_int_equal(asked(f, &ask), -1);
	close(pair[1]);
}

static void test_front_tells_that_the_starter_is_gone(void **state)
{
	struct fixture *f = *state;
	struct lx_front_ask ask;

	f->front.starter = f->client;
	f->caller_fd = close_fd(f->caller_fd);
	assert_int_equal(event_add_timer(f->front.loop, time_now(CLOCK_MONOTONIC), end_loop, f->front.loop, NULL), 0);
	assert_int_equal(event_run(f->front.loop), 0);
	assert_int_equal(asked(f, &ask), LX_FRONT_STARTER_GONE);
}

static void test_front_has_a_limit_of_callers(void **state)
{
	struct lx_error err = { 0 };
	struct fixture *f = *state;
	int pair[2];

	for (int i = 1; i < LX_MONITOR_CLIENTS_MAX; i++) {
		assert_int_equal(sock_pair(&pair[0], &pair[1]), 0);
		close(pair[0]);
		assert_done(lx_front_add_client(&f->front, pair[1], false, NULL, &err), &err);
	}
	assert_int_equal(sock_pair(&pair[0], &pair[1]), 0);
	close_fd(f->caller_fd);
	f->caller_fd = pair[0];
	assert_int_equal(lx_front_add_client(&f->front, pair[1], false, NULL, &err), -EBUSY);
	assert_int_equal(answer_code(f), -EBUSY);
}

static void test_front_has_a_limit_of_consoles(void **state)
{
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	int others[LX_CONSOLE_CLIENTS_MAX];

	for (size_t i = 0; i < array_size(others); i++) {
		int pair[2];

		assert_int_equal(sock_pair(&pair[0], &pair[1]), 0);
		others[i] = pair[0];
		assert_done(lx_console_add_client(f->front.console, pair[1], &err), &err);
	}
	assert_int_equal(request(f, LX_REQUEST_CONSOLE, ""), 0);
	assert_int_equal(answer_code(f), -EBUSY);
	for (size_t i = 0; i < array_size(others); i++)
		close(others[i]);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_front_says_what_it_does_not_know),
		CASE(test_front_needs_a_running_container_to_stop),
		CASE(test_front_says_why_it_hands_over_nothing),
		CASE(test_front_says_when_too_many_descriptors_are_on_their_way),
		CASE(test_front_passes_on_what_it_cannot_do),
		CASE(test_front_tells_watchers_each_state_once),
		CASE(test_front_wants_whole_words_of_its_keeper),
		CASE(test_front_tells_of_targets_until_init_is_ready),
		CASE(test_front_tells_the_keeper_once_that_init_is_ready),
		CASE(test_front_drops_a_deaf_watcher_in_the_loop),
		CASE(test_front_lets_no_init_talk_a_watcher_deaf),
		CASE(test_front_tells_that_the_starter_is_gone),
		CASE(test_front_keeps_a_request_until_the_container_has_started),
		CASE(test_front_keeps_a_request_until_the_start_has_failed),
		CASE(test_front_refuses_a_listener_of_the_run_before),
		CASE(test_front_hears_no_more_from_who_waits),
		CASE(test_front_hears_its_keeper_out_before_a_caller),
		CASE(test_front_has_a_limit_of_callers),
		CASE(test_front_has_a_limit_of_consoles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
