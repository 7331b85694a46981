/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* base/log and base/journald, with a socket in the journal's place. */
#include "unit/unit.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/journald.h"
#include "base/log.h"

struct fixture {
	char directory[UNIT_PATH_MAX], socket[UNIT_PATH_MAX + 16], file[UNIT_PATH_MAX + 16];
	int dir_fd, journal_fd;
	char message[JOURNALD_SIZE_MAX + 1];
	size_t size;
};

static void start_journal(struct fixture *f)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	f->journal_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(f->journal_fd >= 0 && strlen(f->socket) < sizeof(address.sun_path));
	memcpy(address.sun_path, f->socket, strlen(f->socket));
	assert_int_equal(bind(f->journal_fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void stop_journal(struct fixture *f)
{
	f->journal_fd = close_fd(f->journal_fd);
	(void)unlinkat(f->dir_fd, "socket", 0);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->dir_fd = unit_directory(f->directory);
	snprintf(f->socket, sizeof(f->socket), "%s/socket", f->directory);
	snprintf(f->file, sizeof(f->file), "%s/file", f->directory);
	start_journal(f);
	lx_log_set_level(LX_LOG_INFO);
	lx_log_set_prefix("web");
	assert_int_equal(lx_log_set_journal(f->socket, "lx", f->file), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	lx_log_close();
	lx_log_set_relay(NULL, NULL);
	lx_log_set_field("CONTAINER", NULL);
	stop_journal(f);
	(void)unlinkat(f->dir_fd, "file", 0);
	close_fd(f->dir_fd);
	rmdir(f->directory);
	free(f);
	return 0;
}

/* The next message that the journal gets; false: there is none. */
static bool receive(struct fixture *f)
{
	ssize_t n = recv(f->journal_fd, f->message, sizeof(f->message) - 1, MSG_DONTWAIT);

	f->size = n < 0 ? 0 : (size_t)n;
	f->message[f->size] = 0;
	return n >= 0;
}

/*
 * Reads the message as journald does: up to the next line end, or the form with a length. The number of fields with this
 * name; the value of the last one.
 */
static unsigned fields(const struct fixture *f, const char *name, char *value, size_t size)
{
	const char *p = f->message, *end = p + f->size;
	unsigned n = 0;

	while (p < end) {
		const char *line_end = memchr(p, '\n', (size_t)(end - p)), *equals, *data, *next;
		uint64_t n_data = 0;
		size_t n_name;

		assert_non_null(line_end);
		equals = memchr(p, '=', (size_t)(line_end - p));
		if (equals) {
			n_name = (size_t)(equals - p);
			data = equals + 1;
			n_data = (uint64_t)(line_end - data);
		} else {
			n_name = (size_t)(line_end - p);
			assert_true(end - line_end > 9);
			for (unsigned i = 0; i < 8; i++)
				n_data |= (uint64_t)(unsigned char)line_end[1 + i] << 8 * i;
			data = line_end + 9;
		}
		assert_true(n_data < (uint64_t)(end - data));
		next = data + n_data;
		assert_int_equal(*next, '\n');
		if (strlen(name) == n_name && memcmp(p, name, n_name) == 0) {
			n++;
			snprintf(value, size, "%.*s", (int)n_data, data);
		}
		p = next + 1;
	}
	return n;
}

static void assert_field(const struct fixture *f, const char *name, const char *expected)
{
	char value[JOURNALD_SIZE_MAX] = "";

	assert_int_equal(fields(f, name, value, sizeof(value)), 1);
	assert_string_equal(value, expected);
}

static void assert_no_field(const struct fixture *f, const char *name)
{
	char value[16];

	assert_int_equal(fields(f, name, value, sizeof(value)), 0);
}

static void test_journal_gets_fields(void **state)
{
	struct fixture *f = *state;

	lx_log_set_field("CONTAINER", "web");
	log_warn("bridge %s does not exist", "br0");
	assert_true(receive(f));
	assert_field(f, "MESSAGE", "web: bridge br0 does not exist");
	assert_field(f, "PRIORITY", "4");
	assert_field(f, "SYSLOG_IDENTIFIER", "lx");
	assert_field(f, "CONTAINER", "web");
	assert_no_field(f, "MESSAGE_ID");
	assert_int_equal(faccessat(f->dir_fd, "file", F_OK, 0), -1); /* nor has the file it */

	log_debug("not this");
	assert_false(receive(f));

	lx_log_set_field("CONTAINER", "db");
	lx_log_write_event("fd2650de94c34504b7e7ab388fb7feba", LX_LOG_INFO, "ready");
	assert_true(receive(f));
	assert_field(f, "CONTAINER", "db");
	assert_field(f, "PRIORITY", "6");
	assert_field(f, "MESSAGE_ID", "fd2650de94c34504b7e7ab388fb7feba");
}

static void test_journal_knows_each_level(void **state)
{
	static const char *const expected[] = { "3", "4", "5", "6", "7", "7" };
	struct fixture *f = *state;

	lx_log_set_level(LX_LOG_TRACE);
	for (int level = LX_LOG_ERROR; level <= LX_LOG_TRACE; level++) {
		lx_log_write((enum lx_log_level)level, "x");
		assert_true(receive(f));
		assert_field(f, "PRIORITY", expected[level]);
	}
}

/* What a guest says may stand in a message or in a value: it never becomes a field, nor hides the message. */
static void test_journal_gets_no_field_from_a_text(void **state)
{
	struct fixture *f = *state;

	lx_log_set_field("CONTAINER", "web\nPRIORITY=0\nCODE_FILE=x");
	log_info("status: %s", "fine\nPRIORITY=0\nCONTAINER=db\n\xff\x9b" "31m \xc3");
	assert_true(receive(f));
	assert_field(f, "PRIORITY", "6");
	assert_field(f, "CONTAINER", "web\nPRIORITY=0\nCODE_FILE=x");
	assert_no_field(f, "CODE_FILE");
	assert_field(f, "MESSAGE", "web: status: fine PRIORITY=0 CONTAINER=db ??31m ?");
}

static void test_journal_messages_are_bounded(void **state)
{
	struct fixture *f = *state;
	char text[20000], value[JOURNALD_SIZE_MAX];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	lx_log_set_field("CONTAINER", text);
	log_info("%s", text);
	assert_true(receive(f));
	assert_int_equal(fields(f, "MESSAGE", value, sizeof(value)), 1);
	assert_true(strlen(value) > 2000);
	assert_int_equal(fields(f, "CONTAINER", value, sizeof(value)), 1);
	assert_int_equal(strlen(value), 255);
	assert_field(f, "PRIORITY", "6");
}

static void test_journald_leaves_out_what_has_no_room(void **state)
{
	struct fixture *f = *state;
	struct journald_message m = { .size = 0 };
	char value[JOURNALD_SIZE_MAX + 100];

	memset(value, 'b', sizeof(value) - 1);
	value[sizeof(value) - 1] = 0;
	journald_add(&m, "LONG", value);
	assert_int_equal(m.size, 0);
	value[JOURNALD_SIZE_MAX - 100] = 0;
	journald_add(&m, "LONG", value);
	value[10] = '\n';
	value[200] = 0;
	journald_add(&m, "NEXT", value);
	journald_add(&m, "LAST", "c\nd");
	assert_true(m.size <= sizeof(m.data));
	memcpy(f->message, m.data, m.size);
	f->size = m.size;
	assert_int_equal(fields(f, "LONG", value, sizeof(value)), 1);
	assert_no_field(f, "NEXT");
	assert_field(f, "LAST", "c\nd");
}

static void expect_in_file(const struct fixture *f, const char *text)
{
	_cleanup_free_ char *content = NULL;

	assert_int_equal(file_read(f->dir_fd, "file", 65536, &content, NULL), 0);
	assert_contains(content, text);
}

static void test_journal_that_goes_and_comes_back(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *content = NULL;

	stop_journal(f);
	errno = EPERM;
	log_warn("nobody listens");
	assert_int_equal(errno, EPERM);
	expect_in_file(f, " WARN web: nobody listens\n");

	start_journal(f);
	log_warn("there again");
	assert_true(receive(f));
	assert_field(f, "MESSAGE", "web: there again");
	assert_int_equal(file_read(f->dir_fd, "file", 65536, &content, NULL), 0);
	assert_null(strstr(content, "there again"));
}

static void test_journal_that_does_not_read(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2000 && faccessat(f->dir_fd, "file", F_OK, 0) < 0; i++)
		log_warn("message %d", i);
	expect_in_file(f, " WARN web: message ");
	assert_true(receive(f));
	assert_field(f, "MESSAGE", "web: message 0");
}

/* It may be behind another root, where the names are a guest's. */
static void test_child_opens_nothing_by_name(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid;

	stop_journal(f);
	start_journal(f);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		log_warn("of a child");
		_exit(EXIT_SUCCESS);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_false(receive(f));
	assert_int_equal(faccessat(f->dir_fd, "file", F_OK, 0), -1);

	log_warn("of the parent");
	assert_true(receive(f));
}

static void test_file_is_written_beside_the_journal(void **state)
{
	struct fixture *f = *state;

	lx_log_set_file(open(f->file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), false);
	log_warn("both");
	assert_true(receive(f));
	expect_in_file(f, " WARN web: both\n");
}

static size_t count_in_file(const struct fixture *f, const char *text)
{
	_cleanup_free_ char *content = NULL;
	size_t n = 0;

	assert_int_equal(file_read(f->dir_fd, "file", 65536, &content, NULL), 0);
	for (const char *p = content; (p = strstr(p, text)); p++)
		n++;
	return n;
}

static void test_file_has_a_rate(void **state)
{
	struct fixture *f = *state;

	lx_log_set_file(open(f->file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), false);
	lx_log_set_level(LX_LOG_TRACE);
	lx_log_set_file_rate(10);
	for (int level = LX_LOG_ERROR; level <= LX_LOG_TRACE; level++)
		for (int i = 0; i < 100; i++)
			lx_log_write((enum lx_log_level)level, "again");
	lx_log_set_file_rate(0);

	assert_int_equal(count_in_file(f, " ERROR web: again\n"), 100);
	assert_int_equal(count_in_file(f, " WARN web: again\n"), 10);
	assert_int_equal(count_in_file(f, " WARN web: too many messages"), 1);
	assert_int_equal(count_in_file(f, " NOTICE web: "), 11);
	assert_int_equal(count_in_file(f, " INFO web: "), 11);
	assert_int_equal(count_in_file(f, " DEBUG web: again\n"), 100);
	assert_int_equal(count_in_file(f, " TRACE web: again\n"), 100);
}

static void keep(enum lx_log_level level, const char *message, void *userdata)
{
	struct fixture *f = userdata;

	assert_int_equal(level, LX_LOG_WARN);
	f->size = (size_t)snprintf(f->message, sizeof(f->message), "%s", message);
}

static void test_relay_takes_all(void **state)
{
	struct fixture *f = *state;

	lx_log_set_relay(keep, f);
	log_warn("for %s", "you");
	assert_string_equal(f->message, "for you");
	lx_log_set_relay(NULL, NULL);
	assert_false(receive(f));
}

static void test_nobody_listens_from_the_start(void **state)
{
	struct fixture *f = *state;

	lx_log_close();
	stop_journal(f);
	assert_int_equal(lx_log_set_journal(f->socket, "lx", f->file), -ENOENT);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_journal_gets_fields),
		CASE(test_journal_knows_each_level),
		CASE(test_journal_gets_no_field_from_a_text),
		CASE(test_journal_messages_are_bounded),
		CASE(test_journald_leaves_out_what_has_no_room),
		CASE(test_journal_that_goes_and_comes_back),
		CASE(test_journal_that_does_not_read),
		CASE(test_child_opens_nothing_by_name),
		CASE(test_file_is_written_beside_the_journal),
		CASE(test_file_has_a_rate),
		CASE(test_relay_takes_all),
		CASE(test_nobody_listens_from_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
