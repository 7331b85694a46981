/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * liblx: system containers for Linux.
 *
 * Conventions: a function that can fail returns a negative errno and fills *err (which may be NULL); 0 or a positive
 * outcome that its comment names otherwise. Outputs (ret_...) are written on success only. Strings and vectors that are
 * returned belong to the caller: free() and lx_strv_free(). Objects are not shared between threads without a lock of the
 * caller's; different objects are independent. Times are microseconds. Everything here exists since version 0.1.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors and messages ------------------------------------------------------------------------------------- */

/* code is a negative errno, 0 = no error; text is one sentence, cause first, for people. Initialise with {0}. */
struct lx_error {
	int code;
	char text[1020];
};

const char *lx_version(void);
void lx_strv_free(char **v);

/*
 * For a program of a user who is not root, early, while it has one thread: makes it root of the user namespace of the user's
 * containers, which lx_create(), lx_destroy(), lx_attach() and addresses in lx_container_get_info() need. It is joined, or made
 * when make is true; without make it is no error that there is none. Nothing is done for root. Starting a container needs no
 * such call.
 */
int lx_enter_user_namespace(bool make, struct lx_error *err);

struct lx_log_options {
	const char *program; /* put before messages on stderr */
	const char *file;    /* NULL: stderr */
	const char *level;   /* TRACE DEBUG INFO NOTICE WARN ERROR ...; NULL: from lx.conf, else WARN */
	bool quiet;          /* nothing on stderr */
};
/* Where messages of this process go. Errors are returned, never printed by the library. */
int lx_log_setup(const struct lx_log_options *options, struct lx_error *err);

/* ---- states -------------------------------------------------------------------------------------------------- */

enum lx_state {
	LX_STATE_STOPPED,
	LX_STATE_STARTING,
	LX_STATE_RUNNING,
	LX_STATE_STOPPING,
	LX_STATE_ABORTING,
	LX_STATE_FREEZING,
	LX_STATE_FROZEN,
	LX_STATE_THAWED, /* passed through on the way back to running */
	LX_STATE_READY,  /* running, init said that booting is finished, and the probes of [ready] succeeded; a milestone to wait for,
			  * not a state of its own */
	LX_STATE_MAX,
};
/* "STOPPED" ... and back (any case); -EINVAL for another word. */
const char *lx_state_name(enum lx_state state);
int lx_state_find(const char *word);

/* ---- containers ---------------------------------------------------------------------------------------------- */

struct lx_container;

/* Directory that holds containers: path, or the configured one when NULL. New string. */
int lx_store_path(const char *path, char **ret, struct lx_error *err);
/* Names of all defined containers there, sorted. A missing directory is an empty store. */
int lx_store_list(const char *path, char ***ret, struct lx_error *err);

/* Opens a defined container; -ENOENT when there is none of that name, -EINVAL for an impossible name. Its configuration
 * is read when something first needs it. path as for lx_store_path(). */
int lx_container_open(const char *path, const char *name, struct lx_container **ret, struct lx_error *err);
void lx_container_close(struct lx_container *c); /* NULL is fine; a running container goes on */
const char *lx_container_name(const struct lx_container *c);
const char *lx_container_path(const struct lx_container *c);        /* the store */
const char *lx_container_directory(const struct lx_container *c);   /* store/NAME */
/* Values that are laid over the configuration for this object only: "section.key=value" or "section.label.key=value". */
int lx_container_define(struct lx_container *c, const char *assignment, struct lx_error *err);
/* Another file in place of the container's own configuration. */
int lx_container_use_config(struct lx_container *c, const char *file, struct lx_error *err);

/* The state now, from the runtime directory: no monitor is asked, a dead monitor counts as STOPPED. */
int lx_container_get_state(struct lx_container *c, enum lx_state *ret, struct lx_error *err);

struct lx_usage {                 /* UINT64_MAX = not known on this host */
	uint64_t cpu_usec;
	uint64_t memory_bytes, memory_max_bytes, swap_bytes, swap_max_bytes;
	uint64_t pids, pids_max;
	uint64_t io_read_bytes, io_write_bytes;
};
struct lx_link_info {
	char *name;                   /* in the container */
	char *host_name;              /* on the host, NULL when there is none */
	uint64_t rx_bytes, tx_bytes;
};
struct lx_info {
	enum lx_state state;
	bool ready;
	pid_t init_pid, monitor_pid;  /* 0 when stopped */
	uint64_t started_usec;        /* CLOCK_REALTIME; 0 when stopped */
	uint64_t boot_usec;           /* from clone to ready; 0 when not known */
	char *waiting;                /* what it is not ready without: "init", "tcp 5432"; NULL when it is, or when it is not known */
	char *status;                 /* last status line of init, or NULL */
	char *trouble;                /* what does not work any more in this run, or NULL */
	char *machine;                /* its name among the machines of the host's systemd, or NULL */
	char **ipv4, **ipv6;          /* global addresses */
	struct lx_link_info *links;
	size_t n_links;
	struct lx_usage usage;
	bool unprivileged;
	uint32_t id_base, id_size;    /* range of users on the host; size 0 when privileged */
	uint32_t gid_base, gid_size;  /* that of groups, most often the same */
	bool ids_shared;              /* other containers have ids of it: their user has no more */
	char *uuid;
};
enum {
	LX_INFO_ADDRESSES = 1 << 0,
	LX_INFO_LINKS = 1 << 1,
	LX_INFO_USAGE = 1 << 2,
	LX_INFO_CONFIG = 1 << 3,      /* what needs the configuration: unprivileged, id range */
	LX_INFO_ALL = ~0,
};
int lx_container_get_info(struct lx_container *c, unsigned what, struct lx_info *ret, struct lx_error *err);
void lx_info_done(struct lx_info *info);

/* ---- create and destroy -------------------------------------------------------------------------------------- */

struct lx_progress {              /* told to lx_create_options.progress */
	const char *stage;            /* "download", "unpack", ... */
	const char *message;          /* a line, or NULL */
	int percent;                  /* -1 = not known */
	uint64_t elapsed_usec;
};
struct lx_create_options {
	const char *path;             /* store, NULL = configured */
	const char *name;
	const char *template_name;    /* or a path with a slash; "none" = no root file system is made */
	char *const *template_args;   /* "--release", "bookworm", ...; NULL-terminated */
	const char *config;           /* seed in place of default.conf; NULL */
	const char *storage;          /* driver: overlay, dir; NULL = first that works */
	const char *directory;        /* an existing tree to use (dir) */
	const char *root_password_file, *ssh_key_file;
	bool rebuild;                 /* do not use a cached image */
	bool machine_image;           /* machinectl shows it among the images: storage is dir */
	void (*progress)(const struct lx_progress *p, void *userdata);
	void *userdata;
};
int lx_create(const struct lx_create_options *options, struct lx_error *err);

/* Removes the container and what lx made for it. -EBUSY while it runs, unless force (kills it first). */
int lx_destroy(struct lx_container *c, bool force, struct lx_error *err);

/* Templates: names, and one's description (summary and options) as text for --help. */
int lx_template_list(char ***ret, struct lx_error *err);
int lx_template_help(const char *name, char **ret, struct lx_error *err);
/* Option words ("--release") of a template, for completion. */
int lx_template_words(const char *name, char ***ret, struct lx_error *err);

/* ---- run ----------------------------------------------------------------------------------------------------- */

enum lx_wait { LX_WAIT_RUNNING, LX_WAIT_READY, LX_WAIT_NONE };

struct lx_start_options {
	char *const *argv;            /* in place of init; NULL */
	enum lx_wait wait;
	uint64_t timeout_usec;        /* of all waiting; 0 = none */
	bool foreground;              /* the console is on our standard streams, return when it has stopped */
	const char *pid_file;         /* monitor's pid */
	const char *console_log;      /* in place of the configured one */
	const char *log_file, *log_level;
	char *const *share;           /* "net=NAME|PID" ... in place of own namespaces */
	uint32_t uid, gid;            /* lx_execute(): whom the command runs as, in the container */
	/* Status lines of the booting guest while we wait, which probe is waited for, and that an earlier run is not over. */
	void (*status)(const char *text, void *userdata);
	void *userdata;
};
/* Has a monitor start it, and waits as options say. A run that is on its way down is waited for first. -EBUSY when it is up, or
 * somebody works on it; -ETIMEDOUT; -ECANCELED when it was stopped while it was starting. */
int lx_start(struct lx_container *c, const struct lx_start_options *options, struct lx_error *err);
/* What lx_start() would do, as text; changes nothing. */
int lx_start_plan(struct lx_container *c, const struct lx_start_options *options, char **ret, struct lx_error *err);

/* Runs argv under a small init, on the caller's standard streams. Returns the command's exit code (0..255). */
int lx_execute(struct lx_container *c, char *const *argv, const struct lx_start_options *options, struct lx_error *err);

enum { LX_STOP_REBOOT = 1 << 0, LX_STOP_KILL = 1 << 1, LX_STOP_NO_KILL = 1 << 2, LX_STOP_NO_WAIT = 1 << 3 };
/* Clean shutdown within timeout (0 = configured), then kill. -ESRCH when it is not running, -ETIMEDOUT with NO_KILL. While it is
 * starting the start is given up, or, with REBOOT, waited for, as lx_freeze() and lx_attach() do: up to 90 s, then -ETIMEDOUT.
 * -ECANCELED when another call had the last word: it has stopped in place of a reboot, or boots again in place of a stop. */
int lx_stop(struct lx_container *c, unsigned flags, uint64_t timeout_usec, struct lx_error *err);
int lx_freeze(struct lx_container *c, struct lx_error *err);
int lx_unfreeze(struct lx_container *c, struct lx_error *err);
/* Waits until the state is one of states (1 << LX_STATE_x ...). Returns that state; -ETIMEDOUT; -ECHILD when READY is one of them,
 * STOPPED is none, and it stops before. UINT64_MAX = no limit. */
int lx_wait(struct lx_container *c, unsigned states, uint64_t timeout_usec, struct lx_error *err);

/* Many at once, as at boot and at shutdown: jobs in an order in which they could be done one after the other. Those whose
 * predecessors are done may be done side by side. */
struct lx_job {
	char *name;                   /* of the container */
	size_t *after;                /* indices of the jobs that must be done before it */
	size_t n_after;
	enum lx_wait wait;            /* when a start is done: somebody comes after its READY, or only after RUNNING */
	uint64_t timeout_usec;        /* of a start that others wait for; UINT64_MAX = none */
	uint64_t delay_usec;          /* to wait after a start, before those that come after it */
};
enum {
	LX_AUTOSTART_ANY = 1 << 0,       /* not only those with start.auto */
	LX_AUTOSTART_BACKWARDS = 1 << 1, /* for a shutdown; wait, timeout and delay mean nothing then */
};
/* The containers of a store (path as for lx_store_path()) that start by themselves, in the order that container.after and
 * start.order ask for. groups: only members of one of them, "" stands for those without a group; NULL: all. report (may be
 * NULL) hears of containers whose configuration cannot be read; they are left out. -ELOOP when some wait for each other. */
int lx_autostart_plan(const char *path, char *const *groups, unsigned flags,
		      void (*report)(const struct lx_error *broken, void *userdata), void *userdata, struct lx_job **ret,
		      size_t *ret_n, struct lx_error *err);
void lx_jobs_free(struct lx_job *jobs, size_t n);

struct lx_attach_options {
	char *const *argv;            /* NULL: the user's shell */
	unsigned namespaces;          /* CLONE_NEW* to join; 0 = all of the container's */
	bool keep_env;                /* the caller's environment too */
	char *const *keep_var;        /* names to pass on */
	char *const *set_var;         /* NAME=VALUE */
	const char *work_dir;         /* NULL: the user's home */
	int64_t uid, gid;             /* -1: root */
	char *const *groups;          /* supplementary, numbers; NULL = none */
	unsigned elevated;            /* LX_ELEVATED_* that are not applied */
	const char *pty_log;          /* file that gets a copy of the output */
	int stdin_fd, stdout_fd, stderr_fd; /* usually 0 1 2 */
};
enum { LX_ELEVATED_CAP = 1 << 0, LX_ELEVATED_CGROUP = 1 << 1, LX_ELEVATED_LSM = 1 << 2, LX_ELEVATED_SECCOMP = 1 << 3 };
#define LX_ATTACH_OPTIONS_INIT { .uid = -1, .gid = -1, .stdin_fd = 0, .stdout_fd = 1, .stderr_fd = 2 }
/* Runs a command in a running container and waits. Returns its exit code as a shell says it (0..255; 126 and 127 when it
 * cannot be executed, *err filled; 128 + n for a signal). A terminal on any of the three gives the command a pty of the
 * container's. */
int lx_attach(struct lx_container *c, const struct lx_attach_options *options, struct lx_error *err);

/* Connects the caller's terminal to the container's console until the escape sequence (escape, then q; -1 = none). */
int lx_console(struct lx_container *c, int escape, struct lx_error *err);
/* The console's recent output from the monitor's memory. */
int lx_console_log(struct lx_container *c, bool clear, char **ret, size_t *ret_size, struct lx_error *err);

/* Removes what killed monitors left (all containers of the store, or one). Returns the number of runs cleaned up; report
 * may be NULL. */
int lx_gc(const char *path, const char *name, void (*report)(const char *text, void *userdata), void *userdata, struct lx_error *err);

/* ---- configuration ------------------------------------------------------------------------------------------- */
/* Keys are named "section.key" or "section.label.key". */

/* The value in effect, as text ("" when unset); lists one item per line. -ENOENT for an unknown key. */
int lx_config_get(struct lx_container *c, const char *key, char **ret, struct lx_error *err);
/* Changes the container's own file in place, comments and order kept; lists get one more value with add. A list may be set
 * to several values, one per line. Refused when the configuration would not load with the change. */
int lx_config_set(struct lx_container *c, const char *key, const char *value, bool add, struct lx_error *err);
/* Removes the key from that file; "section.label" removes the whole section. */
int lx_config_unset(struct lx_container *c, const char *key, struct lx_error *err);
/* "section.label.key = value" lines of what is set (all: defaults too), each with where it comes from when origins. */
int lx_config_list(struct lx_container *c, bool all, bool origins, char ***ret, struct lx_error *err);
/* Differences to the defaults (other NULL) or to another container: "+ line" is what was set, or what other has; "- line"
 * the default, or what this one has. */
int lx_config_diff(struct lx_container *c, struct lx_container *other, char ***ret, struct lx_error *err);
/* Every mistake in the container's configuration, one line each; returns their number. */
int lx_config_check(struct lx_container *c, char ***ret, struct lx_error *err);
/* The schema as text: what = "text", "json" (both for one key or section, or all when key is NULL), "keys" and "host-keys"
 * (one per line), "man-container", "man-host", "sample-host" (lx.conf with every key as a comment). */
int lx_config_describe(const char *what, const char *key, char **ret, struct lx_error *err);
/* A value of /etc/lx/lx.conf ("paths.containers"). */
int lx_host_config_get(const char *key, char **ret, struct lx_error *err);

/* ---- network, host ------------------------------------------------------------------------------------------- */

int lx_net_up(struct lx_error *err);
int lx_net_down(bool force, struct lx_error *err);
struct lx_net_status {
	char *bridge;
	bool up, dnsmasq_running, nft_loaded;
	char **addresses;
	char **members;               /* host side link names */
	char **leases;                /* "address mac name" */
};
int lx_net_get_status(struct lx_net_status *ret, struct lx_error *err);
void lx_net_status_done(struct lx_net_status *s);

struct lx_feature {
	const char *group;            /* "kernel", "cgroup", "build", ... */
	const char *name;
	bool available, required;
	char *detail;                 /* what was seen, or what is missing and what to do */
};
/* What this kernel and this build can do. Returns the number of required features that are missing. */
int lx_check_host(struct lx_feature **ret, size_t *ret_n, struct lx_error *err);
void lx_features_free(struct lx_feature *features, size_t n);

struct lx_finding {
	const char *layer;            /* what keeps the container apart */
	const char *key;              /* the key, or the section, that sets it */
	unsigned points, worth;       /* what it gets, and what there is */
	char *detail;                 /* why points are missing; "" */
};
/* What the configuration of a container exposes: one finding for each layer. Returns the score, the sum of the points, at most
 * 100. */
int lx_audit(struct lx_container *c, struct lx_finding **ret, size_t *ret_n, struct lx_error *err);
void lx_findings_free(struct lx_finding *findings, size_t n);

#ifdef __cplusplus
}
#endif
