/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The console's log file. */
#include "console/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

static int open_file(struct lx_console_log *log)
{
	struct stat st;

	/* O_NONBLOCK: should somebody have put a fifo there. */
	log->fd = open(log->file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0640);
	if (log->fd < 0)
		return -errno;
	if (fstat(log->fd, &st) < 0)
		return -errno;
	log->size = (uint64_t)st.st_size;
	return 0;
}

int lx_console_log_open(struct lx_console_log *log, const char *file, uint64_t size_max)
{
	int r;

	*log = (struct lx_console_log)LX_CONSOLE_LOG_INIT;
	if (!file || size_max == 0)
		return 0;
	log->size_max = size_max;
	log->file = strdup(file);
	if (!log->file)
		return -ENOMEM;
	r = open_file(log);
	if (r < 0)
		lx_console_log_done(log);
	return r;
}

void lx_console_log_done(struct lx_console_log *log)
{
	free(log->file);
	log->file = NULL;
	log->fd = close_fd(log->fd);
}

/* A file that cannot be renamed is not written further, or it would grow without end. */
static int rotate(struct lx_console_log *log)
{
	_cleanup_free_ char *old = str_format("%s.1", log->file);

	log->fd = close_fd(log->fd);
	if (!old)
		return -ENOMEM;
	if (rename(log->file, old) < 0)
		return -errno;
	return open_file(log);
}

void lx_console_log_write(struct lx_console_log *log, const void *data, size_t size)
{
	if (log->fd < 0)
		return;
	if (log->size > 0 && log->size + size > log->size_max && rotate(log) < 0)
		return;
	if (fd_write_all(log->fd, data, size) >= 0)
		log->size += size;
}
