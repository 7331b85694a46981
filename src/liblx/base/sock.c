/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Framed messages over SOCK_SEQPACKET. The kernel keeps the bounds of a message, the header says what it is and lets us
 * refuse what another version or a stranger sent. Descriptors that arrive with a message that is refused are closed.
 */
#include "base/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/macro.h"

#define MAGIC 0x316d786cU /* "lxm1" */
#define VERSION 1

struct header {
	uint32_t magic;
	uint16_t version;
	uint16_t type;
	uint32_t size; /* of the payload */
};

#define CONTROL_SIZE CMSG_SPACE(sizeof(int) * SOCK_FDS_MAX)

void sock_message_done(struct sock_message *m)
{
	for (size_t i = 0; i < m->n_fds; i++)
		close_fd(m->fds[i]);

	free(m->data);
	*m = (struct sock_message){ 0 };
}

/* A message counts against the sender's buffer as a whole, and the usual buffer is smaller than our largest message. A
 * system that forbids larger ones still carries the small messages. */
static void enlarge(int fd)
{
	int size = SOCK_PAYLOAD_MAX;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

int sock_pair(int *ret_ours, int *ret_theirs)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;

	enlarge(pair[0]);
	enlarge(pair[1]);
	*ret_ours = pair[0];
	*ret_theirs = pair[1];
	return 0;
}

/* sun_path is 108 bytes; a path through /proc keeps the directory out of it. */
static int make_address(int dir_fd, const char *name, struct sockaddr_un *ret)
{
	int n;

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (dir_fd == AT_FDCWD)
		n = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s", name);
	else
		n = snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/%s", dir_fd, name);

	return n < 0 || (size_t)n >= sizeof(ret->sun_path) ? -ENAMETOOLONG : 0;
}

static int open_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;

	enlarge(fd);
	return fd;
}

static int bind_to(int fd, const struct sockaddr_un *address)
{
	return bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
}

int sock_listen(int dir_fd, const char *name)
{
	_cleanup_close_ int fd = -EBADF, other_fd = -EBADF;
	struct sockaddr_un address;
	int r;

	r = make_address(dir_fd, name, &address);
	if (r < 0)
		return r;

	fd = open_socket();
	if (fd < 0)
		return fd;
	if (fchmod(fd, 0600) < 0) /* before bind: the name is never there with another mode */
		return -errno;

	r = bind_to(fd, &address);
	if (r == -EADDRINUSE) {
		/* left by a process that was killed, or still served? */
		other_fd = sock_connect(dir_fd, name);
		if (other_fd != -ECONNREFUSED)
			return r;
		if (unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
			return -errno;
		r = bind_to(fd, &address);
	}
	if (r < 0)
		return r;

	if (listen(fd, SOMAXCONN) < 0)
		return -errno;

	return take_fd(&fd);
}

/* socket_fd: taken over; -errno is passed on. */
static int connect_to(int socket_fd, int dir_fd, const char *name)
{
	_cleanup_close_ int fd = socket_fd;
	struct sockaddr_un address;
	int r;

	if (fd < 0)
		return fd;
	r = make_address(dir_fd, name, &address);
	if (r < 0)
		return r;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;

	return take_fd(&fd);
}

int sock_connect(int dir_fd, const char *name)
{
	return connect_to(open_socket(), dir_fd, name);
}

int sock_connect_stream(int dir_fd, const char *name)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return connect_to(fd < 0 ? -errno : fd, dir_fd, name);
}

int sock_accept(int fd)
{
	int accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	if (accepted < 0)
		return -errno;
	enlarge(accepted);
	return accepted;
}

int sock_peer(int fd, struct ucred *ret)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;

	*ret = peer;
	return 0;
}

static void put_fds(struct msghdr *message, const int *fds, size_t n_fds)
{
	struct cmsghdr *c;

	message->msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
	c = CMSG_FIRSTHDR(message);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
}

int sock_send(int fd, uint16_t type, const void *data, size_t size, const int *fds, size_t n_fds)
{
	struct header header = { .magic = MAGIC, .version = VERSION, .type = type, .size = (uint32_t)size };
	struct iovec parts[] = { { &header, sizeof(header) }, { (void *)data, size } };
	union {
		struct cmsghdr align;
		char bytes[CONTROL_SIZE];
	} control = { 0 };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = size > 0 ? 2 : 1 };
	ssize_t n;

	if (size > SOCK_PAYLOAD_MAX || n_fds > SOCK_FDS_MAX)
		return -EMSGSIZE;

	if (n_fds > 0) {
		message.msg_control = control.bytes;
		put_fds(&message, fds, n_fds);
	}

	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);

	return n < 0 ? -errno : 0;
}

int sock_wait(int fd, int cancel_fd, usec_t deadline)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = cancel_fd, .events = POLLIN } };

	for (;;) {
		struct timespec left, *limit = NULL;
		usec_t now;
		int r;

		if (deadline != USEC_INFINITY) {
			now = time_now(CLOCK_MONOTONIC);
			now = deadline > now ? deadline - now : 0;
			left = (struct timespec){ (time_t)(now / USEC_PER_SEC), (long)(now % USEC_PER_SEC * 1000) };
			limit = &left;
		}

		r = ppoll(fds, array_size(fds), limit, NULL);
		if (r > 0)
			return fds[0].revents ? 0 : -ECANCELED;
		if (r == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

/* Takes every descriptor that came along, so that the message owns them whatever happens next. False when there were
 * more than a message can have. */
static bool take_fds(struct msghdr *message, struct sock_message *m)
{
	bool complete = !(message->msg_flags & MSG_CTRUNC);

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;

		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (m->n_fds < SOCK_FDS_MAX)
				m->fds[m->n_fds++] = fd;
			else {
				close_fd(fd);
				complete = false;
			}
		}
	}

	return complete;
}

/* Size of the next message without taking it, header included. */
static ssize_t peek_size(int fd)
{
	char byte;
	ssize_t n;

	/* A peer that ends without having read everything resets the connection. That is told once, before what it sent
	 * last: its reason, most likely. */
	do
		n = recv(fd, &byte, 1, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));

	if (n == 0)
		return -EPIPE;
	return n < 0 ? -errno : n;
}

/* Takes the next message into m; data_size bytes of payload are expected. */
static int receive(int fd, size_t data_size, struct sock_message *m)
{
	struct header header = { 0 };
	struct iovec parts[] = { { &header, sizeof(header) }, { m->data, data_size } };
	union {
		struct cmsghdr align;
		char bytes[CONTROL_SIZE];
	} control;
	struct msghdr message = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	bool complete;
	ssize_t n;

	do
		n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return -errno;

	complete = take_fds(&message, m);
	if (!complete || (message.msg_flags & MSG_TRUNC) || (size_t)n != sizeof(header) + data_size)
		return -EPROTO;
	if (header.magic != MAGIC || header.version != VERSION || header.size != data_size)
		return -EPROTO;

	m->type = header.type;
	m->size = data_size;
	m->data[data_size] = '\0';
	return 0;
}

int sock_recv(int fd, usec_t deadline, struct sock_message *ret)
{
	_cleanup_message_ struct sock_message m = { 0 };
	size_t data_size;
	ssize_t size;
	int r;

	do {
		r = sock_wait(fd, -EBADF, deadline);
		if (r < 0)
			return r;
		size = peek_size(fd);
	} while (size == -EAGAIN);
	if (size < 0)
		return (int)size;

	/* A message that is too short or too long is taken all the same, or it would stay in front for ever. */
	data_size = (size_t)size > sizeof(struct header) ? (size_t)size - sizeof(struct header) : 0;
	m.data = malloc(MIN_OF(data_size, (size_t)SOCK_PAYLOAD_MAX) + 1);
	if (!m.data)
		return -ENOMEM;

	r = receive(fd, MIN_OF(data_size, (size_t)SOCK_PAYLOAD_MAX), &m);
	if (r < 0)
		return r;

	*ret = m;
	m = (struct sock_message){ 0 };
	return 0;
}
