/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* base/sock, with real sockets. */
#include "unit/unit.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/macro.h"
#include "base/sock.h"
#include "base/tree.h"

#define SOON (time_now(CLOCK_MONOTONIC) + 5 * USEC_PER_SEC)

static void open_pair(int fds[2])
{
	assert_int_equal(sock_pair(&fds[0], &fds[1]), 0);
}

static void close_pair(int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

static size_t count_open(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_sock_message_arrives_whole(void **state)
{
	_cleanup_message_ struct sock_message m = { 0 }, empty = { 0 };
	int fds[2];

	(void)state;
	open_pair(fds);
	assert_int_equal(sock_send(fds[0], 7, "hello", 5, NULL, 0), 0);
	assert_int_equal(sock_send(fds[0], 8, NULL, 0, NULL, 0), 0);
	assert_int_equal(sock_recv(fds[1], SOON, &m), 0);
	assert_int_equal(m.type, 7);
	assert_int_equal(m.size, 5);
	assert_string_equal(m.data, "hello");
	assert_int_equal(sock_recv(fds[1], SOON, &empty), 0);
	assert_int_equal(empty.type, 8);
	assert_string_equal(empty.data, "");
	close_pair(fds);
}

static void test_sock_largest_message(void **state)
{
	_cleanup_free_ char *data = malloc(SOCK_PAYLOAD_MAX + 1);
	_cleanup_message_ struct sock_message m = { 0 };
	int fds[2];

	(void)state;
	memset(data, 'x', SOCK_PAYLOAD_MAX);
	open_pair(fds);
	assert_int_equal(sock_send(fds[0], 1, data, SOCK_PAYLOAD_MAX, NULL, 0), 0);
	assert_int_equal(sock_recv(fds[1], SOON, &m), 0);
	assert_int_equal(m.size, SOCK_PAYLOAD_MAX);
	assert_memory_equal(m.data, data, SOCK_PAYLOAD_MAX);
	assert_int_equal(sock_send(fds[0], 1, data, SOCK_PAYLOAD_MAX + 1, NULL, 0), -EMSGSIZE);
	close_pair(fds);
}

static void test_sock_carries_descriptors(void **state)
{
	_cleanup_message_ struct sock_message m = { 0 };
	int fds[2], sent[SOCK_FDS_MAX + 1];
	size_t before;

	(void)state;
	open_pair(fds);
	for (size_t i = 0; i < array_size(sent); i++)
		sent[i] = fds[0];
	before = count_open();
	assert_int_equal(sock_send(fds[0], 1, "x", 1, sent, SOCK_FDS_MAX), 0);
	assert_int_equal(sock_recv(fds[1], SOON, &m), 0);
	assert_int_equal(m.n_fds, SOCK_FDS_MAX);
	assert_int_equal(count_open(), before + SOCK_FDS_MAX);
	assert_true(fcntl(m.fds[0], F_GETFD) & FD_CLOEXEC);
	sock_message_done(&m);
	assert_int_equal(count_open(), before);
	assert_int_equal(sock_send(fds[0], 1, "x", 1, sent, SOCK_FDS_MAX + 1), -EMSGSIZE);
	close_pair(fds);
}

/* What a stranger may send: raw bytes with n descriptors beside them. */
static void send_raw(int fd, const void *data, size_t size, size_t n_fds)
{
	char control[CMSG_SPACE(sizeof(int) * 64)] = { 0 };
	struct iovec part = { (void *)data, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (n_fds > 0) {
		struct cmsghdr *c;

		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		for (size_t i = 0; i < n_fds; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
	}
	assert_int_equal(sendmsg(fd, &message, 0), (ssize_t)size);
}

static void test_sock_refuses_strange_messages(void **state)
{
	struct {
		uint32_t magic;
		uint16_t version, type;
		uint32_t size;
		char data[4];
	} good = { 0x316d786c, 1, 5, 4, "abc" }, bad;
	struct sock_message m = { 0 };
	char *large = calloc(1, SOCK_PAYLOAD_MAX + 4096);
	size_t before;
	int fds[2];

	(void)state;
	open_pair(fds);
	before = count_open();
	send_raw(fds[0], "x", 1, 0);
	assert_int_equal(sock_recv(fds[1], SOON, &m), -EPROTO);

	bad = good;
	bad.magic++;
	send_raw(fds[0], &bad, sizeof(bad), 2);
	assert_int_equal(sock_recv(fds[1], SOON, &m), -EPROTO);
	bad = good;
	bad.version++;
	send_raw(fds[0], &bad, sizeof(bad), 0);
	assert_int_equal(sock_recv(fds[1], SOON, &m), -EPROTO);
	bad = good;
	bad.size = 5;
	send_raw(fds[0], &bad, sizeof(bad), 0);
	assert_int_equal(sock_recv(fds[1], SOON, &m), -EPROTO);
	send_raw(fds[0], &good, sizeof(good), SOCK_FDS_MAX + 8);
	assert_int_equal(sock_recv(fds[1], SOON, &m), -EPROTO);
	memcpy(large, &good, sizeof(good));
	send_raw(fds[0], large, SOCK_PAYLOAD_MAX + 4096, 1);
	assert_int_equal(sock_recv(fds[1], SOON, &m), -EPROTO);
	assert_int_equal(count_open(), before); /* no descriptor of theirs is left */

	send_raw(fds[0], &good, sizeof(good), 0);
	assert_int_equal(sock_recv(fds[1], SOON, &m), 0);
	assert_int_equal(m.type, 5);
	sock_message_done(&m);
	free(large);
	close_pair(fds);
}

static void test_sock_recv_ends_in_time(void **state)
{
	usec_t start = time_now(CLOCK_MONOTONIC);
	struct sock_message m = { 0 };
	int fds[2];

	(void)state;
	open_pair(fds);
	assert_int_equal(sock_recv(fds[1], start + 20 * USEC_PER_MSEC, &m), -ETIMEDOUT);
	assert_true(time_now(CLOCK_MONOTONIC) - start >= 20 * USEC_PER_MSEC);
	assert_int_equal(sock_recv(fds[1], 0, &m), -ETIMEDOUT); /* long past: only looks */
	close(fds[0]);
	assert_int_equal(sock_recv(fds[1], USEC_INFINITY, &m), -EPIPE);
	assert_int_equal(sock_send(fds[1], 1, NULL, 0, NULL, 0), -EPIPE);
	close(fds[1]);
}

/* What a peer said last arrives, also when it ended without having read what we sent. */
static void test_sock_last_words_of_a_peer_arrive(void **state)
{
	_cleanup_message_ struct sock_message m = { 0 };
	int fds[2];

	(void)state;
	open_pair(fds);
	assert_int_equal(sock_send(fds[0], 1, "unread", 6, NULL, 0), 0);
	assert_int_equal(sock_send(fds[1], 2, "why", 3, NULL, 0), 0);
	fds[1] = close_fd(fds[1]);
	assert_int_equal(sock_recv(fds[0], USEC_INFINITY, &m), 0);
	assert_string_equal(m.data, "why");
	sock_message_done(&m);
	assert_int_equal(sock_recv(fds[0], USEC_INFINITY, &m), -EPIPE);
	close_pair(fds);
}

static void test_sock_listens_below_long_paths(void **state)
{
	char path[UNIT_PATH_MAX], name[200];
	_cleanup_close_ int top_fd = unit_directory(path), dir_fd = -EBADF, listen_fd = -EBADF, fd = -EBADF;
	struct ucred peer;
	struct stat st;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(mkdirat(top_fd, name, 0700), 0);
	dir_fd = openat(top_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	listen_fd = sock_listen(dir_fd, "socket");
	assert_true(listen_fd >= 0);
	assert_int_equal(fstatat(dir_fd, "socket", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	fd = sock_connect(dir_fd, "socket");
	assert_true(fd >= 0);
	assert_int_equal(sock_peer(fd, &peer), 0);
	assert_int_equal(peer.pid, getpid());

	assert_int_equal(sock_listen(dir_fd, "socket"), -EADDRINUSE);
	listen_fd = close_fd(listen_fd);
	listen_fd = sock_listen(dir_fd, "socket"); /* the name that nobody serves is taken over */
	assert_true(listen_fd >= 0);
	assert_int_equal(sock_connect(dir_fd, name), -ENAMETOOLONG);
	assert_int_equal(sock_connect(dir_fd, "other"), -ENOENT);
	assert_int_equal(sock_connect_stream(dir_fd, "other"), -ENOENT);
	assert_int_equal(sock_connect_stream(dir_fd, "socket"), -EPROTOTYPE); /* it is no stream */
	assert_int_equal(tree_remove(AT_FDCWD, path, NULL), 0);
}

UNIT_MAIN(
	UNIT(test_sock_message_arrives_whole),
	UNIT(test_sock_largest_message),
	UNIT(test_sock_carries_descriptors),
	UNIT(test_sock_refuses_strange_messages),
	UNIT(test_sock_recv_ends_in_time),
	UNIT(test_sock_last_words_of_a_peer_arrive),
	UNIT(test_sock_listens_below_long_paths),
)
