/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A v1 hierarchy without controllers, name=systemd, on a v2 host: systemd up to 230 boots with nothing else. Only the
 * host may make it, and a container's root may then mount what exists. It is a detached mount, held by a descriptor: the
 * host's tree of mounts does not change, and the hierarchy lives as long as it is mounted somewhere or has groups.
 */
#include "cgroup/named.h"

#include <errno.h>
#include <stdio.h>

#include "base/str.h"
#include "sys/sys.h"

/* The mount of the hierarchy, an old one or a new one: both come from the same call. */
static int open_hierarchy(int *ret_fd, struct lx_error *err)
{
	_cleanup_close_ int fs_fd = -EBADF;
	int r;

	fs_fd = sys_fsopen("cgroup");
	if (fs_fd < 0)
		return lx_error_set(err, fs_fd, "open a cgroup v1 file system");
	r = sys_fsconfig_flag(fs_fd, "none");
	if (r >= 0)
		r = sys_fsconfig_string(fs_fd, "name", "systemd");
	if (r >= 0)
		r = sys_fsconfig_create(fs_fd);
	if (r >= 0)
		r = sys_fsmount(fs_fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (r < 0)
		return lx_error_set(err, r, "make the cgroup hierarchy name=systemd");
	*ret_fd = r;
	return 0;
}

/* Adds the group in that hierarchy. Its paths go through the descriptor, since there is no other way to it. */
static int add_group(struct lx_cgroup *cg, bool make, struct lx_error *err)
{
	struct lx_host_hierarchy h = { .options = "none,name=systemd", .controllers = LX_CONTROLLER_SYSTEMD };
	_cleanup_close_ int mount_fd = -EBADF;
	size_t before = cg->groups.n;
	int r;

	r = open_hierarchy(&mount_fd, err);
	if (r < 0)
		return r;
	snprintf(h.point, sizeof(h.point), "/proc/self/fd/%d", mount_fd);
	r = lx_cgroup_add_group(cg, &h, make, err);
	if (r >= 0 && cg->groups.n > before)
		cg->groups.items[before].mount_fd = take_fd(&mount_fd);
	return r;
}

int lx_cgroup_add_systemd_hierarchy(struct lx_cgroup *cg, struct lx_error *err)
{
	if (lx_cgroup_find_group(cg, LX_CONTROLLER_SYSTEMD))
		return 0;
	return add_group(cg, true, err);
}

int lx_cgroup_named_open(struct lx_cgroup *cg, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL;

	/* every living hierarchy has its line here, mounted or not */
	if (cg->host.cgroup_layout != LX_CGROUP_UNIFIED || !cg->host.cgroup_v1)
		return 0;
	if (lx_cgroup_self_read(0, &text) < 0 || !strstr(text, ":name=systemd:"))
		return 0;
	return add_group(cg, false, err);
}
