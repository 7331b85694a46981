/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The monitor is two processes. The keeper (monitor.h) makes and unmakes the run and may do what root may; it reads nothing
 * that a guest wrote. The front (this file) talks: to callers at the command socket, to the guest at its console and its
 * notifications. It is forked off by the keeper and lives in a sandbox, with nothing but descriptors; what it cannot do
 * itself it asks of the keeper, in words of fixed size that the keeper takes for hostile.
 *
 * It goes on while the keeper takes a run down and up again, so consoles and whoever watches events stay connected. When it
 * dies the keeper makes another one; when the keeper dies the kernel kills it.
 */
#pragma once

#include "base/event.h"
#include "base/list.h"
#include "base/sock.h"
#include "console/console.h"
#include "monitor/protocol.h"
#include "security/sandbox.h"

/* More callers at once than this are turned away. */
#define LX_MONITOR_CLIENTS_MAX 64
/* A line of sd_notify(3) that is passed on. */
#define LX_FRONT_STATUS_MAX 1024

/* What the two say to each other, as messages of base/sock.h. */
enum lx_front_message {
	/* keeper to front */
	LX_FRONT_RUN = 1,       /* struct lx_front_run */
	LX_FRONT_DOWN,          /* the run ends, everything of it is closed. Answered by LX_FRONT_LEFT */
	LX_FRONT_STATE,         /* struct lx_front_state */
	LX_FRONT_ANSWER,        /* struct lx_front_answer, then the sentence of an error */
	LX_FRONT_LOG,           /* the next file for the console's log */
	LX_FRONT_FINISH,        /* struct lx_front_answer (token: the exit code of init): tell everybody that it is over, and end */

	LX_FRONT_WAITING,       /* text: what the run is not ready without */

	/* front to keeper: struct lx_front_ask */
	LX_FRONT_HELLO = 64,    /* it is in its sandbox */
	LX_FRONT_FAILED,        /* it could not get there: base/sock-error.h */
	LX_FRONT_LEFT,
	LX_FRONT_STOP,          /* answered, as are the next two */
	LX_FRONT_FREEZE,
	LX_FRONT_UNFREEZE,
	LX_FRONT_STARTER_GONE,
	LX_FRONT_TURN_LOG,
	LX_FRONT_READY,         /* init is */
	LX_FRONT_STATUS,        /* and the text */
	LX_FRONT_LISTENER,      /* and the descriptor, LX_REQUEST_LISTENER; answered */
	LX_FRONT_SAY,           /* a message for the log; flags: its level */
};

struct lx_front_run {
	uint32_t run;           /* counts the runs of this monitor, so that nothing said of one is taken for another */
	int32_t init_pid;
};
/* Descriptors beside LX_FRONT_RUN; the last may be missing. */
enum { LX_FRONT_INIT_PIDFD, LX_FRONT_DEVPTS, LX_FRONT_CONSOLE, LX_FRONT_NOTIFY, LX_FRONT_RUN_FDS };

struct lx_front_state {
	uint32_t state;         /* enum lx_state */
	uint32_t ready;
};

struct lx_front_answer {
	uint32_t token;
	int32_t code;           /* 0 or a negative errno */
};

struct lx_front_ask {
	uint32_t run;
	uint32_t token;         /* comes back with the answer; 0: none is wanted */
	uint32_t flags;         /* of a stop, LX_STOP_* */
	uint32_t unused;
	uint64_t timeout;
};

struct lx_front;

/* A connection: a caller with requests, a watcher of events, or both. */
struct lx_client {
	struct list list;
	struct lx_front *front;
	int fd;
	uint32_t token;
	struct event_source *source;
	bool watches;
	struct sock_message *waiting;   /* a request that is answered when the container has started */
};

struct lx_front {
	struct event *loop;
	int keeper_fd, listen_fd;
	struct event_source *listen_source;
	struct list clients;
	size_t n_clients;
	uint32_t last_token;
	struct lx_client *starter;      /* who made the monitor; a run of lx-execute ends with it */
	struct lx_console *console;
	enum lx_state state;            /* as the keeper said last */
	bool ready;
	char *status;

	uint32_t run;                   /* 0: there is none */
	pid_t init_pid;
	int init_pidfd, devpts_fd, notify_fd;
	struct event_source *notify_source, *status_timer;
	bool status_waits, ready_told;  /* the timer is armed; the keeper knows */
};
#define LX_FRONT_INIT { .keeper_fd = -EBADF, .listen_fd = -EBADF, .init_pidfd = -EBADF, .devpts_fd = -EBADF, .notify_fd = -EBADF }

/* What a new front begins with: descriptors (those of the caller's copy), and the state so far. */
struct lx_front_setup {
	int keeper_fd, listen_fd, starter_fd, console_fd; /* the last two may be -EBADF */
	struct lx_console_options console;
	struct lx_front_state state;
	bool sandbox;
};
/* In a process that was just made; closes everything but what is in setup. */
_noreturn_ void lx_front_main(const struct lx_front_setup *setup);
/* For the process itself, and for tests. Takes over nothing but the log's descriptor. */
int lx_front_init(struct lx_front *f, const struct lx_front_setup *setup, struct lx_error *err);
void lx_front_done(struct lx_front *f);
/* One message of the keeper. 1: it was the last. */
int lx_front_hear(struct lx_front *f, struct sock_message *message);
int lx_front_ask(struct lx_front *f, enum lx_front_message what, const struct lx_front_ask *ask, const char *text);
void lx_front_publish(struct lx_front *f, enum lx_message event, const char *text);

/* front-sandbox.c */
extern const struct lx_sandbox lx_front_sandbox;

/* front-notify.c: what init says by sd_notify(3) */
int lx_front_watch_notify(struct lx_front *f);
void lx_front_notified(struct lx_front *f, const char *text);

/* server.c */
int lx_front_listen(struct lx_front *f);
/* Takes over fd, always. ret_client may be NULL. */
int lx_front_add_client(struct lx_front *f, int fd, bool watches, struct lx_client **ret_client, struct lx_error *err);
void lx_front_close_clients(struct lx_front *f);
/* The container has started: requests that came before that are answered now. */
void lx_front_answer_waiting(struct lx_front *f);

/* requests.c: answers one message, or keeps it until the container has started; a negative return drops the client. 1: the
 * connection was handed over. */
int lx_front_answer(struct lx_client *client, struct sock_message *message);
