/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who is in which group. Moving another process makes the kernel wait for a grace period of RCU (5 to 8 ms, the first of a
 * burst); being born in a v2 group, and entering v1 groups oneself with one thread, takes 0.1 ms. So a payload and a
 * monitor come in by the second way, and cgroup.procs is for what is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "cgroup/driver.h"

/* Below the payload's group; no unit of systemd can have these names. */
#define ATTACHED ".lx"
#define PROBES ".lx-probe"

int lx_cgroup_clone_fd(const struct lx_cgroup *cg)
{
	const struct lx_cgroup_group *g = lx_cgroup_process_group(cg);

	return g && g->hierarchy.unified ? g->fd : -1;
}

/* The guest owns what is below its group; it could have made this one itself, and may remove it while it is empty. */
static int use_group_below(struct lx_cgroup_group *g, const char *name, struct lx_error *err)
{
	_cleanup_free_ char *path = str_format("%s/%s", g->path, name);
	_cleanup_close_ int fd = -EBADF, tasks_fd = -EBADF;
	struct stat st;

	if (!path)
		return lx_error_oom(err);
	if (fstat(g->fd, &st) < 0 || (mkdirat(g->fd, name, 0755) < 0 && errno != EEXIST))
		return lx_error_set(err, -errno, "make group %s", path);
	fd = openat(g->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && g->tasks_fd >= 0)
		tasks_fd = openat(fd, "tasks", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || (g->tasks_fd >= 0 && tasks_fd < 0))
		return lx_error_set(err, -errno, "open group %s", path);

	close_fd(g->fd);
	g->fd = take_fd(&fd);
	close_fd(g->tasks_fd);
	g->tasks_fd = take_fd(&tasks_fd);
	free(g->path);
	g->path = take_ptr(path);
	return g->driver->delegate(g, st.st_uid, st.st_gid, err);
}

int lx_cgroup_use_attached(struct lx_cgroup *cg, struct lx_error *err)
{
	vec_for_each(g, &cg->groups)
		if (g->hierarchy.unified && g->hierarchy.controllers)
			return use_group_below(g, ATTACHED, err);
	return 0;
}

int lx_cgroup_use_probes(struct lx_cgroup *cg, struct lx_error *err)
{
	struct lx_cgroup_group *g = lx_cgroup_process_group(cg);

	return g ? use_group_below(g, PROBES, err) : 0;
}

int lx_cgroup_enter(struct lx_cgroup *cg, pid_t pid, struct lx_error *err)
{
	char text[16];
	int r;

	snprintf(text, sizeof(text), "%d", (int)pid);
	vec_for_each(g, &cg->groups) {
		if (pid == 0) {
			r = g->driver->enter_self(g, err);
			if (r < 0)
				return r;
			continue;
		}
		r = file_write(g->fd, "cgroup.procs", text);
		if (r < 0)
			return lx_error_set(err, r, "put process %d into group %s of %s", (int)pid, g->path, g->hierarchy.point);
	}
	return 0;
}

/* The monitor's group below the hierarchy: its own where there are leaves, the common parent on v1, the root of a v2 tree
 * without leaves, where nothing has to be made and removed for it. */
static char *monitor_path(const struct lx_cgroup_group *g)
{
	if (g->leaves)
		return str_format("%s" LX_CGROUP_MONITOR, g->run);
	return strdup(g->hierarchy.unified ? "/" : LX_CGROUP_PARENT);
}

/* The file of the group at path that takes processes; self: the one that is cheap for a process that writes of itself. */
static char *entry(const struct lx_host_hierarchy *h, const char *path, bool self)
{
	const char *file = self && !h->unified ? "tasks" : "cgroup.procs";

	return str_format("%s%s/%s", h->point, str_equal(path, "/") ? "" : path, file);
}

/* Writes pid into the group at path. */
static int move(const struct lx_host_hierarchy *h, const char *path, pid_t pid, struct lx_error *err)
{
	_cleanup_free_ char *full = entry(h, path, pid == 0);
	char text[16];
	int r;

	if (!full)
		return lx_error_oom(err);
	snprintf(text, sizeof(text), "%d", (int)pid);
	r = file_write(AT_FDCWD, full, text);
	return r < 0 ? lx_error_set(err, r, "enter group %s", full) : 0;
}

static int make_at(const struct lx_host_hierarchy *h, const char *path, struct lx_error *err)
{
	_cleanup_free_ char *full = str_format("%s%s", h->point, path);
	int r;

	if (!full)
		return lx_error_oom(err);
	r = lx_cgroup_tree_make(full);
	return r < 0 ? lx_error_set(err, r, "make group %s", full) : 0;
}

/* Where a monitor goes when its groups are to be removed: the root. A user's cannot, as the topmost group that is the user's may
 * have controllers for those below, and takes no processes then: it goes back to where it came from, while that is there. */
static char *way_out(const struct lx_cgroup *cg, const struct lx_host_hierarchy *h)
{
	_cleanup_free_ char *home = cg->home ? entry(h, cg->home, false) : NULL;

	if (!cg->host.rootless)
		return strdup("/");
	if (home && file_exists(AT_FDCWD, home))
		return strdup(cg->home);
	return make_at(h, LX_CGROUP_EXIT, NULL) < 0 ? NULL : strdup(LX_CGROUP_EXIT);
}

/* Where in g's hierarchy the monitor's process that stands in where has to go; *ret is NULL when it is there. */
static int next_place(struct lx_cgroup *cg, const struct lx_cgroup_group *g, const char *where, bool leave, char **ret,
		      struct lx_error *err)
{
	_cleanup_free_ char *own = monitor_path(g), *current = NULL;
	bool at_home;
	int r;

	*ret = NULL;
	/* systemd has put it where it is and removes its groups; in the others nothing is wanted of it */
	if (*cg->host.unit && (leave || !g->leaves))
		return 0;
	if (!own || lx_cgroup_self_path(where, &g->hierarchy, &current) < 0)
		return lx_error_oom(err);
	at_home = str_equal(own, current);
	if (leave ? !at_home || str_equal(own, "/") : at_home || (!g->leaves && str_equal(current, "/")))
		return 0;
	if (!leave && g->leaves) {
		r = make_at(&g->hierarchy, own, err);
		if (r < 0)
			return r;
	}
	if (!leave && cg->host.rootless && !cg->home)
		cg->home = take_ptr(current);
	*ret = leave ? way_out(cg, &g->hierarchy) : take_ptr(own);
	return *ret ? 0 : lx_error_oom(err);
}

static int move_monitor(struct lx_cgroup *cg, pid_t pid, bool leave, struct lx_error *err)
{
	_cleanup_free_ char *where = NULL;
	int r;

	r = lx_cgroup_self_read(pid, &where);
	if (r < 0)
		return lx_error_set(err, r, "find the control groups of process %d", (int)pid);
	vec_for_each(g, &cg->groups) {
		_cleanup_free_ char *place = NULL;

		r = next_place(cg, g, where, leave, &place, err);
		if (r >= 0 && place)
			r = move(&g->hierarchy, place, pid, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int lx_cgroup_enter_monitor(struct lx_cgroup *cg, pid_t pid, struct lx_error *err)
{
	return move_monitor(cg, pid, false, err);
}

int lx_cgroup_leave(struct lx_cgroup *cg, pid_t pid, struct lx_error *err)
{
	return move_monitor(cg, pid, true, err);
}

int lx_cgroup_open_outside(const struct lx_cgroup *cg)
{
	vec_for_each(g, &cg->groups)
		if (g->hierarchy.unified && g->leaves && !*cg->host.unit)
			return open(g->hierarchy.point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return -1;
}
