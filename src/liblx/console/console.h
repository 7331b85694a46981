/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The container's console, in the monitor's front: what init and the guest's getty write to /dev/console is read at once and for
 * ever, kept in a ring, appended to a log file, and passed to the clients that are connected. Nothing of these can make
 * the guest wait: a client that does not read loses what it does not take, a full disk ends the log file's growth.
 *
 * A client is a connection to the monitor that was handed over (LX_REQUEST_CONSOLE). From then on both sides send messages
 * of base/sock.h with the types below.
 */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "base/event.h"
#include "container/container.h"

/* Beside the numbers of monitor/protocol.h, so that neither is taken for the other. */
enum lx_console_message {
	LX_CONSOLE_DATA = 192, /* bytes, at most LX_CONSOLE_DATA_MAX; both ways */
	LX_CONSOLE_SIZE,       /* struct lx_console_size, from the client: its terminal is that large now */
};
#define LX_CONSOLE_DATA_MAX 8192

struct lx_console_size {
	uint16_t rows, columns;
};

struct lx_console;

/* Where the log file is; wish: in place of the configured one, or NULL. */
char *lx_console_log_file(const struct lx_container *c, const struct lx_config *config, const char *wish);

struct lx_console_options {
	size_t buffer_size;
	int log_fd;                         /* console/log.h; taken over; -EBADF: none */
	uint64_t log_size_max;
	void (*log_full)(void *userdata);   /* asks for the next file: lx_console_set_log(), now or later */
	void *userdata;
};
int lx_console_new(struct event *loop, const struct lx_console_options *options, struct lx_console **ret, struct lx_error *err);
/* Takes over fd. */
void lx_console_set_log(struct lx_console *console, int fd);
/* Passes on what is left, closes the clients. Before event_free() of its loop. */
void lx_console_free(struct lx_console *console);
DEFINE_CLEANUP(struct lx_console *, lx_console_free)

/* The master of this run's console, duplicated; log, ring and clients outlive a run (reboot). The caller keeps the other end
 * open, so that the master reports no hang-up while nobody in the guest has the console open. Negative: the run is over, what
 * is left is read. */
int lx_console_set_pty(struct lx_console *console, int master_fd, struct lx_error *err);

/* More clients at once than this are refused. */
#define LX_CONSOLE_CLIENTS_MAX 32
bool lx_console_is_full(const struct lx_console *console);
/* Takes over fd, always. It must not be watched by the loop for anybody else. */
int lx_console_add_client(struct lx_console *console, int fd, struct lx_error *err);
/* What the ring holds; clear: and empties it. */
int lx_console_read_ring(struct lx_console *console, bool clear, char **ret, size_t *ret_size, struct lx_error *err);
