/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a keeper does when its front asks, whose container is a descriptor and whose host has no control groups. */
#include "unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "cgroup/driver.h"
#include "fake/fake.h"
#include "monitor/monitor.h"
#include "monitor/orders.h"

#define RUN 3

struct fixture {
	struct lx_settings settings;
	struct lx_container container;
	struct lx_cgroup cgroup;
	struct lx_config *config;
	struct lx_monitor m;
	int front_fd;
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
	f->container = (struct lx_container) { .settings = &f->settings, .name = (char *)"web", .run_id = (char *)"web" };
	*m = (struct lx_monitor) { .container = &f->container, .run_fd = -EBADF, .lock_fd = -EBADF, .listen_fd = -EBADF, .run = RUN };
	lx_instance_init(&m->inst);
	assert_done(lx_config_new(&f->config, &err), &err);
	assert_int_equal(event_new(&m->loop), 0);
	m->inst.config = f->config;
	m->inst.cgroup = &f->cgroup;
	m->inst.plan = calloc(1, sizeof(*m->inst.plan));
	m->inst.plan->stop_signal = SIGPWR;
	assert_int_equal(event_add_timer(m->loop, USEC_INFINITY, timer_ended, m, &m->stop_timer), 0);
	assert_int_equal(event_add_timer(m->loop, USEC_INFINITY, timer_ended, m, &m->signal_timer), 0);
	m->state.state = LX_STATE_RUNNING;
	m->console_log = strdup("/nonexistent/console");

	assert_int_equal(sock_pair(&pair[0], &pair[1]), 0);
	m->front = (struct lx_front_link) { .fd = pair[0], .pidfd = -EBADF, .greeted = true };
	f->front_fd = m->inst.init_pidfd = pair[1];
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	event_free(f->m.loop);
	lx_config_free(f->config);
	lx_instance_done(&f->m.inst);
	lx_run_state_done(&f->m.state);
	free(f->m.console_log);
	close_fd(f->m.front.fd);
	close_fd(f->front_fd);
	free(f);
	return 0;
}

static int ask_with(struct fixture *f, enum lx_front_message what, struct lx_front_ask ask, const char *text)
{
	char data[sizeof(ask) + 2 * LX_FRONT_STATUS_MAX] = "";
	struct sock_message message = { .type = (uint16_t)what, .data = data, .size = sizeof(ask) + strlen(text) };

	memcpy(data, &ask, sizeof(ask));
	memcpy(data + sizeof(ask), text, strlen(text));
	return lx_monitor_asked(&f->m, &message);
}

static int ask(struct fixture *f, enum lx_front_message what, unsigned flags, uint64_t timeout)
{
	return ask_with(f, what, (struct lx_front_ask) { .run = RUN, .token = 9, .flags = flags, .timeout = timeout }, "");
}

/* The code of the keeper's next answer; states are skipped. */
static int answer_code(struct fixture *f)
{
	for (;;) {
		_cleanup_message_ struct sock_message message = { 0 };
		struct lx_front_answer answer;

		assert_int_equal(sock_recv(f->front_fd, 0, &message), 0);
		if (message.type != LX_FRONT_ANSWER)
			continue;
		memcpy(&answer, message.data, sizeof(answer));
		assert_int_equal(answer.token, 9);
		return answer.code;
	}
}

static void test_keeper_kills_what_does_not_stop(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask(f, LX_FRONT_STOP, 0, 18446744073709551614U), 0);
	assert_int_equal(answer_code(f), 0);
	assert_int_equal(f->m.state.state, LX_STATE_STOPPING);

	assert_int_equal(ask(f, LX_FRONT_STOP, LX_STOP_KILL, 0), 0);
	assert_int_equal(answer_code(f), 0);
	assert_int_equal(f->m.state.state, LX_STATE_ABORTING);
	assert_int_equal(fake_count("sys_pidfd_signal"), 1);

	/* too late to be asked nicely */
	assert_int_equal(ask(f, LX_FRONT_STOP, 0, 1000000), 0);
	assert_int_equal(answer_code(f), 0);
	assert_int_equal(f->m.state.state, LX_STATE_ABORTING);
}

/* Who told the keeper itself to end, as systemd does at shutdown, waits for it: nobody makes it take longer, or start again. */
static void test_keeper_that_is_to_end_ends(void **state)
{
	struct fixture *f = *state;
	struct lx_error err = { 0 };

	f->m.signalled = true;
	f->m.sequel = LX_SEQUEL_STOP;
	assert_done(lx_monitor_begin_stop(&f->m, SIGPWR, 1000000, true, &err), &err);
	assert_int_equal(ask(f, LX_FRONT_STOP, LX_STOP_REBOOT, 0), 0);
	assert_int_equal(answer_code(f), -EBUSY);
	assert_int_equal(ask(f, LX_FRONT_STOP, LX_STOP_REBOOT | LX_STOP_KILL, 0), 0);
	assert_int_equal(answer_code(f), -EBUSY);
	assert_int_equal(ask(f, LX_FRONT_STOP, LX_STOP_NO_KILL, 18446744073709551614U), 0);
	assert_int_equal(answer_code(f), 0);
	assert_true(f->m.kill_at_timeout);
	assert_int_equal(f->m.sequel, LX_SEQUEL_STOP);
	assert_int_equal(fake_count("sys_pidfd_signal"), 0);

	assert_int_equal(ask(f, LX_FRONT_STOP, LX_STOP_KILL, 0), 0);
	assert_int_equal(answer_code(f), 0);
	assert_int_equal(f->m.state.state, LX_STATE_ABORTING);
	assert_int_equal(f->m.sequel, LX_SEQUEL_STOP);
}

static void test_keeper_says_why_it_does_not_freeze(void **state)
{
	struct fixture *f = *state;

	f->m.state.state = LX_STATE_STOPPING;
	assert_int_equal(ask(f, LX_FRONT_FREEZE, 0, 0), 0);
	assert_int_equal(answer_code(f), -EBUSY);
}

/* What was said of the run before does not reach this one. */
static void test_keeper_does_not_hear_of_another_run(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask_with(f, LX_FRONT_STOP, (struct lx_front_ask) { .run = RUN - 1, .token = 9 }, ""), 0);
	assert_int_equal(answer_code(f), -ESRCH);
	assert_int_equal(ask_with(f, LX_FRONT_READY, (struct lx_front_ask) { .run = RUN - 1 }, ""), 0);
	assert_false(f->m.state.ready);
	assert_int_equal(f->m.state.state, LX_STATE_RUNNING);

	assert_int_equal(ask_with(f, LX_FRONT_READY, (struct lx_front_ask) { .run = RUN }, ""), 0);
	assert_true(f->m.state.ready);
}

/* What the run is not ready without. */
static void test_readiness_is_what_can_be_known(void **state _unused_)
{
	static const struct {
		enum lx_init_kind init;
		bool said;
		size_t n_probes, succeeded;
		enum lx_awaited wanted;
	} cases[] = {
		{ LX_INIT_BUSYBOX, false, 0, 0, LX_AWAITED_NOTHING },
		{ LX_INIT_OPENRC, false, 0, 0, LX_AWAITED_NOTHING },
		{ LX_INIT_SYSVINIT, false, 1, 0, LX_AWAITED_PROBE },
		{ LX_INIT_BUSYBOX, false, 2, 1, LX_AWAITED_PROBE },
		{ LX_INIT_BUSYBOX, false, 2, 2, LX_AWAITED_NOTHING },
		{ LX_INIT_SYSTEMD, false, 0, 0, LX_AWAITED_INIT },
		{ LX_INIT_SYSTEMD, true, 0, 0, LX_AWAITED_NOTHING },
		{ LX_INIT_SYSTEMD, false, 1, 0, LX_AWAITED_INIT },
		{ LX_INIT_SYSTEMD, true, 1, 0, LX_AWAITED_PROBE },
		{ LX_INIT_SYSTEMD, true, 1, 1, LX_AWAITED_NOTHING },
		{ LX_INIT_OTHER, false, 0, 0, LX_AWAITED_INIT },
		{ LX_INIT_OTHER, true, 0, 0, LX_AWAITED_NOTHING },
		{ LX_INIT_OTHER, false, 1, 0, LX_AWAITED_PROBE },
		{ LX_INIT_OTHER, false, 1, 1, LX_AWAITED_NOTHING },
	};

	for (size_t i = 0; i < array_size(cases); i++)
		if (lx_readiness_awaited(cases[i].init, cases[i].said, cases[i].n_probes, cases[i].succeeded) != cases[i].wanted)
			fail_msg("case %zu", i);
}

/* Of the next message that is one of the keeper's own accord about probes. */
static void assert_told(struct fixture *f, const char *what)
{
	for (;;) {
		_cleanup_message_ struct sock_message message = { 0 };

		assert_int_equal(sock_recv(f->front_fd, 0, &message), 0);
		if (message.type != LX_FRONT_WAITING)
			continue;
		assert_string_equal(message.data, what);
		return;
	}
}

/* Nor does it say so twice. */
static void test_keeper_asks_when_init_has_spoken(void **state)
{
	struct fixture *f = *state;
	struct lx_config_ready *probe = vec_add(&f->config->probes);
	struct lx_error err = { 0 };

	assert_non_null(probe);
	assert_int_equal(str_set(&probe->tcp, "5432"), 0);
	f->m.inst.plan->guest.init = LX_INIT_SYSTEMD;
	f->m.state.state = LX_STATE_STARTING;
	assert_done(lx_readiness_begin(&f->m, &err), &err);
	assert_string_equal(f->m.state.waiting, "init");
	lx_monitor_set_state(&f->m, LX_STATE_RUNNING);
	lx_readiness_start(&f->m);
	assert_int_equal(f->m.readiness.due, USEC_INFINITY);

	assert_int_equal(ask_with(f, LX_FRONT_READY, (struct lx_front_ask) { .run = RUN }, ""), 0);
	assert_false(f->m.state.ready);
	assert_string_equal(f->m.state.waiting, "tcp 5432");
	assert_told(f, "tcp 5432");
	assert_true(f->m.readiness.due <= time_now(CLOCK_MONOTONIC));

	/* a second word changes nothing, and no time passes while it is frozen */
	lx_monitor_set_state(&f->m, LX_STATE_FREEZING);
	assert_int_equal(ask_with(f, LX_FRONT_READY, (struct lx_front_ask) { .run = RUN }, ""), 0);
	assert_false(f->m.readiness.runs);
	assert_false(f->m.state.ready);
	lx_readiness_end(&f->m);
}

static void test_keeper_takes_no_nonsense(void **state)
{
	static const struct lx_front_ask nothing;
	struct sock_message shorter = { .type = LX_FRONT_STOP, .data = (char *)&nothing, .size = sizeof(nothing) - 1 };
	char text[LX_FRONT_STATUS_MAX + 2] = "";
	struct fixture *f = *state;

	assert_int_equal(lx_monitor_asked(&f->m, &shorter), -EPROTO);
	assert_int_equal(ask(f, (enum lx_front_message)63, 0, 0), -EPROTO);
	assert_int_equal(ask(f, LX_FRONT_RUN, 0, 0), -EPROTO);
	assert_int_equal(ask_with(f, LX_FRONT_STOP, nothing, "more"), -EPROTO);
	memset(text, 'a', LX_FRONT_STATUS_MAX + 1);
	assert_int_equal(ask_with(f, LX_FRONT_STATUS, (struct lx_front_ask) { .run = RUN }, text), -EPROTO);
	assert_int_equal(ask_with(f, LX_FRONT_STATUS, (struct lx_front_ask) { .run = RUN }, "up\033[2J"), 0);
	assert_null(strchr(f->m.state.status, '\033'));
	assert_int_equal(fake_count("sys_pidfd_signal"), 0);
}

/* What a front says is never more than a bounded number of lines of the log, of a level that there is. */
static void test_keeper_logs_for_its_front(void **state)
{
	char path[UNIT_PATH_MAX], line[] = "no\nline of ours";
	_cleanup_close_ int dir_fd = unit_directory(path);
	_cleanup_free_ char *text = NULL;
	struct fixture *f = *state;
	size_t lines = 0;

	lx_log_set_file(openat(dir_fd, "log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), false);
	assert_int_equal(ask_with(f, LX_FRONT_SAY, (struct lx_front_ask) { .flags = LX_LOG_DEBUG }, "unwanted"), 0);
	assert_int_equal(ask_with(f, LX_FRONT_SAY, (struct lx_front_ask) { .flags = 4000000000U }, "unwanted too"), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(ask_with(f, LX_FRONT_SAY, (struct lx_front_ask) { .flags = LX_LOG_WARN }, line), 0);
	/* what it asks in vain is said of it, too */
	for (int i = 0; i < 1000; i++)
		assert_int_equal(ask_with(f, LX_FRONT_LISTENER, (struct lx_front_ask) { .run = RUN }, ""), 0);

	assert_int_equal(file_read(dir_fd, "log", 1 << 20, &text, NULL), 0);
	assert_contains(text, " WARN: front: no line of ours\n");
	assert_null(strstr(text, "unwanted"));
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	assert_in_range(lines, 50, 100);
	unlinkat(dir_fd, "log", 0);
	rmdir(path);
}

/* Nor does what it asks for fill the disk, though each state of the container is in the log. */
static void test_keeper_logs_few_states(void **state)
{
	char path[UNIT_PATH_MAX], file[UNIT_PATH_MAX + 16];
	_cleanup_close_ int dir_fd = unit_directory(path);
	struct lx_orders orders = LX_ORDERS_INIT;
	_cleanup_free_ char *text = NULL;
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	size_t lines = 0;

	snprintf(file, sizeof(file), "%s/log", path);
	orders.log_file = file;
	orders.log_level = (char *)"info";
	f->m.run_fd = dir_fd;
	assert_done(lx_monitor_open_log(&f->m, &orders, &err), &err);
	for (int i = 0; i < 3000; i++) {
		assert_int_equal(ask(f, LX_FRONT_FREEZE, 0, 0), 0);
		assert_true(answer_code(f) < 0); /* there is no group to freeze */
	}
	assert_int_equal(f->m.state.state, LX_STATE_RUNNING);

	assert_int_equal(file_read(dir_fd, "log", 1 << 20, &text, NULL), 0);
	assert_contains(text, " INFO web: FREEZING\n");
	assert_contains(text, "the rest of this minute is left out\n");
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	/* twice as many in a minute that begins meanwhile */
	assert_in_range(lines, 1000, 3000);

	lx_log_set_file_rate(0);
	lx_log_set_prefix("");
	f->m.run_fd = -EBADF;
	free(f->m.log_file);
	free(f->m.log_place);
	unlinkat(dir_fd, "log", 0);
	unlinkat(dir_fd, "state", 0);
	rmdir(path);
}

/* Each is written to a file, and told to systemd. */
static void test_keeper_takes_few_lines_of_status(void **state)
{
	struct fixture *f = *state;
	unsigned changes = 0;

	for (unsigned i = 0; i < 1000; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%u", i);
		assert_int_equal(ask_with(f, LX_FRONT_STATUS, (struct lx_front_ask) { .run = RUN }, text), 0);
		changes += str_equal(f->m.state.status, text);
	}
	/* an honest one has 10 in a second */
	assert_in_range(changes, 10, 100);
}

static void front_says(struct fixture *f, enum lx_front_message what)
{
	const struct lx_front_ask ask = { .run = RUN, .token = 9 };

	assert_int_equal(sock_send(f->front_fd, (uint16_t)what, &ask, sizeof(ask), NULL, 0), 0);
}

static void test_keeper_answers_who_asks_while_the_run_ends(void **state)
{
	struct fixture *f = *state;

	f->m.front.has_run = true;
	front_says(f, LX_FRONT_STOP);
	front_says(f, LX_FRONT_LEFT);
	lx_monitor_withdraw_run(&f->m);
	assert_int_equal(answer_code(f), -ESRCH);
	assert_int_equal(f->m.state.state, LX_STATE_RUNNING);
	assert_true(f->m.front.fd >= 0);
}

/* It would otherwise keep its container from ever being stopped. */
static void test_keeper_does_not_listen_for_ever(void **state)
{
	struct fixture *f = *state;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		const struct lx_front_ask ask = { .run = RUN };

		while (sock_send(f->front_fd, LX_FRONT_READY, &ask, sizeof(ask), NULL, 0) == 0)
			;
		_exit(EXIT_SUCCESS);
	}
	f->m.front.has_run = true;
	lx_monitor_withdraw_run(&f->m);
	assert_int_equal(f->m.front.fd, -EBADF);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_keeper_ends_a_command_with_its_starter(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(ask_with(f, LX_FRONT_STARTER_GONE, (struct lx_front_ask) { 0 }, ""), 0);
	assert_int_equal(fake_count("sys_pidfd_signal"), 0);
	f->m.wish.execute = true;
	assert_int_equal(ask_with(f, LX_FRONT_STARTER_GONE, (struct lx_front_ask) { 0 }, ""), 0);
	assert_int_equal(fake_count("sys_pidfd_signal"), 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_keeper_kills_what_does_not_stop),
		CASE(test_keeper_that_is_to_end_ends),
		CASE(test_keeper_says_why_it_does_not_freeze),
		CASE(test_keeper_does_not_hear_of_another_run),
		CASE(test_readiness_is_what_can_be_known),
		CASE(test_keeper_asks_when_init_has_spoken),
		CASE(test_keeper_takes_no_nonsense),
		CASE(test_keeper_logs_for_its_front),
		CASE(test_keeper_logs_few_states),
		CASE(test_keeper_takes_few_lines_of_status),
		CASE(test_keeper_answers_who_asks_while_the_run_ends),
		CASE(test_keeper_does_not_listen_for_ever),
		CASE(test_keeper_ends_a_command_with_its_starter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
