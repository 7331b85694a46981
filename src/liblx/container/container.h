/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A named container at rest: its directory, its configuration, its lock, the traces of its run in the runtime directory. */
#pragma once

#include "base/cleanup.h"
#include "base/error.h"
#include "config/config.h"

#define LX_NAME_MAX 63

/* A file of this name in a container's directory: it is still being made, or was left half-made. Such a container does not
 * exist for lx_store_list() and lx_container_open(). */
#define LX_STORE_PARTIAL "partial"

struct lx_container {
	struct lx_settings *settings;
	char *name;
	char *store;                /* directory of containers */
	char *directory;            /* store/NAME */
	char *config_file;          /* store/NAME/config */
	bool config_given;          /* ... or what lx_container_use_config() said */
	char *run_directory;        /* RUN/NAME; for another store than the configured one RUN/_<hash of store>/NAME */
	char *run_id;               /* NAME, or NAME_<hash>: unique on the host ("_" is in no name), for cgroups and host links */
	char **defines;             /* lx_container_define() */
	struct lx_config *config;   /* NULL until lx_container_config() */
};

/* store.c: any name that may exist, whether or not it does. The container need not exist. */
int lx_container_new(const char *store, const char *name, struct lx_container **ret, struct lx_error *err);
bool lx_container_exists(const struct lx_container *c);
DEFINE_CLEANUP(struct lx_container *, lx_container_close)
#define _cleanup_container_ _cleanup_(lx_container_closep)
/* Names are host names of at most LX_NAME_MAX bytes without dots at the ends: they become host names, cgroups and file names. */
int lx_container_check_name(const char *name, struct lx_error *err);

/* The configuration, read once. Owned by the container. */
int lx_container_config(struct lx_container *c, const struct lx_config **ret, struct lx_error *err);

/* Makes the runtime directory (0700) when it is missing and opens it. */
int lx_container_open_run(const struct lx_container *c, bool create, int *ret_fd, struct lx_error *err);

/* lock.c: one lock per container, an open file description lock on RUNDIR/lock, held by the monitor for its whole life and
 * by whoever creates, destroys or changes the container at rest. The descriptor is the lock; it is inherited by the
 * monitor. -EBUSY when it is held. */
int lx_lock_take(const struct lx_container *c, int *ret_fd, struct lx_error *err);
/* What the end of a run may take beyond container.stop-timeout, which is the time that init has: hooks, and the way down. */
#define LX_STOP_MARGIN (60 * USEC_PER_SEC)
/* To start it: a run that is on its way down is waited for until deadline (CLOCK_MONOTONIC), but not longer than its shutdown may
 * take. status (NULL) hears of that when it takes longer than a moment. -EBUSY, with its state, when it is up, -ETIMEDOUT. */
int lx_lock_take_to_start(struct lx_container *c, usec_t deadline, void (*status)(const char *text, void *userdata), void *userdata,
			  int *ret_fd, struct lx_error *err);
/* As above, waiting until deadline (CLOCK_MONOTONIC). */
int lx_lock_wait(const struct lx_container *c, usec_t deadline, int *ret_fd, struct lx_error *err);
bool lx_lock_is_held(const struct lx_container *c);

/* state.c: RUNDIR/state, written by the monitor (atomically), read by everybody. */
struct lx_run_link {
	char *name, *host_name;
};
struct lx_run_state {
	enum lx_state state;
	bool ready;
	pid_t init_pid, monitor_pid;
	uint64_t init_start_ticks;       /* lx_process_start_ticks() of them: the pid is still that process */
	uint64_t monitor_start_ticks;
	uint64_t started_usec, boot_usec;
	char *status;
	char *waiting;                   /* what it is not ready without: "init", "tcp 5432"; NULL */
	char *trouble;                   /* what does not work any more in this run, for people; NULL */
	char *machine;                   /* the name that systemd-machined has it by; NULL: it does not know it */
	char *uuid;
	char *cgroup;                    /* path below the hierarchies: "/lx/NAME", or the group of its unit */
	uint32_t id_base, id_size;
	uint32_t gid_base, gid_size;
	VEC(struct lx_run_link) links;
};
void lx_run_state_done(struct lx_run_state *s);
/* All zero (STOPPED) when there is no file, nobody holds the lock, or the monitor is gone: a killed monitor cannot say so.
 * While the monitor lives and init does not, the run is being undone: STOPPING, with init_pid 0. */
int lx_run_state_load(const struct lx_container *c, struct lx_run_state *ret, struct lx_error *err);
/* The text of the file alone. */
struct buf;
int lx_run_state_parse(const char *file, const char *text, struct lx_run_state *ret, struct lx_error *err);
void lx_run_state_format(const struct lx_run_state *s, struct buf *b);
int lx_run_state_save(int run_fd, const struct lx_run_state *s, struct lx_error *err);
/* When the process was started, in clock ticks since boot (field 22 of /proc/PID/stat): with the pid it names a process for
 * ever. -ESRCH when there is none. */
int lx_process_start_ticks(pid_t pid, uint64_t *ret);
/* The number of the process in its own pid namespace: the last that it has. */
pid_t lx_process_inner_pid(pid_t pid);
/* Is the change allowed? The table of transitions. */
bool lx_state_can_change(enum lx_state from, enum lx_state to);

/* journal.c: what this run acquired outside its own namespaces, written down before it is used (RUNDIR/acquired), so that
 * the next start, destroy or gc can give it back after a monitor that was killed. kind is a word of the table in journal.c
 * ("cgroup", "link"), what its name: one line of text. Each call is one write to the end of the file. */
int lx_journal_add(int run_fd, const char *kind, const char *what, struct lx_error *err);
int lx_journal_remove(int run_fd, const char *kind, const char *what, struct lx_error *err);
typedef int (*lx_journal_fn)(const char *kind, const char *what, void *userdata, struct lx_error *err);
/* Newest first. */
int lx_journal_for_each(int run_fd, lx_journal_fn fn, void *userdata, struct lx_error *err);
int lx_journal_clear(int run_fd, struct lx_error *err);
