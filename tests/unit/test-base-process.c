/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* base/process, with sh. */
#include "unit/unit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/macro.h"
#include "base/process.h"

#define SH(script) (char *const[]){ "sh", "-c", script, NULL }

static void check_run(const struct process_options *options, int status, const char *output)
{
	struct process_result result = { 0 };
	struct lx_error err = { 0 };

	assert_done(process_run(options, &result, &err), &err);
	assert_int_equal(result.status, status);
	assert_string_equal(result.output, output);
	process_result_done(&result);
}

static void test_process_collects_both_streams(void **state)
{
	(void)state;
	check_run(&(struct process_options){ .argv = SH("echo out; echo err >&2; exit 3") }, 3, "out\nerr\n");
	check_run(&(struct process_options){ .argv = SH("kill -9 $$") }, 128 + 9, "");
	check_run(&(struct process_options){ .argv = SH("cat"), .input = "to stdin" }, 0, "to stdin");
	check_run(&(struct process_options){ .argv = SH("cat") }, 0, "");
}

static void test_process_environment_and_directory(void **state)
{
	char *const env[] = { "PATH=/usr/bin:/bin", "A=b", NULL };

	(void)state;
	check_run(&(struct process_options){ .argv = SH("echo $A; pwd"), .env = env, .work_dir = "/proc" }, 0, "b\n/proc\n");
}

static void test_process_failure_to_start_is_an_error(void **state)
{
	struct lx_error err = { 0 };

	(void)state;
	assert_int_equal(process_check(&(struct process_options){ .argv = (char *const[]){ "lx-no-such", NULL } }, &err),
			 -ENOENT);
	assert_string_equal(err.text, "lx-no-such is not installed");
	assert_int_equal(process_check(&(struct process_options){ .argv = (char *const[]){ "/proc/version", NULL } }, &err),
			 -EACCES);
	assert_string_equal(err.text, "run /proc/version: execute: Permission denied");
	assert_int_equal(process_check(&(struct process_options){ .argv = SH("true"), .work_dir = "/none" }, &err), -ENOENT);
	assert_contains(err.text, "enter working directory");
	assert_true(process_have("sh"));
	assert_false(process_have("lx-no-such"));
}

static void test_process_check_quotes_the_last_line(void **state)
{
	struct lx_error err = { 0 };

	(void)state;
	assert_int_equal(process_check(&(struct process_options){ .argv = SH("echo a; echo 'b: bad'; echo; exit 2") }, &err),
			 -EIO);
	assert_string_equal(err.text, "sh failed (exit code 2): b: bad");
	assert_int_equal(process_check(&(struct process_options){ .argv = SH("exit 1") }, &err), -EIO);
	assert_string_equal(err.text, "sh failed (exit code 1)");
	assert_int_equal(process_check(&(struct process_options){ .argv = SH("true") }, &err), 0);
}

static void test_process_timeout_ends_the_group(void **state)
{
	usec_t start = time_now(CLOCK_MONOTONIC);
	struct lx_error err = { 0 };

	(void)state;
	/* the shell ignores SIGTERM, and so does what it starts */
	assert_int_equal(process_check(&(struct process_options){ .argv = SH("trap '' TERM; sleep 60 & sleep 60"),
								  .timeout = 50 * USEC_PER_MSEC },
				       &err),
			 -ETIMEDOUT);
	assert_string_equal(err.text, "sh did not finish within 50ms");
	assert_true(time_now(CLOCK_MONOTONIC) - start < 10 * USEC_PER_SEC);
}

static void cancel(const char *line _unused_, void *userdata)
{
	assert_int_equal(eventfd_write(*(int *)userdata, 1), 0);
}

static void test_process_is_ended_when_it_is_cancelled(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	struct process_result result = { 0 };

	(void)state;
	assert_true(fd > 2);
	assert_int_equal(process_run(&(struct process_options){ .argv = SH("echo; sleep 60"),
								.cancel_fd = fd,
								.line = cancel,
								.userdata = &fd },
				     &result, NULL),
			 0);
	assert_true(result.cancelled);
	assert_false(result.timed_out);
	assert_int_equal(result.status, 128 + SIGTERM);
	process_result_done(&result);

	/* one that does not care for SIGTERM, and has not as much time any more */
	close(fd);
	fd = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(process_run(&(struct process_options){ .argv = SH("trap '' TERM; echo; sleep 60 & sleep 60"),
								.cancel_fd = fd,
								.line = cancel,
								.userdata = &fd,
								.timeout = 60 * USEC_PER_SEC },
				     &result, NULL),
			 0);
	assert_true(result.cancelled);
	assert_int_equal(result.status, 128 + SIGKILL);
	process_result_done(&result);
	close(fd);
}

static void test_process_does_not_wait_for_what_is_left_behind(void **state)
{
	usec_t start = time_now(CLOCK_MONOTONIC);
	struct process_result result = { 0 };
	pid_t pid;

	(void)state;
	assert_int_equal(process_run(&(struct process_options){ .argv = SH("sleep 30 & echo $!") }, &result, NULL), 0);
	assert_true(time_now(CLOCK_MONOTONIC) - start < 10 * USEC_PER_SEC);
	pid = (pid_t)atoi(result.output);
	assert_true(pid > 1);
	kill(pid, SIGKILL);
	process_result_done(&result);
}

static void test_process_output_is_bounded(void **state)
{
	struct process_result result = { 0 };

	(void)state;
	assert_int_equal(process_run(&(struct process_options){ .argv = SH("yes 0123456 | head -c 1000000; echo end") },
				     &result, NULL),
			 0);
	assert_int_equal(strlen(result.output), 64 * 1024);
	assert_string_equal(result.output + 64 * 1024 - 4, "end\n");
	process_result_done(&result);
}

static void add_line(const char *line, void *userdata)
{
	buf_addf(userdata, "<%s>", line);
}

static void test_process_lines_as_they_come(void **state)
{
	_cleanup_buf_ struct buf lines = BUF_INIT;

	(void)state;
	check_run(&(struct process_options){ .argv = SH("printf 'a\\n\\nb'; printf 'c\\nd'"), .line = add_line,
					     .userdata = &lines },
		  0, "a\n\nbc\nd");
	assert_string_equal(lines.data, "<a><><bc><d>");
}

static void test_process_has_only_its_descriptors(void **state)
{
	_cleanup_close_ int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 30), leaked = fcntl(STDERR_FILENO, F_DUPFD, 40);

	(void)state;
	/* the fourth is the directory that ls reads */
	check_run(&(struct process_options){ .argv = SH("cd /proc/self/fd; for f in *; do [ $f -gt 19 ] && echo $f; done; true"),
					     .keep_fds = &kept, .n_keep_fds = 1 },
		  0, "30\n");
	assert_true(fcntl(kept, F_GETFD) & FD_CLOEXEC); /* ours is as it was */
	assert_int_equal(leaked, 40);
}

static void test_process_signals_are_reset(void **state)
{
	struct process_result result = { 0 };
	unsigned long long ignored_mask;
	sigset_t blocked, before;

	(void)state;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	signal(SIGUSR1, SIG_IGN);
	assert_int_equal(process_run(&(struct process_options){ .argv = SH("grep -E '^Sig(Blk|Ign)' /proc/self/status") },
				     &result, NULL),
			 0);
	assert_int_equal(sscanf(result.output, "SigBlk:\t0000000000000000\nSigIgn:\t%llx", &ignored_mask), 1);
	/* 32 and 33 belong to the C library, which lets nobody change them */
	assert_int_equal(ignored_mask & ~(3ULL << 31), 0);
	process_result_done(&result);
	signal(SIGUSR1, SIG_DFL);
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	assert_true(sigismember(&blocked, SIGTERM));
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void test_process_spawn_gives_a_pidfd(void **state)
{
	_cleanup_close_ int pidfd = -EBADF;
	struct lx_error err = { 0 };
	struct pollfd ended;
	int status;
	pid_t pid;

	(void)state;
	assert_done(process_spawn(&(struct process_options){ .argv = SH("exit 5"), .stdout_fd = -1, .stderr_fd = -1,
							     .new_session = true },
				  &pid, &pidfd, &err),
		    &err);
	ended = (struct pollfd){ .fd = pidfd, .events = POLLIN };
	assert_int_equal(poll(&ended, 1, 60000), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(process_exit_code(status), 5);
}

static void test_process_streams_can_be_swapped(void **state)
{
	_cleanup_close_ int memory = fd_from_memory("in", "text", 4);
	int out[2];
	char text[16] = "";

	(void)state;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(process_run(&(struct process_options){ .argv = SH("cat; echo e >&2"), .stdin_fd = memory,
								.stdout_fd = out[1], .stderr_fd = out[1] },
				     NULL, NULL),
			 0);
	close(out[1]);
	assert_int_equal(fd_read_full(out[0], text, sizeof(text) - 1), 6);
	assert_string_equal(text, "texte\n");
	close(out[0]);
}

UNIT_MAIN(
	UNIT(test_process_collects_both_streams),
	UNIT(test_process_environment_and_directory),
	UNIT(test_process_failure_to_start_is_an_error),
	UNIT(test_process_check_quotes_the_last_line),
	UNIT(test_process_timeout_ends_the_group),
	UNIT(test_process_is_ended_when_it_is_cancelled),
	UNIT(test_process_does_not_wait_for_what_is_left_behind),
	UNIT(test_process_output_is_bounded),
	UNIT(test_process_lines_as_they_come),
	UNIT(test_process_has_only_its_descriptors),
	UNIT(test_process_signals_are_reset),
	UNIT(test_process_spawn_gives_a_pidfd),
	UNIT(test_process_streams_can_be_swapped),
)
