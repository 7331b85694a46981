/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A run in a delegated unit of systemd. Wherever systemd has made the unit's group, the groups of the run are below it. The group
 * itself stays systemd's, limits and all: of its files we write cgroup.subtree_control, which delegation hands over, and no other.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "cgroup/driver.h"
#include "sys/sys.h"

bool lx_cgroup_is_unit(const char *path)
{
	return path && path_is_absolute(path) && path_is_normal(path) && strlen(path) < LX_HOST_UNIT_MAX &&
	       (str_ends_with(path, ".service") || str_ends_with(path, ".scope"));
}

/* Of a process of a unit: with DelegateSubgroup= it is born in a group below the unit's. */
static void cut_monitor(char *path)
{
	char *end = path ? strrchr(path, '/') : NULL;

	if (end && str_equal(end, LX_CGROUP_MONITOR))
		*end = '\0';
}

/* systemd marks what it has handed over; the second mark is that of versions before 251. A user's manager does not mark, but all
 * that is below its group is the user's. */
static bool is_delegated(const struct lx_host *host, const struct lx_host_hierarchy *h, const char *path)
{
	static const char *const marks[] = { "user.delegate", "trusted.delegate" };
	_cleanup_free_ char *full = str_format("%s%s", h->point, path);
	char value;

	if (host->rootless)
		return full && file_exists(AT_FDCWD, full);
	for (size_t i = 0; full && i < array_size(marks); i++)
		if (sys_xattr_get(full, marks[i], &value, 1) == 1 && value == '1')
			return true;
	return false;
}

/* The unit's group of the process that text describes, below the hierarchy's base; NULL when it is in none. */
static int find_unit(const char *text, const struct lx_host_hierarchy *h, char **ret)
{
	_cleanup_free_ char *path = NULL;

	if (lx_cgroup_self_path(text, h, &path) < 0)
		return -ENOMEM;
	cut_monitor(path);
	*ret = lx_cgroup_is_unit(path) ? take_ptr(path) : NULL;
	return 0;
}

/* systemd's own hierarchies tell: on a hybrid host they are two, with one content. */
static int find_own_unit(const char *text, const struct lx_host *host, char **ret)
{
	*ret = NULL;
	for (size_t i = 0; i < host->n_hierarchies && !*ret; i++) {
		const struct lx_host_hierarchy *h = &host->hierarchies[i];
		_cleanup_free_ char *path = NULL;

		if (!h->unified && !(h->controllers & LX_CONTROLLER_SYSTEMD))
			continue;
		if (find_unit(text, h, &path) < 0)
			return -ENOMEM;
		if (!path || !is_delegated(host, h, path))
			continue;
		*ret = str_format("%s%s", h->base, path);
		if (!*ret)
			return -ENOMEM;
	}
	return 0;
}

static int use_hierarchy(struct lx_host_hierarchy *h, const char *path)
{
	_cleanup_free_ char *full = str_format("%s%s", h->point, path);

	if (!full)
		return -ENOMEM;
	h->in_unit = true;
	return h->unified ? lx_host_read_controllers(AT_FDCWD, full, &h->controllers) : 0;
}

/* The controllers that can be used are those that the unit was given. */
static void count_controllers(struct lx_host *host)
{
	host->controllers = 0;
	for (size_t i = 0; i < host->n_hierarchies; i++)
		host->controllers |= host->hierarchies[i].controllers;
}

/* In the hierarchies in which the process that text describes is in the unit's group. */
static int use_own_unit(const char *text, struct lx_host *host, const char *unit)
{
	if (!lx_cgroup_is_unit(unit))
		return -ENAMETOOLONG;
	strcpy(host->unit, unit);
	for (size_t i = 0; i < host->n_hierarchies; i++) {
		struct lx_host_hierarchy *h = &host->hierarchies[i];
		_cleanup_free_ char *path = NULL;
		int r;

		r = find_unit(text, h, &path);
		if (r >= 0 && str_equal(path, lx_cgroup_unit_path(host, h)))
			r = use_hierarchy(h, path);
		if (r < 0)
			return r;
	}
	count_controllers(host);
	return 1;
}

int lx_cgroup_use_unit_of(const char *text, struct lx_host *host, struct lx_error *err)
{
	_cleanup_free_ char *unit = NULL;
	int r;

	r = find_own_unit(text, host, &unit);
	if (r >= 0 && unit)
		r = use_own_unit(text, host, unit);
	return r < 0 ? lx_error_set(err, r, "find the control groups of our unit") : r;
}

int lx_cgroup_use_unit(struct lx_host *host, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = lx_cgroup_self_read(0, &text);
	if (r < 0)
		return lx_error_set(err, r, "find our control groups");
	r = lx_cgroup_use_unit_of(text, host, err);
	if (r == 0)
		log_warn("systemd has not handed over the control group of this unit, so its own is used; set Delegate=yes");
	return r;
}

const char *lx_cgroup_unit_path(const struct lx_host *host, const struct lx_host_hierarchy *h)
{
	const char *path = str_after(host->unit, h->base);

	return path && *path == '/' ? path : NULL;
}

static bool has_payload(const struct lx_host_hierarchy *h, const char *path)
{
	_cleanup_free_ char *full = str_format("%s%s" LX_CGROUP_PAYLOAD, h->point, path);

	return full && file_exists(AT_FDCWD, full);
}

int lx_cgroup_find(struct lx_host *host, const char *path, struct lx_error *err)
{
	if (!lx_cgroup_is_unit(path))
		return 0;
	strcpy(host->unit, path);
	for (size_t i = 0; i < host->n_hierarchies; i++) {
		struct lx_host_hierarchy *h = &host->hierarchies[i];
		const char *group = lx_cgroup_unit_path(host, h);
		int r = group && has_payload(h, group) ? use_hierarchy(h, group) : 0;

		if (r < 0)
			return lx_error_set(err, r, "look at the control groups of %s", path);
	}
	count_controllers(host);
	return 0;
}

int lx_cgroup_path(const struct lx_host *host, const char *run_id, char **ret, struct lx_error *err)
{
	*ret = *host->unit ? strdup(host->unit) : str_format(LX_CGROUP_PARENT "/%s", run_id);
	return *ret ? 0 : lx_error_oom(err);
}
