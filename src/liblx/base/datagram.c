/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/datagram.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"

/* An abstract name begins with a zero, and its length is part of it. */
static int make_address(const char *path, struct sockaddr_un *ret, socklen_t *ret_size)
{
	size_t n = strlen(path);

	if ((path[0] != '/' && path[0] != '@') || n < 2)
		return -EINVAL;
	if (n >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;

	*ret = (struct sockaddr_un) { .sun_family = AF_UNIX };
	memcpy(ret->sun_path, path, n);
	if (path[0] == '@')
		ret->sun_path[0] = 0;
	*ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (path[0] == '/'));
	return 0;
}

int datagram_connect(const char *path)
{
	_cleanup_close_ int fd = -EBADF;
	struct sockaddr_un address;
	socklen_t size;
	int r;

	r = make_address(path, &address, &size);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, size) < 0)
		return -errno;

	return take_fd(&fd);
}

int datagram_send(int fd, const void *data, size_t size)
{
	ssize_t n;

	do
		n = send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);

	return n < 0 ? -errno : 0;
}

int datagram_send_again(int *fd, const char *path, const void *data, size_t size)
{
	int r = *fd < 0 ? -ENOTCONN : datagram_send(*fd, data, size);

	if (r >= 0 || r == -EAGAIN)
		return r;
	close_fd(*fd);
	*fd = datagram_connect(path);
	return *fd < 0 ? *fd : datagram_send(*fd, data, size);
}
