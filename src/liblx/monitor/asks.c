/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the front asks of the keeper: a row each. The front may have been taken over by a guest. So a message has one size and
 * numbers that are checked, the only descriptor that is taken must be the listener of a filter, and what can be asked is no
 * more than what callers may ask of this container, which is the guest's own.
 */
#include "monitor/monitor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "console/log.h"

#define FREEZE_PATIENCE (5 * USEC_PER_SEC)

/* Whoever has told the keeper itself to end, as systemd does, waits for that and kills it when it takes too long: what is asked
 * afterwards makes it neither longer, nor a reboot. */
static int ask_stop(struct lx_monitor *m, const struct lx_front_ask *ask, struct sock_message *message _unused_, struct lx_error *err)
{
	unsigned flags = ask->flags;
	int r;

	if (m->signalled && flags & LX_STOP_REBOOT)
		return lx_error_say(err, -EBUSY, "the monitor was told to end, so the container stops and does not start again");
	if (flags & LX_STOP_KILL)
		r = lx_monitor_kill(m, err);
	else if (m->signalled && m->state.state == LX_STATE_STOPPING)
		return 0;
	else
		r = lx_monitor_begin_stop(m, flags & LX_STOP_REBOOT ? m->inst.plan->reboot_signal : m->inst.plan->stop_signal,
					  ask->timeout ?: m->inst.config->container.stop_timeout, !(flags & LX_STOP_NO_KILL), err);
	if (r >= 0)
		m->sequel = flags & LX_STOP_REBOOT ? LX_SEQUEL_REBOOT : LX_SEQUEL_STOP;
	return r;
}

static int change_freezer(struct lx_monitor *m, bool freeze, struct lx_error *err)
{
	int r;

	if (freeze == (m->state.state == LX_STATE_FROZEN))
		return 0;
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
	return 0;
}

static int ask_freeze(struct lx_monitor *m, const struct lx_front_ask *ask _unused_, struct sock_message *message _unused_, struct lx_error *err)
{
	return change_freezer(m, true, err);
}

static int ask_unfreeze(struct lx_monitor *m, const struct lx_front_ask *ask _unused_, struct sock_message *message _unused_,
			struct lx_error *err)
{
	return change_freezer(m, false, err);
}

static int starter_gone(struct lx_monitor *m, const struct lx_front_ask *ask _unused_, struct sock_message *message _unused_,
			struct lx_error *err)
{
	return m->wish.execute && m->inst.init_pidfd >= 0 ? lx_monitor_kill(m, err) : 0;
}

static int turn_log(struct lx_monitor *m, const struct lx_front_ask *ask _unused_, struct sock_message *message _unused_, struct lx_error *err)
{
	_cleanup_close_ int fd = lx_console_log_turn(m->console_log);

	if (fd < 0)
		return lx_error_set(err, fd, "turn over %s", m->console_log);
	lx_monitor_tell(m, LX_FRONT_LOG, NULL, 0, &fd, 1);
	return 0;
}

static int init_is_ready(struct lx_monitor *m, const struct lx_front_ask *ask _unused_, struct sock_message *message _unused_,
		    struct lx_error *err _unused_)
{
	lx_readiness_init_said(m);
	return 0;
}

/* An honest front tells ten in a second. Each is written to a file, and systemd is told. */
#define STATUSES_MAX 30

static int take_status(struct lx_monitor *m, const struct lx_front_ask *ask, struct sock_message *message, struct lx_error *err)
{
	_cleanup_free_ char *status = NULL;

	if (rate_count(&m->front.statuses, USEC_PER_SEC) > STATUSES_MAX)
		return 0;
	status = strndup(message->data + sizeof(*ask), LX_FRONT_STATUS_MAX);
	if (!status)
		return lx_error_oom(err);
	lx_monitor_set_status(m, str_printable(status));
	return 0;
}

/* A command that was attached has a filter that hands calls over. On anything else the keeper would be made to wait, or worse. */
static bool is_listener(int fd)
{
	static const char kind[] = "anon_inode:seccomp notify";
	char path[64], target[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target));
	return n == (ssize_t)strlen(kind) && memcmp(target, kind, (size_t)n) == 0;
}

static int take_listener(struct lx_monitor *m, const struct lx_front_ask *ask _unused_, struct sock_message *message,
			 struct lx_error *err)
{
	if (message->n_fds != 1 || !is_listener(message->fds[0]))
		return lx_error_say(err, -EPROTO, "what was handed over is no listener of a filter of system calls");
	return lx_monitor_add_listener(m, take_fd(&message->fds[0]), err);
}

/* It is a new one, in the place of one that died: it is told what the other knew. */
static int hello(struct lx_monitor *m, const struct lx_front_ask *ask _unused_, struct sock_message *message _unused_, struct lx_error *err)
{
	if (m->front.greeted)
		return 0;
	m->front.greeted = true;
	return m->inst.init_pidfd >= 0 ? lx_monitor_present_run(m, err) : 0;
}

#define WORDS_MAX 60
#define WORDS_TIME (60 * USEC_PER_SEC)

/* Not so much that it fills a disk. */
static bool may_have_words(struct lx_monitor *m)
{
	unsigned n = rate_count(&m->front.words, WORDS_TIME);

	if (n == WORDS_MAX + 1)
		log_warn("the monitor's front says too much; the rest of this minute is left out");
	return n <= WORDS_MAX;
}

/* For the log, in which it cannot pass for the keeper. */
static int take_words(struct lx_monitor *m, const struct lx_front_ask *ask, struct sock_message *message, struct lx_error *err)
{
	_cleanup_free_ char *words = strndup(message->data + sizeof(*ask), message->size - sizeof(*ask));

	if (!words)
		return lx_error_oom(err);
	if (may_have_words(m) && lx_log_level_name(ask->flags))
		lx_log_write(ask->flags, "front: %s", words);
	return 0;
}

static int nothing(struct lx_monitor *m _unused_, const struct lx_front_ask *ask _unused_, struct sock_message *message _unused_,
		   struct lx_error *err _unused_)
{
	return 0;
}

static const struct {
	enum lx_front_message type;
	int (*act)(struct lx_monitor *m, const struct lx_front_ask *ask, struct sock_message *message, struct lx_error *err);
	bool of_run;            /* means this run, which must not be over */
	size_t text_max;
} asks[] = {
	{ LX_FRONT_HELLO, hello },
	{ LX_FRONT_LEFT, nothing }, /* too late to be waited for */
	{ LX_FRONT_STOP, ask_stop, .of_run = true },
	{ LX_FRONT_FREEZE, ask_freeze, .of_run = true },
	{ LX_FRONT_UNFREEZE, ask_unfreeze, .of_run = true },
	{ LX_FRONT_STARTER_GONE, starter_gone },
	{ LX_FRONT_TURN_LOG, turn_log },
	{ LX_FRONT_READY, init_is_ready, .of_run = true },
	{ LX_FRONT_STATUS, take_status, .of_run = true, .text_max = LX_FRONT_STATUS_MAX },
	{ LX_FRONT_LISTENER, take_listener, .of_run = true },
	{ LX_FRONT_SAY, take_words, .text_max = LX_FRONT_STATUS_MAX },
};

int lx_monitor_asked(struct lx_monitor *m, struct sock_message *message)
{
	struct lx_error error = { 0 };
	struct lx_front_ask ask;
	size_t i = 0;
	int r;

	while (i < array_size(asks) && asks[i].type != message->type)
		i++;
	if (i == array_size(asks) || message->size < sizeof(ask) || message->size - sizeof(ask) > asks[i].text_max)
		return -EPROTO;

	memcpy(&ask, message->data, sizeof(ask));
	if (asks[i].of_run && (ask.run != m->run || m->inst.init_pidfd < 0))
		r = lx_error_say(&error, -ESRCH, "the container is not running");
	else
		r = asks[i].act(m, &ask, message, &error);

	if (ask.token)
		lx_monitor_answer(m, ask.token, r < 0 ? &error : NULL);
	else if (r < 0 && r != -ESRCH && may_have_words(m)) /* what comes late is no news */
		log_warn("%s", error.text);
	return 0;
}
