/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The monitor's side of intercepted system calls: it keeps a copy of every listener, so that callers wait when the agent has
 * died, and makes another one. What the dead one was answering fails with EIO. An agent that dies again and again is not
 * replaced (LX_DEATHS_MAX): the listeners are closed, and the kernel answers ENOSYS from then on until the container is started
 * again. lx-info and the log say so.
 */
#include "monitor/monitor.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "base/process.h"
#include "base/str.h"

struct listener {
	struct list list;
	struct lx_monitor *monitor;
	struct event_source *source;
	int fd;
	uint32_t number;
};

static void drop_listener(struct listener *l)
{
	event_source_remove(l->source);
	list_remove(&l->list);
	l->monitor->intercept.n_listeners--;
	close_fd(l->fd);
	free(l);
}

/* Nobody has its filter any more. */
static int abandoned(struct event_source *s _unused_, int fd _unused_, uint32_t events, void *userdata)
{
	if (events & (EPOLLHUP | EPOLLERR))
		drop_listener(userdata);
	return 0;
}

static struct listener *find_listener(struct lx_intercept *intercept, uint32_t number)
{
	list_for_each(l, &intercept->listeners) {
		struct listener *listener = container_of(l, struct listener, list);

		if (listener->number == number)
			return listener;
	}
	return NULL;
}

/* The slots are the agent's to write: nothing in them is more than a number. */
static void fail_open_calls(struct lx_intercept *intercept)
{
	for (size_t i = 0; i < LX_AGENT_SLOTS; i++) {
		const struct lx_agent_slot *slot = &intercept->agent.slots[i];
		const struct listener *l = slot->listener ? find_listener(intercept, slot->listener) : NULL;

		if (l && slot->call.id)
			(void)sys_seccomp_answer(l->fd, slot->call.id, -EIO, false);
	}
}

static int agent_ended(struct event_source *s, int fd, uint32_t events, void *userdata);

static int start_agent(struct lx_monitor *m, struct lx_error *err)
{
	struct lx_intercept *intercept = &m->intercept;
	const struct lx_agent_orders orders = {
		.config = m->inst.config,
		.cgroup = m->inst.cgroup,
		.userns_fd = m->inst.plan->user_namespace ? m->inst.ns_fds[SYS_NS_USER] : -EBADF,
		.init_pid = m->inst.init_pid,
	};
	int r = lx_agent_start(&orders, &intercept->agent, err);

	if (r < 0)
		return r;
	r = event_add_io(m->loop, intercept->agent.pidfd, EPOLLIN, agent_ended, m, &intercept->agent_source);
	if (r < 0)
		return lx_error_set(err, r, "watch the agent");
	list_for_each(l, &intercept->listeners) {
		const struct listener *listener = container_of(l, struct listener, list);

		r = lx_agent_add_listener(&intercept->agent, listener->number, listener->fd, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static void stop_agent(struct lx_intercept *intercept)
{
	event_source_remove(intercept->agent_source);
	intercept->agent_source = NULL;
	lx_agent_done(&intercept->agent);
}

static void give_up(struct lx_monitor *m, const char *reason)
{
	_cleanup_free_ char *trouble = str_format("intercepted system calls are not answered: their agent died too often; see %s",
						  m->log_place ?: "the log");

	log_error("%s; intercepted system calls answer ENOSYS until the next start", reason);
	list_for_each_safe(l, &m->intercept.listeners)
		drop_listener(container_of(l, struct listener, list));
	m->intercept.given_up = true;
	if (trouble)
		lx_monitor_set_trouble(m, trouble);
}

static int agent_ended(struct event_source *s _unused_, int fd _unused_, uint32_t events _unused_, void *userdata)
{
	struct lx_monitor *m = userdata;
	struct lx_error error = { 0 };

	log_warn("the agent for intercepted system calls, process %d, died", (int)m->intercept.agent.pid);
	fail_open_calls(&m->intercept);
	stop_agent(&m->intercept);
	if (rate_count(&m->intercept.deaths, LX_DEATHS_PERIOD) >= LX_DEATHS_MAX) {
		give_up(m, "it died too often");
	} else if (start_agent(m, &error) < 0) {
		stop_agent(&m->intercept);
		give_up(m, error.text);
	}
	return 0;
}

static int keep_listener(struct lx_monitor *m, int fd, struct listener **ret, struct lx_error *err)
{
	struct lx_intercept *intercept = &m->intercept;
	_cleanup_close_ int owned = fd;
	struct listener *l;
	int r;

	if (intercept->n_listeners >= LX_AGENT_LISTENERS_MAX)
		return lx_error_say(err, -EBUSY, "%d commands are attached already, whose system calls are intercepted",
				    LX_AGENT_LISTENERS_MAX);
	l = calloc(1, sizeof(*l));
	if (!l)
		return lx_error_oom(err);
	*l = (struct listener){ .monitor = m, .fd = fd, .number = ++intercept->last_number };
	r = event_add_io(m->loop, fd, 0, abandoned, l, &l->source);
	if (r < 0) {
		free(l);
		return lx_error_set(err, r, "watch a listener");
	}
	(void)take_fd(&owned);
	list_append(&intercept->listeners, &l->list);
	intercept->n_listeners++;
	*ret = l;
	return 0;
}

int lx_monitor_intercept(void *monitor, int listener_fd, struct lx_error *err)
{
	struct lx_monitor *m = monitor;
	struct listener *l;
	int r;

	r = keep_listener(m, listener_fd, &l, err);
	if (r >= 0)
		r = start_agent(m, err);
	if (r < 0)
		lx_monitor_stop_intercepting(m);
	return r;
}

int lx_monitor_add_listener(struct lx_monitor *m, int fd, struct lx_error *err)
{
	struct listener *l;
	int r;

	if (m->intercept.given_up || m->intercept.agent.pidfd < 0) {
		close_fd(fd);
		return lx_error_say(err, -EOPNOTSUPP, "intercepted system calls are not answered: their agent died too often; restart "
				    "the container; its log is %s", m->log_place ?: "lost");
	}
	r = keep_listener(m, fd, &l, err);
	if (r < 0)
		return r;
	r = lx_agent_add_listener(&m->intercept.agent, l->number, l->fd, err);
	if (r < 0)
		drop_listener(l);
	return r;
}

void lx_monitor_stop_intercepting(void *monitor)
{
	struct lx_monitor *m = monitor;

	stop_agent(&m->intercept);
	list_for_each_safe(l, &m->intercept.listeners)
		drop_listener(container_of(l, struct listener, list));
	m->intercept.given_up = false;
	m->intercept.deaths = (struct rate) { 0 };
}
