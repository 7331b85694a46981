/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which hierarchies are of use to a container, and what its guest is shown. It has a group in all of them; those here are
 * the ones for figures of lx-info, device rules, and one that knows every process.
 */
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/names.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/driver.h"

/* Controllers that every container has a use for. */
static unsigned base_controllers(const struct lx_host *host)
{
	unsigned wanted = LX_CONTROLLER_SYSTEMD | LX_CONTROLLER_MEMORY | LX_CONTROLLER_PIDS | LX_CONTROLLER_DEVICES |
			  LX_CONTROLLER_IO;

	/* the v2 tree of a hybrid host counts processor time, freezes and kills without a controller */
	if (host->cgroup_layout == LX_CGROUP_LEGACY)
		wanted |= LX_CONTROLLER_CPUACCT | LX_CONTROLLER_FREEZER;
	return wanted;
}

static bool is_used(const struct lx_host *host, const struct lx_host_hierarchy *h)
{
	return h->unified || (h->controllers & base_controllers(host));
}

/* v1 first: a process of one thread enters and leaves it without waiting for a grace period of RCU. */
const struct lx_host_hierarchy *lx_cgroup_leaves_hierarchy(const struct lx_host *host)
{
	static const unsigned order[] = { LX_CONTROLLER_SYSTEMD, 0, LX_CONTROLLER_FREEZER, ~0U };

	for (size_t i = 0; i < array_size(order); i++)
		for (size_t j = 0; j < host->n_hierarchies; j++) {
			const struct lx_host_hierarchy *h = &host->hierarchies[j];

			if (!is_used(host, h))
				continue;
			if (order[i] == 0 ? h->unified : !h->unified && (h->controllers & order[i]))
				return h;
		}
	return NULL;
}

bool lx_cgroup_has_leaves(const struct lx_host *host, const struct lx_host_hierarchy *h)
{
	return *host->unit ? h->in_unit : h == lx_cgroup_leaves_hierarchy(host);
}

char *lx_cgroup_run_path(const struct lx_host *host, const struct lx_host_hierarchy *h, const char *run_id)
{
	return h->in_unit ? strdup(lx_cgroup_unit_path(host, h)) : str_format(LX_CGROUP_PARENT "/%s", run_id);
}

struct lx_cgroup_group *lx_cgroup_find_group(const struct lx_cgroup *cg, unsigned controller)
{
	vec_for_each(g, &cg->groups)
		if (g->hierarchy.controllers & controller)
			return g;
	return NULL;
}

struct lx_cgroup_group *lx_cgroup_process_group(const struct lx_cgroup *cg)
{
	struct lx_cgroup_group *freezer;

	vec_for_each(g, &cg->groups)
		if (g->hierarchy.unified)
			return g;
	freezer = lx_cgroup_find_group(cg, LX_CONTROLLER_FREEZER);
	return freezer ? freezer : cg->groups.items;
}

int lx_cgroup_paths(const struct lx_host *host, const char *run_id, char ***ret, struct lx_error *err)
{
	_cleanup_strv_ char **paths = NULL;

	/* beside a unit there may be hierarchies that systemd leaves to others, and one that is made for an old guest */
	if (lx_cgroup_leaves_hierarchy(host) && strv_appendf(&paths, LX_CGROUP_PARENT "/%s", run_id) < 0)
		return lx_error_oom(err);
	if (*host->unit && strv_append(&paths, host->unit) < 0)
		return lx_error_oom(err);
	*ret = take_ptr(paths);
	return 0;
}

static int add_hierarchy(const struct lx_host_hierarchy *h, struct lx_cgroup_hierarchy *ret)
{
	ret->unified = h->unified;
	ret->options = strdup(h->options);
	ret->directory = strdup(path_basename(h->point));
	return ret->options && ret->directory ? 0 : -ENOMEM;
}

int lx_cgroup_hierarchies(const struct lx_host *host, struct lx_cgroup_hierarchy **ret, size_t *ret_n, struct lx_error *err)
{
	VEC(struct lx_cgroup_hierarchy) list = { 0 };

	for (size_t i = 0; i < host->n_hierarchies; i++) {
		const struct lx_host_hierarchy *h = &host->hierarchies[i];
		struct lx_cgroup_hierarchy *added;

		if (!is_used(host, h))
			continue;
		added = vec_add(&list);
		if (!added || add_hierarchy(h, added) < 0) {
			lx_cgroup_hierarchies_free(list.items, list.n);
			return lx_error_oom(err);
		}
	}

	*ret = list.items;
	*ret_n = list.n;
	return 0;
}

void lx_cgroup_hierarchies_free(struct lx_cgroup_hierarchy *h, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(h[i].options);
		free(h[i].directory);
	}
	free(h);
}
