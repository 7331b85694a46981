/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network links by name, as far as no netlink is needed. */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "sys/sys.h"

static int link_request(const char *name, struct ifreq *ret)
{
	*ret = (struct ifreq){ 0 };
	if (!*name || strlen(name) >= sizeof(ret->ifr_name))
		return -ENODEV;
	memcpy(ret->ifr_name, name, strlen(name));
	return 0;
}

int sys_link_index(const char *name)
{
	_cleanup_close_ int fd = -EBADF;
	struct ifreq request;
	int r = link_request(name, &request);

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCGIFINDEX, &request) < 0)
		return -errno;
	return request.ifr_ifindex;
}

int sys_link_set_up(const char *name)
{
	_cleanup_close_ int fd = -EBADF;
	struct ifreq request;
	int r = link_request(name, &request);

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return -errno;
	request.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}
