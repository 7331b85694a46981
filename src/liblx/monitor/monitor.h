/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lx-monitord: the host process of one container, and only that. It is exec'd by whoever starts the container, holds the
 * container's lock for its whole life, and everything of the run with it. One thread, one loop.
 */
#pragma once

#include "base/event.h"
#include "base/list.h"
#include "base/sock.h"
#include "console/console.h"
#include "instance/instance.h"
#include "monitor/agent.h"
#include "monitor/protocol.h"

#define LX_MONITOR_SOCKET "command"
/* How long a caller waits for an answer. Requests that take longer are answered when they are under way. */
#define LX_MONITOR_PATIENCE (10 * USEC_PER_SEC)
/* More callers at once than this are turned away. */
#define LX_MONITOR_CLIENTS_MAX 64

struct lx_monitor;

/* A connection: a caller with requests, a watcher of events, or both. */
struct lx_client {
	struct list list;
	struct lx_monitor *monitor;
	int fd;
	struct event_source *source;
	bool watches;
};

/* What follows when init has ended. */
enum lx_sequel {
	LX_SEQUEL_ASKED_BY_INIT,        /* its reboot or halt */
	LX_SEQUEL_STOP,
	LX_SEQUEL_REBOOT,
};

/* Calls that lx answers in the kernel's place. */
struct lx_intercept {
	struct lx_agent agent;
	struct event_source *agent_source;
	struct list listeners;
	size_t n_listeners;
	uint32_t last_number;
	usec_t first_death;             /* of a row of them */
	unsigned deaths;
	bool given_up;
};

struct lx_monitor {
	struct event *loop;
	struct lx_container *container;
	struct lx_host host;
	struct lx_plan_wish wish;
	struct lx_instance inst;
	char *log_file;
	int run_fd, lock_fd, listen_fd;
	struct list clients;
	size_t n_clients;
	struct lx_client *starter;      /* who made us; a run of lx-execute ends with it */
	struct lx_console *console;
	struct lx_intercept intercept;

	struct lx_run_state state;      /* what is in the state file */
	struct event_source *init_source, *notify_source, *stop_timer, *signal_timer, *status_timer;
	bool status_unsaved;              /* status_timer will write it down */
	int pending_signal;             /* waits until init can take it ... */
	usec_t signal_since;            /* ... since then */
	bool kill_at_timeout;
	enum lx_sequel sequel;
	int exit_code;
};

/* The program: reads LX_REQUEST_RUN from socket fd, runs the container until it has stopped. Returns the exit code. */
int lx_monitor_main(int fd);
/* --plan: prints what a start would do. */
int lx_monitor_print_plan(int fd);

/* state.c: changes the state, writes the file, tells the watchers. */
void lx_monitor_set_state(struct lx_monitor *m, enum lx_state state);
void lx_monitor_set_status(struct lx_monitor *m, const char *text);
/* The timer that writes it down. */
int lx_monitor_save_status(struct event_source *s, void *userdata);
void lx_monitor_set_ready(struct lx_monitor *m);
void lx_monitor_set_trouble(struct lx_monitor *m, const char *text);
void lx_monitor_publish(struct lx_monitor *m, enum lx_message event, const char *text);

/* run.c: one run and the next. */
int lx_monitor_run(struct lx_monitor *m, struct lx_error *err);

/* intercept.c: system calls that the run's filter hands over. */
int lx_monitor_intercept(void *monitor, int listener_fd, struct lx_error *err); /* for lx_instance.serve */
void lx_monitor_stop_intercepting(void *monitor);
/* Of a process that was attached; takes over fd, always. */
int lx_monitor_add_listener(struct lx_monitor *m, int fd, struct lx_error *err);

/* watch.c: init's end, its notifications, stop and its timeouts. */
int lx_monitor_watch(struct lx_monitor *m, struct lx_error *err);
void lx_monitor_unwatch(struct lx_monitor *m);
/* Text of init by sd_notify(3). */
void lx_monitor_notified(struct lx_monitor *m, const char *text);
/* Asks init to shut down (or to reboot) and gives it timeout; then kills, when kill. */
int lx_monitor_begin_stop(struct lx_monitor *m, int signal, usec_t timeout, bool kill, struct lx_error *err);
int lx_monitor_kill(struct lx_monitor *m, struct lx_error *err);

/* server.c */
int lx_monitor_listen(struct lx_monitor *m, struct lx_error *err);
/* Takes over fd, always. ret_client may be NULL. */
int lx_monitor_add_client(struct lx_monitor *m, int fd, bool watches, struct lx_client **ret_client, struct lx_error *err);
void lx_client_drop(struct lx_client *client);
void lx_monitor_close_clients(struct lx_monitor *m);

/* requests.c: answers one message; a negative return drops the client. 1: the connection was handed over. */
int lx_monitor_answer(struct lx_client *client, struct sock_message *message);
