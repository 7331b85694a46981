/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The caller's side of a terminal session, with pipes for the user and a socket pair for the far end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/sock.h"
#include "console/console.h"
#include "console/relay.h"
#include "sys/sys.h"

struct fixture {
	int in[2], out[2], far[2];
	struct lx_relay_options options;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(pipe2(f->in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(f->out, O_CLOEXEC), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, f->far), 0);
	f->options = (struct lx_relay_options){
		.in_fd = f->in[0], .out_fd = f->out[1], .far_fd = f->far[0],
		.size_fd = -1, .log_fd = -1, .escape = -1, .pidfd = -1,
	};
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) {
		close_fd(f->in[i]);
		close_fd(f->out[i]);
		close_fd(f->far[i]);
	}
	free(f);
	return 0;
}

static void assert_far_got(const struct fixture *f, const char *expected)
{
	char text[64] = "";
	ssize_t n = recv(f->far[1], text, sizeof(text) - 1, MSG_DONTWAIT);

	assert_int_equal(n, strlen(expected) > 0 ? (ssize_t)strlen(expected) : -1);
	assert_string_equal(text, expected);
}

static void type(const struct fixture *f, const char *keys)
{
	assert_int_equal(fd_write_all(f->in[1], keys, strlen(keys)), 0);
}

static void test_relay_ends_at_the_escape_sequence(void **state)
{
	struct fixture *f = *state;

	f->options.escape = 1;
	type(f, "ls\n\001qmore");
	assert_int_equal(lx_relay_run(&f->options, NULL, NULL), LX_RELAY_ESCAPE);
	assert_far_got(f, "ls\n");
}

static void test_relay_passes_what_is_no_escape_sequence(void **state)
{
	struct fixture *f = *state;

	f->options.escape = 1;
	type(f, "a\001\001q\001x\001q");
	assert_int_equal(lx_relay_run(&f->options, NULL, NULL), LX_RELAY_ESCAPE);
	assert_far_got(f, "a\001q\001x");
}

static void test_relay_gives_output_until_the_far_end_closes(void **state)
{
	static const char bytes[] = "\0\001\377\r\n end";
	struct fixture *f = *state;
	char text[64];

	assert_int_equal(fd_write_all(f->far[1], bytes, sizeof(bytes)), 0);
	f->far[1] = close_fd(f->far[1]);
	assert_int_equal(lx_relay_run(&f->options, NULL, NULL), LX_RELAY_CLOSED);
	assert_int_equal(read(f->out[0], text, sizeof(text)), sizeof(bytes));
	assert_memory_equal(text, bytes, sizeof(bytes));
}

static void test_relay_speaks_messages_to_a_monitor(void **state)
{
	_cleanup_message_ struct sock_message m = { 0 };
	struct fixture *f = *state;
	int pair[2];
	char text[8] = "";

	assert_int_equal(sock_pair(&pair[0], &pair[1]), 0);
	f->options.far_fd = pair[0];
	f->options.framed = true;
	f->options.escape = 1;
	assert_int_equal(sock_send(pair[1], LX_CONSOLE_DATA, "hello", 5, NULL, 0), 0);
	type(f, "hi\001q");
	assert_int_equal(lx_relay_run(&f->options, NULL, NULL), LX_RELAY_ESCAPE);
	assert_int_equal(sock_recv(pair[1], 0, &m), 0);
	assert_int_equal(m.type, LX_CONSOLE_DATA);
	assert_string_equal(m.data, "hi");
	sock_message_done(&m);

	close(pair[1]);
	f->options.in_fd = -1;
	assert_int_equal(lx_relay_run(&f->options, NULL, NULL), LX_RELAY_CLOSED);
	assert_int_equal(read(f->out[0], text, sizeof(text) - 1), 5);
	assert_string_equal(text, "hello");
	close(pair[0]);
}

static pid_t start(int (*fn)(struct fixture *f), struct fixture *f, int *ret_pidfd)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fn(f));
	*ret_pidfd = sys_pidfd_open(pid);
	assert_true(*ret_pidfd >= 0);
	return pid;
}

static int say_much(struct fixture *f)
{
	char block[1000];

	memset(block, 'y', sizeof(block));
	for (int i = 0; i < 100; i++)
		if (fd_write_all(f->far[1], block, sizeof(block)) < 0)
			return 1;
	return 0;
}

static int count_output(struct fixture *f)
{
	char block[4096];
	size_t total = 0;
	ssize_t n;

	close(f->out[1]);
	while ((n = read(f->out[0], block, sizeof(block))) > 0)
		total += (size_t)n;
	return total == 100000 ? 0 : 1;
}

/* Others may keep the terminal open (we do): the process decides, and all that it said arrives. */
static void test_relay_ends_with_the_process_and_loses_nothing(void **state)
{
	struct fixture *f = *state;
	int pidfd, reader_fd, status;
	pid_t reader = start(count_output, f, &reader_fd), pid = start(say_much, f, &pidfd);

	f->options.in_fd = -1;
	f->options.pidfd = pidfd;
	assert_int_equal(lx_relay_run(&f->options, NULL, NULL), LX_RELAY_PROCESS);
	f->out[1] = close_fd(f->out[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_int_equal(status, 0);
	close(pidfd);
	close(reader_fd);
}

static void test_relay_ends_at_a_signal(void **state)
{
	struct fixture *f = *state;
	int number = 0;
	sigset_t mask;

	/* Pending when the relay begins; it is blocked until then. */
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	raise(SIGTERM);
	assert_int_equal(lx_relay_run(&f->options, &number, NULL), LX_RELAY_SIGNAL);
	assert_int_equal(number, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
}

static int wait_for_a_signal(struct fixture *f)
{
	(void)f;
	setpgid(0, 0);
	return pause();
}

static void test_relay_hands_signals_to_the_group(void **state)
{
	struct fixture *f = *state;
	sigset_t mask;
	int pidfd, status;
	pid_t pid;

	(void)signal(SIGINT, SIG_DFL); /* what a shell runs in the background ignores it, and so would the process */
	pid = start(wait_for_a_signal, f, &pidfd);
	setpgid(pid, pid);
	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	raise(SIGINT);
	f->options.in_fd = -1;
	f->options.far_fd = -1;
	f->options.pidfd = pidfd;
	f->options.group = pid;
	assert_int_equal(lx_relay_run(&f->options, NULL, NULL), LX_RELAY_PROCESS);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGINT);
	close(pidfd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_relay_ends_at_the_escape_sequence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_relay_passes_what_is_no_escape_sequence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_relay_gives_output_until_the_far_end_closes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_relay_speaks_messages_to_a_monitor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_relay_ends_with_the_process_and_loses_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_relay_ends_at_a_signal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_relay_hands_signals_to_the_group, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
