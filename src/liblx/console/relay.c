/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The caller's side of a terminal session. */
#include "console/relay.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/event.h"
#include "base/fd.h"
#include "base/sock.h"
#include "console/console.h"
#include "console/ring.h"
#include "console/terminal.h"
#include "sys/sys.h"

/* Typed or pasted, not yet taken by the far end. */
#define INPUT_MAX (32 * 1024)
#define PIECE_MAX LX_CONSOLE_DATA_MAX
/* What the escape sequence may add to a piece: the byte that was held back. */
#define INPUT_MARGIN (PIECE_MAX + 1)

struct relay {
	const struct lx_relay_options *options;
	struct event *loop;
	struct event_source *in_source, *far_source;
	struct lx_terminal terminal;
	struct lx_ring input;
	bool escaped;           /* the escape byte was the last one */
	bool in_ended;
	int signal;
};

static void finish(struct relay *relay, enum lx_relay_end end)
{
	event_exit(relay->loop, (int)end);
}

/* ---- towards the far end */

static ssize_t far_write(const struct relay *relay, const char *data, size_t size)
{
	int fd = relay->options->far_fd;
	ssize_t n;

	if (relay->options->framed) {
		size = MIN_OF(size, (size_t)PIECE_MAX);
		n = sock_send(fd, LX_CONSOLE_DATA, data, size, NULL, 0);
		return n < 0 ? n : (ssize_t)size;
	}
	n = write(fd, data, size);
	return n < 0 ? -errno : n;
}

/* Input is read only while a piece of it fits. */
static void arm(struct relay *relay)
{
	bool room = lx_ring_space(&relay->input) >= INPUT_MARGIN;

	if (relay->in_source)
		event_set_io(relay->in_source, room && !relay->in_ended ? EPOLLIN : 0);
	if (relay->far_source)
		event_set_io(relay->far_source, EPOLLIN | (relay->input.used > 0 ? EPOLLOUT : 0));
}

static void flush_input(struct relay *relay)
{
	const char *front;
	size_t size;

	while ((size = lx_ring_front(&relay->input, &front)) > 0) {
		ssize_t n = far_write(relay, front, size);

		if (n == -EINTR)
			continue;
		if (n <= 0)
			break; /* full, or gone: then reading says so */
		lx_ring_drop(&relay->input, (size_t)n);
	}
	arm(relay);
}

/* Adds what was typed to the queue. True when it was the escape sequence; what came before it is in the queue. */
static bool take_typed(struct relay *relay, const char *data, size_t size)
{
	int escape = relay->options->escape;

	if (escape < 0) {
		lx_ring_add(&relay->input, data, size);
		return false;
	}
	for (size_t i = 0; i < size; i++) {
		char prefix = (char)escape;

		if (relay->escaped) {
			relay->escaped = false;
			if (data[i] == 'q')
				return true;
			lx_ring_add(&relay->input, &prefix, 1);
			if (data[i] == prefix)
				continue;
		} else if (data[i] == prefix) {
			relay->escaped = true;
			continue;
		}
		lx_ring_add(&relay->input, &data[i], 1);
	}
	return false;
}

/* No more input. The program behind a pty is told so as a terminal does; a console has other users, and goes on. */
static void end_input(struct relay *relay)
{
	char eof;

	relay->in_ended = true;
	event_source_remove(relay->in_source);
	relay->in_source = NULL;
	if (relay->options->framed)
		return;
	eof = lx_terminal_eof(relay->options->far_fd);
	lx_ring_add(&relay->input, &eof, 1);
	flush_input(relay);
}

static int on_input(struct event_source *source, int fd, uint32_t events, void *userdata)
{
	struct relay *relay = userdata;
	char data[PIECE_MAX];
	ssize_t n;

	(void)source;
	(void)events;
	n = read(fd, data, sizeof(data));
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n <= 0) {
		end_input(relay);
		return 0;
	}
	if (take_typed(relay, data, (size_t)n))
		finish(relay, LX_RELAY_ESCAPE);
	flush_input(relay);
	return 0;
}

/* ---- from the far end */

/* Waits for a slow terminal, also when somebody who shares it has made it non-blocking. */
static int write_out(int fd, const char *data, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (n < 0) {
			(void)poll(&p, 1, -1);
			continue;
		}
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static int give_output(const struct relay *relay, const char *data, size_t size)
{
	if (relay->options->log_fd >= 0)
		(void)fd_write_all(relay->options->log_fd, data, size);
	return relay->options->out_fd >= 0 ? write_out(relay->options->out_fd, data, size) : 0;
}

enum piece { PIECE_PASSED, PIECE_NONE, PIECE_GONE };

/* One piece; GONE: the far end is. Negative: the user's side cannot be written. */
static int pass_output(const struct relay *relay)
{
	_cleanup_message_ struct sock_message m = { 0 };
	char data[PIECE_MAX];
	ssize_t n;
	int r;

	if (relay->options->framed) {
		r = sock_recv(relay->options->far_fd, 0, &m);
		if (r < 0)
			return r == -ETIMEDOUT || r == -EAGAIN ? PIECE_NONE : PIECE_GONE;
		return m.type == LX_CONSOLE_DATA ? give_output(relay, m.data, m.size) : PIECE_PASSED;
	}

	n = read(relay->options->far_fd, data, sizeof(data));
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return PIECE_NONE;
	if (n <= 0)
		return PIECE_GONE; /* EIO: nobody has the other end open */
	return give_output(relay, data, (size_t)n);
}

/* While a process is waited for, its end counts, not that of the pty: it may have closed its terminal and live on. */
static void far_is_gone(struct relay *relay)
{
	event_source_remove(relay->far_source);
	relay->far_source = NULL;
	event_source_remove(relay->in_source);
	relay->in_source = NULL;
	if (relay->options->pidfd < 0)
		finish(relay, LX_RELAY_CLOSED);
}

static int on_far(struct event_source *source, int fd, uint32_t events, void *userdata)
{
	struct relay *relay = userdata;
	int r;

	(void)source;
	(void)fd;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		r = pass_output(relay);
		if (r < 0)
			return r;
		if (r == PIECE_GONE)
			far_is_gone(relay);
	}
	if (relay->far_source && (events & EPOLLOUT))
		flush_input(relay);
	return 0;
}

/* poll() makes the kernel move what the process wrote last to where it can be read, so that nothing is lost here. Others may
 * have the terminal open and write for ever: what is there now is passed on, not what they will say. */
static int on_process(struct event_source *source, int fd, uint32_t events, void *userdata)
{
	struct relay *relay = userdata;

	(void)source;
	(void)fd;
	(void)events;
	for (int i = 0; relay->far_source && i < 1024; i++) {
		struct pollfd p = { .fd = relay->options->far_fd, .events = POLLIN };

		if (poll(&p, 1, 0) <= 0 || !(p.revents & POLLIN) || pass_output(relay) != PIECE_PASSED)
			break;
	}
	finish(relay, LX_RELAY_PROCESS);
	return 0;
}

/* ---- signals */

static void send_size(const struct relay *relay)
{
	const struct lx_relay_options *o = relay->options;
	struct lx_console_size size;

	if (o->far_fd < 0 || o->size_fd < 0 || sys_pty_get_size(o->size_fd, &size.rows, &size.columns) < 0)
		return;
	if (o->framed)
		(void)sock_send(o->far_fd, LX_CONSOLE_SIZE, &size, sizeof(size), NULL, 0);
	else
		(void)sys_pty_set_size(o->far_fd, size.rows, size.columns);
}

static int on_size(struct event_source *source, const void *siginfo, void *userdata)
{
	(void)source;
	(void)siginfo;
	send_size(userdata);
	return 0;
}

static int on_continue(struct event_source *source, const void *siginfo, void *userdata)
{
	struct relay *relay = userdata;

	(void)source;
	(void)siginfo;
	lx_terminal_set_raw_again(&relay->terminal);
	send_size(relay);
	return 0;
}

static int on_terminate(struct event_source *source, const void *siginfo, void *userdata)
{
	const struct signalfd_siginfo *si = siginfo;
	struct relay *relay = userdata;

	(void)source;
	if (relay->options->group > 0) {
		/* A process that has just been made has no group of its own yet. */
		if (kill(-relay->options->group, (int)si->ssi_signo) < 0)
			(void)kill(relay->options->group, (int)si->ssi_signo);
		return 0;
	}
	relay->signal = (int)si->ssi_signo;
	finish(relay, LX_RELAY_SIGNAL);
	return 0;
}

/* Blocked, so that a write says EPIPE. */
static int on_ignored(struct event_source *source, const void *siginfo, void *userdata)
{
	(void)source;
	(void)siginfo;
	(void)userdata;
	return 0;
}

static const struct {
	int signal;
	event_signal_fn fn;
	bool terminal_only;
} relay_signals[] = {
	{ SIGHUP, on_terminate, false },
	{ SIGINT, on_terminate, false },
	{ SIGQUIT, on_terminate, false },
	{ SIGTERM, on_terminate, false },
	{ SIGPIPE, on_ignored, true },
	{ SIGWINCH, on_size, true },
	{ SIGCONT, on_continue, true },
};

static int watch(struct relay *relay)
{
	const struct lx_relay_options *o = relay->options;
	int r = 0;

	for (size_t i = 0; i < array_size(relay_signals) && r >= 0; i++)
		if (o->far_fd >= 0 || !relay_signals[i].terminal_only)
			r = event_add_signal(relay->loop, relay_signals[i].signal, relay_signals[i].fn, relay);
	if (r >= 0 && o->pidfd >= 0)
		r = event_add_io(relay->loop, o->pidfd, EPOLLIN, on_process, relay, NULL);
	if (r >= 0 && o->far_fd >= 0) {
		r = fd_set_nonblock(o->far_fd, true);
		if (r >= 0)
			r = event_add_io(relay->loop, o->far_fd, EPOLLIN, on_far, relay, &relay->far_source);
		if (r >= 0 && o->in_fd >= 0)
			r = event_add_io(relay->loop, o->in_fd, EPOLLIN, on_input, relay, &relay->in_source);
	}
	return r;
}

static void relay_done(struct relay *relay)
{
	lx_terminal_restore(&relay->terminal);
	event_free(relay->loop);
	lx_ring_done(&relay->input);
}

int lx_relay_run(const struct lx_relay_options *options, int *ret_signal, struct lx_error *err)
{
	_cleanup_(relay_done) struct relay relay = { .options = options, .terminal = LX_TERMINAL_INIT };
	int r;

	r = event_new(&relay.loop);
	if (r >= 0 && options->far_fd >= 0)
		r = lx_ring_init(&relay.input, INPUT_MAX);
	if (r >= 0)
		r = watch(&relay);
	if (r < 0)
		return lx_error_set(err, r, "prepare the terminal session");

	/* After the signals are watched: whatever ends us from here on gives the terminal back. */
	if (options->raw) {
		r = lx_terminal_set_raw(&relay.terminal, options->in_fd, err);
		if (r < 0)
			return r;
	}
	send_size(&relay);

	r = event_run(relay.loop);
	if (r < 0)
		return lx_error_set(err, r, "pass on output");
	if (ret_signal)
		*ret_signal = relay.signal;
	return r;
}

int lx_relay_console(int fd, int in_fd, int out_fd, int escape, struct lx_error *err)
{
	const struct lx_relay_options options = {
		.in_fd = in_fd,
		.out_fd = out_fd,
		.size_fd = in_fd,
		.raw = isatty(in_fd),
		.far_fd = fd,
		.framed = true,
		.log_fd = -1,
		.escape = escape,
		.pidfd = -1,
	};
	int number = 0, r;

	r = lx_relay_run(&options, &number, err);
	if (r == LX_RELAY_SIGNAL)
		raise(number);
	return r;
}
