/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lx-autostart: start those containers that start by themselves, as at boot; stop them, as at shutdown. Each job is a command
 * of its own (lx start, lx stop), several side by side: a job that hangs or fails is one process, and its message its own.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/event.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/str.h"
#include "base/strv.h"

#include "command.h"

enum {
	ACT_START = 0,
	ACT_LIST = 1 << 0,
	ACT_SHUTDOWN = 1 << 1,
	ACT_REBOOT = 1 << 2,
	ACT_KILL = 1 << 3,
};

struct autostart {
	struct lx_common common;
	unsigned act;
	unsigned any;
	bool all;
	char **groups;
	int64_t jobs;
	uint64_t timeout_usec;
};

#define TIMEOUT_UNSET (UINT64_MAX - 1)

static const struct autostart defaults = {
	.timeout_usec = TIMEOUT_UNSET,
};

#define FIELD(m) .offset = offsetof(struct autostart, m)

static const struct lx_option options[] = {
	{ 's', "shutdown", .kind = LX_OPTION_BITS, FIELD(act), .value = ACT_SHUTDOWN,
	  .doc = "Stop them cleanly, in the opposite order." },
	{ 'r', "reboot", .kind = LX_OPTION_BITS, FIELD(act), .value = ACT_REBOOT, .doc = "Reboot those of them that run." },
	{ 'k', "kill", .kind = LX_OPTION_BITS, FIELD(act), .value = ACT_KILL,
	  .doc = "Stop them in the opposite order by killing all their processes." },
	{ 'L', "list", .kind = LX_OPTION_BITS, FIELD(act), .value = ACT_LIST,
	  .doc = "Print their names in the order of their start, each with its start.delay in seconds; do nothing." },
	{ 'a', "all", .kind = LX_OPTION_FLAG, FIELD(all), .doc = "Of all groups. This is the default." },
	{ 'A', "ignore-auto", .kind = LX_OPTION_BITS, FIELD(any), .value = LX_AUTOSTART_ANY,
	  .doc = "Also those without start.auto." },
	{ 'g', "groups", .argument = "GROUPS", .kind = LX_OPTION_LIST, FIELD(groups),
	  .doc = "Only those that belong to one of these groups, separated by commas; an empty word stands for those that belong"
		 " to none." },
	{ 'j', "jobs", .argument = "N", .kind = LX_OPTION_NUMBER, FIELD(jobs),
	  .doc = "How many to start or stop at the same time. The default is twice the number of processors." },
	{ 't', "timeout", .argument = "TIME", .kind = LX_OPTION_TIME, FIELD(timeout_usec),
	  .doc = "How long one may take to start when others wait for it, in place of start.timeout; how long it may take to stop,"
		 " in place of container.stop-timeout." },
};

#undef FIELD

/* ---- the run ------------------------------------------------------------------------------------------------- */

enum progress { JOB_WAITS, JOB_RUNS, JOB_RESTS, JOB_DONE, JOB_FAILED };

struct runner;

struct task {
	struct runner *runner;
	const struct lx_job *job;
	enum progress progress;
	pid_t pid;
	int pidfd;
	struct event_source *source, *timer;
};

struct runner {
	const struct autostart *values;
	struct event *loop;
	const struct lx_job *jobs;
	struct task *tasks;
	size_t n, running, limit;
	bool interrupted;
	int code;
};

static int advance(struct runner *r);

/* err: NULL when the job has said itself why. */
static void fail(struct task *t, struct lx_error *err)
{
	t->progress = JOB_FAILED;
	t->runner->code = EXIT_FAILURE;
	if (!err)
		return;

	lx_command_name_error(err, t->job->name);
	lx_command_report(&lx_autostart_command, &t->runner->values->common, err);
}

/* A run that ends is waited for by lx start. */
static bool is_down(enum lx_state state)
{
	return state == LX_STATE_STOPPED || state == LX_STATE_STOPPING || state == LX_STATE_ABORTING;
}

/* What lx is to do for a task; NULL: nothing, it is done. */
static char **build_line(const struct task *t, enum lx_state state)
{
	const struct autostart *v = t->runner->values;
	uint64_t timeout = v->timeout_usec == TIMEOUT_UNSET ? t->job->timeout_usec : v->timeout_usec;
	const char *ready = t->job->wait == LX_WAIT_READY ? "--wait=ready" : "--wait=running";
	_cleanup_strv_ char **line = NULL;
	int r;

	r = strv_append(&line, "/proc/self/exe");
	if (r >= 0 && v->act == ACT_START)
		r = is_down(state) ? strv_append(&line, "start") ?: strv_append(&line, ready)
				   : strv_append(&line, "wait") ?: strv_append(&line, "--state=READY");
	else if (r >= 0)
		r = strv_append(&line, "stop");
	if (r >= 0 && v->act == ACT_REBOOT)
		r = strv_append(&line, "--reboot");
	if (r >= 0 && v->act == ACT_KILL)
		r = strv_append(&line, "--kill");
	if (r >= 0 && (v->act == ACT_START ? timeout != UINT64_MAX : v->timeout_usec != TIMEOUT_UNSET))
		r = strv_appendf(&line, "--timeout=%lluus", (unsigned long long)timeout);
	if (r >= 0 && v->common.path)
		r = strv_appendf(&line, "--path=%s", v->common.path);
	if (r >= 0 && v->common.quiet)
		r = strv_append(&line, "--quiet");
	if (r >= 0)
		r = strv_appendf(&line, "--name=%s", t->job->name);

	return r < 0 ? NULL : take_ptr(line);
}

/* Is there anything to do, given its state? */
static bool is_needed(const struct task *t, enum lx_state state)
{
	if (t->runner->values->act != ACT_START)
		return state != LX_STATE_STOPPED;

	return is_down(state) || t->job->wait == LX_WAIT_READY;
}

static int rested(struct event_source *s _unused_, void *userdata)
{
	struct task *t = userdata;

	t->progress = JOB_DONE;
	return advance(t->runner);
}

static int finish(struct task *t)
{
	struct runner *r = t->runner;
	uint64_t delay = r->values->act == ACT_START ? t->job->delay_usec : 0;

	t->progress = delay > 0 ? JOB_RESTS : JOB_DONE;
	return delay > 0 ? event_add_timer(r->loop, time_deadline(delay), rested, t, &t->timer) : 0;
}

static int ended(struct event_source *s, int fd, uint32_t events _unused_, void *userdata)
{
	struct task *t = userdata;
	struct lx_error err = { 0 };
	siginfo_t info = { 0 };
	int r = 0;

	if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
		return 0;

	event_source_remove(s);
	t->source = NULL;
	t->pidfd = close_fd(t->pidfd);
	t->runner->running--;
	(void)lx_error_say(&err, -ECANCELED, "its command was killed by signal %d", info.si_status);
	if (info.si_code == CLD_EXITED && info.si_status == 0)
		r = finish(t);
	else
		fail(t, info.si_code == CLD_EXITED ? NULL : &err);

	return r < 0 ? r : advance(t->runner);
}

static int launch(struct task *t, struct lx_error *err)
{
	struct process_options process = { .stdout_fd = -1, .stderr_fd = -1 };
	_cleanup_container_ struct lx_container *c = NULL;
	_cleanup_strv_ char **line = NULL;
	enum lx_state state;
	int r;

	r = lx_container_open(t->runner->values->common.path, t->job->name, &c, err);
	if (r >= 0)
		r = lx_container_get_state(c, &state, err);
	if (r < 0)
		return r;
	if (!is_needed(t, state)) {
		r = finish(t);
		return r < 0 ? lx_error_set(err, r, "wait for the delay") : 0;
	}

	line = build_line(t, state);
	if (!line)
		return lx_error_oom(err);
	process.argv = line;
	r = process_spawn(&process, &t->pid, &t->pidfd, err);
	if (r < 0)
		return r;

	t->progress = JOB_RUNS;
	t->runner->running++;
	r = event_add_io(t->runner->loop, t->pidfd, EPOLLIN, ended, t, &t->source);
	return r < 0 ? lx_error_set(err, r, "watch the command") : 0;
}

/* The name of a predecessor that failed; NULL and *ret_ready otherwise. */
static const char *look_back(const struct task *t, bool *ret_ready)
{
	*ret_ready = true;
	for (size_t i = 0; i < t->job->n_after; i++) {
		const struct task *before = &t->runner->tasks[t->job->after[i]];

		if (before->progress == JOB_FAILED && t->runner->values->act == ACT_START)
			return before->job->name;
		*ret_ready &= before->progress == JOB_DONE || before->progress == JOB_FAILED;
	}

	return NULL;
}

static void try_launch(struct task *t)
{
	struct lx_error err = { 0 };
	const char *failed;
	bool ready;

	failed = look_back(t, &ready);
	if (failed) {
		(void)lx_error_say(&err, -ECANCELED, "not started, because it comes after %s, which did not start", failed);
		fail(t, &err);
	} else if (ready && t->runner->running < t->runner->limit && launch(t, &err) < 0) {
		fail(t, &err);
	}
}

/* Starts what can be started now. One walk is enough: what comes after a job stands behind it. */
static int advance(struct runner *r)
{
	bool rests = false;

	for (size_t i = 0; i < r->n && !r->interrupted; i++)
		if (r->tasks[i].progress == JOB_WAITS)
			try_launch(&r->tasks[i]);
	for (size_t i = 0; i < r->n; i++)
		rests |= r->tasks[i].progress == JOB_RESTS;

	if (r->running == 0 && (!rests || r->interrupted))
		event_exit(r->loop, 0);
	return 0;
}

/* What runs is left to end: half-started containers are nobody's wish. */
static int interrupted(struct event_source *s _unused_, const void *siginfo _unused_, void *userdata)
{
	struct runner *r = userdata;

	r->interrupted = true;
	r->code = EXIT_FAILURE;
	return advance(r);
}

static int run_tasks(struct runner *r, struct lx_error *err)
{
	static const int signals[] = { SIGTERM, SIGINT };
	int code = event_new(&r->loop);

	for (size_t i = 0; i < array_size(signals) && code >= 0; i++)
		code = event_add_signal(r->loop, signals[i], interrupted, r);
	if (code >= 0)
		code = advance(r);
	if (code >= 0)
		code = event_run(r->loop);
	if (r->loop)
		event_free(r->loop);

	return code < 0 ? lx_error_set(err, code, "run the jobs") : r->code;
}

static int run_jobs(const struct autostart *v, const struct lx_job *jobs, size_t n, struct lx_error *err)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct runner r = {
		.values = v, .jobs = jobs, .n = n,
		.limit = v->jobs > 0 ? (size_t)v->jobs : 2 * (size_t)MAX_OF(processors, 1L),
	};
	int code;

	r.tasks = calloc(n + 1, sizeof(*r.tasks));
	if (!r.tasks)
		return lx_error_oom(err);
	for (size_t i = 0; i < n; i++)
		r.tasks[i] = (struct task) { .runner = &r, .job = &jobs[i], .pidfd = -EBADF };

	code = run_tasks(&r, err);
	free(r.tasks);
	return code;
}

/* ---- the command --------------------------------------------------------------------------------------------- */

static void print_jobs(const struct lx_job *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%s %llu\n", jobs[i].name, (unsigned long long)(jobs[i].delay_usec / USEC_PER_SEC));
}

struct broken {
	const struct lx_common *common;
	bool seen;
};

static void report_broken(const struct lx_error *err, void *userdata)
{
	struct broken *broken = userdata;

	broken->seen = true;
	lx_command_report(&lx_autostart_command, broken->common, err);
}

/* "a,b" and "a,,b": an empty word counts, so strv_split() will not do. */
static int split_groups(char *const *items, char ***ret, struct lx_error *err)
{
	_cleanup_strv_ char **groups = NULL;

	strv_for_each(item, items)
		for (const char *p = item; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
			if (strv_appendf(&groups, "%.*s", (int)strcspn(p, ","), p) < 0)
				return lx_error_oom(err);

	*ret = take_ptr(groups);
	return 0;
}

static bool is_one_act(unsigned act)
{
	return (act & (act - 1)) == 0;
}

static int run(const void *values, struct lx_error *err)
{
	const struct autostart *v = values;
	_cleanup_strv_ char **groups = NULL;
	struct broken broken = { .common = &v->common };
	struct lx_job *jobs;
	size_t n;
	int r;

	if (!is_one_act(v->act))
		return lx_error_say(err, -EINVAL, "--list, --shutdown, --reboot and --kill exclude each other");
	if (v->all && v->groups)
		return lx_error_say(err, -EINVAL, "--all and --groups exclude each other");

	r = split_groups(v->groups, &groups, err);
	if (r >= 0)
		r = lx_autostart_plan(v->common.path, groups,
				      v->any | (v->act & (ACT_SHUTDOWN | ACT_KILL) ? LX_AUTOSTART_BACKWARDS : 0), report_broken,
				      &broken, &jobs, &n, err);
	if (r < 0)
		return r;

	if (v->act == ACT_LIST)
		print_jobs(jobs, n);
	else
		r = run_jobs(v, jobs, n, err);
	lx_jobs_free(jobs, n);

	return r == 0 && broken.seen ? EXIT_FAILURE : r;
}

const struct lx_command lx_autostart_command = {
	.name = "lx-autostart",
	.summary = "start, or stop, the containers that start at boot",
	.synopsis = "",
	LX_ROWS(options),
	.operands = LX_OPERANDS_NONE,
	.size = sizeof(struct autostart),
	.defaults = &defaults,
	.run = run,
};
