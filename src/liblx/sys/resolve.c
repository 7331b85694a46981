/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paths below a directory that somebody else may be changing: openat2(2) resolves them in the kernel, where no rename and
 * no symbolic link can lead out.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/sys.h"

/* The kernel gives up with EAGAIN when a rename anywhere on the system might have moved a ".." meanwhile. */
#define ATTEMPTS_MAX 64

static int open_resolved(int dir_fd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	const struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) ? mode & 07777 : 0,
		.resolve = resolve | RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	for (int i = 0; i < ATTEMPTS_MAX; i++) {
		fd = (int)syscall(SYS_openat2, dir_fd, *path ? path : ".", &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd < 0 ? -errno : fd;
}

int sys_open_in_root(int root_fd, const char *path, int flags, mode_t mode)
{
	return open_resolved(root_fd, path, flags, mode, RESOLVE_IN_ROOT);
}

int sys_open_beneath(int dir_fd, const char *path, int flags, mode_t mode)
{
	return open_resolved(dir_fd, path, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

int sys_open_plain(int dir_fd, const char *path, int flags)
{
	return open_resolved(dir_fd, path, flags, 0, 0);
}

int sys_open_parent_in_root(int root_fd, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char parent[PATH_MAX];
	size_t size = (size_t)(name - path);
	int fd;

	/* A name that can be created or removed, nothing else. */
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	if (size >= sizeof(parent))
		return -ENAMETOOLONG;
	memcpy(parent, path, size);
	parent[size] = '\0';

	fd = sys_open_in_root(root_fd, parent, O_PATH | O_DIRECTORY, 0);
	if (fd >= 0)
		*ret_name = name;
	return fd;
}

/* Opens the directory prefix, making its last component when it is missing. */
static int make_one(int root_fd, const char *prefix, mode_t mode)
{
	_cleanup_close_ int parent_fd = -EBADF;
	const char *name;
	int fd;

	fd = sys_open_in_root(root_fd, prefix, O_PATH | O_DIRECTORY, 0);
	if (fd != -ENOENT)
		return fd;
	parent_fd = sys_open_parent_in_root(root_fd, prefix, &name);
	if (parent_fd < 0)
		return parent_fd;
	if (mkdirat(parent_fd, name, mode) < 0 && errno != EEXIST)
		return -errno;
	return sys_open_in_root(root_fd, prefix, O_PATH | O_DIRECTORY, 0);
}

int sys_mkdir_in_root(int root_fd, const char *path, mode_t mode)
{
	char prefix[PATH_MAX];
	int fd = -EBADF;

	fd = sys_open_in_root(root_fd, path, O_PATH | O_DIRECTORY, 0);
	if (fd != -ENOENT)
		return fd;
	if (strlen(path) >= sizeof(prefix))
		return -ENAMETOOLONG;

	/* From the left, so that links in the middle lead where they lead. */
	for (const char *end = path; *end;) {
		size_t size;

		end += strspn(end, "/");
		end += strcspn(end, "/");
		size = (size_t)(end - path);
		memcpy(prefix, path, size);
		prefix[size] = '\0';
		close_fd(fd);
		if (!end[strspn(end, "/")]) /* the last one, slashes after it or not */
			return make_one(root_fd, prefix, mode);
		fd = make_one(root_fd, prefix, 0755);
		if (fd < 0)
			return fd;
	}
	return fd;
}
