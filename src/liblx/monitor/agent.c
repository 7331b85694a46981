/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's two ends: how the monitor makes one and talks to it, and its loop. */
#include "monitor/agent.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/sock-error.h"
#include "base/sock.h"
#include "security/security.h"

enum { AGENT_READY = 1, AGENT_FAILED, AGENT_LISTENER };

#define PATIENCE (10 * USEC_PER_SEC)
#define CGROUP_FDS_MAX 24

struct listener {
	struct list list;
	struct lx_agent_self *self;
	struct event_source *source;
	int fd;
	uint32_t number;
};

/* A child that answers one call. */
struct worker {
	struct lx_agent_self *self;
	struct lx_agent_slot *slot;
	struct event_source *source;
	int listener_fd, pidfd;
};

static int (*const answers[])(const struct lx_agent_self *self, const struct lx_caller *c) = {
	[LX_CALL_MKNOD] = lx_answer_mknod,   [LX_CALL_MKNODAT] = lx_answer_mknodat, [LX_CALL_MOUNT] = lx_answer_mount,
	[LX_CALL_FSOPEN] = lx_answer_fsopen, [LX_CALL_SYSINFO] = lx_answer_sysinfo,
};

/* ---- one call */

_noreturn_ static void answer(const struct lx_agent_self *self, int listener_fd, const struct seccomp_notif *call)
{
	enum lx_call which = lx_call_of(call->data.arch, call->data.nr);
	_cleanup_(lx_caller_done) struct lx_caller caller = LX_CALLER_INIT;
	int r;

	(void)lx_agent_tie_helper();
	(void)alarm(LX_AGENT_PATIENCE_SEC);
	r = which == LX_CALL_NONE ? -ENOSYS : lx_caller_open(self, listener_fd, call, &caller);
	if (r >= 0)
		r = answers[which](self, &caller);
	(void)sys_seccomp_answer(listener_fd, call->id, r < 0 ? r : 0, r == LX_ANSWER_PASS);
	_exit(EXIT_SUCCESS);
}

static struct lx_agent_slot *find_slot(const struct lx_agent_self *self)
{
	for (size_t i = 0; i < LX_AGENT_SLOTS; i++)
		if (self->slots[i].listener == 0)
			return &self->slots[i];
	return NULL;
}

static void free_slot(struct lx_agent_slot *slot)
{
	slot->call.id = 0;
	slot->listener = 0;
}

static void watch_listeners(struct lx_agent_self *self, bool watch)
{
	list_for_each(l, &self->listeners)
		(void)event_set_io(container_of(l, struct listener, list)->source, watch ? EPOLLIN : 0);
}

static int worker_ended(struct event_source *s _unused_, int fd _unused_, uint32_t events _unused_, void *userdata)
{
	struct worker *w = userdata;

	(void)sys_pidfd_wait(w->pidfd, false, NULL);
	/* of one that died before it could; otherwise nobody waits any more */
	(void)sys_seccomp_answer(w->listener_fd, w->slot->call.id, -EIO, false);
	free_slot(w->slot);
	watch_listeners(w->self, true);
	event_source_remove(w->source);
	close_fd(w->pidfd);
	close_fd(w->listener_fd);
	free(w);
	return 0;
}

static int make_worker(struct lx_agent_self *self, struct listener *l, struct lx_agent_slot *slot)
{
	struct worker *w = calloc(1, sizeof(*w));
	pid_t pid;
	int r;

	if (!w)
		return -ENOMEM;
	*w = (struct worker){ self, slot, NULL, fd_dup(l->fd), -EBADF }; /* it may outlive the listener */
	pid = w->listener_fd < 0 ? w->listener_fd : sys_clone(0, -1, &w->pidfd);
	if (pid == 0)
		answer(self, l->fd, &slot->call);
	r = pid < 0 ? (int)pid : event_add_io(self->loop, w->pidfd, EPOLLIN, worker_ended, w, &w->source);
	if (r < 0) {
		if (pid > 0) {
			(void)sys_pidfd_signal(w->pidfd, SIGKILL);
			(void)sys_pidfd_wait(w->pidfd, false, NULL);
		}
		close_fd(w->pidfd);
		close_fd(w->listener_fd);
		free(w);
	}
	return r;
}

/* ---- the loop */

static void drop_listener(struct listener *l)
{
	event_source_remove(l->source);
	list_remove(&l->list);
	l->self->n_listeners--;
	close_fd(l->fd);
	free(l);
}

static int called(struct event_source *s _unused_, int fd, uint32_t events, void *userdata)
{
	struct listener *l = userdata;
	struct lx_agent_self *self = l->self;
	struct lx_agent_slot *slot = find_slot(self);
	int r;

	if (!(events & EPOLLIN)) {
		if (events & (EPOLLHUP | EPOLLERR)) /* all that had the filter have ended */
			drop_listener(l);
		return 0;
	}
	if (!slot) {
		watch_listeners(self, false);
		return 0;
	}

	memset(slot->space, 0, sizeof(slot->space));
	slot->listener = l->number;
	r = sys_seccomp_receive(fd, slot->space);
	if (r < 0) {
		free_slot(slot);
		return r == -E2BIG ? r : 0; /* the caller has died, or somebody was quicker */
	}
	r = make_worker(self, l, slot);
	if (r < 0) {
		(void)sys_seccomp_answer(fd, slot->call.id, -EAGAIN, false);
		free_slot(slot);
	}
	return 0;
}

static int add_listener(struct lx_agent_self *self, struct sock_message *m)
{
	struct listener *l;
	int r;

	if (m->type != AGENT_LISTENER || m->n_fds != 1 || m->size != sizeof(l->number) ||
	    self->n_listeners >= LX_AGENT_LISTENERS_MAX)
		return -EPROTO;
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->self = self;
	memcpy(&l->number, m->data, sizeof(l->number));
	r = event_add_io(self->loop, m->fds[0], EPOLLIN, called, l, &l->source);
	if (r < 0) {
		free(l);
		return r;
	}
	l->fd = take_fd(&m->fds[0]);
	list_append(&self->listeners, &l->list);
	self->n_listeners++;
	return 0;
}

/* The monitor is gone, or has a listener for us: what fails ends the agent, and the monitor decides what follows. */
static int told(struct event_source *s _unused_, int fd, uint32_t events _unused_, void *userdata)
{
	_cleanup_message_ struct sock_message m = { 0 };
	int r = sock_recv(fd, 0, &m);

	if (r == -ETIMEDOUT || r == -EAGAIN)
		return 0;
	return r < 0 ? r : add_listener(userdata, &m);
}

static int begin(struct lx_agent_self *self, struct lx_error *err)
{
	int keep[CGROUP_FDS_MAX + 2];
	size_t n = 0;
	int r;

	keep[n++] = self->control_fd;
	if (self->orders->userns_fd >= 0)
		keep[n++] = self->orders->userns_fd;
	if (self->orders->cgroup)
		n += lx_cgroup_descriptors(self->orders->cgroup, &keep[n], CGROUP_FDS_MAX);

	r = lx_device_rules_build(self->orders->config, &self->devices, err);
	if (r < 0)
		return r;
	r = lx_agent_sandbox(self->orders, keep, n, err);
	if (r < 0)
		return r;
	r = event_new(&self->loop);
	if (r >= 0)
		r = event_add_io(self->loop, self->control_fd, EPOLLIN, told, self, NULL);
	return r < 0 ? lx_error_set(err, r, "make an event loop") : 0;
}

_noreturn_ static void run(const struct lx_agent_orders *orders, int control_fd, struct lx_agent_slot *slots)
{
	struct lx_agent_self self = { .orders = orders, .control_fd = control_fd, .slots = slots };
	struct lx_error error = { 0 };

	list_init(&self.listeners);
	if (begin(&self, &error) < 0) {
		(void)sock_send_error(control_fd, AGENT_FAILED, &error);
		_exit(EXIT_FAILURE);
	}
	(void)sock_send(control_fd, AGENT_READY, NULL, 0, NULL, 0);
	(void)event_run(self.loop);
	_exit(EXIT_FAILURE);
}

/* ---- the monitor's end */

/* Everything that is in the slots when they are made is 0: free. */
static int map_slots(struct lx_agent *agent)
{
	void *memory = mmap(NULL, sizeof(*agent->slots) * LX_AGENT_SLOTS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	agent->slots = memory;
	return 0;
}

static int await_ready(struct lx_agent *agent, struct lx_error *err)
{
	_cleanup_message_ struct sock_message m = { 0 };
	int r = sock_recv(agent->control_fd, time_now(CLOCK_MONOTONIC) + PATIENCE, &m);

	if (r >= 0 && m.type == AGENT_FAILED)
		return sock_parse_error(&m, err);
	return r < 0 ? lx_error_set(err, r, "start the agent for intercepted calls") : 0;
}

int lx_agent_start(const struct lx_agent_orders *orders, struct lx_agent *ret, struct lx_error *err)
{
	_cleanup_(lx_agent_done) struct lx_agent agent = LX_AGENT_INIT;
	_cleanup_close_ int child_fd = -EBADF;
	int r;

	r = sock_pair(&agent.control_fd, &child_fd);
	if (r < 0)
		return lx_error_set(err, r, "make a socket pair");
	r = fd_set_nonblock(agent.control_fd, true);
	if (r < 0)
		return lx_error_set(err, r, "prepare the agent's socket");
	r = map_slots(&agent);
	if (r < 0)
		return lx_error_set(err, r, "share memory with the agent");

	agent.pid = sys_clone(CLONE_CLEAR_SIGHAND, -1, &agent.pidfd);
	if (agent.pid == 0)
		run(orders, child_fd, agent.slots);
	if (agent.pid < 0)
		return lx_error_set(err, agent.pid, "create the agent for intercepted calls");
	child_fd = close_fd(child_fd);
	r = await_ready(&agent, err);
	if (r < 0)
		return r;

	*ret = agent;
	agent = (struct lx_agent)LX_AGENT_INIT;
	return 0;
}

int lx_agent_add_listener(struct lx_agent *agent, uint32_t number, int fd, struct lx_error *err)
{
	int r = sock_send(agent->control_fd, AGENT_LISTENER, &number, sizeof(number), &fd, 1);

	if (r == -EAGAIN) /* one that lets it fill up is as good as dead */
		(void)sys_pidfd_signal(agent->pidfd, SIGKILL);
	return r < 0 ? lx_error_set(err, r, "hand a listener to the agent") : 0;
}

void lx_agent_done(struct lx_agent *agent)
{
	if (agent->pidfd >= 0) {
		(void)sys_pidfd_signal(agent->pidfd, SIGKILL);
		(void)sys_pidfd_wait(agent->pidfd, false, NULL);
	}
	close_fd(agent->pidfd);
	close_fd(agent->control_fd);
	if (agent->slots)
		(void)munmap(agent->slots, sizeof(*agent->slots) * LX_AGENT_SLOTS);
	*agent = (struct lx_agent)LX_AGENT_INIT;
}
