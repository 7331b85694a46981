/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Creates the process. Namespaces that are shared with somebody else are entered by the monitor just before and left
 * again just after: the child is born in them. All others begin with the child (clone3), except the cgroup namespace,
 * whose root is fixed when it is made and must wait until the process is in its groups.
 */
#include "instance/spawn.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/sock.h"
#include "base/str.h"
#include "instance/step.h"

struct shared {
	int theirs[SYS_NS_MAX], ours[SYS_NS_MAX];
};

static void shared_done(struct shared *s)
{
	for (size_t i = 0; i < SYS_NS_MAX; i++) {
		s->theirs[i] = close_fd(s->theirs[i]);
		s->ours[i] = close_fd(s->ours[i]);
	}
}

/* The pid behind "pid:N" and "container:NAME". */
static int shared_pid(const struct lx_instance *inst, const char *share, pid_t *ret, struct lx_error *err)
{
	_cleanup_container_ struct lx_container *other = NULL;
	_cleanup_(lx_run_state_done) struct lx_run_state state = { 0 };
	const char *word;
	int r;

	word = str_after(share, "container:");
	if (!word) { /* "pid:N", or from the command line NAME or N */
		word = str_after(share, "pid:") ?: share;
		if (parse_pid(word, ret) >= 0)
			return 0;
		if (word != share)
			return lx_error_say(err, -EINVAL, "\"%s\" does not name a process", share);
	}

	r = lx_container_open(inst->container->store, word, &other, err);
	if (r < 0)
		return r;
	r = lx_run_state_load(other, &state, err);
	if (r < 0)
		return r;
	if (state.init_pid <= 0)
		return lx_error_say(err, -ESRCH, "container %s is not running, its namespaces cannot be shared", word);

	*ret = state.init_pid;
	return 0;
}

static int shared_open(const struct lx_instance *inst, struct shared *s, struct lx_error *err)
{
	pid_t pid;
	int r;

	for (int i = 0; i < SYS_NS_MAX; i++) {
		const char *share = inst->plan->share[i];

		if (!share || str_equal(share, "host"))
			continue;
		r = shared_pid(inst, share, &pid, err);
		if (r < 0) {
			lx_error_prefix(err, "share the %s namespace of %s", sys_namespaces[i].name, share);
			return r;
		}
		s->theirs[i] = sys_namespace_open(pid, i);
		s->ours[i] = sys_namespace_open(getpid(), i);
		if (s->theirs[i] < 0 || s->ours[i] < 0)
			return lx_error_set(err, s->theirs[i] < 0 ? s->theirs[i] : s->ours[i], "open the %s namespace of pid %d",
					    sys_namespaces[i].name, (int)pid);
	}

	return 0;
}

static int enter_all(const int *fds, struct lx_error *err)
{
	for (int i = 0; i < SYS_NS_MAX; i++) {
		int r = fds[i] >= 0 ? sys_setns(fds[i], sys_namespaces[i].flag) : 0;

		if (r < 0)
			return lx_error_set(err, r, "enter the shared %s namespace", sys_namespaces[i].name);
	}

	return 0;
}

_noreturn_ static void child(struct lx_instance *inst, int sync_fd)
{
	struct lx_error error = { 0 };
	int r;

	/* the copy of the monitor's signal set-up is not for init */
	(void)sys_signals_reset();
	lx_sync_init(&inst->sync, sync_fd);

	r = lx_steps_up(lx_init_steps, lx_n_init_steps, inst, &error);
	if (r < 0 && !inst->sync.remote_error)
		lx_sync_fail(&inst->sync, &error);
	_exit(EXIT_FAILURE);
}

int lx_spawn(struct lx_instance *inst, struct lx_error *err)
{
	_cleanup_(shared_done) struct shared shared;
	_cleanup_close_ int host_fd = -EBADF, child_fd = -EBADF;
	int pidfd = -EBADF, r;
	pid_t pid;

	for (size_t i = 0; i < SYS_NS_MAX; i++)
		shared.theirs[i] = shared.ours[i] = -EBADF;

	r = sock_pair(&host_fd, &child_fd);
	if (r < 0)
		return lx_error_set(err, r, "make a socket pair");

	r = shared_open(inst, &shared, err);
	if (r < 0)
		return r;
	r = enter_all(shared.theirs, err);
	if (r < 0) {
		(void)enter_all(shared.ours, NULL);
		return r;
	}

	pid = sys_clone(inst->plan->clone_flags, lx_cgroup_clone_fd(inst->cgroup), &pidfd);
	if (pid == 0) {
		close_fd(host_fd); /* or the end of the monitor would never be seen */
		child(inst, child_fd);
	}

	r = enter_all(shared.ours, err);
	if (pid < 0)
		return lx_error_set(err, pid, "create the container's first process");
	if (r < 0) { /* we are not where we belong: nothing can be started from here */
		int status;

		(void)sys_pidfd_signal(pidfd, SIGKILL);
		(void)sys_pidfd_wait(pidfd, false, &status);
		close_fd(pidfd);
		return r;
	}

	inst->init_pid = pid;
	inst->init_pidfd = pidfd;
	inst->init_gone = false;
	lx_sync_init(&inst->sync, take_fd(&host_fd));
	inst->sync.cancel_fd = inst->cancel_fd;
	return 0;
}
