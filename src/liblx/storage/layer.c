/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Detached clones of directories, with or without an id map: what drivers build roots from. */
#include <fcntl.h>

#include "storage/layer.h"

#include "base/vec.h"
#include "sys/sys.h"

typedef VEC(struct id_range) sys_map;

/* Adds "first id on disk that the container has not" -> host 0, unless host 0 is in the map already. */
static int add_writer(sys_map *map)
{
	uint64_t next = 0;
	struct id_range *line;

	vec_for_each(m, map) {
		if (m->outside == 0)
			return 0;
		next = MAX_OF(next, (uint64_t)m->inside + m->size);
	}
	if (next >= UINT32_MAX)
		return -ERANGE;

	line = vec_add(map);
	if (!line)
		return -ENOMEM;
	*line = (struct id_range){ .inside = (uint32_t)next, .outside = 0, .size = 1 };
	return 0;
}

static int convert(const struct id_range *ranges, size_t n, bool writer, sys_map *ret)
{
	for (size_t i = 0; i < n; i++) {
		struct id_range *line = vec_add(ret);

		if (!line)
			return -ENOMEM;
		*line = (struct id_range){ ranges[i].inside, ranges[i].outside, ranges[i].size };
	}

	return writer ? add_writer(ret) : 0;
}

static void sys_map_done(sys_map *map)
{
	vec_done(map);
}

static bool has_ids(const struct lx_idmap *map)
{
	return map && map->uids.n > 0;
}

int lx_layer_userns(const struct lx_idmap *map, bool writer, int *ret_fd, struct lx_error *err)
{
	_cleanup_(sys_map_done) sys_map uids = { 0 };
	_cleanup_(sys_map_done) sys_map gids = { 0 };
	int r;

	if (!has_ids(map)) {
		*ret_fd = -EBADF;
		return 0;
	}

	r = convert(map->uids.items, map->uids.n, writer, &uids);
	if (r >= 0)
		r = convert(map->gids.items, map->gids.n, writer, &gids);
	if (r == -ERANGE)
		return lx_error_say(err, r, "id map leaves no id on disk for the overlay's own files");
	if (r < 0)
		return lx_error_oom(err);

	r = sys_userns_open(uids.items, uids.n, gids.items, gids.n);
	if (r < 0)
		return lx_error_set(err, r, "make a user namespace for the id map of the root file system");

	*ret_fd = r;
	return 0;
}

int lx_layer_clone(int dir_fd, int userns_fd, const char *what, int *ret_mount_fd, struct lx_error *err)
{
	_cleanup_close_ int mount_fd = -EBADF;
	int r;

	mount_fd = sys_open_tree(dir_fd, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
	if (mount_fd < 0)
		return lx_error_set(err, mount_fd, "clone the mount of %s", what);

	if (userns_fd >= 0) {
		r = sys_mount_idmap(mount_fd, userns_fd, false);
		if (r == -EINVAL)
			return lx_error_say(err, r, "the file system of %s cannot map ids with this kernel; "
					    "move it to ext4, xfs or btrfs, or set container.privileged", what);
		if (r < 0)
			return lx_error_set(err, r, "map the ids of %s", what);
	}

	*ret_mount_fd = take_fd(&mount_fd);
	return 0;
}

uint64_t lx_layer_attributes(const struct lx_idmap *map, bool read_only)
{
	return (read_only ? MOUNT_ATTR_RDONLY : 0) | (has_ids(map) ? MOUNT_ATTR_NODEV : 0);
}
