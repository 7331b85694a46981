/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plain directory. Of a new container it is NAME/rootfs, a copy of the image that shares its blocks where the file system
 * can; any other directory may be named as well and is then used in place and never removed.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "storage/storage.h"

#include "base/path.h"
#include "base/str.h"
#include "base/tree.h"
#include "storage/layer.h"
#include "sys/sys.h"

#define TREE_NAME "rootfs"

static int probe(struct lx_error *err)
{
	(void)err;
	return 0;
}

static int open_source(const struct lx_storage *s, int *ret_fd, struct lx_error *err)
{
	int fd;

	if (!path_is_absolute(s->source))
		return lx_error_say(err, -EINVAL, "root file system \"%s\" must be an absolute path", s->source);

	fd = open(s->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return lx_error_set(err, -errno, "root file system %s", s->source);

	*ret_fd = fd;
	return 0;
}

static int check(const struct lx_storage *s, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;

	return open_source(s, &fd, err);
}

static int open_dir(const struct lx_storage *s, const struct lx_idmap *map, bool read_only, int *ret_mount_fd, struct lx_error *err)
{
	_cleanup_close_ int dir_fd = -EBADF, userns_fd = -EBADF, mount_fd = -EBADF;
	uint64_t attributes;
	int r;

	r = open_source(s, &dir_fd, err);
	if (r < 0)
		return r;
	r = lx_layer_userns(s->shifted ? NULL : map, false, &userns_fd, err);
	if (r < 0)
		return r;
	r = lx_layer_clone(dir_fd, userns_fd, s->source, &mount_fd, err);
	if (r < 0)
		return r;

	attributes = lx_layer_attributes(map, read_only);
	if (attributes) {
		r = sys_mount_setattr(mount_fd, "", AT_EMPTY_PATH, attributes, 0, 0);
		if (r < 0)
			return lx_error_set(err, r, "set the mount options of %s", s->source);
	}

	*ret_mount_fd = take_fd(&mount_fd);
	return 0;
}

static int create(int directory_fd, const char *directory, const char *image_tree, const struct lx_idmap *owners,
		  char **ret_path, struct lx_error *err)
{
	_cleanup_close_ int from_fd = -EBADF, to_fd = -EBADF;
	char *path;
	int r;

	from_fd = open(image_tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (from_fd < 0)
		return lx_error_set(err, -errno, "image %s", image_tree);
	if (mkdirat(directory_fd, TREE_NAME, 0755) < 0)
		return lx_error_set(err, -errno, "create %s/" TREE_NAME, directory);
	to_fd = sys_open_beneath(directory_fd, TREE_NAME, O_RDONLY | O_DIRECTORY, 0);
	if (to_fd < 0)
		return lx_error_set(err, to_fd, "open %s/" TREE_NAME, directory);

	if (owners)
		r = tree_copy_for(from_fd, to_fd, &(struct tree_owners){ owners->uids.items, owners->gids.items, owners->uids.n,
									owners->gids.n }, err);
	else
		r = tree_copy(from_fd, to_fd, err);
	if (r < 0)
		return r;

	path = str_format("dir:%s/" TREE_NAME, directory);
	if (!path)
		return lx_error_oom(err);
	*ret_path = path;
	return 0;
}

static int destroy(const struct lx_storage *s, int directory_fd, const char *directory, struct lx_error *err)
{
	const char *rest = str_after(s->source, directory);

	if (!rest || !str_equal(rest, "/" TREE_NAME))
		return 0; /* somebody else's directory */

	return tree_remove(directory_fd, TREE_NAME, err);
}

static char *own_tree(const struct lx_storage *s)
{
	return strdup(s->source);
}

static int usage(const struct lx_storage *s, uint64_t *ret, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	unsigned long long bytes;
	int r;

	fd = open(s->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return lx_error_set(err, -errno, "root file system %s", s->source);
	r = tree_usage(fd, &bytes, err);
	if (r < 0)
		return r;

	*ret = bytes;
	return 0;
}

const struct lx_storage_driver lx_storage_dir = {
	.name = "dir",
	.summary = "a directory of its own, copied from the image",
	.probe = probe,
	.check = check,
	.open = open_dir,
	.create = create,
	.destroy = destroy,
	.own_tree = own_tree,
	.usage = usage,
};
