/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs "ip -batch -". When a request is refused by the kernel, ip prints
 *
 *     RTNETLINK answers: File exists          (or "Error: <message of the kernel>.")
 *     Command failed -:3
 *
 * and when it does not like a line itself it ends at once, with a message but without the number. Both are turned into
 * the purpose of the line and the reason; the errno is found by its text, which is why the program runs with LC_ALL=C.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "base/str.h"
#include "net/ip.h"
#include "sys/sys.h"

#define IP_TIMEOUT (30 * USEC_PER_SEC)
#define OUTPUT_MAX (64 * 1024)

static char *const ip_argv[] = { "ip", "-batch", "-", NULL };

char *const lx_net_environment[] = { "LC_ALL=C", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
				     NULL };

void lx_ip_batch_done(struct lx_ip_batch *batch)
{
	strv_free(batch->lines);
	strv_free(batch->purposes);
	*batch = (struct lx_ip_batch){ 0 };
}

int lx_ip_batch_add(struct lx_ip_batch *batch, const char *purpose, const char *format, ...)
{
	char *line = NULL;
	va_list ap;
	int r;

	va_start(ap, format);
	r = vasprintf(&line, format, ap);
	va_end(ap);
	if (r < 0)
		return -ENOMEM;

	r = strv_consume(&batch->lines, line);
	if (r < 0)
		return r;

	return strv_append(&batch->purposes, purpose);
}

/* The errno whose text is at s, or -EIO. */
static int find_errno(const char *s)
{
	for (int code = 1; code < 134; code++) {
		const char *text = strerrordesc_np(code);

		if (text && str_after(s, text))
			return -code;
	}

	return -EIO;
}

/* Number of the line (1-based) that ip says has failed, or 0. */
static size_t failed_line(const char *output)
{
	const char *at = strstr(output, "Command failed ");

	if (!at)
		return 0;
	at = strchr(at, ':');
	return at ? strtoul(at + 1, NULL, 10) : 0;
}

/* The first line of output in words: without "RTNETLINK answers: ", "Error: " and the full stop. New memory. */
static char *reason(const char *output, int *ret_code)
{
	static const struct {
		const char *prefix;
		int code; /* 0 = from the text behind the prefix */
	} forms[] = {
		{ "RTNETLINK answers: ", 0 },
		{ "Cannot find device ", -ENODEV },
		{ "Error: ", -EINVAL },
	};
	size_t size = strcspn(output, "\n");
	char *text = strndup(output, size);
	const char *rest;

	*ret_code = -EIO;
	for (size_t i = 0; text && i < array_size(forms); i++) {
		rest = str_after(text, forms[i].prefix);
		if (!rest)
			continue;
		*ret_code = forms[i].code ?: find_errno(rest);
		if (forms[i].code != -ENODEV)
			memmove(text, rest, strlen(rest) + 1);
		break;
	}
	if (text && str_ends_with(text, "."))
		text[strlen(text) - 1] = '\0';

	return text;
}

int lx_ip_explain(struct lx_ip_batch *batch, const char *output, struct lx_error *err)
{
	_cleanup_free_ char *why = NULL;
	size_t line;
	int code;

	/* A message of the kernel's own ("Error: bridge: ...") comes before the number as well: the first line is the
	 * cause. */
	output += strspn(output, "\n");
	line = failed_line(output);
	batch->done = line > 0 ? line - 1 : strv_length(batch->lines);
	why = reason(output, &code);
	if (!why)
		return lx_error_oom(err);
	if (str_empty(why) || str_after(why, "Command failed"))
		(void)!str_set(&why, "ip gave no reason");

	if (line > 0 && line <= strv_length(batch->purposes))
		return lx_error_say(err, code, "%s: %s (ip %s)", batch->purposes[line - 1], why ?: "", batch->lines[line - 1]);

	/* Without a number it is a word that ip did not understand; the first purpose names the link. */
	return lx_error_say(err, code, "%s: %s", batch->purposes ? batch->purposes[0] : "ip", why ?: "");
}

/* The lines as ip reads them; they are logged on this occasion. */
static char *batch_text(const struct lx_ip_batch *batch, const char *where)
{
	_cleanup_free_ char *text = NULL;

	strv_for_each(line, batch->lines)
		log_debug("ip%s: %s", where, line);

	text = strv_join(batch->lines, "\n");
	return text ? str_format("%s\n", text) : NULL;
}

static int batch_timed_out(const struct lx_ip_batch *batch, struct lx_error *err)
{
	return lx_error_say(err, -ETIMEDOUT, "%s: ip did not end within 30 seconds", batch->purposes[0]);
}

int lx_ip_batch_run(struct lx_ip_batch *batch, int netns_fd, struct lx_error *err)
{
	_cleanup_(process_result_done) struct process_result result = { 0 };
	_cleanup_free_ char *input = NULL;
	struct process_options options = {
		.argv = ip_argv,
		.env = lx_net_environment,
		.timeout = IP_TIMEOUT,
		.enter_ns = netns_fd >= 0 ? &netns_fd : NULL,
		.n_enter_ns = netns_fd >= 0,
	};
	int r;

	if (!batch->lines)
		return 0;

	input = batch_text(batch, netns_fd >= 0 ? " (inside)" : "");
	if (!input)
		return lx_error_oom(err);

	options.input = input;
	r = process_run(&options, &result, err);
	if (r == -ENOENT)
		lx_error_advise(err, "install iproute2");
	if (r < 0)
		return r;
	if (result.timed_out)
		return batch_timed_out(batch, err);
	if (result.status != 0)
		return lx_ip_explain(batch, result.output ?: "", err);

	return 0;
}

/* ---- in two halves ------------------------------------------------------------------------------------------- */

int lx_ip_begin(struct lx_ip_process *ret, struct lx_error *err)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF, output_fd = -EBADF;
	struct process_options options = { .argv = ip_argv, .env = lx_net_environment };
	struct lx_ip_process process;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return lx_error_set(err, -errno, "make a socket pair");
	ours = pair[0];
	theirs = pair[1];
	output_fd = memfd_create("lx-ip", MFD_CLOEXEC);
	if (output_fd < 0)
		return lx_error_set(err, -errno, "make a file in memory");

	options.stdin_fd = theirs;
	options.stdout_fd = options.stderr_fd = output_fd;
	r = process_spawn(&options, &process.pid, &process.pidfd, err);
	if (r == -ENOENT)
		lx_error_advise(err, "install iproute2");
	if (r < 0)
		return r;

	process.input_fd = take_fd(&ours);
	process.output_fd = take_fd(&output_fd);
	*ret = process;
	return 0;
}

static int send_input(const struct lx_ip_process *process, const char *input)
{
	ssize_t n = send(process->input_fd, input, strlen(input), MSG_NOSIGNAL);

	if (n < 0 && errno != EPIPE) /* it has ended, and its output says why */
		return -errno;
	return shutdown(process->input_fd, SHUT_WR) < 0 ? -errno : 0;
}

/* 1: ended, with *ret_status. 0: not within the time. */
static int wait_end(struct lx_ip_process *process, int *ret_status)
{
	struct pollfd fd = { .fd = process->pidfd, .events = POLLIN };
	int r;

	do
		r = poll(&fd, 1, (int)(IP_TIMEOUT / USEC_PER_MSEC));
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return r < 0 ? -errno : 0;

	r = sys_pidfd_wait(process->pidfd, false, ret_status);
	if (r < 0)
		return r;
	process->pid = 0;
	return 1;
}

static int finish(struct lx_ip_process *process, struct lx_ip_batch *batch, struct lx_error *err)
{
	_cleanup_free_ char *input = batch_text(batch, ""), *output = NULL;
	int status = 0, r;

	if (!input)
		return lx_error_oom(err);
	r = send_input(process, input);
	if (r >= 0)
		r = wait_end(process, &status);
	if (r < 0)
		return lx_error_set(err, r, "run ip");
	if (r == 0)
		return batch_timed_out(batch, err);
	if (status == 0)
		return 0;

	r = lseek(process->output_fd, 0, SEEK_SET) < 0 ? -errno : file_read_fd(process->output_fd, OUTPUT_MAX, &output, NULL);
	return lx_ip_explain(batch, r < 0 ? "" : output, err);
}

int lx_ip_finish(struct lx_ip_process *process, struct lx_ip_batch *batch, struct lx_error *err)
{
	int r = batch->lines ? finish(process, batch, err) : 0;

	lx_ip_process_done(process);
	return r;
}

void lx_ip_process_done(struct lx_ip_process *process)
{
	if (process->pidfd <= 0)
		return;
	if (process->pid > 0) {
		(void)sys_pidfd_signal(process->pidfd, SIGKILL);
		(void)sys_pidfd_wait(process->pidfd, false, NULL);
	}
	close_fd(process->pidfd);
	close_fd(process->input_fd);
	close_fd(process->output_fd);
	*process = (struct lx_ip_process){ 0 };
}
