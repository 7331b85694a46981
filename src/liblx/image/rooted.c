/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Edits to the tree of a guest, by descriptor. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <linux/fs.h>

#include "image/rooted.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "sys/sys.h"

/* The directory that holds path; *ret_name is the last component. */
static int open_parent(int root_fd, const char *path, bool make, const char **ret_name)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, made;

	fd = sys_open_parent_in_root(root_fd, path, ret_name);
	if (fd != -ENOENT || !make || !slash)
		return fd;

	if ((size_t)(slash - path) >= sizeof(parent))
		return -ENAMETOOLONG;
	memcpy(parent, path, (size_t)(slash - path));
	parent[slash - path] = 0;
	made = sys_mkdir_in_root(root_fd, parent, 0755);
	if (made < 0)
		return made;
	close_fd(made);
	return sys_open_parent_in_root(root_fd, path, ret_name);
}

/* A new file under a name that nobody has, in the directory where it will be renamed. */
static int open_temporary(int parent_fd, char *name, size_t size)
{
	static atomic_uint counter;

	for (unsigned i = 0; i < 100; i++) {
		int fd;

		snprintf(name, size, ".lx-%d-%u", getpid(), atomic_fetch_add(&counter, 1));
		fd = openat(parent_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd >= 0 ? fd : -errno;
	}
	return -EEXIST;
}

/* Owner first: a change of owner clears set-id bits. */
static int finish(int fd, int parent_fd, const char *temporary, const char *name, mode_t mode, struct lx_rooted_owner owner)
{
	if (fchown(fd, owner.uid, owner.gid) < 0 || fchmod(fd, mode) < 0 ||
	    renameat(parent_fd, temporary, parent_fd, name) < 0)
		return -errno;
	return 0;
}

int lx_rooted_write(int root_fd, const char *path, const void *data, size_t size, mode_t mode, struct lx_rooted_owner owner)
{
	_cleanup_close_ int parent_fd = -EBADF, fd = -EBADF;
	char temporary[64];
	const char *name;
	int r;

	parent_fd = open_parent(root_fd, path, true, &name);
	if (parent_fd < 0)
		return parent_fd;
	fd = open_temporary(parent_fd, temporary, sizeof(temporary));
	if (fd < 0)
		return fd;

	r = fd_write_all(fd, data, size);
	if (r >= 0)
		r = finish(fd, parent_fd, temporary, name, mode, owner);
	if (r < 0)
		unlinkat(parent_fd, temporary, 0);
	return r;
}

static int copy_content(int from_fd, int to_fd)
{
	ssize_t n;

	if (ioctl(to_fd, FICLONE, from_fd) == 0)
		return 0;
	do
		n = sendfile(to_fd, from_fd, NULL, 1 << 30);
	while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

int lx_rooted_copy(int root_fd, int from_fd, const char *path, mode_t mode, struct lx_rooted_owner owner)
{
	_cleanup_close_ int parent_fd = -EBADF, fd = -EBADF;
	char temporary[64];
	const char *name;
	int r;

	parent_fd = open_parent(root_fd, path, true, &name);
	if (parent_fd < 0)
		return parent_fd;
	fd = open_temporary(parent_fd, temporary, sizeof(temporary));
	if (fd < 0)
		return fd;

	r = copy_content(from_fd, fd);
	if (r >= 0)
		r = finish(fd, parent_fd, temporary, name, mode, owner);
	if (r < 0)
		unlinkat(parent_fd, temporary, 0);
	return r;
}

int lx_rooted_read(int root_fd, const char *path, size_t max, char **ret, size_t *ret_size)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;

	/* O_NONBLOCK: a fifo would wait for its writer */
	fd = sys_open_in_root(root_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;

	return file_read_fd(fd, max, ret, ret_size);
}

int lx_rooted_mkdir(int root_fd, const char *path, mode_t mode, struct lx_rooted_owner owner)
{
	_cleanup_close_ int fd = -EBADF, dir_fd = -EBADF;

	fd = sys_mkdir_in_root(root_fd, path, 0755);
	if (fd < 0)
		return fd;
	dir_fd = sys_open_in_root(fd, ".", O_RDONLY | O_DIRECTORY, 0);
	if (dir_fd < 0)
		return dir_fd;
	if (fchown(dir_fd, owner.uid, owner.gid) < 0 || fchmod(dir_fd, mode) < 0)
		return -errno;
	return 0;
}

int lx_rooted_symlink(int root_fd, const char *target, const char *path)
{
	_cleanup_close_ int parent_fd = -EBADF;
	const char *name;

	parent_fd = open_parent(root_fd, path, true, &name);
	if (parent_fd < 0)
		return parent_fd;
	if (unlinkat(parent_fd, name, 0) < 0 && errno != ENOENT)
		return -errno;
	return symlinkat(target, parent_fd, name) < 0 ? -errno : 0;
}

/* A descriptor of the last component itself that fchmod() takes; devices and fifos are not opened. */
static int open_itself(int root_fd, const char *path)
{
	_cleanup_close_ int parent_fd = -EBADF, itself_fd = -EBADF;
	const char *name;
	struct stat st;
	int fd;

	parent_fd = open_parent(root_fd, path, false, &name);
	if (parent_fd < 0)
		return parent_fd;
	itself_fd = openat(parent_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (itself_fd < 0 || fstat(itself_fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return -EINVAL;

	fd = sys_open_beneath(parent_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	return fd;
}

int lx_rooted_chmod(int root_fd, const char *path, mode_t mode)
{
	_cleanup_close_ int fd = open_itself(root_fd, path);

	if (fd < 0)
		return fd;
	return fchmod(fd, mode) < 0 ? -errno : 0;
}

int lx_rooted_chown(int root_fd, const char *path, struct lx_rooted_owner owner)
{
	_cleanup_close_ int parent_fd = -EBADF;
	const char *name;

	parent_fd = open_parent(root_fd, path, false, &name);
	if (parent_fd < 0)
		return parent_fd;
	return fchownat(parent_fd, name, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int lx_rooted_remove(int root_fd, const char *path)
{
	_cleanup_close_ int parent_fd = -EBADF;
	const char *name;

	parent_fd = open_parent(root_fd, path, false, &name);
	if (parent_fd == -ENOENT)
		return 0;
	if (parent_fd < 0)
		return parent_fd;
	return tree_remove(parent_fd, name, NULL);
}

int lx_rooted_exists(int root_fd, const char *path)
{
	_cleanup_close_ int fd = sys_open_in_root(root_fd, path, O_PATH, 0);

	if (fd >= 0)
		return 1;
	return fd == -ENOENT || fd == -ENOTDIR ? 0 : fd;
}

int lx_rooted_list(int root_fd, const char *path, char ***ret)
{
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_strv_ char **names = NULL;
	struct dirent *d;
	int fd;

	fd = sys_open_in_root(root_fd, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0 && fd != -ENOENT)
		return fd;
	if (fd >= 0) {
		dir = fdopendir(fd);
		if (!dir) {
			close_fd(fd);
			return -ENOMEM;
		}
	}

	while (dir && (d = readdir(dir))) {
		if (str_equal(d->d_name, ".") || str_equal(d->d_name, ".."))
			continue;
		if (strv_append(&names, d->d_name) < 0)
			return -ENOMEM;
	}

	strv_sort(names);
	*ret = take_ptr(names);
	return 0;
}
