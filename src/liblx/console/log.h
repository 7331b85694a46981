/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The console's log file: it grows to a size, then becomes FILE.1 and a new one begins. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct lx_console_log {
	char *file;
	uint64_t size_max, size;
	int fd;
};
#define LX_CONSOLE_LOG_INIT { .fd = -EBADF }

int lx_console_log_open(struct lx_console_log *log, const char *file, uint64_t size_max);
void lx_console_log_done(struct lx_console_log *log);
/* What cannot be written is lost: nobody waits for a disk. */
void lx_console_log_write(struct lx_console_log *log, const void *data, size_t size);
