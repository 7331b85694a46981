/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A group in the v2 tree, which is also there on a hybrid host, without controllers. Its processes are born in it
 * (CLONE_INTO_CGROUP): moving one waits for a grace period of RCU.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/file.h"
#include "base/macro.h"
#include "base/str.h"
#include "cgroup/driver.h"

#define FREEZE_BEFORE_KILL_USEC (100 * USEC_PER_MSEC)

static const struct {
	unsigned bit;
	const char *word;
} controllers[] = {
	{ LX_CONTROLLER_CPU, "+cpu" },
	{ LX_CONTROLLER_CPUSET, "+cpuset" },
	{ LX_CONTROLLER_MEMORY, "+memory" },
	{ LX_CONTROLLER_PIDS, "+pids" },
	{ LX_CONTROLLER_IO, "+io" },
};

/* Controllers for the groups below path. One that the host does not let us have is missing where a limit needs it, and
 * named there. */
static int enable_controllers(const char *path, unsigned wanted)
{
	_cleanup_free_ char *file = str_format("%s/cgroup.subtree_control", path);
	_cleanup_buf_ struct buf all = BUF_INIT;

	for (size_t i = 0; i < array_size(controllers); i++)
		if (wanted & controllers[i].bit)
			buf_addf(&all, "%s%s", all.size ? " " : "", controllers[i].word);
	if (!file || all.failed)
		return -ENOMEM;

	if (file_write(AT_FDCWD, file, all.data) >= 0)
		return 0;
	/* one of them cannot be had (realtime processes and cpu ...): the others can */
	for (size_t i = 0; i < array_size(controllers); i++)
		if (wanted & controllers[i].bit)
			(void)file_write(AT_FDCWD, file, controllers[i].word);
	return 0;
}

/* The kernel hands controllers on from a group that has no processes of its own. The unit's has this one, and what else systemd
 * and we have started there. */
static int empty_unit(const struct lx_cgroup_group *g, const char *unit, struct lx_error *err)
{
	_cleanup_free_ char *monitor = str_format("%s" LX_CGROUP_MONITOR, unit);
	int r;

	if (!monitor)
		return lx_error_oom(err);
	r = lx_cgroup_tree_make(monitor);
	if (r >= 0)
		r = lx_cgroup_tree_move(unit, monitor);
	return r < 0 ? lx_error_set(err, r, "move the processes of unit %s to its group %s", g->run, LX_CGROUP_MONITOR) : 0;
}

/* In a unit systemd has done all that is above it. */
static int prepare(const struct lx_cgroup_group *g, struct lx_error *err)
{
	_cleanup_free_ char *common = str_format("%s" LX_CGROUP_PARENT, g->hierarchy.point);
	_cleanup_free_ char *own = str_format("%s%s", g->hierarchy.point, g->run);
	unsigned wanted = g->hierarchy.controllers;
	int r = 0;

	if (!common || !own)
		return lx_error_oom(err);
	if (!wanted)
		return 0;
	if (g->hierarchy.in_unit) {
		r = empty_unit(g, own, err);
		if (r < 0)
			return r;
	} else {
		r = enable_controllers(g->hierarchy.point, wanted);
		if (r >= 0)
			r = enable_controllers(common, wanted);
	}
	if (r >= 0 && g->leaves)
		r = enable_controllers(own, wanted);
	return r < 0 ? lx_error_oom(err) : 0;
}

/* Born in it? Then there is nothing to do. */
static bool is_inside(const struct lx_cgroup_group *g)
{
	_cleanup_free_ char *text = NULL, *path = NULL;

	return lx_cgroup_self_read(0, &text) >= 0 && lx_cgroup_self_path(text, &g->hierarchy, &path) >= 0 &&
	       str_equal(path, g->path);
}

static int enter_self(const struct lx_cgroup_group *g, struct lx_error *err)
{
	int r;

	if (is_inside(g))
		return 0;
	r = file_write(g->fd, "cgroup.procs", "0");
	return r < 0 ? lx_error_set(err, r, "enter group %s of cgroup2", g->path) : 0;
}

/* What the kernel lists in /sys/kernel/cgroup/delegate; the resource limits stay the host's. */
static int delegate(const struct lx_cgroup_group *g, uid_t uid, gid_t gid, struct lx_error *err)
{
	static const struct {
		const char *file;
		bool optional;
	} files[] = {
		{ ".", false },
		{ "cgroup.procs", false },
		{ "cgroup.threads", false },
		{ "cgroup.subtree_control", false },
		{ "memory.oom.group", true },
		{ "memory.reclaim", true },
	};

	for (size_t i = 0; i < array_size(files); i++) {
		if (fchownat(g->fd, files[i].file, uid, gid, AT_SYMLINK_NOFOLLOW) >= 0)
			continue;
		if (errno != ENOENT || !files[i].optional)
			return lx_error_set(err, -errno, "hand %s of group %s to the container", files[i].file, g->path);
	}
	return 0;
}

static int apply_devices(const struct lx_cgroup_group *g, const struct lx_device_rules *rules, struct lx_error *err)
{
	return lx_device_bpf_apply(g->fd, rules, err);
}

/* Does cgroup.events say so? */
static int read_event(int events_fd, const char *line)
{
	char text[128];
	ssize_t n = pread(events_fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return strstr(text, line) ? 1 : 0;
}

/* The kernel notifies every change of cgroup.events by POLLPRI. */
static int wait_event(const struct lx_cgroup_group *g, const char *line, usec_t deadline)
{
	_cleanup_close_ int fd = openat(g->fd, "cgroup.events", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		usec_t now;
		int r = read_event(fd, line);

		if (r != 0)
			return r < 0 ? r : 0;
		now = time_now(CLOCK_MONOTONIC);
		if (now >= deadline)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)MIN_OF((deadline - now) / USEC_PER_MSEC + 1, 60000ULL)) < 0 && errno != EINTR)
			return -errno;
	}
}

static int freeze_until(const struct lx_cgroup_group *g, bool freeze, usec_t deadline)
{
	int r;

	r = file_write(g->fd, "cgroup.freeze", freeze ? "1" : "0");
	return r < 0 ? r : wait_event(g, freeze ? "frozen 1" : "frozen 0", deadline);
}

static int freeze_group(const struct lx_cgroup_group *g, bool freeze, usec_t deadline, struct lx_error *err)
{
	int r;

	r = freeze_until(g, freeze, deadline);
	if (r < 0 && freeze)
		(void)file_write(g->fd, "cgroup.freeze", "0");
	return r < 0 ? lx_error_set(err, r, "%s group %s", freeze ? "freeze" : "thaw", g->path) : 0;
}

/* Before Linux 5.14: nothing can fork while it is frozen. */
static int kill_frozen(const struct lx_cgroup_group *g)
{
	int r;

	(void)freeze_until(g, true, time_now(CLOCK_MONOTONIC) + FREEZE_BEFORE_KILL_USEC);
	r = lx_cgroup_tree_signal(g->fd, SIGKILL);
	(void)file_write(g->fd, "cgroup.freeze", "0");
	return r < 0 ? r : 0;
}

static int kill_group(const struct lx_cgroup_group *g, struct lx_error *err)
{
	int r;

	r = file_write(g->fd, "cgroup.kill", "1");
	if (r == -ENOENT)
		r = kill_frozen(g);
	return r < 0 ? lx_error_set(err, r, "kill the processes of group %s", g->path) : 0;
}

const struct lx_cgroup_driver lx_cgroup_v2 = {
	.name = "v2",
	.prepare = prepare,
	.enter_self = enter_self,
	.delegate = delegate,
	.apply_devices = apply_devices,
	.freeze = freeze_group,
	.kill = kill_group,
};
