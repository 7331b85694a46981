/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's console, in the monitor's front. */
#include "console/console.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/sock.h"
#include "base/str.h"
#include "console/log.h"
#include "console/ring.h"
#include "sys/sys.h"

/* Input that waits for the guest. Clients are not read while a message of theirs might not fit. */
#define INPUT_MAX (64 * 1024)

struct client {
	struct list list;
	struct lx_console *console;
	int fd;
	struct event_source *source;
	bool paused;
};

struct lx_console {
	struct event *loop;
	struct lx_ring ring;
	struct lx_console_log log;
	struct list clients;
	size_t n_clients;
	int master_fd;
	struct event_source *source; /* of the master */
	struct lx_ring input;
};

static void drop_client(struct client *client)
{
	event_source_remove(client->source);
	close_fd(client->fd);
	list_remove(&client->list);
	client->console->n_clients--;
	free(client);
}

static void pause_client(struct client *client, bool pause)
{
	if (client->paused == pause)
		return;
	client->paused = pause;
	event_set_io(client->source, pause ? 0 : EPOLLIN);
}

static void send_to_clients(struct lx_console *console, const char *data, size_t size)
{
	list_for_each_safe(l, &console->clients) {
		struct client *client = container_of(l, struct client, list);
		int r = sock_send(client->fd, LX_CONSOLE_DATA, data, size, NULL, 0);

		/* The socket does not block: who does not read loses this piece. */
		if (r < 0 && r != -EAGAIN)
			drop_client(client);
	}
}

/* Reads one piece of what the guest wrote. 0 when there is nothing (more). */
static ssize_t take_output(struct lx_console *console)
{
	char data[LX_CONSOLE_DATA_MAX];
	ssize_t n;

	do
		n = read(console->master_fd, data, sizeof(data));
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : 0;

	lx_ring_add(&console->ring, data, (size_t)n);
	lx_console_log_write(&console->log, data, (size_t)n);
	send_to_clients(console, data, (size_t)n);
	return n;
}

/* Writes what waits, as far as the guest takes it; arms the master for the rest. */
static void give_input(struct lx_console *console)
{
	const char *front;
	size_t size;

	while ((size = lx_ring_front(&console->input, &front)) > 0) {
		ssize_t n = write(console->master_fd, front, size);

		if (n <= 0) {
			if (n < 0 && errno == EINTR)
				continue;
			break;
		}
		lx_ring_drop(&console->input, (size_t)n);
	}
	event_set_io(console->source, EPOLLIN | (console->input.used > 0 ? EPOLLOUT : 0));

	list_for_each(l, &console->clients)
		pause_client(container_of(l, struct client, list), lx_ring_space(&console->input) < LX_CONSOLE_DATA_MAX);
}

static void unset_pty(struct lx_console *console)
{
	/* Bounded: a guest's process that lives on in a shared namespace could write without end. */
	for (int i = 0; i < 64 && console->master_fd >= 0 && take_output(console) > 0; i++)
		;
	event_source_remove(console->source);
	console->source = NULL;
	console->master_fd = close_fd(console->master_fd);
	lx_ring_drop(&console->input, console->input.used);
}

static int on_master(struct event_source *source, int fd, uint32_t events, void *userdata)
{
	struct lx_console *console = userdata;

	(void)source;
	(void)fd;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		ssize_t n = take_output(console);

		if (n <= 0 && n != -EAGAIN) {
			/* the keeper, which holds the other end while a run lasts, is gone or ahead of us */
			log_debug("console: read: %s", n < 0 ? strerror((int)-n) : "end of file");
			unset_pty(console);
			return 0;
		}
	}
	if (events & EPOLLOUT)
		give_input(console);
	return 0;
}

int lx_console_set_pty(struct lx_console *console, int master_fd, struct lx_error *err)
{
	int r;

	unset_pty(console);
	if (master_fd < 0)
		return 0;

	r = console->master_fd = fd_dup(master_fd);
	if (r >= 0)
		r = fd_set_nonblock(console->master_fd, true);
	if (r >= 0)
		r = event_add_io(console->loop, console->master_fd, EPOLLIN, on_master, console, &console->source);
	if (r >= 0)
		return 0;

	console->master_fd = close_fd(console->master_fd);
	return lx_error_set(err, r, "watch the console");
}

static int take_message(struct client *client, const struct sock_message *m)
{
	struct lx_console *console = client->console;
	struct lx_console_size size;

	switch (m->type) {
	case LX_CONSOLE_DATA:
		if (m->size > LX_CONSOLE_DATA_MAX)
			return -EPROTO;
		if (console->master_fd < 0)
			return 0;
		lx_ring_add(&console->input, m->data, m->size);
		give_input(console);
		return 0;
	case LX_CONSOLE_SIZE:
		if (m->size != sizeof(size))
			return -EPROTO;
		memcpy(&size, m->data, sizeof(size));
		if (console->master_fd >= 0)
			sys_pty_set_size(console->master_fd, size.rows, size.columns);
		return 0;
	default:
		return -EPROTO;
	}
}

static int on_client(struct event_source *source, int fd, uint32_t events, void *userdata)
{
	_cleanup_message_ struct sock_message m = { 0 };
	struct client *client = userdata;
	int r;

	(void)source;
	/* A hang-up is reported for paused clients too. */
	if (!(events & EPOLLIN)) {
		drop_client(client);
		return 0;
	}
	r = sock_recv(fd, 0, &m);
	if (r >= 0)
		r = take_message(client, &m);
	if (r < 0 && r != -ETIMEDOUT)
		drop_client(client);
	return 0;
}

bool lx_console_is_full(const struct lx_console *console)
{
	return console->n_clients >= LX_CONSOLE_CLIENTS_MAX;
}

int lx_console_add_client(struct lx_console *console, int fd, struct lx_error *err)
{
	_cleanup_close_ int owned_fd = fd;
	struct client *client = calloc(1, sizeof(*client));
	int r;

	if (!client)
		return lx_error_oom(err);
	client->console = console;
	r = fd_set_nonblock(fd, true);
	if (r >= 0)
		r = event_add_io(console->loop, fd, EPOLLIN, on_client, client, &client->source);
	if (r < 0) {
		free(client);
		return lx_error_set(err, r, "connect to the console");
	}

	client->fd = take_fd(&owned_fd);
	list_append(&console->clients, &client->list);
	console->n_clients++;
	pause_client(client, lx_ring_space(&console->input) < LX_CONSOLE_DATA_MAX);
	return 0;
}

int lx_console_read_ring(struct lx_console *console, bool clear, char **ret, size_t *ret_size, struct lx_error *err)
{
	int r = lx_ring_copy(&console->ring, ret, ret_size);

	if (r < 0)
		return lx_error_oom(err);
	if (clear)
		lx_ring_drop(&console->ring, console->ring.used);
	return 0;
}

char *lx_console_log_file(const struct lx_container *c, const struct lx_config *config, const char *wish)
{
	const char *file = wish ?: config->console.log_file;

	return file ? strdup(file) : str_format("%s/%s.console", c->settings->paths.log, c->run_id);
}

void lx_console_set_log(struct lx_console *console, int fd)
{
	lx_console_log_use(&console->log, fd);
}

int lx_console_new(struct event *loop, const struct lx_console_options *options, struct lx_console **ret, struct lx_error *err)
{
	_cleanup_(lx_console_freep) struct lx_console *console = calloc(1, sizeof(*console));

	if (!console) {
		close_fd(options->log_fd);
		return lx_error_oom(err);
	}
	*console = (struct lx_console){ .loop = loop, .log = LX_CONSOLE_LOG_INIT, .master_fd = -EBADF };
	console->log.size_max = options->log_size_max;
	console->log.full = options->log_full;
	console->log.userdata = options->userdata;
	lx_console_log_use(&console->log, options->log_fd);
	list_init(&console->clients);
	if (lx_ring_init(&console->ring, options->buffer_size) < 0 || lx_ring_init(&console->input, INPUT_MAX) < 0)
		return lx_error_oom(err);

	*ret = take_ptr(console);
	return 0;
}

void lx_console_free(struct lx_console *console)
{
	if (!console)
		return;
	unset_pty(console);
	list_for_each_safe(l, &console->clients)
		drop_client(container_of(l, struct client, list));
	lx_console_log_done(&console->log);
	lx_ring_done(&console->ring);
	lx_ring_done(&console->input);
	free(console);
}
