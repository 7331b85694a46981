/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests to a monitor whose container is a descriptor and whose host has no control groups. */
#include "unit/unit.h"

#include <errno.h>
#include <signal.h>

#include "base/log.h"
#include "base/sock-error.h"
#include "cgroup/driver.h"
#include "fake/fake.h"
#include "monitor/monitor.h"

struct fixture {
	struct lx_settings settings;
	struct lx_container container;
	struct lx_cgroup cgroup;
	struct lx_config *config;
	struct lx_monitor m;
	struct lx_client *client;
	int caller_fd;
};

static int timer_ended(struct event_source *s _unused_, void *userdata _unused_)
{
	return 0;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct lx_error err = { 0 };
	struct lx_monitor *m;
	int pair[2];

	assert_non_null(f);
	m = &f->m;
	fake_reset();
	fake_result_always("sys_pidfd_signal", 0);
	lx_log_set_file(open("/dev/null", O_WRONLY | O_CLOEXEC), false);
	f->settings.paths.log = (char *)"/nonexistent";
	f->container = (struct lx_container) { .settings = &f->settings, .name = (char *)"web", .run_id = (char *)"web" };
	*m = (struct lx_monitor) { .container = &f->container, .run_fd = -EBADF, .lock_fd = -EBADF, .listen_fd = -EBADF };
	lx_instance_init(&m->inst);
	list_init(&m->clients);
	assert_done(lx_config_new(&f->config, &err), &err);
	assert_int_equal(event_new(&m->loop), 0);
	f->config->console.log_size = 0;
	m->inst.config = f->config;
	m->inst.cgroup = &f->cgroup;
	m->inst.plan = calloc(1, sizeof(*m->inst.plan));
	m->inst.plan->stop_signal = SIGPWR;
	assert_done(lx_console_new(m->loop, &f->container, f->config, NULL, &m->console, &err), &err);
	assert_int_equal(event_add_timer(m->loop, USEC_INFINITY, timer_ended, m, &m->stop_timer), 0);
	assert_int_equal(event_add_timer(m->loop, USEC_INFINITY, timer_ended, m, &m->signal_timer), 0);
	m->state.state = LX_STATE_RUNNING;

	assert_int_equal(sock_pair(pair), 0);
	f->caller_fd = m->inst.init_pidfd = pair[0];
	assert_done(lx_monitor_add_client(m, pair[1], false, &f->client, &err), &err);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	lx_monitor_close_clients(&f->m);
	lx_console_free(f->m.console);
	event_free(f->m.loop);
	lx_config_free(f->config);
	lx_instance_done(&f->m.inst);
	lx_run_state_done(&f->m.state);
	close_fd(f->caller_fd);
	free(f);
	return 0;
}

static int ask(struct fixture *f, enum lx_message type, const char *text)
{
	struct sock_message message = { .type = (uint16_t)type, .data = strdup(text), .size = strlen(text) };
	int r = lx_monitor_answer(f->client, &message);

	sock_message_done(&message);
	return r;
}

/* The code of the monitor's next reply; events are skipped. */
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

static void test_monitor_says_what_it_does_not_know(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask(f, 63, ""), 0);
	assert_int_equal(answer_code(f), -EOPNOTSUPP);
	assert_int_equal(ask(f, LX_REQUEST_STOP, "now"), 0);
	assert_int_equal(answer_code(f), -EPROTO);
	assert_int_equal(f->m.state.state, LX_STATE_RUNNING);
}

static void test_monitor_needs_a_running_container_to_stop(void **state)
{
	struct fixture *f = *state;

	f->m.inst.init_pidfd = -EBADF;
	assert_int_equal(ask(f, LX_REQUEST_STOP, "0 1000000"), 0);
	assert_int_equal(answer_code(f), -ESRCH);
}

static void test_monitor_kills_what_does_not_stop(void **state)
{
	struct fixture *f = *state;
	char text[32];

	assert_int_equal(ask(f, LX_REQUEST_STOP, "0 18446744073709551614"), 0);
	assert_int_equal(answer_code(f), 0);
	assert_int_equal(f->m.state.state, LX_STATE_STOPPING);

	snprintf(text, sizeof(text), "%d 0", LX_STOP_KILL);
	assert_int_equal(ask(f, LX_REQUEST_STOP, text), 0);
	assert_int_equal(answer_code(f), 0);
	assert_int_equal(f->m.state.state, LX_STATE_ABORTING);
	assert_int_equal(fake_count("sys_pidfd_signal"), 1);

	/* too late to be asked nicely */
	assert_int_equal(ask(f, LX_REQUEST_STOP, "0 1000000"), 0);
	assert_int_equal(answer_code(f), 0);
	assert_int_equal(f->m.state.state, LX_STATE_ABORTING);
}

static int end_loop(struct event_source *s _unused_, void *userdata)
{
	event_exit(userdata, 0);
	return 0;
}

/* It has caused the event that it does not read: it is answered, and dropped by the loop. */
static void test_monitor_drops_a_deaf_watcher_in_the_loop(void **state)
{
	struct fixture *f = *state;
	char text[32];

	assert_int_equal(ask(f, LX_REQUEST_WATCH, ""), 0);
	for (int i = 0; i < 100000 && f->client->watches; i++) {
		snprintf(text, sizeof(text), "STATUS=%d", i);
		lx_monitor_notified(&f->m, text);
	}
	assert_false(f->client->watches);
	assert_int_equal(f->m.n_clients, 1);
	assert_true(ask(f, LX_REQUEST_STOP, "0 1000000") < 0);

	assert_int_equal(event_add_timer(f->m.loop, time_now(CLOCK_MONOTONIC), end_loop, f->m.loop, NULL), 0);
	assert_int_equal(event_run(f->m.loop), 0);
	assert_int_equal(f->m.n_clients, 0);
}

static void test_monitor_has_a_limit_of_consoles(void **state)
{
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	int others[LX_CONSOLE_CLIENTS_MAX];

	for (size_t i = 0; i < array_size(others); i++) {
		int pair[2];

		assert_int_equal(sock_pair(pair), 0);
		others[i] = pair[0];
		assert_done(lx_console_add_client(f->m.console, pair[1], &err), &err);
	}
	assert_int_equal(ask(f, LX_REQUEST_CONSOLE, ""), 0);
	assert_int_equal(answer_code(f), -EBUSY);
	for (size_t i = 0; i < array_size(others); i++)
		close(others[i]);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_monitor_says_what_it_does_not_know),
		CASE(test_monitor_needs_a_running_container_to_stop),
		CASE(test_monitor_kills_what_does_not_stop),
		CASE(test_monitor_drops_a_deaf_watcher_in_the_loop),
		CASE(test_monitor_has_a_limit_of_consoles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
