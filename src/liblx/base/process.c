/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Running programs.
 *
 * The child is made by vfork(): no page table is copied, and until it executes the program it lives in our memory, so
 * the number and the place of a failure are simply left in a variable. In return it does system calls only, with all
 * signals blocked and none of our handlers left by the time they are let in.
 *
 * Standard streams are first duplicated out of the way, then moved to 0, 1 and 2. Every other descriptor is marked
 * close-on-exec at once; those to keep are unmarked.
 */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

#define OUTPUT_KEPT (64 * 1024)
#define KILL_AFTER USEC_PER_SEC

/* Where administrators' programs are, whatever PATH says: su without a dash leaves it without sbin. */
static const char *const sbin_directories[] = { "/usr/local/sbin", "/usr/sbin", "/sbin" };

extern char **environ;

static bool can_run(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static char *find_below(const char *directory, const char *program)
{
	_cleanup_free_ char *path = path_join(directory, program);

	return path && can_run(path) ? take_ptr(path) : NULL;
}

/* The file of a program, new memory; NULL when there is none. */
static char *find_program(const char *program)
{
	_cleanup_strv_ char **directories = NULL;
	char *path;

	if (strchr(program, '/'))
		return strdup(program);

	if (strv_split(getenv("PATH") ?: "/usr/local/bin:/usr/bin:/bin", ":", &directories) < 0)
		return NULL;

	strv_for_each(directory, directories) {
		path = find_below(directory, program);
		if (path)
			return path;
	}

	for (size_t i = 0; i < array_size(sbin_directories); i++) {
		path = find_below(sbin_directories[i], program);
		if (path)
			return path;
	}

	return NULL;
}

bool process_have(const char *program)
{
	_cleanup_free_ char *path = find_program(program);

	return path && can_run(path);
}

/* All that the child needs, prepared before it exists. */
struct launch {
	const struct process_options *options;
	const char *path;
	int streams[3]; /* to become 0, 1 and 2; above 2 */
	bool own_group;
	pid_t parent;
	volatile int error;
	const char *volatile doing;
};

static _noreturn_ void child_fail(struct launch *l, const char *doing)
{
	l->error = -errno;
	l->doing = doing;
	_exit(127);
}

static void child_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	for (int i = 1; i < NSIG; i++)
		(void)sigaction(i, &action, NULL); /* fails for KILL, STOP and those of the C library */
}

static void child_death_signal(struct launch *l)
{
	if (!l->options->death_signal)
		return;
	if (prctl(PR_SET_PDEATHSIG, l->options->death_signal) < 0)
		child_fail(l, "set death signal");
	if (getppid() != l->parent)
		_exit(127); /* died before the line above */
}

static void child_descriptors(struct launch *l)
{
	for (int i = 0; i < 3; i++)
		if (dup2(l->streams[i], i) < 0)
			child_fail(l, "redirect");

	if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		child_fail(l, "close descriptors");

	for (size_t i = 0; i < l->options->n_keep_fds; i++)
		if (fcntl(l->options->keep_fds[i], F_SETFD, 0) < 0)
			child_fail(l, "keep descriptor");
}

/* System calls, not the C library's functions: those tell other threads, and in a vfork() these are our parent's. */
static bool child_become_root(void)
{
	return syscall(SYS_setgroups, 0, NULL) == 0 && syscall(SYS_setresgid, 0, 0, 0) == 0 && syscall(SYS_setresuid, 0, 0, 0) == 0;
}

static _noreturn_ void child_main(struct launch *l)
{
	const struct process_options *options = l->options;
	sigset_t none;

	child_signals();
	if (options->new_session)
		(void)setsid();
	else if (l->own_group)
		(void)setpgid(0, 0);

	for (size_t i = 0; i < options->n_enter_ns; i++)
		if (setns(options->enter_ns[i], 0) < 0)
			child_fail(l, "enter namespace");
	if (options->become_root && !child_become_root())
		child_fail(l, "become root of the user namespace");
	child_death_signal(l); /* forgotten by the kernel when ids change */
	if (options->work_dir && chdir(options->work_dir) < 0)
		child_fail(l, "enter working directory");

	child_descriptors(l);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(l->path, options->argv, options->env ? (char **)options->env : environ);
	child_fail(l, "execute");
}

static pid_t start_child(struct launch *l)
{
	sigset_t all, before;
	int dumpable = prctl(PR_GET_DUMPABLE), saved;
	pid_t pid;

	l->parent = getpid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = vfork();
	if (pid == 0)
		child_main(l);

	saved = errno;
	/* the child's new ids have taken it from the memory that was ours all the time; we could not be looked at any more */
	if (dumpable == 1 && (l->options->become_root || l->options->n_enter_ns))
		(void)prctl(PR_SET_DUMPABLE, 1);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid < 0 ? -saved : pid;
}

/* A running child that we own: killed and reaped when we leave without having waited for it. */
struct child {
	pid_t pid;
	int pidfd;
	bool group; /* leads a process group */
};
#define CHILD_INIT { .pidfd = -EBADF }

static void child_signal(const struct child *child, int signal)
{
	if (child->group)
		kill(-child->pid, signal);
	else
		syscall(SYS_pidfd_send_signal, child->pidfd, signal, NULL, 0);
}

static int child_reap(struct child *child, int *ret_status)
{
	pid_t r;

	do
		r = waitpid(child->pid, ret_status, 0);
	while (r < 0 && errno == EINTR);

	child->pid = 0;
	return r < 0 ? -errno : 0;
}

static void child_done(struct child *child)
{
	int status;

	if (child->pid > 0) {
		child_signal(child, SIGKILL);
		child_reap(child, &status);
	}
	close_fd(child->pidfd);
}

/* The stream for a field of the options, above 2 and ours. */
static int open_stream(int wanted, int inherited, int otherwise_fd)
{
	int fd;

	if (wanted == 0 && otherwise_fd < 0) {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		if (fd > 2)
			return fd;
		wanted = fd;
		fd = fd_dup(wanted);
		close(wanted);
		return fd;
	}

	return fd_dup(wanted > 0 ? wanted : wanted < 0 ? inherited : otherwise_fd);
}

static int open_input(const struct process_options *options)
{
	if (!options->input)
		return open_stream(options->stdin_fd, STDIN_FILENO, -1);

	return fd_from_memory("lx-input", options->input, strlen(options->input));
}

/* An inherited stream that is closed in our own process is nothing to fail for. */
static int open_output(int wanted, int inherited, int otherwise_fd)
{
	int fd = open_stream(wanted, inherited, otherwise_fd);

	return fd == -EBADF && wanted < 0 ? open_stream(0, 0, -1) : fd;
}

/* Starts the program; collect_fd gets what is to be collected. */
static int start(const struct process_options *options, int collect_fd, struct child *ret, struct lx_error *err)
{
	_cleanup_close_ int in_fd = -EBADF, out_fd = -EBADF, error_fd = -EBADF;
	_cleanup_free_ char *path = find_program(options->argv[0]);
	struct launch launch = { .options = options, .path = path };
	int status;

	if (!path)
		return lx_error_say(err, -ENOENT, "%s is not installed", options->argv[0]);

	in_fd = open_input(options);
	out_fd = open_output(options->stdout_fd, STDOUT_FILENO, collect_fd);
	error_fd = open_output(options->stderr_fd, STDERR_FILENO, collect_fd);
	if (in_fd < 0 || out_fd < 0 || error_fd < 0)
		return lx_error_set(err, MIN_OF(MIN_OF(in_fd, out_fd), error_fd), "run %s: standard streams", path);

	launch.streams[0] = in_fd;
	launch.streams[1] = out_fd;
	launch.streams[2] = error_fd;
	/* A group of its own could not read from the terminal that it inherits. */
	launch.own_group = options->stdin_fd >= 0;

	ret->pid = start_child(&launch);
	if (ret->pid < 0)
		return lx_error_set(err, ret->pid, "run %s", path);
	if (launch.error < 0) {
		child_reap(ret, &status);
		return lx_error_set(err, launch.error, "run %s: %s", path, launch.doing);
	}

	ret->group = launch.own_group || options->new_session;
	ret->pidfd = (int)syscall(SYS_pidfd_open, ret->pid, 0); /* close-on-exec by itself */
	if (ret->pidfd < 0) {
		int r = lx_error_set(err, -errno, "run %s", path);

		child_signal(ret, SIGKILL);
		child_reap(ret, &status);
		return r;
	}

	return 0;
}

int process_exit_code(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

int process_spawn(const struct process_options *options, pid_t *ret_pid, int *ret_pidfd, struct lx_error *err)
{
	struct child child = CHILD_INIT;
	int r;

	r = start(options, -1, &child, err);
	if (r < 0)
		return r;

	if (ret_pid)
		*ret_pid = child.pid;
	if (ret_pidfd)
		*ret_pidfd = child.pidfd;
	else
		close_fd(child.pidfd);
	return 0;
}

/* Output on its way from the pipe: the kept end of it, and the line that is not complete yet. */
struct collector {
	const struct process_options *options;
	struct buf kept, line;
};

static void collector_done(struct collector *c)
{
	buf_done(&c->kept);
	buf_done(&c->line);
}

static void give_lines(struct collector *c, bool last)
{
	char *newline;

	while (c->line.size > 0 && (newline = memchr(c->line.data, '\n', c->line.size))) {
		*newline = '\0';
		c->options->line(c->line.data, c->options->userdata);
		buf_drop(&c->line, (size_t)(newline - c->line.data) + 1);
	}

	if (c->line.size > 0 && (last || c->line.size > OUTPUT_KEPT)) {
		c->options->line(c->line.data, c->options->userdata);
		buf_clear(&c->line);
	}
}

static void collect(struct collector *c, const char *data, size_t size)
{
	buf_add_mem(&c->kept, data, size);
	if (c->kept.size > 2 * OUTPUT_KEPT)
		buf_drop(&c->kept, c->kept.size - OUTPUT_KEPT);

	if (c->options->line) {
		buf_add_mem(&c->line, data, size);
		give_lines(c, false);
	}
}

/* Reads what is there; 0 at the end of the stream, 1 when more may come. */
static int read_output(struct collector *c, int fd)
{
	char chunk[8192];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n > 0)
			collect(c, chunk, (size_t)n);
		else if (n == 0)
			return 0;
		else if (errno != EINTR)
			return errno == EAGAIN ? 1 : -errno;
	}
}

/* One limit after the other: SIGTERM, then SIGKILL. */
struct limit {
	usec_t deadline;
	bool passed, cancelled;
};

static void limit_enforce(struct limit *limit, const struct child *child)
{
	usec_t now = time_now(CLOCK_MONOTONIC);

	if (now < limit->deadline)
		return;

	child_signal(child, limit->passed ? SIGKILL : SIGTERM);
	limit->deadline = limit->passed ? USEC_INFINITY : now + KILL_AFTER;
	limit->passed = true;
}

static int limit_wait(const struct limit *limit, struct pollfd *fds)
{
	struct timespec ts, *timeout = NULL;

	if (limit->deadline != USEC_INFINITY) {
		usec_t now = time_now(CLOCK_MONOTONIC), left = limit->deadline > now ? limit->deadline - now : 0;

		ts = (struct timespec){ (time_t)(left / USEC_PER_SEC), (long)(left % USEC_PER_SEC * 1000) };
		timeout = &ts;
	}

	return ppoll(fds, 3, timeout, NULL) < 0 && errno != EINTR ? -errno : 0;
}

/* Until the program has ended. Processes that it left behind may hold the pipe open: they are not waited for. */
static int watch(struct collector *c, const struct child *child, int pipe_fd, struct limit *limit)
{
	int cancel_fd = c->options->cancel_fd > 0 ? c->options->cancel_fd : -EBADF, r;
	struct pollfd fds[] = {
		{ .fd = child->pidfd, .events = POLLIN },
		{ .fd = pipe_fd, .events = POLLIN },
		{ .fd = cancel_fd, .events = POLLIN },
	};

	while (!fds[0].revents) {
		r = limit_wait(limit, fds);
		if (r < 0)
			return r;

		if (fds[1].revents || fds[0].revents) {
			r = pipe_fd >= 0 ? read_output(c, pipe_fd) : 0;
			if (r < 0)
				return r;
			if (r == 0)
				fds[1].fd = pipe_fd = -EBADF;
		}
		if (fds[2].revents) { /* it stays so: once is enough */
			fds[2] = (struct pollfd){ .fd = -EBADF };
			limit->deadline = 0;
			limit->cancelled = true;
		}
		limit_enforce(limit, child);
	}

	return 0;
}

/* A pipe when something is to be collected; the reading end does not block. */
static int open_pipe(const struct process_options *options, int *ret_read_fd, int *ret_write_fd)
{
	int fds[2], r;

	if (options->stdout_fd != 0 && options->stderr_fd != 0)
		return 0;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;

	*ret_read_fd = fds[0];
	*ret_write_fd = fds[1];
	r = fd_set_nonblock(fds[0], true);
	return r;
}

static int finish_output(struct collector *c, char **ret)
{
	if (c->options->line)
		give_lines(c, true);
	if (c->kept.size > OUTPUT_KEPT)
		buf_drop(&c->kept, c->kept.size - OUTPUT_KEPT);

	*ret = buf_steal(&c->kept);
	return *ret ? 0 : -ENOMEM;
}

int process_run(const struct process_options *options, struct process_result *ret, struct lx_error *err)
{
	_cleanup_(collector_done) struct collector collector = { .options = options };
	_cleanup_close_ int read_fd = -EBADF, write_fd = -EBADF;
	_cleanup_(child_done) struct child child = CHILD_INIT;
	struct process_result result = { 0 };
	struct limit limit = { .deadline = USEC_INFINITY };
	int status = 0, r;

	r = open_pipe(options, &read_fd, &write_fd);
	if (r < 0)
		return lx_error_set(err, r, "run %s: pipe", options->argv[0]);

	r = start(options, write_fd, &child, err);
	if (r < 0)
		return r;
	write_fd = close_fd(write_fd);

	if (options->timeout > 0)
		limit.deadline = time_deadline(options->timeout);
	r = watch(&collector, &child, read_fd, &limit);
	if (r >= 0)
		r = child_reap(&child, &status);
	if (r >= 0)
		r = finish_output(&collector, &result.output);
	if (r < 0)
		return lx_error_set(err, r, "run %s", options->argv[0]);

	result.status = process_exit_code(status);
	result.timed_out = limit.passed && !limit.cancelled;
	result.cancelled = limit.cancelled;
	if (ret)
		*ret = result;
	else
		process_result_done(&result);
	return 0;
}

void process_result_done(struct process_result *r)
{
	free(r->output);
	*r = (struct process_result){ 0 };
}

/* The last line that is not empty, cut out of text in place. */
static const char *last_line(char *text)
{
	size_t n = strlen(text);
	char *newline;

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r' || text[n - 1] == ' '))
		text[--n] = '\0';

	newline = strrchr(text, '\n');
	return str_printable(newline ? newline + 1 : text);
}

int process_check(const struct process_options *options, struct lx_error *err)
{
	_cleanup_(process_result_done) struct process_result result = { 0 };
	const char *name = path_basename(options->argv[0]), *line;
	char text[TIME_TEXT_MAX];
	int r;

	r = process_run(options, &result, err);
	if (r < 0)
		return r;
	if (result.timed_out)
		return lx_error_say(err, -ETIMEDOUT, "%s did not finish within %s", name,
				    time_format(options->timeout, text, sizeof(text)));
	if (result.status == 0)
		return 0;

	line = last_line(result.output);
	if (*line)
		return lx_error_say(err, -EIO, "%s failed (exit code %d): %s", name, result.status, line);
	return lx_error_say(err, -EIO, "%s failed (exit code %d)", name, result.status);
}
