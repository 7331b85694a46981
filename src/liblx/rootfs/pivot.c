/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The new root. It is attached over "/" of the new process's own mount namespace: path look-ups that begin at the old
 * root do not see what is mounted over it, so host paths still work until the pivot, and no staging directory is needed
 * that the process, already in its user namespace, might not be allowed to reach. pivot_root(".", ".") then swaps the
 * two and the old root, on top, is detached (pivot_root(2), NOTES).
 */
#include "rootfs/rootfs.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <unistd.h>

#include "sys/sys.h"

int lx_root_attach(int root_fd, struct lx_error *err)
{
	int r;

	/* nothing of what follows may travel back to the host */
	r = sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, 0, 0, MS_SLAVE);
	if (r < 0)
		return lx_error_set(err, r, "stop mount propagation to the host");

	r = sys_move_mount(root_fd, "", AT_FDCWD, "/");
	if (r < 0)
		return lx_error_set(err, r, "attach the root file system");

	return 0;
}

int lx_root_pivot(int root_fd, struct lx_error *err)
{
	int r;

	if (fchdir(root_fd) < 0)
		return lx_error_set(err, -errno, "enter the root file system");
	r = sys_pivot_root(".", ".");
	if (r < 0)
		return lx_error_set(err, r, "pivot_root");
	r = sys_umount(".", MNT_DETACH);
	if (r < 0)
		return lx_error_set(err, r, "detach the host's root");
	if (chdir("/") < 0)
		return lx_error_set(err, -errno, "enter /");

	/* systemd does not do this itself in containers, and its units with file system name spaces need it */
	r = sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, 0, 0, MS_SHARED);
	if (r < 0)
		return lx_error_set(err, r, "share mounts inside the container");

	return 0;
}
