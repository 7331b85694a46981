/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounts by descriptor (fsopen(2) and its family), and the few old calls that are still needed. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sys/sys.h"

int sys_fsopen(const char *type)
{
	int fd = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int fsconfig_call(int fs_fd, unsigned command, const char *key, const void *value, int aux)
{
	return syscall(SYS_fsconfig, fs_fd, command, key, value, aux) < 0 ? -errno : 0;
}

int sys_fsconfig_string(int fs_fd, const char *key, const char *value)
{
	return fsconfig_call(fs_fd, FSCONFIG_SET_STRING, key, value, 0);
}

int sys_fsconfig_flag(int fs_fd, const char *key)
{
	return fsconfig_call(fs_fd, FSCONFIG_SET_FLAG, key, NULL, 0);
}

int sys_fsconfig_create(int fs_fd)
{
	return fsconfig_call(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

int sys_fsmount(int fs_fd, unsigned attr)
{
	int fd = (int)syscall(SYS_fsmount, fs_fd, FSMOUNT_CLOEXEC, attr);

	return fd < 0 ? -errno : fd;
}

const char *sys_fs_message(int fs_fd, char *text, size_t size)
{
	char message[512];
	ssize_t n;

	text[0] = '\0';
	/* One message for each read, "e " or "w " or "i " before it; the last error is the cause. */
	while ((n = read(fs_fd, message, sizeof(message) - 1)) > 0) {
		message[n] = '\0';
		message[strcspn(message, "\n")] = '\0';
		if (message[0] != 'e' || message[1] != ' ')
			continue;
		strncpy(text, message + 2, size - 1);
		text[size - 1] = '\0';
	}
	return text;
}

int sys_open_tree(int dir_fd, const char *path, unsigned flags)
{
	int fd = (int)syscall(SYS_open_tree, dir_fd, path, flags | OPEN_TREE_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to)
{
	unsigned flags = 0;

	if (!*from)
		flags |= MOVE_MOUNT_F_EMPTY_PATH;
	if (!*to)
		flags |= MOVE_MOUNT_T_EMPTY_PATH;
	return syscall(SYS_move_mount, from_fd, from, to_fd, to, flags) < 0 ? -errno : 0;
}

static int mount_setattr_call(int dir_fd, const char *path, unsigned flags, const struct mount_attr *attr)
{
	return syscall(SYS_mount_setattr, dir_fd, path, flags, attr, sizeof(*attr)) < 0 ? -errno : 0;
}

int sys_mount_setattr(int dir_fd, const char *path, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation)
{
	const struct mount_attr attr = { .attr_set = set, .attr_clr = clear, .propagation = propagation };

	return mount_setattr_call(dir_fd, path, flags, &attr);
}

int sys_mount_idmap(int mount_fd, int userns_fd, bool recursive)
{
	const struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns_fd };

	return mount_setattr_call(mount_fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr);
}

int sys_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options)
{
	return syscall(SYS_mount, source, target, type, flags, options) < 0 ? -errno : 0;
}

int sys_umount(const char *target, int flags)
{
	return syscall(SYS_umount2, target, flags) < 0 ? -errno : 0;
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	return syscall(SYS_pivot_root, new_root, put_old) < 0 ? -errno : 0;
}
