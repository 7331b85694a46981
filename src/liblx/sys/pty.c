/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pseudo terminals. A guest may have mounted or linked anything over its /dev/pts, so the master is opened as the entry
 * "ptmx" of the very mount that the descriptor stands for, and the peer comes from the master itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/sys.h"

static int open_ptmx(int devpts_fd)
{
	const struct open_how how = {
		.flags = O_RDWR | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	int fd = (int)syscall(SYS_openat2, devpts_fd, "ptmx", &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

int sys_pty_open(int devpts_fd, int *ret_master, int *ret_slave)
{
	_cleanup_close_ int master_fd = -EBADF;
	int slave_fd, unlock = 0;

	master_fd = open_ptmx(devpts_fd);
	if (master_fd < 0)
		return master_fd;
	if (ioctl(master_fd, TIOCSPTLCK, &unlock) < 0)
		return -errno;
	slave_fd = ioctl(master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave_fd < 0)
		return -errno;

	*ret_slave = slave_fd;
	*ret_master = take_fd(&master_fd);
	return 0;
}

int sys_pty_set_size(int fd, unsigned short rows, unsigned short columns)
{
	const struct winsize size = { .ws_row = rows, .ws_col = columns };

	return ioctl(fd, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

int sys_pty_get_size(int fd, unsigned short *rows, unsigned short *columns)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0)
		return -errno;
	*rows = size.ws_row;
	*columns = size.ws_col;
	return 0;
}

int sys_tty_take(int tty_fd)
{
	return ioctl(tty_fd, TIOCSCTTY, 0) < 0 ? -errno : 0;
}
