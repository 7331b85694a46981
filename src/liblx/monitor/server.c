/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command socket: who may connect, one message at a time, nobody can keep the monitor waiting. */
#include "monitor/monitor.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sock-error.h"
#include "base/sock.h"

static void client_release(struct lx_client *client)
{
	struct lx_monitor *m = client->monitor;

	if (m->starter == client)
		m->starter = NULL;
	event_source_remove(client->source);
	list_remove(&client->list);
	m->n_clients--;
	free(client);
}

void lx_client_drop(struct lx_client *client)
{
	int fd = client->fd;

	/* the loop forgets a descriptor while it is open: the file may live on in a process that is being made */
	client_release(client);
	close_fd(fd);
}

/* The caller is gone, or sent what no caller sends. */
static void hang_up(struct lx_client *client)
{
	struct lx_monitor *m = client->monitor;
	bool ends_run = client == m->starter && m->wish.execute && m->inst.init_pidfd >= 0;
	struct lx_error error = { 0 };

	lx_client_drop(client);
	if (ends_run && lx_monitor_kill(m, &error) < 0)
		log_warn("%s", error.text);
}

static int client_io(struct event_source *s _unused_, int fd, uint32_t events _unused_, void *userdata)
{
	_cleanup_message_ struct sock_message message = { 0 };
	struct lx_client *client = userdata;
	int r;

	r = sock_recv(fd, 0, &message); /* it is readable; a deadline in the past does not wait */
	if (r == -ETIMEDOUT || r == -EAGAIN)
		return 0;
	if (r >= 0)
		r = lx_monitor_answer(client, &message);
	if (r < 0)
		hang_up(client);
	else if (r > 0)
		client_release(client); /* the descriptor has a new owner */

	return 0;
}

int lx_monitor_add_client(struct lx_monitor *m, int fd, bool watches, struct lx_client **ret_client, struct lx_error *err)
{
	_cleanup_close_ int owned = fd;
	struct lx_client *client;
	int r;

	if (m->n_clients >= LX_MONITOR_CLIENTS_MAX)
		return lx_error_say(err, -EBUSY, "more than %d callers at once", LX_MONITOR_CLIENTS_MAX);
	client = calloc(1, sizeof(*client));
	if (!client)
		return lx_error_oom(err);

	client->monitor = m;
	client->watches = watches;
	r = fd_set_nonblock(fd, true);
	if (r >= 0)
		r = event_add_io(m->loop, fd, EPOLLIN, client_io, client, &client->source);
	if (r < 0) {
		free(client);
		return lx_error_set(err, r, "add a caller");
	}

	client->fd = take_fd(&owned);
	list_append(&m->clients, &client->list);
	m->n_clients++;
	if (ret_client)
		*ret_client = client;
	return 0;
}

/* A failure to accept is the caller's problem, never the container's. */
static int listen_io(struct event_source *s _unused_, int fd, uint32_t events _unused_, void *userdata)
{
	struct lx_monitor *m = userdata;
	_cleanup_close_ int client_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	struct lx_error error = { 0 };
	struct ucred peer;

	if (client_fd < 0 || sock_peer(client_fd, &peer) < 0)
		return 0;
	if (peer.uid != 0 && peer.uid != geteuid()) {
		log_warn("refused a connection of user %u", peer.uid);
		return 0;
	}
	if (lx_monitor_add_client(m, take_fd(&client_fd), false, NULL, &error) < 0)
		log_warn("%s", error.text);

	return 0;
}

int lx_monitor_listen(struct lx_monitor *m, struct lx_error *err)
{
	int r;

	(void)unlinkat(m->run_fd, LX_MONITOR_SOCKET, 0); /* of a monitor that was killed; we hold the lock */
	m->listen_fd = sock_listen(m->run_fd, LX_MONITOR_SOCKET);
	if (m->listen_fd < 0)
		return lx_error_set(err, m->listen_fd, "listen on %s/%s", m->container->run_directory, LX_MONITOR_SOCKET);

	r = event_add_io(m->loop, m->listen_fd, EPOLLIN, listen_io, m, NULL);
	return r < 0 ? lx_error_set(err, r, "watch the command socket") : 0;
}

void lx_monitor_close_clients(struct lx_monitor *m)
{
	list_for_each_safe(l, &m->clients)
		lx_client_drop(container_of(l, struct lx_client, list));
}
