/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "monitor/client.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "base/sock-error.h"
#include "base/str.h"
#include "base/strv.h"
#include "monitor/monitor.h"

/* ret_run_fd: the runtime directory. */
static int connect_in(const struct lx_container *c, int *ret_run_fd, int *ret_fd, struct lx_error *err)
{
	_cleanup_close_ int run_fd = -EBADF, fd = -EBADF;
	struct ucred peer;
	int r;

	r = lx_container_open_run(c, false, &run_fd, err);
	if (r < 0 && r != -ENOENT)
		return r;

	fd = r == -ENOENT ? r : sock_connect(run_fd, LX_MONITOR_SOCKET);
	if (fd == -ENOENT || fd == -ECONNREFUSED)
		return lx_error_say(err, -ESRCH, "container %s is not running", c->name);
	if (fd < 0)
		return lx_error_set(err, fd, "connect to the monitor of %s", c->name);

	r = sock_peer(fd, &peer);
	if (r < 0)
		return lx_error_set(err, r, "look who answers for %s", c->name);
	if (peer.uid != 0 && peer.uid != geteuid())
		return lx_error_say(err, -EPERM, "the socket of %s belongs to user %u, not to its monitor", c->name, peer.uid);

	lx_error_clear(err);
	*ret_fd = take_fd(&fd);
	*ret_run_fd = take_fd(&run_fd);
	return 0;
}

int lx_monitor_connect(const struct lx_container *c, int *ret_fd, struct lx_error *err)
{
	_cleanup_close_ int run_fd = -EBADF;

	return connect_in(c, &run_fd, ret_fd, err);
}

int lx_monitor_next(int fd, usec_t deadline, struct sock_message *ret, struct lx_error *err)
{
	int r = sock_recv(fd, deadline, ret);

	if (r == -EPIPE || r == -ECONNRESET)
		return lx_error_say(err, -EPIPE, "the monitor ended");
	if (r == -ETIMEDOUT)
		return lx_error_say(err, r, "the monitor did not answer in time");
	if (r < 0)
		return lx_error_set(err, r, "read from the monitor");
	if (ret->type == LX_REPLY_ERROR)
		return sock_parse_error(ret, err);

	return ret->type;
}

static bool is_in_state(const struct lx_container *c, enum lx_state wanted)
{
	_cleanup_(lx_run_state_done) struct lx_run_state state = { 0 };

	return lx_run_state_load(c, &state, NULL) >= 0 && state.state == wanted;
}

int lx_monitor_say_ended(const struct lx_container *c, struct lx_error *err)
{
	lx_error_clear(err);
	return lx_error_say(err, -EPIPE, is_in_state(c, LX_STATE_STOPPED) ? "the container has stopped" : "the monitor ended");
}

/* No answer in the usual time: 0 when there is a reason for it. */
static int go_on(const struct lx_container *c, usec_t since, usec_t *deadline, struct lx_error *err)
{
	usec_t now = time_now(CLOCK_MONOTONIC);

	if (!is_in_state(c, LX_STATE_STARTING))
		return -ETIMEDOUT;
	lx_error_clear(err);
	if (now >= since + LX_MONITOR_PATIENCE_START)
		return lx_error_say(err, -ETIMEDOUT, "the container is still starting; lx-wait -s RUNNING %s waits for it, lx-stop "
				    "gives it up", c->name);
	*deadline = MIN_OF(now + LX_MONITOR_PATIENCE, since + LX_MONITOR_PATIENCE_START);
	return 0;
}

static int await_reply(const struct lx_container *c, int fd, struct sock_message *ret, struct lx_error *err)
{
	usec_t since = time_now(CLOCK_MONOTONIC), deadline = since + LX_MONITOR_PATIENCE;
	int r;

	for (;;) {
		_cleanup_message_ struct sock_message m = { 0 };

		r = lx_monitor_next(fd, deadline, &m, err);
		if (r == -ETIMEDOUT && m.type != LX_REPLY_ERROR)
			r = go_on(c, since, &deadline, err);
		if (r == -EPIPE && m.type != LX_REPLY_ERROR)
			return lx_monitor_say_ended(c, err);
		if (r < 0)
			return r;
		if (r != LX_REPLY_OK)
			continue;
		if (ret) {
			*ret = m;
			m = (struct sock_message) { 0 };
		}
		return 0;
	}
}

static int ask(int fd, enum lx_message request, const char *payload, struct lx_error *err)
{
	int r = sock_send(fd, (uint16_t)request, payload, payload ? strlen(payload) : 0, NULL, 0);

	/* who hung up may have said why */
	return r < 0 && r != -EPIPE ? lx_error_set(err, r, "write to the monitor") : 0;
}

int lx_monitor_call(const struct lx_container *c, int fd, enum lx_message request, const char *payload, struct sock_message *ret,
		    struct lx_error *err)
{
	int r = ask(fd, request, payload, err);

	return r < 0 ? r : await_reply(c, fd, ret, err);
}

int lx_monitor_tell_stop(const struct lx_run_state *state, struct lx_error *err)
{
	_cleanup_close_ int pidfd = sys_pidfd_open(state->monitor_pid);
	uint64_t ticks;
	int r = pidfd;

	/* while it is that process, the descriptor is its */
	if (r >= 0)
		r = lx_process_start_ticks(state->monitor_pid, &ticks);
	if (r >= 0)
		r = ticks == state->monitor_start_ticks ? sys_pidfd_signal(pidfd, LX_MONITOR_SIGNAL_STOP) : -ESRCH;
	return r < 0 ? lx_error_set(err, r, "signal the monitor") : 0;
}

/* "key=value" lines of the keeper's file. Unknown ones are of a newer monitor and do not matter to us. */
static int take_grant_line(struct lx_attach_grant *grant, const char *line, pid_t *init_pid)
{
	const char *value;
	uint64_t number;
	int r = 0;

	if ((value = str_after(line, "run_id=")))
		return str_set(&grant->run_id, value);
	if ((value = str_after(line, "cgroup=")))
		return str_set(&grant->cgroup, value);
	if ((value = str_after(line, "capabilities=")))
		return parse_uint_base(value, 16, &grant->bounding);

	if ((value = str_after(line, "lsm.")))
		return lx_lsm_take_label(&grant->lsm, value);

	if ((value = str_after(line, "rlimit.")))
		return lx_rlimits_take(&grant->rlimits, value);

	if ((value = str_after(line, "init_pid=")))
		return parse_pid(value, init_pid);

	value = strchr(line, '=');
	r = value ? parse_uint(value + 1, &number) : 0;
	if (r >= 0 && str_after(line, "user_namespace="))
		grant->user_namespace = number;
	if (r >= 0 && str_after(line, "private_systemd="))
		grant->private_systemd = number;
	if (r >= 0 && str_after(line, "securebits="))
		grant->securebits = (unsigned)number;
	if (r >= 0 && str_after(line, "core_pid="))
		grant->core_pid = number <= INT32_MAX ? (pid_t)number : 0;
	if (r >= 0 && str_after(line, "notifies="))
		grant->seccomp.notifies = number;
	if (r >= 0 && str_after(line, "no_new_privileges="))
		grant->no_new_privileges = number;

	return r;
}

/* Behind the text and its NUL. */
static int take_filter(struct lx_attach_grant *grant, const char *bytes, size_t size)
{
	size_t n = size / sizeof(*grant->seccomp.filter);

	if (size % sizeof(*grant->seccomp.filter) != 0 || n > BPF_MAXINSNS)
		return -EPROTO;
	grant->seccomp.filter = malloc(size);
	if (!grant->seccomp.filter)
		return -ENOMEM;

	memcpy(grant->seccomp.filter, bytes, size);
	grant->seccomp.n = n;
	return 0;
}

static int take_grant(const char *data, size_t size, struct lx_attach_grant *grant, pid_t *init_pid)
{
	_cleanup_strv_ char **lines = NULL;
	size_t text = strnlen(data, size), filter = size - text;
	int r;

	r = strv_split(data, "\n", &lines);
	if (r >= 0 && filter > 1)
		r = take_filter(grant, data + text + 1, filter - 1);
	if (r < 0)
		return r;

	strv_for_each(line, lines) {
		r = take_grant_line(grant, line, init_pid);
		if (r < 0)
			return r;
	}

	return grant->run_id && *init_pid > 0 ? 0 : -EPROTO;
}

/* From the front, which a guest may have taken over: the process must be the one that the keeper names, and the terminals
 * must be the kernel's. */
static int take_descriptors(struct sock_message *m, pid_t init_pid, struct lx_attach_grant *grant)
{
	uint64_t magic;

	if (m->n_fds != LX_ATTACH_FDS)
		return -EPROTO;
	grant->init_pidfd = take_fd(&m->fds[0]);
	grant->devpts_fd = take_fd(&m->fds[1]);
	if (sys_pidfd_pid(grant->init_pidfd) != init_pid)
		return -ESTALE;
	return sys_fs_magic(grant->devpts_fd, &magic) < 0 || magic != DEVPTS_SUPER_MAGIC ? -EPROTO : 0;
}

void lx_monitor_asked_done(struct lx_monitor_asked *asked)
{
	asked->fd = close_fd(asked->fd);
	asked->run_fd = close_fd(asked->run_fd);
}

int lx_monitor_ask_attach(const struct lx_container *c, struct lx_monitor_asked *ret, struct lx_error *err)
{
	_cleanup_(lx_monitor_asked_done) struct lx_monitor_asked asked = LX_MONITOR_ASKED_INIT;
	int r;

	r = connect_in(c, &asked.run_fd, &asked.fd, err);
	if (r >= 0)
		r = ask(asked.fd, LX_REQUEST_ATTACH, NULL, err);
	if (r < 0)
		return r;
	*ret = asked;
	asked = (struct lx_monitor_asked) LX_MONITOR_ASKED_INIT;
	return 0;
}

int lx_monitor_hear_attach(const struct lx_container *c, const struct lx_monitor_asked *asked, struct lx_attach_grant *ret,
			   struct lx_error *err)
{
	_cleanup_(lx_attach_grant_done) struct lx_attach_grant grant = LX_ATTACH_GRANT_INIT;
	_cleanup_message_ struct sock_message m = { 0 };
	_cleanup_free_ char *data = NULL;
	pid_t init_pid = 0;
	size_t size;
	int r;

	r = await_reply(c, asked->fd, &m, err);
	if (r < 0)
		return r;

	r = file_read(asked->run_fd, LX_MONITOR_GRANT, SOCK_PAYLOAD_MAX, &data, &size);
	if (r >= 0)
		r = take_grant(data, size, &grant, &init_pid);
	if (r < 0)
		return lx_error_set(err, r, "read what the monitor of %s grants", c->name);
	r = take_descriptors(&m, init_pid, &grant);
	if (r < 0)
		return lx_error_say(err, r, "the monitor of %s names another process than init; if it did not just boot again, it cannot be "
				    "trusted", c->name);

	*ret = grant;
	grant = (struct lx_attach_grant) LX_ATTACH_GRANT_INIT;
	return 0;
}

int lx_monitor_give_listener(const struct lx_container *c, int listener_fd, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = lx_monitor_connect(c, &fd, err);
	if (r < 0)
		return r;
	r = sock_send(fd, LX_REQUEST_LISTENER, NULL, 0, &listener_fd, 1);
	return r < 0 ? lx_error_set(err, r, "write to the monitor") : await_reply(c, fd, NULL, err);
}
