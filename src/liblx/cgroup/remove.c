/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of a run's groups, in the order of a stop or after a monitor that was killed. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"
#include "cgroup/driver.h"

/* Processes that were killed leave within milliseconds; one in uninterruptible sleep may take for ever. */
#define REMOVE_USEC (3 * USEC_PER_SEC)

/* 0 when there is no such group. */
static int open_parent(const char *path, int *ret_fd, struct lx_error *err)
{
	*ret_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_fd >= 0)
		return 1;
	return errno == ENOENT ? 0 : lx_error_set(err, -errno, "open group %s", path);
}

static int remove_child(int parent_fd, const char *parent, const char *name, usec_t deadline, struct lx_error *err)
{
	int r = lx_cgroup_tree_remove(parent_fd, name, deadline);

	if (r == -EBUSY)
		return lx_error_say(err, r, "group %s/%s still has processes", parent, name);
	return r < 0 ? lx_error_set(err, r, "remove group %s/%s", parent, name) : 0;
}

/* The unit's own group is systemd's, who takes the monitor's along. */
static int remove_from_unit(const struct lx_host *host, const struct lx_host_hierarchy *h, usec_t deadline, struct lx_error *err)
{
	_cleanup_free_ char *unit = str_format("%s%s", h->point, lx_cgroup_unit_path(host, h));
	_cleanup_close_ int fd = -EBADF;
	int r;

	if (!unit)
		return lx_error_oom(err);
	r = open_parent(unit, &fd, err);
	return r <= 0 ? r : remove_child(fd, unit, &LX_CGROUP_PAYLOAD[1], deadline, err);
}

static int remove_own(const struct lx_host_hierarchy *h, const char *run_id, usec_t deadline, struct lx_error *err)
{
	_cleanup_free_ char *parent = str_format("%s" LX_CGROUP_PARENT, h->point);
	_cleanup_close_ int fd = -EBADF;
	int r;

	if (!parent)
		return lx_error_oom(err);
	r = open_parent(parent, &fd, err);
	if (r > 0)
		r = remove_child(fd, parent, run_id, deadline, err);
	if (r < 0 || fd < 0)
		return r;
	(void)unlinkat(fd, path_basename(LX_CGROUP_EXIT), AT_REMOVEDIR);
	/* the last container takes the common parent along; busy is the ordinary case */
	(void)rmdir(parent);
	return 0;
}

static int remove_from(const struct lx_host *host, const struct lx_host_hierarchy *h, const char *run_id, usec_t deadline,
		       struct lx_error *err)
{
	return h->in_unit ? remove_from_unit(host, h, deadline, err) : remove_own(h, run_id, deadline, err);
}

int lx_cgroup_remove(struct lx_cgroup *cg, struct lx_error *err)
{
	usec_t deadline = time_now(CLOCK_MONOTONIC) + REMOVE_USEC;
	int first, r;

	first = lx_cgroup_leave(cg, 0, err);
	/* one that fails does not keep the others */
	vec_for_each(g, &cg->groups) {
		r = remove_from(&cg->host, &g->hierarchy, cg->run_id, deadline, first < 0 ? NULL : err);
		if (first >= 0)
			first = r;
	}
	return first;
}

/* Ends what lives in the groups that are complete enough to be opened. */
static int kill_run(const struct lx_host *host, const char *run_id, struct lx_error *err)
{
	_cleanup_(lx_cgroup_freep) struct lx_cgroup *cg = NULL;
	int r;

	r = lx_cgroup_open(host, run_id, &cg, err);
	if (r == -ENOENT) {
		lx_error_clear(err);
		return 0;
	}
	if (r < 0)
		return r;
	r = lx_cgroup_kill(cg, err);
	return r < 0 ? r : lx_cgroup_remove(cg, err);
}

/* What is of the unit, and nothing else: the rest has a name of its own. */
static void keep_unit(struct lx_host *host)
{
	size_t n = 0;

	for (size_t i = 0; i < host->n_hierarchies; i++)
		if (host->hierarchies[i].in_unit)
			host->hierarchies[n++] = host->hierarchies[i];
	host->n_hierarchies = n;
}

int lx_cgroup_remove_path(const char *path, struct lx_error *err)
{
	const char *run_id = str_after(path, LX_CGROUP_PARENT "/");
	struct lx_host host;
	int r;

	if (!run_id && !lx_cgroup_is_unit(path))
		return lx_error_say(err, -EINVAL, "%s does not name the control groups of a container", path);
	r = lx_host_probe(&host, err);
	if (r >= 0 && !run_id) {
		run_id = path_basename(path);
		r = lx_cgroup_find(&host, path, err);
		keep_unit(&host);
	}
	if (r >= 0)
		r = kill_run(&host, run_id, err);

	/* a run that died while it made its groups left some only */
	for (size_t i = 0; i < host.n_hierarchies && r >= 0; i++)
		r = remove_from(&host, &host.hierarchies[i], run_id, time_now(CLOCK_MONOTONIC) + REMOVE_USEC, err);
	return r;
}
