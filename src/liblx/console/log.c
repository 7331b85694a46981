/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The console's log file. */
#include "console/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

int lx_console_log_open(const char *file)
{
	/* O_NONBLOCK: should somebody have put a fifo there. */
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0640);

	return fd < 0 ? -errno : fd;
}

int lx_console_log_turn(const char *file)
{
	_cleanup_free_ char *old = str_format("%s.1", file);

	if (!old)
		return -ENOMEM;
	if (rename(file, old) < 0)
		return -errno;
	return lx_console_log_open(file);
}

void lx_console_log_use(struct lx_console_log *log, int fd)
{
	struct stat st;

	close_fd(log->fd);
	log->fd = fd;
	log->size = fd >= 0 && fstat(fd, &st) >= 0 ? (uint64_t)st.st_size : 0;
	log->asked = false;
}

void lx_console_log_done(struct lx_console_log *log)
{
	log->fd = close_fd(log->fd);
}

void lx_console_log_write(struct lx_console_log *log, const void *data, size_t size)
{
	if (log->fd < 0)
		return;
	if (log->size > 0 && log->size + size > log->size_max && !log->asked && log->full) {
		log->asked = true;
		log->full(log->userdata);
	}
	if (log->size > 0 && log->size + size > 2 * log->size_max)
		return;
	if (fd_write_all(log->fd, data, size) >= 0)
		log->size += size;
}
