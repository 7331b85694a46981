/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* base/notify: what a service manager hears. */
#include "unit/unit.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/notify.h"

/* The manager's end, which has an abstract name. */
static int begin(bool meant)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "@lx-unit-notify-%d", (int)getpid());
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
	address.sun_path[0] = 0;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)), 0);
	notify_begin(meant);
	return fd;
}

static void assert_heard(int fd, const char *text)
{
	char data[2048] = "";

	assert_true(recv(fd, data, sizeof(data) - 1, 0) > 0);
	assert_string_equal(data, text);
}

static void test_notify_tells(void **state _unused_)
{
	_cleanup_close_ int fd = begin(true);

	notify_tell("READY=%d", 1);
	assert_heard(fd, "READY=1");
	notify_status("up %s", "and running");
	assert_heard(fd, "STATUS=up and running");
	notify_end();
}

/* Nobody whom we start may speak for us. */
static void test_notify_keeps_the_socket_to_itself(void **state _unused_)
{
	_cleanup_close_ int fd = begin(false);
	char data[16];

	assert_null(getenv("NOTIFY_SOCKET"));
	notify_tell("READY=1");
	assert_true(recv(fd, data, sizeof(data), 0) < 0);
	notify_end();
}

/* A second line would be another message; what is no text the manager refuses, and says so in its log each time. */
static void test_notify_status_is_a_line_of_text(void **state _unused_)
{
	_cleanup_close_ int fd = begin(true);
	char many[400], told[512];

	notify_status("a\nREADY=1\033[2J\x9b \xc3\x28");
	assert_heard(fd, "STATUS=a?READY=1?[2J? ?(");

	/* cut in the middle of a character */
	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = i % 2 ? '\xa9' : '\xc3';
	many[sizeof(many) - 1] = 0;
	notify_status("%s", many);
	assert_true(recv(fd, told, sizeof(told), 0) > 0);
	assert_int_equal((unsigned char)told[7 + 253], 0xa9);
	assert_int_equal(told[7 + 254], '?');
	notify_end();
}

UNIT_MAIN(
	UNIT(test_notify_tells),
	UNIT(test_notify_keeps_the_socket_to_itself),
	UNIT(test_notify_status_is_a_line_of_text),
)
