/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can be asked of a monitor: a row each. All of it needs the container's owner or root, which the server has checked.
 * The front answers by itself what it has; the rest it passes on to the keeper, whose answer goes to the caller as it comes.
 */
#include "monitor/front.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sock-error.h"
#include "base/str.h"
#include "instance/attach-steps.h"

/* Answers by itself and returns 0, or fills *err; 1: the connection was handed over. */
typedef int (*request_fn)(struct lx_client *client, struct sock_message *message, struct lx_error *err);

static int reply(struct lx_client *client)
{
	return sock_send(client->fd, LX_REPLY_OK, NULL, 0, NULL, 0);
}

/* Descriptors may be refused though the caller is there and reads: the kernel counts those of a user that are on their way. */
static int hand_over(struct lx_client *client, const int *fds, size_t n, struct lx_error *err)
{
	int r = sock_send(client->fd, LX_REPLY_OK, NULL, 0, fds, n);

	if (r >= 0 || r == -EPIPE || r == -EAGAIN)
		return r;
	r = lx_error_set(err, r, "hand over descriptors");
	if (r == -ETOOMANYREFS)
		lx_error_advise(err, "too many of user %u are on their way between processes of this host; try again", geteuid());
	log_warn("%s", err->text);
	return r;
}

static int answer_watch(struct lx_client *client, struct sock_message *message _unused_, struct lx_error *err _unused_)
{
	const struct lx_front *f = client->front;
	const char *word = lx_state_name(f->state);
	int r;

	client->watches = true;
	r = sock_send(client->fd, LX_EVENT_STATE, word, strlen(word), NULL, 0);
	if (r >= 0 && f->ready) {
		word = lx_state_name(LX_STATE_READY);
		r = sock_send(client->fd, LX_EVENT_STATE, word, strlen(word), NULL, 0);
	}

	return r;
}

static int pass_on(struct lx_client *client, enum lx_front_message what, struct lx_front_ask ask, struct lx_error *err)
{
	int r;

	ask.run = client->front->run;
	ask.token = client->token;
	r = lx_front_ask(client->front, what, &ask, NULL);
	return r < 0 ? lx_error_set(err, r, "the monitor is busy") : 0;
}

static int answer_stop(struct lx_client *client, struct sock_message *message, struct lx_error *err)
{
	struct lx_front_ask ask = { 0 };

	if (!message->data || sscanf(message->data, "%" SCNu32 " %" SCNu64, &ask.flags, &ask.timeout) != 2)
		return lx_error_say(err, -EPROTO, "a stop request that cannot be read");

	return pass_on(client, LX_FRONT_STOP, ask, err);
}

static int answer_freeze(struct lx_client *client, struct sock_message *message _unused_, struct lx_error *err)
{
	return pass_on(client, LX_FRONT_FREEZE, (struct lx_front_ask){ 0 }, err);
}

static int answer_unfreeze(struct lx_client *client, struct sock_message *message _unused_, struct lx_error *err)
{
	return pass_on(client, LX_FRONT_UNFREEZE, (struct lx_front_ask){ 0 }, err);
}

static int answer_attach(struct lx_client *client, struct sock_message *message _unused_, struct lx_error *err)
{
	const struct lx_front *f = client->front;
	const int fds[LX_ATTACH_FDS] = { f->init_pidfd, f->devpts_fd };

	if (f->state == LX_STATE_FROZEN)
		return lx_error_say(err, -EBUSY, "the container is frozen; run lx-unfreeze first");

	return hand_over(client, fds, array_size(fds), err);
}

static int answer_listener(struct lx_client *client, struct sock_message *message, struct lx_error *err)
{
	const struct lx_front_ask ask = { .run = client->front->run, .token = client->token };
	int r;

	if (message->n_fds != 1)
		return lx_error_say(err, -EPROTO, "a request that cannot be read");
	r = sock_send(client->front->keeper_fd, LX_FRONT_LISTENER, &ask, sizeof(ask), message->fds, 1);
	return r < 0 ? lx_error_set(err, r, "the monitor is busy") : 0;
}

static int answer_console(struct lx_client *client, struct sock_message *message _unused_, struct lx_error *err)
{
	int r;

	if (lx_console_is_full(client->front->console))
		return lx_error_say(err, -EBUSY, "%d consoles are open already", LX_CONSOLE_CLIENTS_MAX);
	r = reply(client);
	if (r < 0)
		return r;

	/* from here on the descriptor is the console's, whatever comes of it */
	event_source_remove(client->source);
	client->source = NULL;
	r = lx_console_add_client(client->front->console, client->fd, err);
	if (r < 0)
		log_warn("%s", err->text);
	return 1;
}

static int answer_console_log(struct lx_client *client, struct sock_message *message, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -EBADF;
	size_t size = 0;
	int r;

	r = lx_console_read_ring(client->front->console, str_equal(message->data, "clear"), &text, &size, err);
	if (r < 0)
		return r;
	fd = fd_from_memory("lx-console", text, size); /* a ring may be larger than any message */
	if (fd < 0)
		return lx_error_set(err, fd, "hand out what the console said");

	return hand_over(client, &fd, 1, err);
}

static int keep(struct lx_client *client, struct sock_message *message, struct lx_error *err)
{
	client->waiting = malloc(sizeof(*message));
	if (!client->waiting)
		return lx_error_oom(err);
	*client->waiting = *message;
	*message = (struct sock_message){ 0 };
	return 0;
}

static int refuse(struct lx_client *client, struct sock_message *message _unused_, struct lx_error *err)
{
	bool ends = client->front->state == LX_STATE_STOPPING || client->front->state == LX_STATE_ABORTING;

	return lx_error_say(err, -ESRCH, ends ? "the container is stopping" : "the container is not running");
}

/* What a caller may expect when it has not come up yet; on its way down all the others are refused. A stop comes here to boot it
 * again: who wants it to end tells the keeper (lx_stop()). */
static const struct {
	enum lx_message type;
	request_fn answer, starting;
	bool any_state; /* also while the container is not (yet, any more) running */
} requests[] = {
	{ LX_REQUEST_WATCH, answer_watch, .any_state = true },
	{ LX_REQUEST_STOP, answer_stop, keep },
	{ LX_REQUEST_FREEZE, answer_freeze, keep },
	{ LX_REQUEST_UNFREEZE, answer_unfreeze, keep },
	{ LX_REQUEST_ATTACH, answer_attach, keep },
	{ LX_REQUEST_LISTENER, answer_listener, refuse }, /* of a process of the run before */
	{ LX_REQUEST_CONSOLE, answer_console, .any_state = true },
	{ LX_REQUEST_CONSOLE_LOG, answer_console_log, .any_state = true },
};

int lx_front_answer(struct lx_client *client, struct sock_message *message)
{
	struct lx_error error = { 0 };
	size_t i = 0;
	int r;

	while (i < array_size(requests) && requests[i].type != message->type)
		i++;

	if (i == array_size(requests))
		r = lx_error_say(&error, -EOPNOTSUPP, "the monitor does not know request %u", message->type);
	else if (requests[i].any_state || client->front->run != 0)
		r = requests[i].answer(client, message, &error);
	else if (client->front->state == LX_STATE_STARTING)
		r = requests[i].starting(client, message, &error);
	else
		r = refuse(client, message, &error);

	if (r < 0 && error.code)
		return sock_send_error(client->fd, LX_REPLY_ERROR, &error);
	return r;
}
