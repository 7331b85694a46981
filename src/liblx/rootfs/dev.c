/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev of a container: a small tmpfs that the host side builds before the process exists, because only it may make device
 * nodes. It is one mount in place of one bind for each node, and the nodes look like nodes. What may be opened is decided
 * by the device rules of the control group, not here.
 */
#include "rootfs/rootfs.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/path.h"
#include "base/str.h"
#include "sys/sys.h"

static const struct {
	const char *name;
	unsigned major, minor;
} nodes[] = {
	{ "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 },
};

static const struct {
	const char *name, *to;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
	{ "core", "/proc/kcore" },
	{ "ptmx", "pts/ptmx" },
	/* the console is the first pty of the container's own devpts, so ttyname() finds it */
	{ "console", "pts/0" },
};

static const char *const directories[] = { "pts", "shm", "mqueue" };

static int make_node(int dev_fd, const char *name, mode_t mode, dev_t device, const struct lx_dev_facts *facts, struct lx_error *err)
{
	uid_t uid = facts->root_uid;
	gid_t gid = facts->root_gid;

	if (facts->rootless)
		mode = S_IFREG;

	/* chmod, because the umask is the caller's */
	if (mknodat(dev_fd, name, mode, device) < 0 || fchmodat(dev_fd, name, mode & 07777, 0) < 0 ||
	    fchownat(dev_fd, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return lx_error_set(err, -errno, "make device node /dev/%s", name);

	return 0;
}

static int make_parents(int dev_fd, const char *name, const struct lx_dev_facts *facts, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	const char *slash = strrchr(name, '/');
	_cleanup_free_ char *dir = NULL;

	if (!slash)
		return 0;
	dir = strndup(name, (size_t)(slash - name));
	if (!dir)
		return lx_error_oom(err);

	fd = sys_mkdir_in_root(dev_fd, dir, 0755);
	if (fd < 0)
		return lx_error_set(err, fd, "make directory /dev/%s", dir);
	if (fchownat(fd, "", facts->root_uid, facts->root_gid, AT_EMPTY_PATH) < 0)
		return lx_error_set(err, -errno, "give away directory /dev/%s", dir);

	return 0;
}

/* Below /dev, or as written when it is elsewhere. */
static const char *name_of(const struct lx_config_device *wish)
{
	const char *target = wish->target ?: wish->path;

	return str_after(target, "/dev/") ?: target;
}

/* A [device] section: the node of the host again, under its own name or another. */
static int add_configured(int dev_fd, const struct lx_config_device *wish, const struct lx_dev_facts *facts, struct lx_error *err)
{
	const char *target = name_of(wish);
	struct stat st;
	int r;

	if (stat(wish->path, &st) < 0)
		return lx_error_set(err, -errno, "device %s: look at %s", wish->label, wish->path);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return lx_error_say(err, -EINVAL, "device %s: %s is not a device node", wish->label, wish->path);

	if (path_is_absolute(target))
		return lx_error_say(err, -EINVAL, "device %s: %s is not below /dev", wish->label, target);

	r = make_parents(dev_fd, target, facts, err);
	if (r < 0)
		return r;

	return make_node(dev_fd, target, (st.st_mode & S_IFMT) | (wish->mode ?: 0660), st.st_rdev, facts, err);
}

static int fill(int dev_fd, const struct lx_config *config, const struct lx_dev_facts *facts, struct lx_error *err)
{
	uid_t uid = facts->root_uid;
	gid_t gid = facts->root_gid;
	int r;

	for (size_t i = 0; i < array_size(nodes); i++) {
		r = make_node(dev_fd, nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor), facts, err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < array_size(links); i++)
		if (symlinkat(links[i].to, dev_fd, links[i].name) < 0 ||
		    fchownat(dev_fd, links[i].name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
			return lx_error_set(err, -errno, "link /dev/%s", links[i].name);
	for (size_t i = 0; i < array_size(directories); i++)
		if (mkdirat(dev_fd, directories[i], 0755) < 0 ||
		    fchownat(dev_fd, directories[i], uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
			return lx_error_set(err, -errno, "make directory /dev/%s", directories[i]);

	vec_for_each(device, &config->devices) {
		r = add_configured(dev_fd, device, facts, err);
		if (r < 0)
			return r;
	}

	return 0;
}

static int add_bind(struct lx_mounts *mounts, const char *source, const char *name, struct lx_error *err)
{
	_cleanup_free_ char *target = str_format("dev/%s", name);
	struct lx_mount *m;

	if (!target)
		return lx_error_oom(err);
	m = lx_mounts_add(mounts, LX_MOUNT_TREE, LX_PHASE_BASE, NULL, target, NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	return !m || str_set(&m->source, source) < 0 ? lx_error_oom(err) : 0;
}

int lx_dev_add_binds(struct lx_mounts *mounts, const struct lx_config *config, struct lx_error *err)
{
	for (size_t i = 0; i < array_size(nodes); i++) {
		_cleanup_free_ char *source = str_format("/dev/%s", nodes[i].name);
		int r = source ? add_bind(mounts, source, nodes[i].name, err) : lx_error_oom(err);

		if (r < 0)
			return r;
	}
	vec_for_each(device, &config->devices) {
		int r = 0;

		if (device->mode)
			r = lx_error_say(err, -EPERM, "device %s: mode needs root; a user's container gets the host's node as it is",
					 device->label);
		if (r >= 0)
			r = add_bind(mounts, device->path, name_of(device), err);
		if (r < 0)
			return r;
	}
	return 0;
}

int lx_dev_build(const struct lx_config *config, const struct lx_dev_facts *facts, int *ret_mount_fd, struct lx_error *err)
{
	_cleanup_close_ int fs_fd = -EBADF, fd = -EBADF;
	const struct {
		const char *key, *value;
	} options[] = {
		{ "source", "dev" }, { "mode", "0755" }, { "size", "4M" }, { "nr_inodes", "64k" }, { "context", facts->context },
	};
	int r;

	fs_fd = sys_fsopen("tmpfs");
	if (fs_fd < 0)
		return lx_error_set(err, fs_fd, "open a tmpfs for /dev");
	for (size_t i = 0; i < array_size(options); i++) {
		r = options[i].value ? sys_fsconfig_string(fs_fd, options[i].key, options[i].value) : 0;
		if (r < 0)
			return lx_error_set(err, r, "set %s of /dev", options[i].key);
	}

	r = sys_fsconfig_create(fs_fd);
	if (r < 0)
		return lx_error_set(err, r, "make a tmpfs for /dev");
	fd = sys_fsmount(fs_fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (fd < 0)
		return lx_error_set(err, fd, "mount a tmpfs for /dev");
	if (fchownat(fd, "", facts->root_uid, facts->root_gid, AT_EMPTY_PATH) < 0)
		return lx_error_set(err, -errno, "give away /dev");

	r = fill(fd, config, facts, err);
	if (r < 0)
		return r;

	*ret_mount_fd = take_fd(&fd);
	return 0;
}
