/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The front's process: its set-up, what the keeper tells it, and its end. */
#include "monitor/front.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/sock-error.h"
#include "base/str.h"
#include "sys/sys.h"

/* Far more than it has open, and what any process has when nobody says otherwise: without capabilities it can send descriptors only
 * while no more than this many of its user, who is root mostly, are on their way on the whole host (unix(7), ETOOMANYREFS). */
#define OPEN_FILES_MAX 1024
#define FILE_SLACK 65536

/* A watcher that does not read loses its place, not the container its time. It is only cut off here, and dropped by the loop
 * that hears of it: the event may be a consequence of the very request that is being answered to this client. */
void lx_front_publish(struct lx_front *f, enum lx_message event, const char *text)
{
	list_for_each(l, &f->clients) {
		struct lx_client *client = container_of(l, struct lx_client, list);

		if (client->watches && sock_send(client->fd, (uint16_t)event, text, strlen(text), NULL, 0) < 0) {
			client->watches = false;
			(void)shutdown(client->fd, SHUT_RDWR);
		}
	}
}

/* Never waits for the keeper, who may be busy with a hook: -EAGAIN when it has not read for long. */
int lx_front_ask(struct lx_front *f, enum lx_front_message what, const struct lx_front_ask *ask, const char *text)
{
	char data[sizeof(*ask) + LX_FRONT_STATUS_MAX];
	size_t n = text ? strnlen(text, LX_FRONT_STATUS_MAX) : 0;

	memcpy(data, ask, sizeof(*ask));
	if (n > 0)
		memcpy(data + sizeof(*ask), text, n);
	return sock_send(f->keeper_fd, (uint16_t)what, data, sizeof(*ask) + n, NULL, 0);
}

static void tell(struct lx_front *f, enum lx_front_message what)
{
	const struct lx_front_ask nothing = { 0 };

	(void)lx_front_ask(f, what, &nothing, NULL);
}

/* ---- what the keeper tells */

static void forget_run(struct lx_front *f)
{
	lx_console_set_pty(f->console, -EBADF, NULL);
	event_source_remove(f->notify_source);
	event_source_remove(f->status_timer);
	f->notify_source = f->status_timer = NULL;
	f->status_waits = f->ready_told = false;
	f->init_pidfd = close_fd(f->init_pidfd);
	f->devpts_fd = close_fd(f->devpts_fd);
	f->notify_fd = close_fd(f->notify_fd);
	free(f->status);
	f->status = NULL;
	f->run = 0;
}

static int hear_run(struct lx_front *f, struct sock_message *m)
{
	struct lx_error error = { 0 };
	struct lx_front_run run;

	forget_run(f);
	memcpy(&run, m->data, sizeof(run));
	if (m->n_fds < LX_FRONT_NOTIFY)
		return -EPROTO;
	f->run = run.run;
	f->init_pid = run.init_pid;
	f->init_pidfd = take_fd(&m->fds[LX_FRONT_INIT_PIDFD]);
	f->devpts_fd = take_fd(&m->fds[LX_FRONT_DEVPTS]);
	if (lx_console_set_pty(f->console, m->fds[LX_FRONT_CONSOLE], &error) < 0)
		log_error("%s", error.text);
	if (m->n_fds <= LX_FRONT_NOTIFY)
		return 0;
	f->notify_fd = take_fd(&m->fds[LX_FRONT_NOTIFY]);
	return lx_front_watch_notify(f);
}

static int hear_down(struct lx_front *f, struct sock_message *m _unused_)
{
	forget_run(f);
	tell(f, LX_FRONT_LEFT);
	return 0;
}

static int hear_state(struct lx_front *f, struct sock_message *m)
{
	struct lx_front_state told;
	bool changes, becomes_ready;

	memcpy(&told, m->data, sizeof(told));
	changes = f->state != (enum lx_state)told.state;
	becomes_ready = told.ready && !f->ready;
	f->state = (enum lx_state)told.state;
	f->ready = told.ready;
	if (changes)
		lx_front_publish(f, LX_EVENT_STATE, lx_state_name(f->state));
	if (becomes_ready)
		lx_front_publish(f, LX_EVENT_STATE, lx_state_name(LX_STATE_READY));
	if (f->state != LX_STATE_STARTING && f->run != 0)
		lx_front_answer_waiting(f);
	return 0;
}

/* To those who watch it is a line like those of init. */
static int hear_waiting(struct lx_front *f, struct sock_message *m)
{
	_cleanup_free_ char *text = str_format("waiting for %s", m->data);

	if (text)
		lx_front_publish(f, LX_EVENT_STATUS, text);
	return 0;
}

static struct lx_error error_of(const struct lx_front_answer *answer, const struct sock_message *m)
{
	struct lx_error error = { 0 };

	if (answer->code < 0)
		(void)lx_error_say(&error, answer->code, "%s", m->data + sizeof(*answer));
	return error;
}

static int hear_answer(struct lx_front *f, struct sock_message *m)
{
	struct lx_front_answer answer;
	struct lx_error error;
	int r;

	memcpy(&answer, m->data, sizeof(answer));
	error = error_of(&answer, m);
	list_for_each(l, &f->clients) {
		struct lx_client *client = container_of(l, struct lx_client, list);

		if (client->token != answer.token)
			continue;
		r = error.code ? sock_send_error(client->fd, LX_REPLY_ERROR, &error) :
				 sock_send(client->fd, LX_REPLY_OK, NULL, 0, NULL, 0);
		if (r < 0)
			(void)shutdown(client->fd, SHUT_RDWR);
		break;
	}
	return 0;
}

static int hear_log(struct lx_front *f, struct sock_message *m)
{
	if (m->n_fds == 1)
		lx_console_set_log(f->console, take_fd(&m->fds[0]));
	return 0;
}

/* Nobody may be let in any more who would wait for an answer; then everybody hears the end. */
static int hear_finish(struct lx_front *f, struct sock_message *m)
{
	struct lx_front_answer answer;
	struct lx_error error;
	char code[16];

	memcpy(&answer, m->data, sizeof(answer));
	error = error_of(&answer, m);
	event_source_remove(f->listen_source);
	f->listen_source = NULL;
	f->listen_fd = close_fd(f->listen_fd);

	if (error.code)
		list_for_each(l, &f->clients)
			(void)sock_send_error(container_of(l, struct lx_client, list)->fd, LX_REPLY_ERROR, &error);
	lx_front_publish(f, LX_EVENT_STATE, lx_state_name(LX_STATE_STOPPED));
	snprintf(code, sizeof(code), "%d", (int)answer.token);
	lx_front_publish(f, LX_EVENT_EXIT, code);
	return 1;
}

static const struct {
	enum lx_front_message type;
	int (*hear)(struct lx_front *f, struct sock_message *m);
	size_t size; /* at least */
} words[] = {
	{ LX_FRONT_RUN, hear_run, sizeof(struct lx_front_run) },
	{ LX_FRONT_DOWN, hear_down, 0 },
	{ LX_FRONT_STATE, hear_state, sizeof(struct lx_front_state) },
	{ LX_FRONT_WAITING, hear_waiting, 1 },
	{ LX_FRONT_ANSWER, hear_answer, sizeof(struct lx_front_answer) },
	{ LX_FRONT_LOG, hear_log, 0 },
	{ LX_FRONT_FINISH, hear_finish, sizeof(struct lx_front_answer) },
};

int lx_front_hear(struct lx_front *f, struct sock_message *message)
{
	for (size_t i = 0; i < array_size(words); i++)
		if (words[i].type == message->type)
			return message->size >= words[i].size ? words[i].hear(f, message) : -EPROTO;

	return -EPROTO;
}

/* All that it has said: whoever read the state file knows that much, and is answered by who knows no less. */
static int keeper_speaks(struct event_source *s _unused_, int fd, uint32_t events _unused_, void *userdata)
{
	struct lx_front *f = userdata;
	int r = 0;

	while (r == 0) {
		_cleanup_message_ struct sock_message message = { 0 };

		r = sock_recv(fd, 0, &message);
		if (r == -ETIMEDOUT || r == -EAGAIN)
			return 0;
		if (r >= 0)
			r = lx_front_hear(f, &message);
	}
	event_exit(f->loop, r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	return 0;
}

/* ---- the process */

static void log_is_full(void *userdata)
{
	tell(userdata, LX_FRONT_TURN_LOG);
}

int lx_front_init(struct lx_front *f, const struct lx_front_setup *setup, struct lx_error *err)
{
	struct lx_console_options console = setup->console;
	int r;

	*f = (struct lx_front)LX_FRONT_INIT;
	list_init(&f->clients);
	f->keeper_fd = setup->keeper_fd;
	f->listen_fd = setup->listen_fd;
	f->state = (enum lx_state)setup->state.state;
	f->ready = setup->state.ready;
	console.log_full = log_is_full;
	console.userdata = f;

	r = event_new(&f->loop);
	if (r < 0)
		return lx_error_set(err, r, "make an event loop");
	r = lx_console_new(f->loop, &console, &f->console, err);
	if (r < 0)
		return r;
	r = event_add_io(f->loop, f->keeper_fd, EPOLLIN, keeper_speaks, f, NULL);
	if (r >= 0 && f->listen_fd >= 0)
		r = lx_front_listen(f);
	return r < 0 ? lx_error_set(err, r, "watch the monitor's sockets") : 0;
}

void lx_front_done(struct lx_front *f)
{
	lx_front_close_clients(f);
	if (f->console)
		forget_run(f);
	lx_console_free(f->console);
	event_free(f->loop);
}

/* The caller that made the monitor has watched since before there was a front. */
static int add_first_callers(struct lx_front *f, const struct lx_front_setup *setup, struct lx_error *err)
{
	int r = 0;

	if (setup->starter_fd >= 0) {
		r = lx_front_add_client(f, setup->starter_fd, true, &f->starter, err);
		lx_front_publish(f, LX_EVENT_STATE, lx_state_name(f->state));
	}
	if (r >= 0 && setup->console_fd >= 0)
		r = lx_console_add_client(f->console, setup->console_fd, err);
	return r;
}

/* Whoever takes the front over has its log file, and may ask for the next one. Neither may become larger than it does anyway (twice
 * its size, while the keeper is busy), nor may there be many that are open. What goes beyond fails with EFBIG. */
static void bound_files(const struct lx_console_options *console)
{
	const uint64_t most = MAX_OF(2 * MIN_OF(console->log_size_max, UINT64_MAX / 8), console->buffer_size) + FILE_SLACK;
	const struct rlimit size = { most, most }, number = { OPEN_FILES_MAX, OPEN_FILES_MAX };

	(void)sys_rlimit_set(0, RLIMIT_FSIZE, &size);
	(void)sys_rlimit_set(0, RLIMIT_NOFILE, &number);
}

/* Whoever wants the container to stop tells the keeper; what ends the front by accident would cost consoles. */
static void be_a_process_of_its_own(const struct lx_front_setup *setup)
{
	static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGXFSZ };
	const int keep[] = { setup->keeper_fd, setup->listen_fd, setup->starter_fd, setup->console_fd, setup->console.log_fd };

	(void)sys_set_death_signal(SIGKILL);
	(void)sys_set_name("lx-front");
	(void)sys_signals_reset();
	for (size_t i = 0; i < array_size(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	bound_files(&setup->console);
	lx_log_close();
	(void)fd_close_from(STDERR_FILENO + 1, keep, array_size(keep));
}

/* The keeper writes the log. With a socket of its own to the journal the front could send to any other that is bound to a name:
 * a datagram socket that is connected still takes addresses. */
static void log_by_keeper(enum lx_log_level level, const char *message, void *userdata)
{
	const struct lx_front_ask ask = { .flags = (uint32_t)level };

	(void)lx_front_ask(userdata, LX_FRONT_SAY, &ask, message);
}

void lx_front_main(const struct lx_front_setup *setup)
{
	struct lx_error error = { 0 };
	struct lx_front f;
	int r;

	be_a_process_of_its_own(setup);
	r = lx_front_init(&f, setup, &error);
	lx_log_set_relay(log_by_keeper, &f);
	if (r >= 0)
		r = add_first_callers(&f, setup, &error);
	if (r >= 0 && setup->sandbox)
		r = lx_sandbox_enter(&lx_front_sandbox, &error);
	if (r < 0) {
		(void)sock_send_error(setup->keeper_fd, LX_FRONT_FAILED, &error);
		_exit(EXIT_FAILURE);
	}

	tell(&f, LX_FRONT_HELLO);
	event_when_quiet(f.loop, memory_give_back);
	r = event_run(f.loop);
	lx_front_done(&f);
	_exit(r == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
