/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The console's log file: it grows to a size, then becomes FILE.1 and a new one begins. Who writes it cannot open files, so
 * it asks for the next one, and somebody else turns the log over.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* FILE, made when it is missing: a descriptor to append to. */
int lx_console_log_open(const char *file);
/* FILE becomes FILE.1; a descriptor of a new FILE. */
int lx_console_log_turn(const char *file);

struct lx_console_log {
	int fd;
	uint64_t size_max, size;
	bool asked;                     /* for the next file */
	void (*full)(void *userdata);   /* asks; may call lx_console_log_use() at once */
	void *userdata;
};
#define LX_CONSOLE_LOG_INIT { .fd = -EBADF }

/* Takes over fd. */
void lx_console_log_use(struct lx_console_log *log, int fd);
void lx_console_log_done(struct lx_console_log *log);
/* What cannot be written is lost: nobody waits for a disk. A file that is not followed by another ends at twice its size. */
void lx_console_log_write(struct lx_console_log *log, const void *data, size_t size);
