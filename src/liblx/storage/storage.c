/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of storage drivers, and what does not depend on one. */
#include <sys/mount.h>

#include "storage/storage.h"

#include "base/path.h"
#include "base/str.h"
#include "host/host.h"
#include "sys/sys.h"

const struct lx_storage_driver *const lx_storage_drivers[] = {
	&lx_storage_overlay,
	&lx_storage_dir,
	NULL,
};

const struct lx_storage_driver *lx_storage_find(const char *name)
{
	for (const struct lx_storage_driver *const *d = lx_storage_drivers; *d; d++)
		if (str_equal((*d)->name, name))
			return *d;

	return NULL;
}

static int unknown_driver(const char *name, struct lx_error *err)
{
	const char *names[array_size(lx_storage_drivers)] = { NULL };
	const char *near;

	for (size_t i = 0; lx_storage_drivers[i]; i++)
		names[i] = lx_storage_drivers[i]->name;

	near = str_nearest(name, names);
	if (near)
		return lx_error_say(err, -EINVAL, "unknown storage driver \"%s\"; did you mean \"%s\"?", name, near);
	return lx_error_say(err, -EINVAL, "unknown storage driver \"%s\"; there are overlay and dir", name);
}

int lx_storage_parse(const char *path, struct lx_storage *ret, struct lx_error *err)
{
	_cleanup_free_ char *name = NULL;
	const char *source = path;
	const struct lx_storage_driver *driver = &lx_storage_dir;

	if (!path_is_absolute(path)) {
		const char *colon = strchr(path, ':');

		if (!colon)
			return lx_error_say(err, -EINVAL, "root file system \"%s\" is neither an absolute path nor driver:source", path);
		name = strndup(path, (size_t)(colon - path));
		if (!name)
			return lx_error_oom(err);
		driver = lx_storage_find(name);
		if (!driver)
			return unknown_driver(name, err);
		source = colon + 1;
	}

	*ret = (struct lx_storage){ .driver = driver, .source = strdup(source) };
	return ret->source ? 0 : lx_error_oom(err);
}

void lx_storage_done(struct lx_storage *s)
{
	free(s->source);
	*s = (struct lx_storage){ 0 };
}

struct open_request {
	const struct lx_storage *storage;
	const struct lx_idmap *map;
};

/* The child's part: everything that is mounted here dies with its mount namespace. */
static int open_in_child(void *argument, struct lx_error *err)
{
	const struct open_request *request = argument;
	int fd, r;

	r = sys_unshare(CLONE_NEWNS);
	if (r < 0)
		return lx_error_set(err, r, "make a mount namespace");

	r = sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (r < 0)
		return lx_error_set(err, r, "cut mount propagation");

	r = request->storage->driver->open(request->storage, request->map, false, &fd, err);
	return r < 0 ? r : fd;
}

int lx_storage_open_aside(const struct lx_storage *s, const struct lx_idmap *map, int *ret_mount_fd, struct lx_error *err)
{
	struct open_request request = { s, map };

	return lx_aside_open(open_in_child, &request, ret_mount_fd, err);
}
