/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A group in a v1 hierarchy. The file "tasks" moves one thread; when that is the caller itself, the kernel takes no lock
 * against forks and does not wait for an RCU grace period, which "cgroup.procs" does (cgroup_procs_write_start(), since
 * Linux 5.5). A process of one thread is as well moved by either.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "cgroup/driver.h"

#define FREEZE_BEFORE_KILL_USEC (100 * USEC_PER_MSEC)
#define KILL_USEC (2 * USEC_PER_SEC)

/* A new group of cpuset has no processors and no memory, and nothing can enter it: it gets its parent's. */
static int copy_from_parent(const struct lx_cgroup_group *g, const char *file, struct lx_error *err)
{
	_cleanup_free_ char *parent = str_format("../%s", file), *text = NULL, *own = NULL;
	int r;

	if (!parent)
		return lx_error_oom(err);
	r = file_read_line(g->fd, file, &own);
	if (r >= 0 && !str_empty(own))
		return 0;
	r = file_read_line(g->fd, parent, &text);
	if (r >= 0)
		r = file_write(g->fd, file, text);
	return r < 0 ? lx_error_set(err, r, "set %s of group %s", file, g->path) : 0;
}

/* The common parents may be as empty as the group; from the top, each takes from the one above. */
static int prepare_cpuset(const struct lx_cgroup_group *g, struct lx_error *err)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	_cleanup_close_ int parent_fd = -EBADF;
	struct lx_cgroup_group parent = *g;
	int r;

	parent_fd = openat(g->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent_fd < 0)
		return lx_error_set(err, -errno, "open the parent of group %s", g->path);
	parent.fd = parent_fd;

	for (size_t i = 0; i < array_size(files); i++) {
		r = copy_from_parent(&parent, files[i], err);
		if (r < 0)
			return r;
		r = copy_from_parent(g, files[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int prepare(const struct lx_cgroup_group *g, struct lx_error *err)
{
	return g->hierarchy.controllers & LX_CONTROLLER_CPUSET ? prepare_cpuset(g, err) : 0;
}

static int enter_self(const struct lx_cgroup_group *g, struct lx_error *err)
{
	if (write(g->tasks_fd, "0", 1) < 0)
		return lx_error_set(err, -errno, "enter group %s of %s", g->path, g->hierarchy.options);
	return 0;
}

/* Files of a v1 controller are not safe in the hands of a guest; those of a mere tree of processes are. */
static int delegate(const struct lx_cgroup_group *g, uid_t uid, gid_t gid, struct lx_error *err)
{
	static const char *const files[] = { ".", "tasks", "cgroup.procs" };

	if (g->hierarchy.controllers != LX_CONTROLLER_SYSTEMD)
		return 0;
	for (size_t i = 0; i < array_size(files); i++)
		if (fchownat(g->fd, files[i], uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
			return lx_error_set(err, -errno, "hand %s of group %s to the container", files[i], g->path);
	return 0;
}

static int apply_devices(const struct lx_cgroup_group *g, const struct lx_device_rules *rules, struct lx_error *err)
{
	return lx_device_v1_apply(g->fd, rules, err);
}

/* The state is reached in the kernel's own time, and a fork in the middle can hold it up: it is written again. */
static int freeze_until(const struct lx_cgroup_group *g, bool freeze, usec_t deadline)
{
	const char *wanted = freeze ? "FROZEN" : "THAWED";
	struct lx_backoff backoff = { .deadline = deadline };

	do {
		_cleanup_free_ char *state = NULL;
		int r;

		r = file_write(g->fd, "freezer.state", wanted);
		if (r < 0 && r != -EBUSY)
			return r;
		r = file_read_line(g->fd, "freezer.state", &state);
		if (r < 0)
			return r;
		if (str_equal(state, wanted))
			return 0;
	} while (lx_backoff_wait(&backoff));
	return -ETIMEDOUT;
}

static int freeze_group(const struct lx_cgroup_group *g, bool freeze, usec_t deadline, struct lx_error *err)
{
	int r;

	if (!(g->hierarchy.controllers & LX_CONTROLLER_FREEZER))
		return lx_error_say(err, -EOPNOTSUPP, "this host has no freezer: neither cgroup v2 nor the v1 controller is mounted");

	r = freeze_until(g, freeze, deadline);
	if (r < 0 && freeze)
		file_write(g->fd, "freezer.state", "THAWED");
	return r < 0 ? lx_error_set(err, r, "%s group %s", freeze ? "freeze" : "thaw", g->path) : 0;
}

/* Without a freezer a fork can always be one step ahead: again, until nobody is left. */
static int kill_rounds(const struct lx_cgroup_group *g)
{
	struct lx_backoff backoff = { .deadline = time_now(CLOCK_MONOTONIC) + KILL_USEC };
	int n;

	do {
		n = lx_cgroup_tree_signal(g->fd, SIGKILL);
		if (n <= 0)
			return n;
	} while (lx_backoff_wait(&backoff));
	return -EBUSY;
}

static int kill_group(const struct lx_cgroup_group *g, struct lx_error *err)
{
	usec_t deadline = time_now(CLOCK_MONOTONIC) + FREEZE_BEFORE_KILL_USEC;
	bool freezer = g->hierarchy.controllers & LX_CONTROLLER_FREEZER;
	int r;

	if (freezer && freeze_until(g, true, deadline) >= 0)
		r = lx_cgroup_tree_signal(g->fd, SIGKILL);
	else
		r = kill_rounds(g);
	if (freezer)
		file_write(g->fd, "freezer.state", "THAWED");
	return r < 0 ? lx_error_set(err, r, "kill the processes of group %s", g->path) : 0;
}

const struct lx_cgroup_driver lx_cgroup_v1 = {
	.name = "v1",
	.prepare = prepare,
	.enter_self = enter_self,
	.delegate = delegate,
	.apply_devices = apply_devices,
	.freeze = freeze_group,
	.kill = kill_group,
};
