/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes the planned mounts. The host side opens what only it may open (sources of binds in bind.c, the nodes of /dev) as
 * detached mounts; the new process attaches them, and its own file systems, to targets that it resolves inside the root.
 */
#include "rootfs/rootfs.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/strv.h"
#include "sys/sys.h"

static int fail(struct lx_error *err, const struct lx_mount *m, int code, const char *what, const char *object)
{
	lx_error_set(err, code, "/%s: %s %s", m->target, what, object);
	if (m->origin)
		lx_error_advise(err, "see %s", m->origin);
	return code;
}

int lx_mounts_give(struct lx_mounts *mounts, const char *target, int fd)
{
	vec_for_each(m, &mounts->list)
		if (m->kind == LX_MOUNT_TREE && str_equal(m->target, target)) {
			m->fd = fd;
			return 0;
		}

	close_fd(fd);
	return -ENOENT;
}

/* The directory that holds the target, made when it is missing. */
static int open_parent(const char *target, int root_fd, const char **ret_name)
{
	const char *slash = strrchr(target, '/');
	_cleanup_free_ char *dir = strndup(target, slash ? (size_t)(slash - target) : 0);

	*ret_name = slash ? slash + 1 : target;
	if (!dir)
		return -ENOMEM;

	return slash ? sys_mkdir_in_root(root_fd, dir, 0755) : sys_open_in_root(root_fd, ".", O_PATH | O_DIRECTORY, 0);
}

static int create_file(const struct lx_mount *m, int root_fd)
{
	_cleanup_close_ int parent_fd = -EBADF, fd = -EBADF;
	const char *name;

	parent_fd = open_parent(m->target, root_fd, &name);
	if (parent_fd < 0)
		return parent_fd;
	fd = sys_open_beneath(parent_fd, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0644);
	if (fd < 0)
		return fd;

	return sys_open_beneath(parent_fd, name, O_PATH | O_NOFOLLOW, 0);
}

/* An O_PATH descriptor of the target, made when the mount asks for it. */
static int open_target(const struct lx_mount *m, int root_fd)
{
	int fd = sys_open_in_root(root_fd, m->target, O_PATH, 0);

	if (fd != -ENOENT)
		return fd;
	if (m->create_dir)
		return sys_mkdir_in_root(root_fd, m->target, 0755);

	return m->create_file ? create_file(m, root_fd) : fd;
}

static int new_fs(const struct lx_mount *m, struct lx_error *err)
{
	_cleanup_close_ int fs_fd = -EBADF;
	_cleanup_strv_ char **options = NULL;
	char text[256];
	int r;

	fs_fd = sys_fsopen(m->type);
	if (fs_fd < 0)
		return fail(err, m, fs_fd, "open file system", m->type);

	(void)sys_fsconfig_string(fs_fd, "source", m->source ?: m->type); /* not every type has one */
	r = m->options ? strv_split(m->options, ",", &options) : 0;
	if (r < 0)
		return lx_error_oom(err);

	strv_for_each(option, options) {
		char *value = strchr(option, '=');

		if (value)
			*value++ = 0;
		r = value ? sys_fsconfig_string(fs_fd, option, value) : sys_fsconfig_flag(fs_fd, option);
		if (r < 0)
			return fail(err, m, r, "set option", option);
	}

	r = m->context ? sys_fsconfig_string(fs_fd, "context", m->context) : 0; /* its comma is no end of an option here */
	if (r < 0)
		return fail(err, m, r, "set SELinux context", m->context);

	r = sys_fsconfig_create(fs_fd);
	if (r < 0) {
		sys_fs_message(fs_fd, text, sizeof(text));
		return fail(err, m, r, text[0] ? text : "make file system", m->type);
	}

	r = sys_fsmount(fs_fd, m->attr);
	return r < 0 ? fail(err, m, r, "mount", m->type) : r;
}

/* The covered thing, again, so that its attributes can differ. */
static int clone_target(const struct lx_mount *m, int target_fd, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	int r;

	fd = sys_open_tree(target_fd, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
	if (fd < 0)
		return fail(err, m, fd, "clone", "mount");

	r = sys_mount_setattr(fd, "", AT_EMPTY_PATH, m->attr, ~m->attr & MOUNT_ATTR_RDONLY, 0);
	if (r < 0)
		return fail(err, m, r, "change", "mount");

	return take_fd(&fd);
}

/* An inaccessible node of the target's kind, from /run/host/inaccessible. Root may open it all the same, so it must not be
 * a file to write to either. */
static int mask(const struct lx_mount *m, int root_fd, int target_fd, struct lx_error *err)
{
	const unsigned attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	_cleanup_close_ int node_fd = -EBADF, fd = -EBADF;
	struct stat st;
	int r;

	if (fstat(target_fd, &st) < 0)
		return fail(err, m, -errno, "look at", "target");

	node_fd = sys_open_in_root(root_fd, S_ISDIR(st.st_mode) ? "run/host/inaccessible/dir" : "run/host/inaccessible/reg",
				   O_PATH | O_NOFOLLOW, 0);
	if (node_fd < 0)
		return fail(err, m, node_fd, "open", "inaccessible node");

	fd = sys_open_tree(node_fd, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
	if (fd < 0)
		return fail(err, m, fd, "clone", "inaccessible node");
	r = sys_mount_setattr(fd, "", AT_EMPTY_PATH, attr, 0, 0);
	return r < 0 ? fail(err, m, r, "change", "inaccessible node") : take_fd(&fd);
}

static bool is_directory(int fd)
{
	struct stat st;

	return fstat(fd, &st) >= 0 && S_ISDIR(st.st_mode);
}

/* The kernel has one number for all that can be wrong here; that the two are not of a kind is what happens. */
static int attach_tree(const struct lx_mount *m, int target_fd, struct lx_error *err)
{
	int r = sys_move_mount(m->fd, "", target_fd, "");

	if (r >= 0)
		return 0;
	fail(err, m, r, "attach", m->source ?: "mount");
	if (is_directory(m->fd) != is_directory(target_fd))
		lx_error_advise(err, "%s cannot be mounted on %s; %s", is_directory(m->fd) ? "a directory" : "a file",
				is_directory(target_fd) ? "a directory" : "a file",
				"name a target of the same kind (create=file or create=dir makes one)");
	return r;
}

static int apply_one(const struct lx_mount *m, int root_fd, struct lx_error *err)
{
	_cleanup_close_ int target_fd = -EBADF, mount_fd = -EBADF;
	int r;

	if (m->kind == LX_MOUNT_TREE && m->fd < 0)
		return 0; /* optional, and its source is missing */

	target_fd = open_target(m, root_fd);
	if (target_fd == -ENOENT && m->optional)
		return 0;
	if (target_fd < 0)
		return fail(err, m, target_fd, "open", target_fd == -ENOENT ? "the target (create=dir makes it)" : "the target");

	switch (m->kind) {
	case LX_MOUNT_NEW:
		mount_fd = new_fs(m, err);
		break;
	case LX_MOUNT_REMOUNT:
		mount_fd = clone_target(m, target_fd, err);
		break;
	case LX_MOUNT_MASK:
		mount_fd = mask(m, root_fd, target_fd, err);
		break;
	case LX_MOUNT_SEAL:
		r = sys_mount_setattr(target_fd, "", AT_EMPTY_PATH, m->attr, 0, 0);
		return r < 0 ? fail(err, m, r, "change", "mount") : 0;
	case LX_MOUNT_TREE:
		return attach_tree(m, target_fd, err);
	}
	if (mount_fd < 0)
		return mount_fd;

	r = sys_move_mount(mount_fd, "", target_fd, "");
	return r < 0 ? fail(err, m, r, "attach", m->type ?: "mount") : 0;
}

int lx_mounts_apply(const struct lx_mounts *mounts, enum lx_mount_phase phase, int root_fd, struct lx_error *err)
{
	vec_for_each(m, &mounts->list) {
		int r;

		if (m->phase != phase)
			continue;
		r = apply_one(m, root_fd, err);
		if (r < 0)
			return r;
	}

	return 0;
}
