/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /run/host, the part of the container interface that the payload reads as files, and the boot id. Written by the new
 * process on its own tmpfs. */
#include "rootfs/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "sys/sys.h"

static int write_file(int dir_fd, const char *name, mode_t mode, const char *text)
{
	_cleanup_close_ int fd = sys_open_beneath(dir_fd, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, mode);

	if (fd < 0)
		return fd;
	return text ? fd_write_all(fd, text, strlen(text)) : 0;
}

/* Nodes of mode 0: what is covered by them can be seen to exist, and nothing else. */
static int make_inaccessible(int host_fd)
{
	_cleanup_close_ int fd = sys_mkdir_in_root(host_fd, "inaccessible", 0755);
	int r;

	if (fd < 0)
		return fd;
	r = write_file(fd, "reg", 0, NULL);
	if (r < 0)
		return r;
	return mkdirat(fd, "dir", 0) < 0 ? -errno : 0;
}

int lx_run_host_write(int root_fd, const struct lx_run_host *facts, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	char line[128];
	int r;

	fd = sys_mkdir_in_root(root_fd, "run/host", 0755);
	if (fd < 0)
		return lx_error_set(err, fd, "make /run/host");

	r = make_inaccessible(fd);
	if (r < 0)
		return lx_error_set(err, r, "make /run/host/inaccessible");

	snprintf(line, sizeof(line), "%s\n", facts->manager);
	r = write_file(fd, "container-manager", 0444, line);
	if (r < 0)
		return lx_error_set(err, r, "write /run/host/container-manager");

	snprintf(line, sizeof(line), "%s\n", facts->uuid);
	r = write_file(fd, "container-uuid", 0444, line);
	if (r < 0)
		return lx_error_set(err, r, "write /run/host/container-uuid");

	return 0;
}

int lx_boot_id_mount(int root_fd, struct lx_error *err)
{
	_cleanup_close_ int run_fd = -EBADF, tree_fd = -EBADF, target_fd = -EBADF;
	static const char name[] = ".lx-boot-id";
	char *id = NULL;
	int r;

	target_fd = sys_open_in_root(root_fd, "proc/sys/kernel/random/boot_id", O_PATH, 0);
	if (target_fd == -ENOENT)
		return 0;
	if (target_fd < 0)
		return lx_error_set(err, target_fd, "open the boot id");

	/* the kernel hands out a new random one with each read of this file */
	r = file_read_line(AT_FDCWD, "/proc/sys/kernel/random/uuid", &id);
	if (r < 0)
		return lx_error_set(err, r, "make a boot id");

	_cleanup_free_ char *text = str_format("%s\n", id);
	free(id);
	run_fd = sys_open_in_root(root_fd, "run", O_PATH | O_DIRECTORY, 0);
	r = !text ? -ENOMEM : run_fd < 0 ? run_fd : write_file(run_fd, name, 0444, text);
	if (r < 0)
		return lx_error_set(err, r, "write the boot id");

	tree_fd = sys_open_tree(run_fd, name, OPEN_TREE_CLONE);
	r = tree_fd < 0 ? tree_fd : sys_mount_setattr(tree_fd, "", AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0, 0);
	if (r >= 0)
		r = sys_move_mount(tree_fd, "", target_fd, "");
	(void)unlinkat(run_fd, name, 0); /* the mount keeps the file when its name is gone */
	if (r < 0)
		return lx_error_set(err, r, "bind the boot id");

	return 0;
}

/* What arrives there is moved on into the guest, which the kernel refuses for a shared mount; it need only receive. */
static int make_incoming_receive(int root_fd)
{
	_cleanup_close_ int fd = sys_open_in_root(root_fd, "run/host/incoming", O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	return sys_mount_setattr(fd, "", AT_EMPTY_PATH, 0, 0, MS_SLAVE);
}

int lx_run_host_seal(int root_fd, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF, tree_fd = -EBADF;
	int r;

	fd = sys_open_in_root(root_fd, "run/host", O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return lx_error_set(err, fd, "open /run/host");

	tree_fd = sys_open_tree(fd, "", OPEN_TREE_CLONE | AT_RECURSIVE | AT_EMPTY_PATH);
	if (tree_fd < 0)
		return lx_error_set(err, tree_fd, "clone /run/host");

	r = sys_mount_setattr(tree_fd, "", AT_EMPTY_PATH, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0, 0);
	if (r >= 0)
		r = sys_move_mount(tree_fd, "", fd, "");
	if (r >= 0)
		r = make_incoming_receive(root_fd);
	if (r < 0)
		return lx_error_set(err, r, "make /run/host read-only");

	return 0;
}
