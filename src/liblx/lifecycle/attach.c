/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a command in a running container, the caller's side: asks the monitor, opens what the command needs, makes the process
 * (instance/attach-steps.c), and passes bytes and signals until it ends.
 *
 * Each of the three streams that is a terminal becomes the pty; what is not goes to the command as it is, so that it passes
 * byte for byte. The user's terminal becomes raw when both input and output are on it. When only one is, as in a pipeline,
 * it keeps its line editing and its signals, which the rest of the pipeline shares, and the pty is the plain one of the two.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/parse.h"
#include "base/process.h"
#include "base/strv.h"
#include "console/relay.h"
#include "console/terminal.h"
#include "container/container.h"
#include "instance/attach-steps.h"
#include "monitor/client.h"
#include "sys/sys.h"

struct session {
	const struct lx_attach_options *options;
	struct lx_attach_grant grant;
	struct lx_host host;
	struct lx_cgroup *cgroup;
	struct lx_attach attach;
	struct lx_relay_options relay;
	int master_fd, slave_fd, log_fd;
};

static void session_init(struct session *s, const struct lx_attach_options *options)
{
	*s = (struct session){
		.options = options,
		.grant = LX_ATTACH_GRANT_INIT,
		.attach = { .pidfd = -EBADF, .stdio_fds = { options->stdin_fd, options->stdout_fd, options->stderr_fd } },
		.relay = { .in_fd = -1, .out_fd = -1, .size_fd = -1, .far_fd = -1, .log_fd = -1, .escape = -1, .pidfd = -1 },
		.master_fd = -EBADF,
		.slave_fd = -EBADF,
		.log_fd = -EBADF,
	};
	s->attach.options = options;
	lx_security_init(&s->attach.security);
	s->attach.grant = &s->grant;
	lx_sync_init(&s->attach.sync, -EBADF);
}

/* A command that was made and not waited for must not be left behind. */
static void session_done(struct session *s)
{
	if (s->attach.pidfd >= 0) {
		(void)sys_pidfd_signal(s->attach.pidfd, SIGKILL);
		(void)sys_pidfd_wait(s->attach.pidfd, false, NULL);
		close_fd(s->attach.pidfd);
	}
	close_fd(s->master_fd);
	close_fd(s->slave_fd);
	close_fd(s->log_fd);
	lx_sync_done(&s->attach.sync);
	lx_security_done(&s->attach.security);
	lx_cgroup_free(s->cgroup);
	free(s->attach.groups);
	lx_attach_grant_done(&s->grant);
}

static int parse_groups(struct session *s, struct lx_error *err)
{
	char *const *words = s->options->groups;
	size_t n = strv_length(words);

	s->attach.groups = calloc(n + 1, sizeof(gid_t));
	if (!s->attach.groups)
		return lx_error_oom(err);
	for (size_t i = 0; i < n; i++) {
		uint64_t gid;

		if (parse_uint(words[i], &gid) < 0 || gid >= UINT32_MAX)
			return lx_error_say(err, -EINVAL, "group \"%s\" is not a number", words[i]);
		s->attach.groups[i] = (gid_t)gid;
	}
	s->attach.n_groups = n;
	return 0;
}

static void take_rights(struct session *s)
{
	struct lx_security *security = &s->attach.security;

	security->bounding = s->grant.bounding;
	security->no_new_privileges = s->grant.no_new_privileges;
	security->rlimits = s->grant.rlimits;
	s->grant.rlimits = (struct lx_rlimits) { 0 };
	if (s->options->elevated & LX_ELEVATED_CAP)
		s->attach.skip |= LX_SECURITY_SKIP_CAPS;
	else
		security->securebits = s->grant.securebits;
	if (s->options->elevated & LX_ELEVATED_SECCOMP)
		s->attach.skip |= LX_SECURITY_SKIP_SECCOMP;
	security->seccomp = s->grant.seccomp;
	s->grant.seccomp = (struct lx_seccomp_program) { 0 };
	if (s->options->elevated & LX_ELEVATED_LSM)
		return;
	security->lsm = s->grant.lsm;
	lx_lsm_init(&s->grant.lsm);
}

static int open_groups(struct session *s, struct lx_error *err)
{
	int r;

	if (s->options->elevated & LX_ELEVATED_CGROUP)
		return 0;
	r = lx_cgroup_find(&s->host, s->grant.cgroup, err);
	if (r < 0)
		return r;
	r = lx_cgroup_open(&s->host, s->grant.run_id, &s->cgroup, err);
	if (r == -ENOENT && s->host.rootless) { /* from a session that is not the user's to leave */
		lx_error_clear(err);
		return 0;
	}
	if (r >= 0)
		r = lx_cgroup_use_attached(s->cgroup, err);
	if (r < 0)
		return r;
	s->attach.cgroup = s->cgroup;
	return s->grant.private_systemd ? lx_cgroup_add_systemd_hierarchy(s->cgroup, err) : 0;
}

/* The kernel gives a new pty to who opens it, the host's root, whom the container does not know. The node "ptmx" of the same
 * devpts belongs to the container's root. */
static int give_to_root(const struct session *s)
{
	struct stat st;

	if (fstatat(s->grant.devpts_fd, "ptmx", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return fchown(s->slave_fd, st.st_uid, (gid_t)-1) < 0 ? -errno : 0;
}

/* Where the bytes of the pty go to and come from. is_terminal: of each of the caller's streams. */
static void plan_relay(struct session *s, const bool is_terminal[3])
{
	const int *user = s->attach.stdio_fds;
	int any = is_terminal[STDIN_FILENO] ? user[STDIN_FILENO] :
		is_terminal[STDOUT_FILENO] ? user[STDOUT_FILENO] : user[STDERR_FILENO];

	s->relay.far_fd = s->master_fd;
	s->relay.size_fd = any;
	s->relay.in_fd = is_terminal[STDIN_FILENO] ? user[STDIN_FILENO] : -1;
	s->relay.out_fd = is_terminal[STDOUT_FILENO] ? user[STDOUT_FILENO] :
		is_terminal[STDERR_FILENO] ? user[STDERR_FILENO] : -1;
	s->relay.raw = is_terminal[STDIN_FILENO] && is_terminal[STDOUT_FILENO];
}

static int open_terminal(struct session *s, struct lx_error *err)
{
	bool is_terminal[3], any = false;
	unsigned short rows, columns;
	int r;

	for (int i = 0; i < 3; i++)
		any |= is_terminal[i] = isatty(s->attach.stdio_fds[i]);
	if (!any)
		return 0;

	r = sys_pty_open(s->grant.devpts_fd, &s->master_fd, &s->slave_fd);
	if (r >= 0)
		r = give_to_root(s);
	if (r < 0)
		return lx_error_set(err, r, "open a terminal of the container");
	plan_relay(s, is_terminal);
	if (!s->relay.raw)
		(void)lx_terminal_set_plain(s->slave_fd);
	/* Before the command looks. */
	if (sys_pty_get_size(s->relay.size_fd, &rows, &columns) >= 0)
		(void)sys_pty_set_size(s->master_fd, rows, columns);

	s->attach.terminal = true;
	for (int i = 2; i >= 0; i--)
		if (is_terminal[i]) {
			s->attach.stdio_fds[i] = s->slave_fd;
			s->attach.terminal_index = i;
		}
	return 0;
}

static int open_log(struct session *s, struct lx_error *err)
{
	const char *file = s->options->pty_log;

	if (!file || !s->attach.terminal)
		return 0;
	s->relay.log_fd = s->log_fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0600);
	return s->log_fd < 0 ? lx_error_set(err, -errno, "open %s", file) : 0;
}

static int prepare(struct session *s, struct lx_container *c, struct lx_error *err)
{
	_cleanup_(lx_monitor_asked_done) struct lx_monitor_asked asked = LX_MONITOR_ASKED_INIT;
	int r;

	r = parse_groups(s, err);
	if (r < 0)
		return r;
	/* the host is looked at while the monitor wakes up */
	r = lx_monitor_ask_attach(c, &asked, err);
	if (r >= 0 && !(s->options->elevated & LX_ELEVATED_CGROUP))
		r = lx_host_probe_cgroups(&s->host, err);
	if (r >= 0)
		r = lx_monitor_hear_attach(c, &asked, &s->grant, err);
	if (r < 0)
		return r;
	take_rights(s);
	r = open_groups(s, err);
	if (r < 0)
		return r;
	r = open_terminal(s, err);
	return r < 0 ? r : open_log(s, err);
}

/* The command's exit code, or what the process says of the step that failed. Afterwards it is gone. */
static int finish(struct session *s, struct lx_error *err)
{
	struct lx_error reason = { 0 };
	int status, code, r;

	r = sys_pidfd_wait(s->attach.pidfd, false, &status);
	s->attach.pidfd = close_fd(s->attach.pidfd);
	if (r < 0)
		return lx_error_set(err, r, "wait for the command");

	code = process_exit_code(status);
	if (code == 0 || !lx_sync_peek_error(&s->attach.sync, &reason))
		return code;
	lx_error_copy(err, &reason);
	return code == LX_EXIT_NOT_FOUND || code == LX_EXIT_NOT_EXECUTABLE ? code : reason.code;
}

/* The command has a filter of its own, whose calls the monitor answers like those of the others. When it cannot, the command
 * does not run: the error is the monitor's. */
static int hand_over_listener(struct session *s, const struct lx_container *c, struct lx_error *err)
{
	struct lx_sync *sync = &s->attach.sync;
	int r;

	r = lx_sync_wait(sync, LX_GATE_FILTER, err);
	if (r < 0)
		return r;
	r = lx_monitor_give_listener(c, sync->fds[LX_GATE_FILTER][0], err);
	sync->fds[LX_GATE_FILTER][0] = close_fd(sync->fds[LX_GATE_FILTER][0]);
	return r < 0 ? r : lx_sync_open(sync, LX_GATE_GO, NULL, 0, err);
}

LX_PUBLIC int lx_attach(struct lx_container *c, const struct lx_attach_options *options, struct lx_error *err)
{
	_cleanup_(session_done) struct session s;
	int r;

	session_init(&s, options);
	r = prepare(&s, c, err);
	if (r < 0)
		return r;
	r = lx_attach_spawn(&s.attach, err);
	if (r < 0)
		return r;
	s.slave_fd = close_fd(s.slave_fd);
	if (lx_attach_notifies(&s.attach)) {
		r = hand_over_listener(&s, c, err);
		if (r < 0)
			return r;
	}

	s.relay.pidfd = s.attach.pidfd;
	s.relay.group = s.attach.pid;
	r = lx_relay_run(&s.relay, NULL, err);
	return r < 0 ? r : finish(&s, err);
}
