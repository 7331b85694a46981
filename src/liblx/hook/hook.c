/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Running hooks. A hook gets a clean environment, the state on standard input, no descriptor of ours, and a time limit
 * for itself and all its children. What it prints goes to the log line by line. Nothing here needs more than the
 * calling thread, so that the hooks that run inside a freshly cloned process take the same way.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/names.h"
#include "base/process.h"
#include "base/str.h"
#include "base/strv.h"
#include "hook/hook-env.h"

static const char *const stage_names[] = {
	[LX_HOOK_PRE_START] = "pre-start",
	[LX_HOOK_PRE_MOUNT] = "pre-mount",
	[LX_HOOK_MOUNT] = "mount",
	[LX_HOOK_START_HOST] = "start-host",
	[LX_HOOK_START] = "start",
	[LX_HOOK_STOP] = "stop",
	[LX_HOOK_POST_STOP] = "post-stop",
	[LX_HOOK_CLONE] = "clone",
	[LX_HOOK_DESTROY] = "destroy",
};
_Static_assert(array_size(stage_names) == LX_HOOK_MAX, "every stage has a name");

const char *lx_hook_stage_name(enum lx_hook_stage stage)
{
	return NAMES_GET(stage_names, stage);
}

/* A start hook is the guest's program, and must not fill the host's disk. */
#define LINES_MAX 1000

/* One running hook: for the log and for the error. */
struct run {
	const char *stage, *program;
	unsigned n_lines;
	char last[256]; /* last line that says something */
};

/* What an administrator's program says is meant for the administrator: it is logged at the level that is on by
 * default. */
static void log_line(const char *line, void *userdata)
{
	struct run *run = userdata;
	char text[1024];

	if (!*line)
		return;
	snprintf(text, sizeof(text), "%s", line);
	str_printable(text);
	if (run->n_lines++ < LINES_MAX)
		log_warn("hook %s %s: %s", run->stage, run->program, text);
	else if (run->n_lines == LINES_MAX + 1)
		log_warn("hook %s %s says too much; the rest is left out", run->stage, run->program);
	snprintf(run->last, sizeof(run->last), "%.*s", (int)sizeof(run->last) - 1, text);
}

static int explain(const struct run *run, const struct process_result *result, const struct lx_config_hook *hook,
		   struct lx_error *err)
{
	const char *colon = *run->last ? ": " : "", *name;
	char limit[TIME_TEXT_MAX];

	if (result->timed_out)
		return lx_error_say(err, -ETIMEDOUT, "hook %s %s did not end within %s (hook.timeout)%s%s", run->stage, run->program,
				    time_format(hook->timeout, limit, sizeof(limit)), colon, run->last);

	name = result->status > 128 ? sigabbrev_np(result->status - 128) : NULL;
	if (name)
		return lx_error_say(err, -ECANCELED, "hook %s %s was killed by SIG%s%s%s", run->stage, run->program, name,
				    colon, run->last);

	return lx_error_say(err, -ECANCELED, "hook %s %s failed with exit status %d%s%s", run->stage, run->program,
			    result->status, colon, run->last);
}

/* What is the same for all hooks of a stage. */
struct told {
	char **env;
	char *state;
};

static int run_one(enum lx_hook_stage stage, const char *command, const struct told *told, const struct lx_hook_facts *facts,
		   struct lx_error *err)
{
	_cleanup_(process_result_done) struct process_result result = { 0 };
	_cleanup_strv_ char **argv = NULL;
	struct run run = { .stage = lx_hook_stage_name(stage) };
	char key[64], where[512];
	int r;

	snprintf(key, sizeof(key), "hook.%s", run.stage);
	r = strv_split_words(command, &argv);
	if (r == -ENOMEM)
		return lx_error_oom(err);
	if (r < 0 || !argv)
		return lx_error_say(err, -EINVAL, "hook %s: %s is not a command; change it in %s", run.stage, command,
				    lx_config_origin(facts->config, key, where, sizeof(where)));

	run.program = argv[0];
	log_debug("hook %s: %s", run.stage, command);
	r = process_run(&(const struct process_options){
		.argv = argv,
		.env = told->env,
		.input = told->state,
		.work_dir = "/",
		.timeout = facts->config->hook.timeout == USEC_INFINITY ? 0 : facts->config->hook.timeout,
		.cancel_fd = facts->cancel_fd,
		.keep_fds = &facts->root_fd,
		.n_keep_fds = facts->root_fd > 0,
		.new_session = true, /* no terminal of the caller's */
		.line = log_line,
		.userdata = &run,
	}, &result, err);
	if (r < 0) {
		lx_error_prefix(err, "hook %s", run.stage);
		lx_error_advise(err, "see %s", lx_config_origin(facts->config, key, where, sizeof(where)));
		return r;
	}
	if (result.cancelled)
		return lx_error_say(err, -ECANCELED, "hook %s %s was given up", run.stage, run.program);
	if (result.timed_out || result.status != 0)
		return explain(&run, &result, &facts->config->hook, err);

	return 0;
}

int lx_hook_run(enum lx_hook_stage stage, const struct lx_hook_facts *facts, struct lx_error *err)
{
	_cleanup_strv_ char **env = NULL;
	_cleanup_free_ char *state = NULL;
	int r = 0;

	if (!facts->config->hook.commands[stage])
		return 0;
	state = lx_hook_state(stage, facts);
	if (!state || lx_hook_environment(stage, facts, &env) < 0)
		return lx_error_oom(err);

	strv_for_each(command, facts->config->hook.commands[stage])
		if (r >= 0)
			r = run_one(stage, command, &(const struct told){ env, state }, facts, err);

	return r;
}
