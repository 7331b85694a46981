/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount(2) of a file system on a block device. The device must be one that the container's rules allow and that the caller
 * may read and write; the file system is one of security.intercept.mount; the options are words of the table below, for some
 * of the kernel's open files or stop the machine. What comes of it belongs to the container's ids, has no devices, and is
 * locked: the guest cannot take nodev away. It is mounted in the caller's own mount namespace, which it goes with.
 *
 * fsopen(2) of such a file system does not exist: mount(8) then takes mount(2).
 */
#include "monitor/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/strv.h"

#define PATH_SIZE 4096
#define TYPE_SIZE 64
#define MAGIC 0xc0ed0000U /* what old programs have in the upper half of the flags */
#define MAGIC_MASK 0xffff0000U
#define OTHER_KINDS (MS_REMOUNT | MS_BIND | MS_MOVE | MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

/* forced: a file system can say of itself that a mistake in it stops the machine. */
static const struct file_system {
	const char *name, *forced, *words;
} file_systems[] = {
	{ "ext2", "errors=remount-ro", "acl noacl user_xattr nouser_xattr errors=continue" },
	{ "ext3", "errors=remount-ro", "acl noacl user_xattr nouser_xattr errors=continue noload norecovery" },
	{ "ext4", "errors=remount-ro", "acl noacl user_xattr nouser_xattr errors=continue noload norecovery discard nodiscard" },
	{ "xfs", NULL, "norecovery nouuid discard nodiscard inode64" },
	{ "erofs", NULL, "acl noacl user_xattr nouser_xattr" },
	{ "squashfs", NULL, "" },
	{ "vfat", NULL, "discard flush quiet" },
};

static const struct {
	unsigned long flag;
	unsigned attribute;
} attributes[] = {
	{ MS_RDONLY, MOUNT_ATTR_RDONLY },   { MS_NOSUID, MOUNT_ATTR_NOSUID },         { MS_NOEXEC, MOUNT_ATTR_NOEXEC },
	{ MS_NOATIME, MOUNT_ATTR_NOATIME }, { MS_NODIRATIME, MOUNT_ATTR_NODIRATIME }, { MS_STRICTATIME, MOUNT_ATTR_STRICTATIME },
};

struct wish {
	const struct file_system *type;
	unsigned flags;
	char source[PATH_SIZE], target[PATH_SIZE], options[PATH_SIZE];
};

static const struct file_system *find_allowed(const struct lx_agent_self *self, const char *name)
{
	if (!strv_contains(self->orders->config->security.intercept_mount, name))
		return NULL;
	for (size_t i = 0; i < array_size(file_systems); i++)
		if (str_equal(file_systems[i].name, name))
			return &file_systems[i];
	return NULL;
}

/* Type of the file system at an argument; NULL when it is none of ours, *ret_error when it cannot be read. */
static const struct file_system *read_type(const struct lx_agent_self *self, const struct lx_caller *c, int argument)
{
	char name[TYPE_SIZE];

	if (lx_caller_read_text(c, lx_caller_pointer(c, argument), name, sizeof(name)) < 0)
		return NULL;
	return find_allowed(self, name);
}

static int read_wish(const struct lx_caller *c, struct wish *w)
{
	uint64_t options = lx_caller_pointer(c, 4);
	int r;

	r = lx_caller_read_text(c, lx_caller_pointer(c, 0), w->source, sizeof(w->source));
	if (r >= 0)
		r = lx_caller_read_text(c, lx_caller_pointer(c, 1), w->target, sizeof(w->target));
	if (r >= 0 && options)
		r = lx_caller_read_text(c, options, w->options, sizeof(w->options));
	return r;
}

static int set_option(int fs_fd, const struct file_system *type, const char *option)
{
	_cleanup_strv_ char **words = NULL;
	_cleanup_free_ char *key = strdup(option);
	char *value = key ? strchr(key, '=') : NULL;
	int r = key ? strv_split(type->words, " ", &words) : -ENOMEM;

	if (r < 0)
		return r;
	if (str_equal(option, type->forced))
		return 0;
	if (!strv_contains(words, option))
		return -EINVAL;
	if (!value)
		return sys_fsconfig_flag(fs_fd, key);
	*value++ = '\0';
	return sys_fsconfig_string(fs_fd, key, value);
}

static int set_forced(int fs_fd, const struct file_system *type)
{
	_cleanup_free_ char *key = type->forced ? strdup(type->forced) : NULL;
	char *value = key ? strchr(key, '=') : NULL;

	if (!value)
		return type->forced ? -ENOMEM : 0;
	*value++ = '\0';
	return sys_fsconfig_string(fs_fd, key, value);
}

/* The name by which the mount goes: that of the caller, when it is one in /dev. */
static const char *name_of(const struct wish *w)
{
	const char *name = str_after(w->source, "/dev/");

	return !str_empty(name) && !strchr(name, '/') && name[0] != '.' && strlen(name) <= NAME_MAX ? name : "device";
}

/* A /dev of the worker's own with a node of the device that was checked: the kernel wants a name, and finds no other there. */
static int make_dev(const struct wish *w, dev_t device)
{
	_cleanup_close_ int fs_fd = sys_fsopen("tmpfs"), mount_fd = -EBADF;
	int r = fs_fd;

	if (r >= 0)
		r = sys_unshare(CLONE_NEWNS);
	if (r >= 0)
		r = sys_fsconfig_create(fs_fd);
	if (r >= 0)
		r = mount_fd = sys_fsmount(fs_fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (r >= 0 && mknodat(mount_fd, name_of(w), S_IFBLK | 0600, device) < 0)
		r = -errno;
	return r < 0 ? r : sys_move_mount(mount_fd, "", AT_FDCWD, "/dev");
}

static int configure(int fs_fd, const struct wish *w, dev_t device)
{
	char source[NAME_MAX + sizeof("/dev/")];
	_cleanup_strv_ char **options = NULL;
	int r;

	snprintf(source, sizeof(source), "/dev/%s", name_of(w));
	r = make_dev(w, device);
	if (r >= 0)
		r = sys_fsconfig_string(fs_fd, "source", source);
	if (r >= 0 && w->flags & MS_RDONLY)
		r = sys_fsconfig_flag(fs_fd, "ro");
	if (r >= 0)
		r = set_forced(fs_fd, w->type);
	if (r >= 0)
		r = strv_split(w->options, ",", &options);
	for (size_t i = 0; r >= 0 && options && options[i]; i++)
		r = set_option(fs_fd, w->type, options[i]);
	return r < 0 ? r : sys_fsconfig_create(fs_fd);
}

/* In a mount namespace of its own, from configure() on: locking needs a place to mount it at for a moment. */
static int make_mount(const struct lx_agent_self *self, const struct wish *w, dev_t device)
{
	_cleanup_close_ int fs_fd = sys_fsopen(w->type->name), mount_fd = -EBADF;
	unsigned attr = MOUNT_ATTR_NODEV;
	int r;

	if (fs_fd < 0)
		return fs_fd;
	for (size_t i = 0; i < array_size(attributes); i++)
		attr |= w->flags & attributes[i].flag ? attributes[i].attribute : 0;
	r = configure(fs_fd, w, device);
	if (r >= 0)
		r = mount_fd = sys_fsmount(fs_fd, attr);
	if (r >= 0)
		r = sys_mount_idmap(mount_fd, self->orders->userns_fd, false);
	return r < 0 ? r : sys_mount_lock(mount_fd, false);
}

static int check_device(const struct lx_agent_self *self, int source_fd, bool write, dev_t *ret)
{
	struct stat st;

	if (fstat(source_fd, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	*ret = st.st_rdev;
	return lx_agent_allows_device(self, 'b', major(st.st_rdev), minor(st.st_rdev),
				      LX_DEVICE_READ | (write ? LX_DEVICE_WRITE : 0)) ? 0 : -EPERM;
}

static int mount_wish(const struct lx_agent_self *self, const struct lx_caller *c, const struct wish *w)
{
	bool write = !(w->flags & MS_RDONLY) && !str_equal(w->type->name, "erofs") && !str_equal(w->type->name, "squashfs");
	const struct lx_caller_path paths[] = {
		{ AT_FDCWD, w->source, 0, R_OK | (write ? W_OK : 0) },
		{ AT_FDCWD, w->target, O_DIRECTORY, 0 },
	};
	_cleanup_close_ int source_fd = -EBADF, target_fd = -EBADF, mount_fd = -EBADF;
	int fds[LX_CALLER_PATHS_MAX], r;
	dev_t device = 0;

	r = lx_caller_resolve(self, c, paths, array_size(paths), fds);
	if (r < 0)
		return r;
	source_fd = fds[0];
	target_fd = fds[1];
	r = check_device(self, source_fd, write, &device);
	if (r >= 0)
		r = mount_fd = make_mount(self, w, device);
	if (r >= 0)
		r = lx_caller_check(c);
	if (r >= 0)
		r = lx_caller_enter_mounts(c);
	return r < 0 ? r : sys_move_mount(mount_fd, "", target_fd, "");
}

/* Everything that is not ours passes: bind mounts, proc and tmpfs, which the guest may mount by itself, and what it may not. */
int lx_answer_mount(const struct lx_agent_self *self, const struct lx_caller *c)
{
	_cleanup_free_ struct wish *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->flags = lx_caller_word(c, 3);
	if ((w->flags & MAGIC_MASK) == MAGIC)
		w->flags &= ~MAGIC_MASK;
	if (self->orders->userns_fd < 0 || w->flags & OTHER_KINDS || !lx_caller_has(c, CAP_SYS_ADMIN))
		return LX_ANSWER_PASS;
	w->type = read_type(self, c, 2);
	if (!w->type)
		return LX_ANSWER_PASS;
	r = read_wish(c, w);
	return r < 0 ? r : mount_wish(self, c, w);
}

int lx_answer_fsopen(const struct lx_agent_self *self, const struct lx_caller *c)
{
	return read_type(self, c, 0) ? -ENOSYS : LX_ANSWER_PASS;
}
