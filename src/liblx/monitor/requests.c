/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be asked of a monitor: a row each. All of it needs the container's owner or root, which the server has checked. */
#include "monitor/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sock-error.h"
#include "base/sock.h"
#include "base/str.h"
#include "instance/attach-steps.h"

#define FREEZE_PATIENCE (5 * USEC_PER_SEC)

/* Answers by itself and returns 0, or fills *err; 1: the connection was handed over. */
typedef int (*request_fn)(struct lx_client *client, struct sock_message *message, struct lx_error *err);

static int reply(struct lx_client *client, const char *text, const int *fds, size_t n_fds)
{
	return sock_send(client->fd, LX_REPLY_OK, text, text ? strlen(text) : 0, fds, n_fds);
}

static int answer_watch(struct lx_client *client, struct sock_message *message _unused_, struct lx_error *err _unused_)
{
	const struct lx_run_state *state = &client->monitor->state;
	const char *word = lx_state_name(state->state);
	int r;

	client->watches = true;
	r = sock_send(client->fd, LX_EVENT_STATE, word, strlen(word), NULL, 0);
	if (r >= 0 && state->ready) {
		word = lx_state_name(LX_STATE_READY);
		r = sock_send(client->fd, LX_EVENT_STATE, word, strlen(word), NULL, 0);
	}

	return r;
}

static int answer_stop(struct lx_client *client, struct sock_message *message, struct lx_error *err)
{
	struct lx_monitor *m = client->monitor;
	unsigned flags;
	uint64_t timeout;
	int r;

	if (!message->data || sscanf(message->data, "%u %" SCNu64, &flags, &timeout) != 2)
		return lx_error_say(err, -EPROTO, "a stop request that cannot be read");

	if (flags & LX_STOP_KILL)
		r = lx_monitor_kill(m, err);
	else
		r = lx_monitor_begin_stop(m, flags & LX_STOP_REBOOT ? m->inst.plan->reboot_signal : m->inst.plan->stop_signal,
					  timeout ?: m->inst.config->container.stop_timeout, !(flags & LX_STOP_NO_KILL), err);
	if (r < 0)
		return r;

	m->sequel = flags & LX_STOP_REBOOT ? LX_SEQUEL_REBOOT : LX_SEQUEL_STOP;
	return reply(client, NULL, NULL, 0);
}

static int change_freezer(struct lx_client *client, bool freeze, struct lx_error *err)
{
	struct lx_monitor *m = client->monitor;
	int r;

	if (freeze == (m->state.state == LX_STATE_FROZEN))
		return reply(client, NULL, NULL, 0);
	if (freeze && m->state.state != LX_STATE_RUNNING)
		return lx_error_say(err, -EBUSY, "the container is %s, only a running one can be frozen", lx_state_name(m->state.state));

	lx_monitor_set_state(m, freeze ? LX_STATE_FREEZING : LX_STATE_THAWED);
	r = lx_cgroup_freeze(m->inst.cgroup, freeze, FREEZE_PATIENCE, err);
	if (r < 0) {
		(void)lx_cgroup_freeze(m->inst.cgroup, !freeze, FREEZE_PATIENCE, NULL);
		lx_monitor_set_state(m, freeze ? LX_STATE_RUNNING : LX_STATE_FROZEN);
		return r;
	}
	lx_monitor_set_state(m, freeze ? LX_STATE_FROZEN : LX_STATE_RUNNING);

	return reply(client, NULL, NULL, 0);
}

static int answer_freeze(struct lx_client *client, struct sock_message *message _unused_, struct lx_error *err)
{
	return change_freezer(client, true, err);
}

static int answer_unfreeze(struct lx_client *client, struct sock_message *message _unused_, struct lx_error *err)
{
	return change_freezer(client, false, err);
}

/* The number of the process in its own pid namespace: the last that it has. */
static pid_t inner_pid(pid_t pid)
{
	_cleanup_free_ char *status = NULL;
	char path[64];
	const char *p;
	pid_t inner = 1;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (file_read(AT_FDCWD, path, FILE_TEXT_MAX, &status, NULL) < 0 || !(p = strstr(status, "\nNSpid:")))
		return inner;
	for (p += strlen("\nNSpid:"); *p == '\t'; p += strcspn(p, "\t\n"))
		inner = (pid_t)strtol(++p, NULL, 10);
	return inner;
}

static int answer_attach(struct lx_client *client, struct sock_message *message _unused_, struct lx_error *err)
{
	const struct lx_instance *inst = &client->monitor->inst;
	const struct lx_seccomp_program *seccomp = &inst->plan->security.seccomp;
	const int fds[LX_ATTACH_FDS] = { inst->init_pidfd, inst->devpts_fd };
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (client->monitor->state.state == LX_STATE_FROZEN)
		return lx_error_say(err, -EBUSY, "the container is frozen; run lx-unfreeze first");

	buf_addf(&text, "run_id=%s\n", inst->plan->run_id);
	buf_addf(&text, "user_namespace=%d\n", inst->plan->user_namespace);
	buf_addf(&text, "no_new_privileges=%d\n", inst->plan->security.no_new_privileges);
	buf_addf(&text, "capabilities=%" PRIx64 "\n", inst->plan->security.bounding);
	buf_addf(&text, "securebits=%u\n", inst->plan->security.securebits);
	lx_rlimits_format(&inst->plan->security.rlimits, "rlimit.", &text);
	if (inst->plan->security.core_scheduling)
		buf_addf(&text, "core_pid=%d\n", (int)inner_pid(inst->init_pid));
	lx_lsm_format_labels(&inst->plan->security.lsm, &text);
	if (inst->plan->private_systemd)
		buf_add(&text, "private_systemd=1\n");
	if (seccomp->notifies)
		buf_add(&text, "notifies=1\n");
	if (seccomp->n > 0) {
		buf_add_char(&text, 0);
		buf_add_mem(&text, seccomp->filter, seccomp->n * sizeof(*seccomp->filter));
	}
	if (text.failed)
		return lx_error_oom(err);

	return sock_send(client->fd, LX_REPLY_OK, text.data, text.size, fds, array_size(fds));
}

static int answer_listener(struct lx_client *client, struct sock_message *message, struct lx_error *err)
{
	int r;

	if (message->n_fds != 1)
		return lx_error_say(err, -EPROTO, "a request that cannot be read");
	r = lx_monitor_add_listener(client->monitor, take_fd(&message->fds[0]), err);
	return r < 0 ? r : reply(client, NULL, NULL, 0);
}

static int answer_console(struct lx_client *client, struct sock_message *message _unused_, struct lx_error *err)
{
	int r;

	if (lx_console_is_full(client->monitor->console))
		return lx_error_say(err, -EBUSY, "%d consoles are open already", LX_CONSOLE_CLIENTS_MAX);
	r = reply(client, NULL, NULL, 0);
	if (r < 0)
		return r;

	/* from here on the descriptor is the console's, whatever comes of it */
	event_source_remove(client->source);
	client->source = NULL;
	r = lx_console_add_client(client->monitor->console, client->fd, err);
	if (r < 0)
		log_warn("%s", err->text);
	return 1;
}

static int answer_console_log(struct lx_client *client, struct sock_message *message, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -EBADF;
	size_t size = 0;
	int r;

	r = lx_console_read_ring(client->monitor->console, str_equal(message->data, "clear"), &text, &size, err);
	if (r < 0)
		return r;
	fd = fd_from_memory("lx-console", text, size); /* a ring may be larger than any message */
	if (fd < 0)
		return lx_error_set(err, fd, "hand out what the console said");

	return reply(client, NULL, &fd, 1);
}

static const struct {
	enum lx_message type;
	request_fn answer;
	bool any_state; /* also while the container is not (yet, any more) running */
} requests[] = {
	{ LX_REQUEST_WATCH, answer_watch, true },
	{ LX_REQUEST_STOP, answer_stop },
	{ LX_REQUEST_FREEZE, answer_freeze },
	{ LX_REQUEST_UNFREEZE, answer_unfreeze },
	{ LX_REQUEST_ATTACH, answer_attach },
	{ LX_REQUEST_LISTENER, answer_listener },
	{ LX_REQUEST_CONSOLE, answer_console, true },
	{ LX_REQUEST_CONSOLE_LOG, answer_console_log, true },
};

int lx_monitor_answer(struct lx_client *client, struct sock_message *message)
{
	struct lx_error error = { 0 };
	size_t i = 0;
	int r;

	while (i < array_size(requests) && requests[i].type != message->type)
		i++;

	if (i == array_size(requests))
		r = lx_error_say(&error, -EOPNOTSUPP, "the monitor does not know request %u", message->type);
	else if (!requests[i].any_state && client->monitor->inst.init_pidfd < 0)
		r = lx_error_say(&error, -ESRCH, "the container is not running");
	else
		r = requests[i].answer(client, message, &error);

	if (r < 0 && error.code)
		return sock_send_error(client->fd, LX_REPLY_ERROR, &error);
	return r;
}
