/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A host without cgroups. Containers run there, unlimited: the pid namespace holds the processes together, and its end
 * kills all of them.
 */
#include <errno.h>

#include "cgroup/driver.h"

static int freeze_group(const struct lx_cgroup_group *g _unused_, bool freeze _unused_, usec_t deadline _unused_,
			struct lx_error *err)
{
	return lx_error_say(err, -EOPNOTSUPP, "this host has no cgroups, and nothing can be frozen without them");
}

static int kill_group(const struct lx_cgroup_group *g _unused_, struct lx_error *err _unused_)
{
	return 0;
}

const struct lx_cgroup_driver lx_cgroup_none = {
	.name = "none",
	.freeze = freeze_group,
	.kill = kill_group,
};
