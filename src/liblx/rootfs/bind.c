/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sources of bind mounts, opened by the host: with their options, and with owners that are mapped. */
#include "rootfs/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "sys/sys.h"

/* User namespaces that are only a map, for as long as mounts are made: the mounts keep them. */
struct made {
	const struct lx_idmap *map;
	int fd;
};
struct preparation {
	int userns_fd;             /* of the container's own map, or -EBADF */
	bool guarded;
	VEC(struct made) made;
};

static void preparation_done(struct preparation *p)
{
	vec_for_each(made, &p->made)
		close_fd(made->fd);
	vec_done(&p->made);
}

static int fail(struct lx_error *err, const struct lx_mount *m, int code, const char *what, const char *object)
{
	lx_error_set(err, code, "/%s: %s %s", m->target, what, object);
	if (m->origin)
		lx_error_advise(err, "see %s", m->origin);
	return code;
}

static bool ranges_equal(const id_ranges *a, const id_ranges *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->items, b->items, a->n * sizeof(*a->items)) == 0);
}

/* Equal maps share a namespace: making one takes a process. */
static int userns_of(struct preparation *p, const struct lx_mount *m, struct lx_error *err)
{
	const struct lx_idmap *map = &m->owners;
	struct made *made;
	int fd;

	vec_for_each(other, &p->made)
		if (ranges_equal(&other->map->uids, &map->uids) && ranges_equal(&other->map->gids, &map->gids))
			return other->fd;

	fd = sys_userns_open(map->uids.items, map->uids.n, map->gids.items, map->gids.n);
	if (fd < 0)
		return fail(err, m, fd, "make the map of owners of", m->source);
	made = vec_add(&p->made);
	if (!made) {
		close_fd(fd);
		return lx_error_oom(err);
	}
	*made = (struct made){ map, fd };
	return fd;
}

static int try_map(const char *path, int userns_fd)
{
	_cleanup_close_ int fd = sys_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE);

	return fd < 0 ? 0 : sys_mount_idmap(fd, userns_fd, false);
}

/* With what is mounted below, the one that cannot be mapped is somewhere there; which one, only trying tells. */
static char *find_culprit(const struct lx_mount *m, int userns_fd)
{
	struct sys_mountinfo mounts = { 0 };
	_cleanup_free_ char *real = realpath(m->source, NULL);
	char *found = NULL;

	if (!m->recursive || !real || try_map(real, userns_fd) < 0 || sys_mountinfo_read(&mounts) < 0)
		return strdup(real ?: m->source);
	for (size_t i = 0; i < mounts.n && !found; i++) {
		const char *below = str_after(mounts.items[i].point, str_equal(real, "/") ? "" : real);

		if (below && *below == '/' && try_map(mounts.items[i].point, userns_fd) < 0)
			found = strdup(mounts.items[i].point);
	}
	sys_mountinfo_done(&mounts);
	return found ?: strdup(real);
}

static int fail_map(const struct lx_mount *m, int userns_fd, int code, struct lx_error *err)
{
	_cleanup_free_ char *culprit = find_culprit(m, userns_fd);

	fail(err, m, code, "map owners of", culprit ?: m->source);
	if (code == -EINVAL)
		lx_error_advise(err, "its file system has no id mapped mounts; ext4, xfs and btrfs have, tmpfs since Linux 6.3");
	if (code == -EPERM)
		lx_error_advise(err, "it may be id mapped already; a mount can have one map only");
	return code;
}

static int map_owners(struct preparation *p, const struct lx_mount *m, int fd, struct lx_error *err)
{
	int userns_fd = m->idmap ? p->userns_fd : -EBADF, r;

	if (m->owners.uids.n > 0)
		userns_fd = userns_of(p, m, err);
	else if (userns_fd < 0)
		return 0; /* not asked for, or the ids are the host's */
	if (userns_fd < 0)
		return userns_fd;

	r = sys_mount_idmap(fd, userns_fd, m->recursive);
	return r < 0 ? fail_map(m, userns_fd, r, err) : 0;
}

static int prepare_bind(struct preparation *p, struct lx_mount *m, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	int r;

	fd = sys_open_tree(AT_FDCWD, m->source, OPEN_TREE_CLONE | (m->recursive ? AT_RECURSIVE : 0));
	if (fd == -ENOENT && m->optional)
		return 0;
	if (fd < 0)
		return fail(err, m, fd, "open", m->source);

	if (m->attr) {
		r = sys_mount_setattr(fd, "", AT_EMPTY_PATH | (m->recursive ? AT_RECURSIVE : 0), m->attr, 0, 0);
		if (r < 0)
			return fail(err, m, r, "set options of", m->source);
	}
	r = map_owners(p, m, fd, err);
	if (r < 0)
		return r;

	/* what the configuration wants read-only, a guest that owns its mount namespace must not change */
	if (p->guarded && m->origin && (m->attr & MOUNT_ATTR_RDONLY)) {
		r = sys_mount_lock(fd, m->recursive);
		if (r < 0)
			return fail(err, m, r, "lock the options of", m->source);
		close_fd(fd);
		fd = r;
	}

	m->fd = take_fd(&fd);
	return 0;
}

int lx_mounts_prepare(struct lx_mounts *mounts, int userns_fd, bool guarded, struct lx_error *err)
{
	_cleanup_(preparation_done) struct preparation p = { .userns_fd = userns_fd, .guarded = guarded };

	vec_for_each(m, &mounts->list) {
		int r = m->kind == LX_MOUNT_TREE && m->source ? prepare_bind(&p, m, err) : 0;

		if (r < 0)
			return r;
	}

	return 0;
}
