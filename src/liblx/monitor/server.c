/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command socket: who may connect, one message at a time, nobody can keep the front waiting. */
#include "monitor/front.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sock-error.h"
#include "base/sock.h"

static void forget_waiting(struct lx_client *client)
{
	if (client->waiting)
		sock_message_done(client->waiting);
	free(client->waiting);
	client->waiting = NULL;
}

static void client_release(struct lx_client *client)
{
	struct lx_front *f = client->front;

	if (f->starter == client)
		f->starter = NULL;
	event_source_remove(client->source);
	list_remove(&client->list);
	f->n_clients--;
	forget_waiting(client);
	free(client);
}

static void drop_client(struct lx_client *client)
{
	int fd = client->fd;

	/* the loop forgets a descriptor while it is open: the file may live on in a process that is being made */
	client_release(client);
	close_fd(fd);
}

/* The caller is gone, or sent what no caller sends. */
static void hang_up(struct lx_client *client)
{
	const struct lx_front_ask ask = { 0 };
	struct lx_front *f = client->front;
	bool starter = client == f->starter;

	drop_client(client);
	if (starter && lx_front_ask(f, LX_FRONT_STARTER_GONE, &ask, NULL) < 0)
		log_warn("the monitor cannot be told that its starter is gone");
}

static void answer(struct lx_client *client, struct sock_message *message)
{
	int r = lx_front_answer(client, message);

	if (r < 0)
		hang_up(client);
	else if (r > 0)
		client_release(client); /* the descriptor has a new owner */
}

static int client_io(struct event_source *s _unused_, int fd, uint32_t events _unused_, void *userdata)
{
	_cleanup_message_ struct sock_message message = { 0 };
	struct lx_client *client = userdata;
	int r;

	r = sock_recv(fd, 0, &message); /* it is readable; a deadline in the past does not wait */
	if (r == -ETIMEDOUT || r == -EAGAIN)
		return 0;
	if (r < 0 || client->waiting) /* nobody asks for more before an answer */
		hang_up(client);
	else
		answer(client, &message);
	return 0;
}

void lx_front_answer_waiting(struct lx_front *f)
{
	list_for_each_safe(l, &f->clients) {
		struct lx_client *client = container_of(l, struct lx_client, list);
		_cleanup_message_ struct sock_message message = { 0 };

		if (!client->waiting)
			continue;
		message = *client->waiting;
		*client->waiting = (struct sock_message){ 0 };
		forget_waiting(client);
		answer(client, &message);
	}
}

int lx_front_add_client(struct lx_front *f, int fd, bool watches, struct lx_client **ret_client, struct lx_error *err)
{
	_cleanup_close_ int owned = fd;
	struct lx_client *client;
	int r;

	if (f->n_clients >= LX_MONITOR_CLIENTS_MAX) {
		(void)lx_error_say(err, -EBUSY, "more than %d callers at once", LX_MONITOR_CLIENTS_MAX);
		(void)sock_send_error(fd, LX_REPLY_ERROR, err);
		return -EBUSY;
	}
	client = calloc(1, sizeof(*client));
	if (!client)
		return lx_error_oom(err);

	client->front = f;
	client->token = ++f->last_token ?: ++f->last_token; /* never 0 */
	client->watches = watches;
	r = fd_set_nonblock(fd, true);
	if (r >= 0)
		r = event_add_io(f->loop, fd, EPOLLIN, client_io, client, &client->source);
	if (r < 0) {
		free(client);
		return lx_error_set(err, r, "add a caller");
	}

	client->fd = take_fd(&owned);
	list_append(&f->clients, &client->list);
	f->n_clients++;
	if (ret_client)
		*ret_client = client;
	return 0;
}

/* A failure to accept is the caller's problem, never the container's. */
static int listen_io(struct event_source *s _unused_, int fd, uint32_t events _unused_, void *userdata)
{
	struct lx_front *f = userdata;
	_cleanup_close_ int client_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	struct lx_error error = { 0 };
	struct ucred peer;

	if (client_fd < 0 || sock_peer(client_fd, &peer) < 0)
		return 0;
	if (peer.uid != 0 && peer.uid != geteuid()) {
		log_warn("refused a connection of user %u", peer.uid);
		return 0;
	}
	if (lx_front_add_client(f, take_fd(&client_fd), false, NULL, &error) < 0)
		log_warn("%s", error.text);

	return 0;
}

int lx_front_listen(struct lx_front *f)
{
	return event_add_io(f->loop, f->listen_fd, EPOLLIN, listen_io, f, &f->listen_source);
}

void lx_front_close_clients(struct lx_front *f)
{
	list_for_each_safe(l, &f->clients)
		drop_client(container_of(l, struct lx_client, list));
}
