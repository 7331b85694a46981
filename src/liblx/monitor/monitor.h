/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lx-monitord: the host process of one container, and only that. It is exec'd by whoever starts the container, holds the
 * container's lock for its whole life, and everything of the run with it. One thread, one loop.
 *
 * This is the keeper, the parent of init: it goes up and down, and waits between. Callers and the guest talk to its front
 * (front.h), a process in a sandbox.
 */
#pragma once

#include <signal.h>

#include "base/event.h"
#include "base/rate.h"
#include "base/sock.h"
#include "instance/instance.h"
#include "instance/probe.h"
#include "monitor/agent.h"
#include "monitor/front.h"
#include "monitor/protocol.h"
#include "monitor/renewal.h"

#define LX_MONITOR_SOCKET "command"
/* How long a caller waits for an answer. Requests that take longer are answered when they are under way. */
#define LX_MONITOR_PATIENCE (10 * USEC_PER_SEC)
/* ... while the container starts: a hook has a minute. */
#define LX_MONITOR_PATIENCE_START (90 * USEC_PER_SEC)

/* lx-stop's, when there is no run yet, or none any more, that could be asked to end: as often as it likes, while a second SIGTERM
 * means something. */
#define LX_MONITOR_SIGNAL_STOP SIGUSR1

/* What follows when init has ended. */
enum lx_sequel {
	LX_SEQUEL_ASKED_BY_INIT,        /* its reboot or halt */
	LX_SEQUEL_STOP,
	LX_SEQUEL_REBOOT,
};

/* A process of the monitor's that dies for this many times within a minute is not replaced any more: one that is attacked dies
 * again and again. */
#define LX_DEATHS_MAX 5
#define LX_DEATHS_PERIOD (60 * USEC_PER_SEC)

/* Calls that lx answers in the kernel's place. */
struct lx_intercept {
	struct lx_agent agent;
	struct event_source *agent_source;
	struct list listeners;
	size_t n_listeners;
	uint32_t last_number;
	struct rate deaths;
	bool given_up;
};

/* The keeper's end of its front. */
struct lx_front_link {
	int fd, pidfd;                  /* -EBADF: there is no front */
	pid_t pid;
	struct event_source *source;
	bool greeted;                   /* it is in its sandbox */
	bool has_run;                   /* something of the present run is its */
	struct rate deaths;
	struct rate words, statuses; /* what it has in the log, and tells of init */
};

/* machined's directory, and when to ask it again. */
struct lx_machine_watch {
	int inotify_fd;                 /* -EBADF: nothing is watched */
	int parent_watch, watch;        /* of its directory, and the one above; -1: none */
	struct event_source *source, *timer, *errand_source;
	struct lx_renewal renewal;
};

/* What the run is not ready without. */
enum lx_awaited { LX_AWAITED_NOTHING, LX_AWAITED_INIT, LX_AWAITED_PROBE };

/* Is the container ready? */
struct lx_readiness {
	bool init_said;                 /* READY=1 */
	size_t succeeded;               /* of the probes, in their order */
	struct lx_probe probe;          /* the attempt that is under way */
	bool asks, timed_out;           /* there is one; it took too long */
	struct lx_cgroup *cgroup;       /* of the probes' processes */
	struct event_source *sources[LX_PROBE_FDS], *timer;
	bool runs;                      /* otherwise the timer stands still ... */
	usec_t due, left;               /* ... with this much left */
	usec_t since, complaint;        /* the probe is asked since then; when the log has to say so */
};

struct lx_monitor {
	struct event *loop;
	struct lx_container *container;
	struct lx_host host;
	struct lx_plan_wish wish;
	struct lx_instance inst;
	char *log_file, *console_log;
	char *log_place;                /* where people look: a command, or a file */
	int run_fd, lock_fd, listen_fd;
	int cancel_fd;                  /* can be read when a signal says that this shall end, and nobody has taken it in */
	int starter_fd, console_fd;     /* until there is a front, whose they are then */
	struct lx_front_link front;
	uint32_t run;                   /* counts, so that what is said of one run is not taken for another */
	uint32_t n_runs;                /* counts starts and reboots, for people */
	struct lx_intercept intercept;
	struct lx_machine_watch machine;
	struct lx_readiness readiness;

	struct lx_run_state state;      /* what is in the state file */
	struct event_source *init_source, *stop_timer, *signal_timer;
	int pending_signal;             /* waits until init can take it ... */
	usec_t signal_since;            /* ... since then */
	bool kill_at_timeout;
	bool signalled;                 /* to end, by SIGTERM or SIGINT */
	bool unit_started;              /* systemd was told so */
	enum lx_sequel sequel;
	int exit_code;
};

/* The program: reads LX_REQUEST_RUN from socket fd, runs the container until it has stopped. Returns the exit code. With fd
 * -EBADF systemd has started lx@INSTANCE.service: the orders are those of who waits at the rendezvous, or its own. */
int lx_monitor_main(int fd, const char *instance);
/* --plan: prints what a start would do. */
int lx_monitor_print_plan(int fd);

/* log.c: after the configuration is read. */
struct lx_orders;
int lx_monitor_open_log(struct lx_monitor *m, const struct lx_orders *o, struct lx_error *err);

/* state.c: changes the state, writes the file, tells the front. */
void lx_monitor_set_state(struct lx_monitor *m, enum lx_state state);
/* The front has told it to those who watch. */
void lx_monitor_set_status(struct lx_monitor *m, const char *text);
void lx_monitor_set_ready(struct lx_monitor *m);
/* What the run is not ready without: "tcp 5432"; NULL: nothing. Who watches is told of a probe. */
void lx_monitor_set_waiting(struct lx_monitor *m, const char *what, bool tell);
void lx_monitor_set_trouble(struct lx_monitor *m, const char *text);
/* NULL: it is not registered. */
void lx_monitor_set_machine(struct lx_monitor *m, const char *name);

/* unit.c: what systemd hears, where it has started us. */
void lx_monitor_notify_state(const struct lx_monitor *m);
void lx_monitor_notify_guest(const struct lx_monitor *m, const char *text);
void lx_monitor_notify_waiting(const struct lx_monitor *m);
void lx_monitor_notify_ready(struct lx_monitor *m);
/* It has asked us to end: the time that this may take. */
void lx_monitor_notify_stop(const struct lx_monitor *m);
void lx_monitor_notify_end(struct lx_monitor *m);
void lx_monitor_notify_failure(const struct lx_monitor *m, const struct lx_error *error);

/* run.c: one run and the next. The first is begun by the caller. */
void lx_monitor_begin_run(struct lx_monitor *m);
int lx_monitor_run(struct lx_monitor *m, struct lx_error *err);

/* intercept.c: system calls that the run's filter hands over. */
int lx_monitor_intercept(void *monitor, int listener_fd, struct lx_error *err); /* for lx_instance.serve */
void lx_monitor_stop_intercepting(void *monitor);
/* Of a process that was attached; takes over fd, always. */
int lx_monitor_add_listener(struct lx_monitor *m, int fd, struct lx_error *err);

/* machine.c: sees to it that the container stays registered with machined, if it was to be. Nothing here fails a run. */
void lx_monitor_watch_machine(struct lx_monitor *m);
void lx_monitor_unwatch_machine(struct lx_monitor *m);

/* readiness.c: init's word, then the probes of the configuration one after the other; none of it is waited for here. */
enum lx_awaited lx_readiness_awaited(enum lx_init_kind init, bool init_said, size_t n_probes, size_t succeeded);
/* Before the run is RUNNING, and when it is. */
int lx_readiness_begin(struct lx_monitor *m, struct lx_error *err);
void lx_readiness_start(struct lx_monitor *m);
/* The state has changed: probes are asked, and their time counts, while it is RUNNING. */
void lx_readiness_follow(struct lx_monitor *m);
void lx_readiness_init_said(struct lx_monitor *m);
/* Waits shortly for what is left of an attempt, which it kills. */
void lx_readiness_end(struct lx_monitor *m);

/* watch.c: init's end, stop and its timeouts. */
int lx_monitor_watch(struct lx_monitor *m, struct lx_error *err);
void lx_monitor_unwatch(struct lx_monitor *m);
/* Asks init to shut down (or to reboot) and gives it timeout; then kills, when kill. */
int lx_monitor_begin_stop(struct lx_monitor *m, int signal, usec_t timeout, bool kill, struct lx_error *err);
int lx_monitor_kill(struct lx_monitor *m, struct lx_error *err);

/* front-link.c: the front as the keeper sees it. Nothing here waits for it longer than a moment: one that does not answer is
 * killed, and another one made. */
extern const struct lx_companion lx_monitor_companion;
/* Hands the run over: waits until the front is in its sandbox. */
int lx_monitor_present_run(struct lx_monitor *m, struct lx_error *err);
/* Before the run is taken down: the front closes what is of it. */
void lx_monitor_withdraw_run(struct lx_monitor *m);
void lx_monitor_tell(struct lx_monitor *m, enum lx_front_message what, const void *data, size_t size, const int *fds, size_t n_fds);
void lx_monitor_tell_state(struct lx_monitor *m);
void lx_monitor_answer(struct lx_monitor *m, uint32_t token, const struct lx_error *error);
/* Everything is over: it tells the callers and ends. */
void lx_monitor_end_front(struct lx_monitor *m, const struct lx_error *failure);

/* asks.c: what the front asks, a message each. Negative: it is not one of a front, who must be broken. */
int lx_monitor_asked(struct lx_monitor *m, struct sock_message *message);
