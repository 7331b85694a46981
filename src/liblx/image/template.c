/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs lx-template and reads what it prints. A build takes long: meanwhile its lines become progress reports, and a signal
 * on the watch's descriptor ends it. lx-template then ends all of its processes before itself, so that the tree can be
 * removed when it is gone.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "image/image.h"

#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/process.h"
#include "base/str.h"
#include "base/strv.h"
#include "sys/sys.h"

#define SUFFIX ".lua"
#define STDERR_MAX (16 * 1024)

/* ---- which template ------------------------------------------------------------------------------------------ */

void lx_template_done(struct lx_template *t)
{
	free(t->name);
	free(t->file);
	free(t->library);
	free(t->program);
	*t = (struct lx_template){ 0 };
}

int lx_template_names(const struct lx_settings *settings, char ***ret, struct lx_error *err)
{
	_cleanup_closedir_ DIR *dir = opendir(settings->paths.templates);
	_cleanup_strv_ char **names = NULL;
	struct dirent *d;

	if (!dir && errno != ENOENT)
		return lx_error_set(err, -errno, "open %s", settings->paths.templates);

	while (dir && (d = readdir(dir))) {
		size_t size = strlen(d->d_name);

		if (d->d_name[0] == '.' || !str_ends_with(d->d_name, SUFFIX))
			continue;
		if (strv_consume(&names, strndup(d->d_name, size - strlen(SUFFIX))) < 0)
			return lx_error_oom(err);
	}

	strv_sort(names);
	*ret = take_ptr(names);
	return 0;
}

static int no_such_template(const struct lx_settings *settings, const char *name, struct lx_error *err)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_free_ char *all = NULL;
	int r;

	r = lx_template_names(settings, &names, err);
	if (r < 0)
		return r;
	all = strv_join(names, ", ");
	if (!all)
		return lx_error_oom(err);
	return lx_error_say(err, -ENOENT, "there is no template \"%s\" in %s%s%s", name, settings->paths.templates,
			    *all ? "; there are " : "", all);
}

static char *name_of(const char *file)
{
	const char *base = path_basename(file);
	size_t size = strlen(base);

	return strndup(base, str_ends_with(base, SUFFIX) ? size - strlen(SUFFIX) : size);
}

int lx_template_find(const struct lx_settings *settings, const char *name, struct lx_template *ret, struct lx_error *err)
{
	_cleanup_lx_template_ struct lx_template t = { 0 };

	if (strchr(name, '/')) {
		t.file = realpath(name, NULL);
		if (!t.file)
			return lx_error_set(err, -errno, "template %s", name);
	} else {
		t.file = str_format("%s/%s" SUFFIX, settings->paths.templates, name);
	}
	t.name = t.file ? name_of(t.file) : NULL;
	t.library = path_join(settings->paths.templates, "lib");
	t.program = path_join(settings->paths.libexec, "lx-template");
	if (!t.name || !t.library || !t.program)
		return lx_error_oom(err);
	if (!file_exists(AT_FDCWD, t.file))
		return no_such_template(settings, name, err);
	if (!file_exists(AT_FDCWD, t.program))
		return lx_error_say(err, -ENOENT, "%s is missing: lx was built or installed without Lua, which templates need",
				    t.program);

	*ret = t;
	t = (struct lx_template){ 0 };
	return 0;
}

/* ---- who watches --------------------------------------------------------------------------------------------- */

void lx_watch_report(const struct lx_watch *watch, const char *stage, int percent, const char *message)
{
	struct lx_progress p = { .stage = stage, .message = message, .percent = percent };

	if (!watch || !watch->progress)
		return;
	p.elapsed_usec = time_now(CLOCK_MONOTONIC) - watch->started;
	watch->progress(&p, watch->userdata);
}

int lx_watch_check(const struct lx_watch *watch, struct lx_error *err)
{
	if (!watch || !fd_is_readable(watch->signal_fd))
		return 0;
	return lx_error_say(err, -EINTR, "interrupted");
}

/* ---- one run of lx-template ---------------------------------------------------------------------------------- */

struct run {
	const struct lx_template *template;
	const struct lx_watch *watch;
	bool lines;                 /* output is lines for us, not text for the caller */
	char ***settings;
	struct buf out, error;
	int out_fd, error_fd, pidfd;
	bool interrupted, failed;
};

static void run_done(struct run *run)
{
	int status;

	if (run->pidfd >= 0) {
		sys_pidfd_signal(run->pidfd, SIGKILL);
		sys_pidfd_wait(run->pidfd, false, &status);
	}
	close_fd(run->pidfd);
	close_fd(run->out_fd);
	close_fd(run->error_fd);
	buf_done(&run->out);
	buf_done(&run->error);
}

/* P <percent> <stage> <message> */
static void take_progress(struct run *run, char *rest)
{
	const char *number = strsep(&rest, "\t"), *stage = strsep(&rest, "\t");
	int64_t percent;

	if (stage && parse_int(number, &percent) >= 0)
		lx_watch_report(run->watch, stage, percent < 0 || percent > 100 ? -1 : (int)percent,
				str_empty(rest) ? NULL : rest);
}

/* L <text> */
static void take_log(struct run *run, char *rest)
{
	log_info("%s: %s", run->template->name, rest);
}

/* C <key> <value> */
static void take_setting(struct run *run, char *rest)
{
	const char *key = strsep(&rest, "\t");

	if (rest && run->settings && strv_appendf(run->settings, "%s=%s", key, rest) < 0)
		run->failed = true;
}

static const struct {
	char tag;
	void (*take)(struct run *run, char *rest);
} tags[] = {
	{ 'P', take_progress },
	{ 'L', take_log },
	{ 'C', take_setting },
};

static void take_line(struct run *run, char *line)
{
	for (size_t i = 0; i < array_size(tags); i++)
		if (line[0] == tags[i].tag && line[1] == '\t')
			return tags[i].take(run, line + 2);

	log_info("%s: %s", run->template->name, str_printable(line));
}

static void take_lines(struct run *run)
{
	char *start = run->out.data, *end;

	while (start && (end = strchr(start, '\n'))) {
		*end = 0;
		take_line(run, start);
		start = end + 1;
	}
	if (start)
		buf_drop(&run->out, (size_t)(start - run->out.data));
}

/* 1 while there may be more, 0 at the end. */
static int drain(int fd, struct buf *into)
{
	char chunk[8192];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	buf_add_mem(into, chunk, (size_t)n);
	return n > 0;
}

static void on_output(struct run *run)
{
	if (drain(run->out_fd, &run->out) == 0)
		run->out_fd = close_fd(run->out_fd);
	if (run->lines)
		take_lines(run);
}

static void on_error_output(struct run *run)
{
	if (drain(run->error_fd, &run->error) == 0)
		run->error_fd = close_fd(run->error_fd);
	if (run->error.size > STDERR_MAX)
		buf_drop(&run->error, run->error.size - STDERR_MAX / 2);
}

/* Until both streams are closed. The signal stays in the descriptor: it ends the caller's operation too. */
static int pump(struct run *run)
{
	while (run->out_fd >= 0 || run->error_fd >= 0) {
		int signal_fd = run->watch && !run->interrupted ? run->watch->signal_fd : -1;
		struct pollfd p[] = {
			{ .fd = run->out_fd, .events = POLLIN },
			{ .fd = run->error_fd, .events = POLLIN },
			{ .fd = signal_fd, .events = POLLIN },
		};

		if (poll(p, array_size(p), -1) < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (p[0].revents)
			on_output(run);
		if (p[1].revents)
			on_error_output(run);
		if (p[2].revents) {
			run->interrupted = true;
			sys_pidfd_signal(run->pidfd, SIGTERM);
		}
	}
	return 0;
}

/* The last line that is not empty, or NULL; cuts text. */
static const char *last_line(char *text)
{
	char *start;

	text = text ? str_strip(text) : NULL;
	if (!text || !*text)
		return NULL;
	start = strrchr(text, '\n');
	return str_printable(start ? start + 1 : text);
}

static int finish(struct run *run, struct lx_error *err)
{
	const char *line = last_line(run->error.data);
	int status, r;

	r = sys_pidfd_wait(run->pidfd, false, &status);
	run->pidfd = close_fd(run->pidfd);
	if (run->interrupted)
		return lx_error_say(err, -EINTR, "interrupted");
	if (r < 0)
		return lx_error_set(err, r, "wait for lx-template");
	if (run->failed || run->out.failed)
		return lx_error_oom(err);

	status = process_exit_code(status);
	if (status != 0)
		return lx_error_say(err, -EIO, "template %s: %s", run->template->name,
				    line ? line : status > 128 ? "lx-template was killed" : "lx-template failed");
	return 0;
}

static int start(struct run *run, char *const *argv, int keep_fd, struct lx_error *err)
{
	/* text that it says of itself is not about a tree */
	bool as_other = run->lines && run->template->userns_fd > 0;
	int out[2] = { -EBADF, -EBADF }, error[2] = { -EBADF, -EBADF }, r;

	if (pipe2(out, O_CLOEXEC) < 0)
		return lx_error_set(err, -errno, "make a pipe");
	run->out_fd = out[0];
	if (pipe2(error, O_CLOEXEC) < 0) {
		r = -errno;
		close_fd(out[1]);
		return lx_error_set(err, r, "make a pipe");
	}
	run->error_fd = error[0];

	r = process_spawn(&(struct process_options){
		.enter_ns = &run->template->userns_fd, .n_enter_ns = as_other ? 1 : 0, .become_root = as_other,
		.argv = argv, .stdout_fd = out[1], .stderr_fd = error[1], .death_signal = SIGKILL,
		.keep_fds = &keep_fd, .n_keep_fds = keep_fd >= 0 ? 1 : 0,
	}, NULL, &run->pidfd, err);
	close_fd(out[1]);
	close_fd(error[1]);
	return r;
}

/* lx-template --library DIR verb FILE before... args... */
static int make_argv(const struct lx_template *t, const char *verb, const char *const *before, char *const *args, char ***ret)
{
	const char *const head[] = { t->program, "--library", t->library, verb, t->file };

	for (size_t i = 0; i < array_size(head); i++)
		if (strv_append(ret, head[i]) < 0)
			return -ENOMEM;
	for (; before && *before; before++)
		if (strv_append(ret, *before) < 0)
			return -ENOMEM;
	return args ? strv_extend(ret, args) : 0;
}

static int run_verb(struct run *run, const char *verb, const char *const *before, char *const *args, int keep_fd,
		    struct lx_error *err)
{
	_cleanup_strv_ char **argv = NULL;
	int r;

	if (make_argv(run->template, verb, before, args, &argv) < 0)
		return lx_error_oom(err);
	r = start(run, argv, keep_fd, err);
	if (r < 0)
		return r;
	r = pump(run);
	if (r < 0)
		return lx_error_set(err, r, "read from lx-template");
	return finish(run, err);
}

#define RUN_INIT .out_fd = -EBADF, .error_fd = -EBADF, .pidfd = -EBADF

int lx_template_text(const struct lx_template *t, const char *verb, char *const *args, char **ret, struct lx_error *err)
{
	_cleanup_(run_done) struct run run = { RUN_INIT, .template = t };
	int r;

	r = run_verb(&run, verb, NULL, args, -EBADF, err);
	if (r < 0)
		return r;
	*ret = buf_steal(&run.out);
	return *ret ? 0 : lx_error_oom(err);
}

int lx_template_build(const struct lx_template *t, const char *tree, char *const *args, const struct lx_watch *watch,
		      struct lx_error *err)
{
	_cleanup_(run_done) struct run run = { RUN_INIT, .template = t, .watch = watch, .lines = true };

	return run_verb(&run, "build", (const char *const[]){ tree, NULL }, args, -EBADF, err);
}

int lx_template_configure(const struct lx_template *t, const char *name, int root_fd, char *const *args,
			  const struct lx_watch *watch, char ***ret_settings, struct lx_error *err)
{
	_cleanup_strv_ char **settings = NULL;
	_cleanup_(run_done) struct run run = { RUN_INIT, .template = t, .watch = watch, .lines = true, .settings = &settings };
	char number[16];
	int r;

	snprintf(number, sizeof(number), "%d", root_fd);
	r = run_verb(&run, "configure", (const char *const[]){ name, number, NULL }, args, root_fd, err);
	if (r < 0)
		return r;

	*ret_settings = take_ptr(settings);
	return 0;
}
