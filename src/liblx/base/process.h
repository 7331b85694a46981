/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs other programs. The child gets a clean signal mask, default signal actions, only the descriptors named here and
 * nothing else; stdin is /dev/null unless given. It leads a process group of its own, unless it inherits stdin.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/time.h"

struct process_options {
	char *const *argv;        /* argv[0] is looked up in PATH, then in the sbin directories, when it has no slash */
	char *const *env;         /* NULL: the caller's environment */
	const char *input;        /* text for stdin; NULL: stdin_fd or /dev/null */
	int stdin_fd;             /* 0 = /dev/null (zeroed struct), otherwise borrowed; -1 = inherit */
	int stdout_fd;            /* 0 = collect, -1 = inherit, otherwise borrowed */
	int stderr_fd;            /* 0 = collect with stdout, -1 = inherit, otherwise borrowed */
	const int *keep_fds;      /* passed on under their own numbers */
	size_t n_keep_fds;
	const int *enter_ns;      /* namespace descriptors that the child joins before exec */
	size_t n_enter_ns;
	bool become_root;         /* after that: all ids 0, no groups; for a user namespace that was entered */
	const char *work_dir;
	usec_t timeout;           /* 0 = none; then SIGTERM, and SIGKILL a second later, to the process group */
	int cancel_fd;            /* 0 = none; the same as soon as it can be read; borrowed */
	bool new_session;
	int death_signal;         /* PR_SET_PDEATHSIG for the child; 0 = none */
	/* Called for each whole line of collected output, when set; line has no newline. */
	void (*line)(const char *line, void *userdata);
	void *userdata;
};

struct process_result {
	int status;     /* exit code, or 128 + signal */
	bool timed_out;
	bool cancelled;
	char *output;   /* collected, at most 64 KiB kept (the end of it); owned */
};

void process_result_done(struct process_result *r);

/* Runs to the end. 0 whenever the program ran, whatever it returned; an error when it could not be started. */
int process_run(const struct process_options *options, struct process_result *ret, struct lx_error *err);

/* Runs to the end and makes a non-zero exit an error that quotes the last line of output. */
int process_check(const struct process_options *options, struct lx_error *err);

/* Starts without waiting; the pidfd is the caller's. Output must not be "collect". */
int process_spawn(const struct process_options *options, pid_t *ret_pid, int *ret_pidfd, struct lx_error *err);

/* Exit code as a shell would say it, from a wait status. */
int process_exit_code(int wait_status);

/* Is there a program of this name, in PATH or the sbin directories? */
bool process_have(const char *program);
