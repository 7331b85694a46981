/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dnsmasq, a process of its own for our bridge alone: addresses by DHCP, and names NAME.DOMAIN of the guests. It reads
 * none of the host's dnsmasq configuration and uses no port on other links. It is known by its pid file, which its
 * command line names too, so that a pid that was given to another process since is not taken for it.
 */
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/file.h"
#include "base/parse.h"
#include "base/process.h"
#include "base/str.h"
#include "net/ip.h"
#include "net/network.h"
#include "sys/sys.h"

#define DNSMASQ_TIMEOUT (20 * USEC_PER_SEC)
#define STOP_TIMEOUT_MSEC 2000

static char *pid_path(const struct lx_network *n)
{
	return str_format("%s/dnsmasq.pid", n->directory);
}

/* ---- start --------------------------------------------------------------------------------------------------- */

static int add_ranges(const struct lx_network *n, char ***args)
{
	struct lx_address net6 = lx_address_network(&n->address6), mask = { .family = AF_INET, .prefix = n->address4.prefix };
	char lease[32], text[LX_ADDRESS_TEXT_MAX];
	int r = 0;

	if (n->lease_seconds)
		snprintf(lease, sizeof(lease), "%llu", (unsigned long long)n->lease_seconds);
	else
		snprintf(lease, sizeof(lease), "infinite");
	memset(mask.bytes, 0xff, 4);
	mask = lx_address_network(&mask);

	if (n->has4)
		r = strv_appendf(args, "--dhcp-range=%s,%s,%s,%s", n->range_first, n->range_last, lx_address_format(&mask, text), lease);
	if (r >= 0 && n->has6)
		r = strv_appendf(args, "--dhcp-range=%s,ra-stateless,ra-names,%u,%s", lx_address_format(&net6, text),
				 n->address6.prefix, lease);
	if (r >= 0 && n->has6)
		r = strv_append(args, "--enable-ra");
	if (r >= 0 && n->mtu)
		r = strv_appendf(args, "--dhcp-option=option:mtu,%u", n->mtu);

	return r;
}

static int add_domain(const struct lx_network *n, char ***args)
{
	int r;

	if (!n->domain)
		return 0;
	/* the last two: unqualified names get it, and queries for it never leave the host */
	r = strv_appendf(args, "--domain=%s", n->domain);
	if (r >= 0)
		r = strv_append(args, "--expand-hosts");
	if (r >= 0)
		r = strv_appendf(args, "--local=/%s/", n->domain);

	return r;
}

int lx_dnsmasq_arguments(const struct lx_network *n, const char *user, char ***ret)
{
	static const char *const fixed[] = {
		"--bind-dynamic",         /* answers only what came over the bridge, unlike --bind-interfaces */
		"--except-interface=lo",
		"--no-hosts",             /* the host's names are the host's */
		"--no-ping",              /* three seconds less before the first offer; the leases are all ours */
		"--dhcp-authoritative",
		"--dhcp-rapid-commit",
		"--dhcp-name-match=set:reserved,wpad", /* a guest must not configure the proxies of others */
		"--dhcp-name-match=set:reserved,isatap",
		"--dhcp-ignore-names=tag:reserved",
		"--domain-needed",
		"--bogus-priv",
		"--quiet-dhcp",
		"--quiet-dhcp6",
		"--quiet-ra",
	};
	_cleanup_strv_ char **args = NULL;
	int r;

	r = strv_append(&args, "dnsmasq");
	if (r >= 0)
		r = strv_append(&args, "--conf-file=/dev/null");
	if (r >= 0)
		r = strv_appendf(&args, "--pid-file=%s/dnsmasq.pid", n->directory);
	if (r >= 0)
		r = strv_appendf(&args, "--dhcp-leasefile=%s", n->lease_file);
	if (r >= 0)
		r = strv_appendf(&args, "--log-facility=%s", n->log_file);
	if (r >= 0)
		r = strv_appendf(&args, "--interface=%s", n->bridge);
	if (r >= 0)
		r = strv_appendf(&args, "--user=%s", user ?: "root");
	for (size_t i = 0; r >= 0 && i < array_size(fixed); i++)
		r = strv_append(&args, fixed[i]);
	if (r >= 0)
		r = add_domain(n, &args);
	if (r >= 0)
		r = add_ranges(n, &args);
	if (r < 0)
		return r;

	*ret = take_ptr(args);
	return 0;
}

/* The first account that exists. */
static const char *choose_user(void)
{
	static const char *const users[] = { "dnsmasq", "nobody" };

	for (size_t i = 0; i < array_size(users); i++)
		if (getpwnam(users[i]))
			return users[i];

	return NULL;
}

static int make_parent(const char *path, struct lx_error *err)
{
	_cleanup_free_ char *directory = strndup(path, (size_t)(strrchr(path, '/') - path));
	int r;

	if (!directory)
		return lx_error_oom(err);
	r = file_mkdir_parents(AT_FDCWD, directory, 0755);
	return r < 0 ? lx_error_set(err, r, "make %s", directory) : 0;
}

/* What dnsmasq says when it cannot start: "dnsmasq: failed to ...: Address already in use". The caller puts its name
 * before. */
static int explain(const struct lx_network *n, const struct process_result *result, struct lx_error *err)
{
	const char *text = result->output ?: "", *rest;

	if (result->timed_out)
		return lx_error_say(err, -ETIMEDOUT, "it did not start within 20 seconds");

	text += strspn(text, "\n");
	if (!*text)
		return lx_error_say(err, -EIO, "it ended with status %d and no message", result->status);
	rest = str_after(text, "dnsmasq: ") ?: text;
	lx_error_say(err, strstr(rest, "in use") ? -EADDRINUSE : -EIO, "%.*s", (int)strcspn(rest, "\n"), rest);
	if (strstr(rest, "in use"))
		lx_error_advise(err, "another name or DHCP server listens on all links; tell it to leave %s alone", n->bridge);

	return err ? err->code : -EIO;
}

static int start(const struct lx_network *n, char *const *args, struct lx_error *err)
{
	_cleanup_(process_result_done) struct process_result result = { 0 };
	/* the call returns when dnsmasq has its sockets and has become a daemon */
	const struct process_options options = {
		.argv = args,
		.env = lx_net_environment,
		.timeout = DNSMASQ_TIMEOUT,
		.new_session = true,
	};
	int r;

	r = make_parent(n->lease_file, err);
	if (r >= 0)
		r = make_parent(n->log_file, err);
	if (r >= 0)
		r = lx_record_add(n, err, "dnsmasq %s", n->bridge);
	if (r < 0)
		return r;

	r = process_run(&options, &result, err);
	if (r == -ENOENT)
		return lx_error_say(err, r, "there is no program dnsmasq, which gives guests addresses and names; install dnsmasq-base");
	if (r < 0)
		return r;

	return result.status == 0 ? 0 : explain(n, &result, err);
}

/* ---- look ---------------------------------------------------------------------------------------------------- */

/* Arguments of a process; NULL when it is gone. */
static char **read_arguments(pid_t pid)
{
	_cleanup_free_ char *path = str_format("/proc/%d/cmdline", (int)pid), *text = NULL;
	_cleanup_strv_ char **args = NULL;
	size_t size = 0;

	if (!path || file_read(AT_FDCWD, path, FILE_TEXT_MAX, &text, &size) < 0)
		return NULL;
	for (const char *p = text; p < text + size; p += strlen(p) + 1)
		if (strv_append(&args, p) < 0)
			return NULL;

	return take_ptr(args);
}

static bool is_ours(const struct lx_network *n, pid_t pid)
{
	_cleanup_free_ char *wanted = str_format("--pid-file=%s/dnsmasq.pid", n->directory);
	_cleanup_strv_ char **args = read_arguments(pid);

	return wanted && strv_contains(args, wanted);
}

pid_t lx_dnsmasq_pid(const struct lx_network *n)
{
	_cleanup_free_ char *path = pid_path(n), *text = NULL;
	pid_t pid;

	if (!path || file_read_line(AT_FDCWD, path, &text) < 0 || parse_pid(text, &pid) < 0)
		return 0;

	return is_ours(n, pid) ? pid : 0;
}

/* ---- up and down --------------------------------------------------------------------------------------------- */

static void stop(const struct lx_network *n, pid_t pid)
{
	_cleanup_close_ int pidfd = sys_pidfd_open(pid);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	/* looked at again now that the descriptor holds the pid */
	if (pidfd < 0 || !is_ours(n, pid))
		return;
	sys_pidfd_signal(pidfd, SIGTERM);
	if (poll(&p, 1, STOP_TIMEOUT_MSEC) > 0)
		return;
	sys_pidfd_signal(pidfd, SIGKILL);
	poll(&p, 1, STOP_TIMEOUT_MSEC);
}

int lx_dnsmasq_up(const struct lx_network *n, struct lx_error *err)
{
	_cleanup_strv_ char **args = NULL, **running = NULL;
	pid_t pid = lx_dnsmasq_pid(n);

	if (!n->has4 && !n->has6)
		return lx_dnsmasq_down(n, err);
	if (lx_dnsmasq_arguments(n, choose_user(), &args) < 0)
		return lx_error_oom(err);

	if (pid > 0) {
		running = read_arguments(pid);
		if (strv_equal(running, args))
			return 0;
		stop(n, pid);
	}

	return start(n, args, err);
}

int lx_dnsmasq_down(const struct lx_network *n, struct lx_error *err)
{
	_cleanup_free_ char *path = pid_path(n);
	pid_t pid = lx_dnsmasq_pid(n);

	if (!path)
		return lx_error_oom(err);
	if (pid > 0)
		stop(n, pid);
	unlink(path);

	return lx_record_remove(n, "dnsmasq", err);
}

/* A line of the lease file: EXPIRY MAC ADDRESS NAME CLIENT; "duid ..." starts the part of DHCPv6, whose second word
 * is not a MAC. Names come from guests. */
int lx_dnsmasq_leases(const struct lx_network *n, char ***ret, struct lx_error *err)
{
	_cleanup_strv_ char **lines = NULL, **leases = NULL;
	_cleanup_free_ char *text = NULL;
	int r;

	r = file_read(AT_FDCWD, n->lease_file, FILE_TEXT_MAX, &text, NULL);
	if (r == -ENOENT) {
		*ret = NULL;
		return 0;
	}
	if (r < 0)
		return lx_error_set(err, r, "read %s", n->lease_file);
	if (strv_split(text, "\n", &lines) < 0)
		return lx_error_oom(err);

	strv_for_each(line, lines) {
		_cleanup_strv_ char **words = NULL;

		if (str_after(line, "duid "))
			break;
		if (strv_split(str_printable(line), " ", &words) < 0)
			return lx_error_oom(err);
		if (strv_length(words) < 4)
			continue;
		if (strv_appendf(&leases, "%s %s %s", words[2], words[1], str_equal(words[3], "*") ? "-" : words[3]) < 0)
			return lx_error_oom(err);
	}

	*ret = take_ptr(leases);
	return 0;
}
