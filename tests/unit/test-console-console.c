/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monitor's side of the console. A socket pair stands for the pty: our end is the guest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/sock.h"
#include "base/str.h"
#include "base/tree.h"
#include "console/console.h"
#include "console/log.h"
#include "fake/fake.h"

struct fixture {
	char directory[64];
	char *log_file;
	struct event *loop;
	struct lx_console *console;
	int guest_fd, client_fd;
	bool late;              /* the next log file does not come by itself */
	unsigned asked, rounds;
};

static int end_round(struct event_source *source, void *userdata)
{
	struct fixture *f = userdata;

	if (++f->rounds < 20)
		return event_set_timer(source, 0);
	event_exit(f->loop, 0);
	return 0;
}

/* Both ends are ours: everything that is under way arrives within these rounds, however long they take. */
static void run(struct fixture *f)
{
	struct event_source *timer;

	f->rounds = 0;
	assert_int_equal(event_add_timer(f->loop, 0, end_round, f, &timer), 0);
	assert_int_equal(event_run(f->loop), 0);
	event_source_remove(timer);
}

static void turn_over(void *userdata)
{
	struct fixture *f = userdata;

	f->asked++;
	if (!f->late)
		lx_console_set_log(f->console, lx_console_log_turn(f->log_file));
}

static int set_up(void **state)
{
	struct lx_console_options options = { .buffer_size = 16, .log_size_max = 64, .log_full = turn_over };
	struct fixture *f = calloc(1, sizeof(*f));
	int pty[2], client[2];

	fake_reset();
	assert_non_null(f);
	strcpy(f->directory, "/tmp/lx-test-console-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	f->log_file = str_format("%s/web.console", f->directory);
	options.log_fd = lx_console_log_open(f->log_file);
	options.userdata = f;
	assert_true(options.log_fd >= 0);

	assert_int_equal(event_new(&f->loop), 0);
	assert_int_equal(lx_console_new(f->loop, &options, &f->console, NULL), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pty), 0);
	f->guest_fd = pty[1];
	assert_int_equal(lx_console_set_pty(f->console, pty[0], NULL), 0);
	close(pty[0]);
	assert_int_equal(sock_pair(&client[0], &client[1]), 0);
	assert_int_equal(lx_console_add_client(f->console, client[0], NULL), 0);
	f->client_fd = client[1];
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	lx_console_free(f->console);
	event_free(f->loop);
	close_fd(f->guest_fd);
	close_fd(f->client_fd);
	tree_remove(AT_FDCWD, f->directory, NULL);
	free(f->log_file);
	free(f);
	return 0;
}

static void assert_file(const char *path, const char *expected)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(file_read(AT_FDCWD, path, FILE_TEXT_MAX, &text, NULL), 0);
	assert_string_equal(text, expected);
}

static void guest_says(struct fixture *f, const char *text)
{
	assert_int_equal(fd_write_all(f->guest_fd, text, strlen(text)), 0);
	run(f);
}

static void test_console_output_reaches_everybody(void **state)
{
	_cleanup_message_ struct sock_message m = { 0 };
	_cleanup_free_ char *ring = NULL, *after = NULL;
	struct fixture *f = *state;
	size_t size;

	guest_says(f, "hello, this is a long line");
	assert_int_equal(sock_recv(f->client_fd, 0, &m), 0);
	assert_int_equal(m.type, LX_CONSOLE_DATA);
	assert_string_equal(m.data, "hello, this is a long line");
	assert_file(f->log_file, "hello, this is a long line");

	assert_int_equal(lx_console_read_ring(f->console, true, &ring, &size, NULL), 0);
	assert_string_equal(ring, "s is a long line");
	assert_int_equal(lx_console_read_ring(f->console, false, &after, &size, NULL), 0);
	assert_int_equal(size, 0);
}

static void test_console_input_reaches_the_guest(void **state)
{
	struct lx_console_size size = { .rows = 50, .columns = 120 };
	struct fixture *f = *state;
	char text[8] = "";

	assert_int_equal(sock_send(f->client_fd, LX_CONSOLE_DATA, "root\n", 5, NULL, 0), 0);
	assert_int_equal(sock_send(f->client_fd, LX_CONSOLE_SIZE, &size, sizeof(size), NULL, 0), 0);
	run(f);
	assert_int_equal(read(f->guest_fd, text, sizeof(text) - 1), 5);
	assert_string_equal(text, "root\n");
	assert_int_equal(fake_count("sys_pty_set_size"), 1);
	assert_non_null(strstr(fake_log(), ", 50, 120)"));
}

/* A guest that reads nothing, a client that pastes without end: bounded here, and nothing of it is lost. */
static void test_console_input_is_bounded_and_whole(void **state)
{
	char piece[LX_CONSOLE_DATA_MAX], back[LX_CONSOLE_DATA_MAX];
	struct fixture *f = *state;
	size_t sent = 0, received = 0;

	assert_int_equal(fd_set_nonblock(f->client_fd, true), 0);
	for (size_t i = 0; i < 200; i++) {
		memset(piece, (int)('a' + i % 26), sizeof(piece));
		if (sock_send(f->client_fd, LX_CONSOLE_DATA, piece, sizeof(piece), NULL, 0) < 0)
			break;
		sent += sizeof(piece);
		if (i % 10 == 0)
			run(f);
	}
	assert_true(sent > 0 && sent < 200 * sizeof(piece));
	while (received < sent) {
		ssize_t n;

		run(f);
		n = recv(f->guest_fd, back, sizeof(back), MSG_DONTWAIT);
		assert_true(n > 0);
		for (ssize_t i = 0; i < n; i++)
			assert_int_equal(back[i], 'a' + (int)((received + (size_t)i) / sizeof(piece) % 26));
		received += (size_t)n;
	}
}

/* What does not go in goes in after the loop has run, at most a few times: a busy machine gets little done in one. */
static void guest_writes(struct fixture *f, const char *data, size_t size)
{
	for (int tries = 0; size > 0; tries++) {
		ssize_t n = write(f->guest_fd, data, size);

		assert_true(n >= 0 || errno == EAGAIN);
		assert_true(tries < 100);
		if (n < 0)
			run(f);
		else
			size -= (size_t)n;
	}
}

static void test_console_slow_client_does_not_hold_the_guest(void **state)
{
	_cleanup_free_ char *block = malloc(4096);
	struct fixture *f = *state;

	memset(block, 'x', 4096);
	assert_int_equal(fd_set_nonblock(f->guest_fd, true), 0);
	for (int i = 0; i < 400; i++)
		guest_writes(f, block, 4096);
}

static void test_console_drops_a_client_that_talks_nonsense(void **state)
{
	_cleanup_message_ struct sock_message m = { 0 };
	struct fixture *f = *state;

	assert_int_equal(sock_send(f->client_fd, LX_CONSOLE_SIZE, "x", 1, NULL, 0), 0);
	run(f);
	assert_int_equal(sock_recv(f->client_fd, 0, &m), -EPIPE);
	guest_says(f, "still here");
	assert_file(f->log_file, "still here");
}

static void test_console_log_turns_over(void **state)
{
	_cleanup_free_ char *old = str_format("%s.1", ((struct fixture *)*state)->log_file);
	struct fixture *f = *state;
	char text[61];

	memset(text, 'a', 60);
	text[60] = '\0';
	guest_says(f, text);
	guest_says(f, "second");
	assert_file(old, text);
	assert_file(f->log_file, "second");
}

/* Whoever brings the next file may be busy: the guest is not held up, and the disk does not fill. */
static void test_console_log_is_bounded_without_another(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	f->late = true;
	for (int i = 0; i < 100; i++)
		guest_says(f, "0123456789");
	assert_int_equal(stat(f->log_file, &st), 0);
	assert_int_equal(st.st_size, 120);
	assert_int_equal(f->asked, 1);

	lx_console_set_log(f->console, lx_console_log_turn(f->log_file));
	guest_says(f, "again");
	assert_file(f->log_file, "again");
}

static void test_console_outlives_a_run(void **state)
{
	struct fixture *f = *state;
	int pty[2];

	assert_int_equal(fd_write_all(f->guest_fd, "last words;", 11), 0);
	assert_int_equal(lx_console_set_pty(f->console, -EBADF, NULL), 0);
	close(f->guest_fd);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pty), 0);
	assert_int_equal(lx_console_set_pty(f->console, pty[0], NULL), 0);
	close(pty[0]);
	f->guest_fd = pty[1];
	guest_says(f, "again");
	assert_file(f->log_file, "last words;again");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_console_output_reaches_everybody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_console_input_reaches_the_guest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_console_input_is_bounded_and_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_console_slow_client_does_not_hold_the_guest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_console_drops_a_client_that_talks_nonsense, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_console_log_turns_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_console_log_is_bounded_without_another, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_console_outlives_a_run, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
