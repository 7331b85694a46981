/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a stranger may send to a socket of ours: the input is cut into datagrams, the first byte of each is its length and its
 * number of descriptors (0 to 3 times 12, more than a message may have). None may crash the reader or leave a descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sock-error.h"
#include "base/sock.h"
#include "fuzz.h"

#define FDS_MAX 36

static void send_raw(int fd, const uint8_t *data, size_t size, size_t n_fds)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * FDS_MAX)];
	} control = { 0 };
	struct iovec iov = { (void *)data, size };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n_fds > 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		for (size_t i = 0; i < n_fds; i++)
			memcpy(CMSG_DATA(&control.header) + i * sizeof(int), &(int){ STDERR_FILENO }, sizeof(int));
	}
	(void)sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void receive_all(int fd)
{
	int r;

	do {
		_cleanup_message_ struct sock_message m = { 0 };
		struct lx_error err = { 0 };

		r = sock_recv(fd, 0, &m);
		if (r >= 0) {
			if (m.data[m.size] != '\0' || m.n_fds > SOCK_FDS_MAX)
				abort();
			if (sock_parse_error(&m, &err) >= 0)
				abort();
		}
	} while (r >= 0 || r == -EPROTO);
	if (r != -EPIPE && r != -ETIMEDOUT)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int pair[2], lowest;

	lowest = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	close(lowest);
	if (sock_pair(&pair[0], &pair[1]) < 0)
		return 0;
	while (size > 0) {
		size_t n = *data & 63, n_fds = (size_t)(*data >> 6) * 12;

		data++;
		size--;
		n = n < size ? n : size;
		send_raw(pair[0], data, n, n_fds);
		data += n;
		size -= n;
	}
	close(pair[0]);
	receive_all(pair[1]);
	close(pair[1]);
	if (fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) != lowest)
		abort();
	close(lowest);
	return 0;
}
