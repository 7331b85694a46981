/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* base/datagram. */
#include "unit/unit.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/datagram.h"

/* What listens at path; the first byte of an abstract name is a zero. */
static int listen_at(const char *path, size_t n)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0 && n <= sizeof(address.sun_path));
	memcpy(address.sun_path, path, n);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)), 0);
	return fd;
}

static void test_datagram_arrives_at_a_path(void **state)
{
	char directory[UNIT_PATH_MAX], path[UNIT_PATH_MAX + 16], data[16];
	_cleanup_close_ int dir_fd = unit_directory(directory), here = -EBADF, there = -EBADF;

	(void)state;
	snprintf(path, sizeof(path), "%s/socket", directory);
	here = listen_at(path, strlen(path));
	there = datagram_connect(path);
	assert_true(there >= 0);
	assert_int_equal(datagram_send(there, "one\0two", 7), 0);
	assert_int_equal(recv(here, data, sizeof(data), 0), 7);
	assert_memory_equal(data, "one\0two", 7);

	/* what listens there goes, and another one comes */
	here = close_fd(here);
	assert_int_equal(datagram_send(there, "x", 1), -ECONNREFUSED);
	assert_int_equal(datagram_connect(path), -ECONNREFUSED);
	unlinkat(dir_fd, "socket", 0);
	assert_int_equal(datagram_connect(path), -ENOENT);
	rmdir(directory);
}

static void test_datagram_arrives_at_an_abstract_name(void **state)
{
	char name[64], data[16];
	_cleanup_close_ int here = -EBADF, there = -EBADF;

	(void)state;
	snprintf(name, sizeof(name), "@lx-unit-%d", (int)getpid());
	name[0] = 0;
	here = listen_at(name, 1 + strlen(name + 1));
	name[0] = '@';
	there = datagram_connect(name);
	assert_true(there >= 0);
	assert_int_equal(datagram_send(there, "READY=1", 7), 0);
	assert_int_equal(recv(here, data, sizeof(data), 0), 7);
}

static void test_datagram_does_not_wait(void **state)
{
	char data[4096] = "";
	int pair[2], r;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
	while ((r = datagram_send(pair[0], data, sizeof(data))) == 0)
		;
	assert_int_equal(r, -EAGAIN);
	close_fd(pair[0]);
	close_fd(pair[1]);
}

static void test_datagram_refuses_what_is_no_address(void **state)
{
	char name[200];

	(void)state;
	assert_int_equal(datagram_connect(""), -EINVAL);
	assert_int_equal(datagram_connect("@"), -EINVAL);
	assert_int_equal(datagram_connect("relative"), -EINVAL);
	assert_int_equal(datagram_connect("vsock:2:1"), -EINVAL);
	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = 0;
	assert_int_equal(datagram_connect(name), -ENAMETOOLONG);
}

UNIT_MAIN(
	UNIT(test_datagram_arrives_at_a_path),
	UNIT(test_datagram_arrives_at_an_abstract_name),
	UNIT(test_datagram_does_not_wait),
	UNIT(test_datagram_refuses_what_is_no_address),
)
