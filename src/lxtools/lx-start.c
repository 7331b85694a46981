/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-start: boot a container. */
#include <stdlib.h>

#include "base/time.h"

#include "command.h"
#include "progress.h"
#include "run-options.h"

struct start {
	struct lx_common common;
	bool daemon, foreground, dry_run;
	const char *pid_file, *console_log;
	unsigned wait;
	uint64_t timeout_usec;
	char **share;
};

static const struct start defaults = {
	.wait = LX_WAIT_RUNNING,
};

static const struct lx_word wait_words[] = {
	{ "running", LX_WAIT_RUNNING },
	{ "ready", LX_WAIT_READY },
	{ "none", LX_WAIT_NONE },
	{ NULL, 0 },
};

#define FIELD(m) .offset = offsetof(struct start, m)

static const struct lx_option options[] = {
	{ 'd', "daemon", .kind = LX_OPTION_FLAG, FIELD(daemon),
	  .doc = "Return while the container runs on. This is the default." },
	{ 'F', "foreground", .kind = LX_OPTION_FLAG, FIELD(foreground),
	  .doc = "Put the console on this terminal and return when the container has stopped." },
	{ 'p', "pidfile", .argument = "FILE", .kind = LX_OPTION_TEXT, FIELD(pid_file), .complete = LX_COMPLETE_FILE,
	  .doc = "Write the process id of the monitor to this file." },
	{ 'L', "console-log", .argument = "FILE", .kind = LX_OPTION_TEXT, FIELD(console_log), .complete = LX_COMPLETE_FILE,
	  .doc = "Write what appears on the console to this file, in place of console.log-file." },
	{ 0, "wait", .argument = "MILESTONE", .kind = LX_OPTION_WORD, FIELD(wait), .words = wait_words,
	  .doc = "When to return: init runs (the default), the guest is ready, or at once." },
	{ 0, "timeout", .argument = "TIME", .kind = LX_OPTION_TIME, FIELD(timeout_usec),
	  .doc = "Give up waiting after this time; what was started runs on." },
	{ 0, "dry-run", .kind = LX_OPTION_FLAG, FIELD(dry_run),
	  .doc = "Show what would be done and change nothing." },
	RUN_ROWS(struct start),
};

struct boot {
	struct lx_progress_line line;
	usec_t since;
};

static void show_status(const char *text, void *userdata)
{
	struct boot *boot = userdata;

	lx_progress_line_show(&boot->line, "starting", text, -1, time_now(CLOCK_MONOTONIC) - boot->since);
}

static int print_plan(struct lx_container *c, const struct lx_start_options *start, struct lx_error *err)
{
	_cleanup_free_ char *plan = NULL;
	int r;

	r = lx_start_plan(c, start, &plan, err);
	if (r < 0)
		return r;

	fputs(plan, stdout);
	return 0;
}

static int run(struct lx_container *c, const void *values, struct lx_error *err)
{
	const struct start *v = values;
	struct boot boot = { .since = time_now(CLOCK_MONOTONIC) };
	struct lx_start_options start = {
		.argv = v->common.tail,
		.wait = v->wait,
		.timeout_usec = v->timeout_usec,
		.foreground = v->foreground,
		.pid_file = v->pid_file,
		.console_log = v->console_log,
		.log_file = v->common.log_file,
		.log_level = v->common.log_level,
		.share = v->share,
		.userdata = &boot,
	};
	int r;

	if (v->daemon && v->foreground)
		return lx_error_say(err, -EINVAL, "--daemon and --foreground exclude each other");
	if (v->dry_run)
		return print_plan(c, &start, err);

	lx_progress_line_init(&boot.line, v->common.quiet);
	if (boot.line.terminal && !v->foreground)
		start.status = show_status;
	r = lx_start(c, &start, err);
	lx_progress_line_end(&boot.line);

	return r < 0 ? r : 0;
}

const struct lx_command lx_start_command = {
	.name = "lx-start",
	.summary = "boot a container",
	.synopsis = "[-n] NAME [-- COMMAND [ARGUMENT...]]",
	LX_ROWS(options),
	.operands = LX_OPERANDS_NAME,
	.complete = LX_COMPLETE_STOPPED,
	.takes_tail = true,
	.size = sizeof(struct start),
	.defaults = &defaults,
	.verb = run,
};
