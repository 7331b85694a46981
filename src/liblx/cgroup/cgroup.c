/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The groups of one container over all hierarchies. */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/driver.h"
#include "cgroup/named.h"

#define CLEAR_USEC (200 * USEC_PER_MSEC)

static void group_done(struct lx_cgroup_group *g)
{
	free(g->run);
	free(g->path);
	close_fd(g->fd);
	close_fd(g->tasks_fd);
	close_fd(g->mount_fd);
}

void lx_cgroup_free(struct lx_cgroup *cg)
{
	if (!cg)
		return;
	vec_for_each(g, &cg->groups)
		group_done(g);
	vec_done(&cg->groups);
	free(cg->run_id);
	free(cg->home);
	free(cg);
}

static int cgroup_new(const struct lx_host *host, const char *run_id, struct lx_cgroup **ret, struct lx_error *err)
{
	_cleanup_(lx_cgroup_freep) struct lx_cgroup *cg = calloc(1, sizeof(*cg));

	if (!cg)
		return lx_error_oom(err);
	if (str_empty(run_id) || strchr(run_id, '/') || run_id[0] == '.')
		return lx_error_say(err, -EINVAL, "%s cannot name a control group", run_id);
	cg->host = *host;
	if (str_set(&cg->run_id, run_id) < 0)
		return lx_error_oom(err);
	*ret = take_ptr(cg);
	return 0;
}

/* Opens the group that is at its path. */
static int open_group(struct lx_cgroup_group *g)
{
	_cleanup_free_ char *path = str_format("%s%s", g->hierarchy.point, g->path);

	if (!path)
		return -ENOMEM;
	g->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->fd < 0)
		return -errno;
	if (g->hierarchy.unified)
		return 0;
	g->tasks_fd = openat(g->fd, "tasks", O_WRONLY | O_CLOEXEC);
	return g->tasks_fd < 0 ? -errno : 0;
}

/* Makes the group afresh: what a killed run left has its limits and owners. */
static int make_group(struct lx_cgroup_group *g, struct lx_error *err)
{
	_cleanup_free_ char *path = str_format("%s%s", g->hierarchy.point, g->path);
	int r;

	if (!path)
		return lx_error_oom(err);
	r = lx_cgroup_tree_make(path);
	if (r == 0) {
		r = lx_cgroup_tree_remove(AT_FDCWD, path, time_now(CLOCK_MONOTONIC) + CLEAR_USEC);
		if (r == -EBUSY)
			return lx_error_say(err, r, "group %s still has processes of another run; lx-gc ends them", path);
		if (r >= 0)
			r = lx_cgroup_tree_make(path);
	}
	if (r < 0)
		return lx_error_set(err, r, "make group %s", path);

	r = open_group(g);
	return r < 0 ? lx_error_set(err, r, "open group %s", path) : 0;
}

/* The device rules of v1 are in a group of their own above the payload's. A privileged container's root can mount the
 * controller, which shows the payload's group as the top, and would write to devices.allow there; the kernel then grants
 * no more than the group above has. The payload's is made when the rules are there: apply_devices_above(). */
static bool has_device_files(const struct lx_host_hierarchy *h)
{
	return !h->unified && (h->controllers & LX_CONTROLLER_DEVICES);
}

static int group_init(const struct lx_cgroup *cg, const struct lx_host_hierarchy *h, bool make, struct lx_cgroup_group *g)
{
	bool leaves = lx_cgroup_has_leaves(&cg->host, h), below_rules = has_device_files(h) && !make;

	*g = (struct lx_cgroup_group){
		.driver = h->unified ? &lx_cgroup_v2 : &lx_cgroup_v1,
		.hierarchy = *h,
		.leaves = leaves,
		.run = lx_cgroup_run_path(&cg->host, h, cg->run_id),
		.fd = -EBADF,
		.tasks_fd = -EBADF,
		.mount_fd = -EBADF,
	};
	if (g->run)
		g->path = str_format("%s%s%s", g->run, leaves ? LX_CGROUP_PAYLOAD : "", below_rules ? LX_CGROUP_PAYLOAD : "");
	return g->path ? 0 : -ENOMEM;
}

int lx_cgroup_add_group(struct lx_cgroup *cg, const struct lx_host_hierarchy *h, bool make, struct lx_error *err)
{
	_cleanup_(group_done) struct lx_cgroup_group g;
	struct lx_cgroup_group *added;
	int r;

	r = group_init(cg, h, make, &g);
	if (r < 0)
		return lx_error_oom(err);
	r = make ? make_group(&g, err) : open_group(&g);
	if (r == -ENOENT && !make)
		return 0;
	if (r < 0)
		return make ? r : lx_error_set(err, r, "open group %s of %s", g.path, h->point);
	if (make) {
		r = g.driver->prepare(&g, err);
		if (r < 0)
			return r;
	}

	added = vec_add(&cg->groups);
	if (!added)
		return lx_error_oom(err);
	*added = g;
	g = (struct lx_cgroup_group){ .fd = -EBADF, .tasks_fd = -EBADF, .mount_fd = -EBADF };
	return 0;
}

/* In every hierarchy, also those that nothing is wanted of: where the payload stayed in the root group its cgroup namespace
 * would have that as its root, and a mount in there shows the host's whole tree, with release_agent at its top, which a
 * privileged container's root may write to. */
static int create_groups(struct lx_cgroup *cg, struct lx_error *err)
{
	for (size_t i = 0; i < cg->host.n_hierarchies; i++) {
		int r = lx_cgroup_add_group(cg, &cg->host.hierarchies[i], true, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int lx_cgroup_create(const struct lx_host *host, const char *run_id, struct lx_cgroup **ret, struct lx_error *err)
{
	_cleanup_(lx_cgroup_freep) struct lx_cgroup *cg = NULL;
	int r;

	r = cgroup_new(host, run_id, &cg, err);
	if (r < 0)
		return r;
	r = create_groups(cg, err);
	if (r < 0) {
		(void)lx_cgroup_remove(cg, NULL);
		return r;
	}
	*ret = take_ptr(cg);
	return 0;
}

int lx_cgroup_open(const struct lx_host *host, const char *run_id, struct lx_cgroup **ret, struct lx_error *err)
{
	_cleanup_(lx_cgroup_freep) struct lx_cgroup *cg = NULL;
	int r;

	r = cgroup_new(host, run_id, &cg, err);
	if (r < 0)
		return r;
	/* not only those of base: a limit may have added some */
	for (size_t i = 0; i < host->n_hierarchies; i++) {
		r = lx_cgroup_add_group(cg, &cg->host.hierarchies[i], false, err);
		if (r < 0)
			return r;
	}
	r = lx_cgroup_named_open(cg, err);
	if (r < 0)
		return r;
	if (cg->groups.n == 0 && host->cgroup_layout != LX_CGROUP_NONE)
		return lx_error_say(err, -ENOENT, "there are no control groups " LX_CGROUP_PARENT "/%s", run_id);
	*ret = take_ptr(cg);
	return 0;
}

static const struct lx_cgroup_driver *process_driver(const struct lx_cgroup_group *g)
{
	return g ? g->driver : &lx_cgroup_none;
}

int lx_cgroup_freeze(struct lx_cgroup *cg, bool freeze, usec_t timeout, struct lx_error *err)
{
	const struct lx_cgroup_group *g = lx_cgroup_process_group(cg);
	usec_t now = time_now(CLOCK_MONOTONIC);

	return process_driver(g)->freeze(g, freeze, timeout > USEC_INFINITY - now ? USEC_INFINITY : now + timeout, err);
}

int lx_cgroup_kill(struct lx_cgroup *cg, struct lx_error *err)
{
	const struct lx_cgroup_group *g = lx_cgroup_process_group(cg);

	return process_driver(g)->kill(g, err);
}

int lx_cgroup_delegate(struct lx_cgroup *cg, uid_t uid, gid_t gid, struct lx_error *err)
{
	vec_for_each(g, &cg->groups) {
		int r = g->driver->delegate(g, uid, gid, err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* In this order: a group that has one below cannot be closed, and the one below is born with the rules of the one above. */
static int apply_devices_above(struct lx_cgroup_group *g, const struct lx_device_rules *rules, struct lx_error *err)
{
	char *path;
	int r;

	r = g->driver->apply_devices(g, rules, err);
	if (r < 0)
		return r;

	path = str_format("%s" LX_CGROUP_PAYLOAD, g->path);
	if (!path)
		return lx_error_oom(err);
	free(g->path);
	g->path = path;
	if (mkdirat(g->fd, &LX_CGROUP_PAYLOAD[1], 0755) < 0)
		return lx_error_set(err, -errno, "make group %s", g->path);
	g->fd = close_fd(g->fd);
	g->tasks_fd = close_fd(g->tasks_fd);
	r = open_group(g);
	return r < 0 ? lx_error_set(err, r, "open group %s", g->path) : 0;
}

int lx_cgroup_apply_devices(struct lx_cgroup *cg, const struct lx_config *config, struct lx_error *err)
{
	_cleanup_(lx_device_rules_done) struct lx_device_rules rules = { 0 };
	struct lx_cgroup_group *g = lx_cgroup_find_group(cg, LX_CONTROLLER_DEVICES);
	int r;

	if (cg->host.rootless) /* who may not attach a program; nor can the guest make a node */
		return 0;
	/* a v1 controller when the host has one, else a program at the v2 group */
	if (!g)
		g = lx_cgroup_process_group(cg);
	if (!g || (!g->hierarchy.unified && !(g->hierarchy.controllers & LX_CONTROLLER_DEVICES)))
		return 0;

	r = lx_device_rules_build(config, &rules, err);
	if (r < 0)
		return r;
	r = has_device_files(&g->hierarchy) ? apply_devices_above(g, &rules, err) : g->driver->apply_devices(g, &rules, err);
	if (r == -EPERM && g->hierarchy.in_unit) /* v1: no group has more than the one above */
		lx_error_advise(err, "DevicePolicy= or DeviceAllow= of the unit keeps it out");
	return r;
}
