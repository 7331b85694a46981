/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copying trees. What a file system can share is shared (FICLONE); otherwise the kernel copies (copy_file_range), and
 * only where it cannot do we read and write. Holes stay holes.
 *
 * Attributes are set when the object is complete, in the one order that keeps them: the owner first, because a change of
 * owner drops the set-user-id bits and file capabilities; then the mode, extended attributes (access control lists,
 * capabilities), and times last, which for a directory means after its entries.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/macro.h"
#include "base/str.h"
#include "base/tree-walk.h"
#include "base/tree.h"

#define CHUNK (128 * 1024)

struct copy {
	int to_top_fd;
	const struct tree_owners *owners; /* NULL: as they are */
	struct buf path;
	struct tree_links links;
	struct lx_error *err;
};

static int copy_directory(struct copy *copy, int from_fd, int to_fd, unsigned depth);

static int fail(struct copy *copy, int code)
{
	return lx_error_set(copy->err, code, "copy %s", copy->path.size > 0 ? copy->path.data : "directory");
}

/* A part of the file by read and write; 0, or -errno. */
static int copy_by_hand(int from_fd, int to_fd, off_t start, off_t end)
{
	_cleanup_free_ char *chunk = malloc(CHUNK);

	if (!chunk)
		return -ENOMEM;

	while (start < end) {
		ssize_t n = pread(from_fd, chunk, (size_t)MIN_OF(end - start, (off_t)CHUNK), start), written = 0;

		if (n < 0)
			return -errno;
		if (n == 0)
			break; /* became shorter meanwhile */
		while (written < n) {
			ssize_t m = pwrite(to_fd, chunk + written, (size_t)(n - written), start + written);

			if (m < 0)
				return -errno;
			written += m;
		}
		start += n;
	}

	return 0;
}

static int copy_part(int from_fd, int to_fd, off_t start, off_t end)
{
	while (start < end) {
		off_t from = start, to = start;
		ssize_t n = copy_file_range(from_fd, &from, to_fd, &to, (size_t)(end - start), 0);

		/* EXDEV, EINVAL, EOPNOTSUPP, ...: these two file systems do not do it. A real failure comes again. */
		if (n < 0)
			return copy_by_hand(from_fd, to_fd, start, end);
		if (n == 0)
			break;
		start += n;
	}

	return 0;
}

/* The next range with data at or after start; -ENXIO when only a hole is left. */
static int find_data(int fd, off_t start, off_t size, off_t *ret_start, off_t *ret_end)
{
	off_t data = lseek(fd, start, SEEK_DATA), hole;

	if (data < 0 && errno == ENXIO)
		return -ENXIO;
	if (data < 0) { /* the file system cannot tell: all is data */
		*ret_start = start;
		*ret_end = size;
		return 0;
	}

	hole = lseek(fd, data, SEEK_HOLE);
	*ret_start = data;
	*ret_end = hole < 0 ? size : hole;
	return 0;
}

static int copy_content(int from_fd, int to_fd, off_t size)
{
	off_t start = 0, end = 0;
	int r;

	if (size == 0 || ioctl(to_fd, FICLONE, from_fd) == 0)
		return 0;
	if (ftruncate(to_fd, size) < 0)
		return -errno;

	while (end < size && find_data(from_fd, end, size, &start, &end) == 0) {
		r = copy_part(from_fd, to_fd, start, MIN_OF(end, size));
		if (r < 0)
			return r;
	}

	return 0;
}

/* Labels belong to the host's policy; where the target has none of the kind they are left out. Everything else is part
 * of the file, and losing it silently would break the guest (capabilities of ping, access lists of the journal). */
static bool xattr_is_label(const char *name)
{
	static const char *const labels[] = { "security.selinux", "security.SMACK64", "security.ima", "security.evm" };

	for (size_t i = 0; i < array_size(labels); i++)
		if (str_equal(name, labels[i]))
			return true;

	return false;
}

static int map_id(const struct id_range *ranges, size_t n, uint32_t *id)
{
	for (size_t i = 0; i < n; i++)
		if (*id >= ranges[i].inside && *id - ranges[i].inside < ranges[i].size) {
			*id = ranges[i].outside + (*id - ranges[i].inside);
			return 0;
		}
	return -EOVERFLOW;
}

/* Capabilities of a file count below one root only, whose id is their last word: struct vfs_ns_cap_data. */
static int map_capabilities(const struct tree_owners *o, const char *name, char *value, size_t size)
{
	struct vfs_ns_cap_data data;
	uint32_t root;

	if (!o || size != sizeof(data) || !str_equal(name, "security.capability"))
		return 0;
	memcpy(&data, value, sizeof(data));
	root = le32toh(data.rootid);
	if (map_id(o->uids, o->n_uids, &root) < 0)
		return -EOVERFLOW;
	data.rootid = htole32(root);
	memcpy(value, &data, sizeof(data));
	return 0;
}

static int copy_xattr(struct copy *copy, const char *from, const char *to, const char *name)
{
	_cleanup_free_ char *value = NULL;
	ssize_t size;

	size = lgetxattr(from, name, NULL, 0);
	if (size < 0)
		return errno == ENODATA ? 0 : fail(copy, -errno);

	value = malloc((size_t)size + 1);
	if (!value)
		return lx_error_oom(copy->err);
	size = lgetxattr(from, name, value, (size_t)size);
	if (size < 0)
		return fail(copy, -errno);
	if (map_capabilities(copy->owners, name, value, (size_t)size) < 0)
		return fail(copy, -EOVERFLOW);

	if (lsetxattr(to, name, value, (size_t)size, 0) == 0)
		return 0;
	if ((errno == EOPNOTSUPP || errno == EPERM) && xattr_is_label(name))
		return 0;
	lx_error_set(copy->err, -errno, "copy %s: attribute %s", copy->path.data ?: "directory", name);
	return -errno;
}

/* By path through /proc, because symbolic links and devices have attributes but cannot be opened. */
static int copy_xattrs(struct copy *copy, int from_dir_fd, int to_dir_fd, const char *name)
{
	char from[NAME_MAX + 64], to[NAME_MAX + 64], names[4096];
	_cleanup_free_ char *large = NULL;
	char *list = names;
	ssize_t size;

	snprintf(from, sizeof(from), "/proc/self/fd/%d/%s", from_dir_fd, name);
	snprintf(to, sizeof(to), "/proc/self/fd/%d/%s", to_dir_fd, name);

	size = llistxattr(from, names, sizeof(names));
	if (size < 0 && errno == ERANGE) {
		list = large = malloc(XATTR_LIST_MAX);
		if (!large)
			return lx_error_oom(copy->err);
		size = llistxattr(from, large, XATTR_LIST_MAX);
	}
	if (size < 0)
		return errno == EOPNOTSUPP ? 0 : fail(copy, -errno);

	for (char *p = list; p < list + size; p += strlen(p) + 1) {
		int r = copy_xattr(copy, from, to, p);

		if (r < 0)
			return r;
	}

	return 0;
}

static int copy_attributes(struct copy *copy, int from_dir_fd, int to_dir_fd, const char *name, const struct stat *st)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };
	const struct tree_owners *o = copy->owners;
	uint32_t uid = st->st_uid, gid = st->st_gid;
	int r = 0;

	if (o && (map_id(o->uids, o->n_uids, &uid) < 0 || map_id(o->gids, o->n_gids, &gid) < 0))
		r = -EOVERFLOW;
	if (r < 0)
		return fail(copy, r);
	if (fchownat(to_dir_fd, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(copy, -errno);
	if (!S_ISLNK(st->st_mode) && fchmodat(to_dir_fd, name, st->st_mode & 07777, 0) < 0)
		return fail(copy, -errno);

	r = copy_xattrs(copy, from_dir_fd, to_dir_fd, name);
	if (r < 0)
		return r;

	return utimensat(to_dir_fd, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? fail(copy, -errno) : 0;
}

static int copy_file(struct copy *copy, int from_dir_fd, int to_dir_fd, const char *name, const struct stat *st)
{
	_cleanup_close_ int from_fd = -EBADF, to_fd = -EBADF;
	int r;

	from_fd = openat(from_dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (from_fd < 0)
		return fail(copy, -errno);
	to_fd = openat(to_dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to_fd < 0)
		return fail(copy, -errno);

	r = copy_content(from_fd, to_fd, st->st_size);
	return r < 0 ? fail(copy, r) : 0;
}

static int copy_symlink(struct copy *copy, int from_dir_fd, int to_dir_fd, const char *name)
{
	char target[PATH_MAX];
	int r = file_read_link(from_dir_fd, name, target);

	if (r < 0)
		return fail(copy, r);
	return symlinkat(target, to_dir_fd, name) < 0 ? fail(copy, -errno) : 0;
}

static int copy_subdirectory(struct copy *copy, int from_dir_fd, int to_dir_fd, const char *name, unsigned depth)
{
	_cleanup_close_ int from_fd = -EBADF, to_fd = -EBADF;

	if (mkdirat(to_dir_fd, name, 0700) < 0)
		return fail(copy, -errno);

	from_fd = tree_open_directory(from_dir_fd, name);
	if (from_fd == -EXDEV)
		return 0; /* a mount point: the directory, not what is mounted */
	if (from_fd < 0)
		return fail(copy, from_fd);

	to_fd = tree_open_directory(to_dir_fd, name);
	if (to_fd < 0)
		return fail(copy, to_fd);

	return copy_directory(copy, from_fd, to_fd, depth);
}

/* 1 when the file was made as one more name of a file that is there already. */
static int copy_as_link(struct copy *copy, int to_dir_fd, const char *name, const struct stat *st)
{
	const struct tree_link *first;
	int r;

	if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
		return 0;

	r = tree_links_see(&copy->links, st, copy->path.data, &first);
	if (r < 0)
		return lx_error_oom(copy->err);
	if (r > 0 && linkat(copy->to_top_fd, first->path, to_dir_fd, name, 0) < 0)
		return fail(copy, -errno);

	return r;
}

static int copy_object(struct copy *copy, int from_dir_fd, int to_dir_fd, const char *name, const struct stat *st,
		       unsigned depth)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
		return copy_file(copy, from_dir_fd, to_dir_fd, name, st);
	case S_IFDIR:
		return copy_subdirectory(copy, from_dir_fd, to_dir_fd, name, depth + 1);
	case S_IFLNK:
		return copy_symlink(copy, from_dir_fd, to_dir_fd, name);
	default: /* device, FIFO, socket */
		if (mknodat(to_dir_fd, name, (st->st_mode & S_IFMT) | 0600, st->st_rdev) < 0)
			return fail(copy, -errno);
		return 0;
	}
}

static int copy_entry(struct copy *copy, int from_fd, int to_fd, const char *name, unsigned depth)
{
	struct stat st;
	int r;

	if (fstatat(from_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(copy, -errno);

	r = copy_as_link(copy, to_fd, name, &st);
	if (r != 0)
		return r;
	r = copy_object(copy, from_fd, to_fd, name, &st, depth);
	if (r < 0)
		return r;

	return copy_attributes(copy, from_fd, to_fd, name, &st);
}

static int copy_directory(struct copy *copy, int from_fd, int to_fd, unsigned depth)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;

	if (depth > TREE_DEPTH_MAX)
		return fail(copy, -ELOOP);

	dir = tree_read(from_fd);
	if (!dir)
		return fail(copy, -errno);

	while ((entry = tree_next(dir))) {
		size_t before = tree_path_push(&copy->path, entry->d_name);
		int r = copy->path.failed ? lx_error_oom(copy->err) :
					    copy_entry(copy, from_fd, to_fd, entry->d_name, depth);

		if (r < 0)
			return r;
		tree_path_pop(&copy->path, before);
	}

	return errno ? fail(copy, -errno) : 0;
}

int tree_copy(int from_fd, int to_fd, struct lx_error *err)
{
	return tree_copy_for(from_fd, to_fd, NULL, err);
}

int tree_copy_for(int from_fd, int to_fd, const struct tree_owners *owners, struct lx_error *err)
{
	struct copy copy = { .to_top_fd = to_fd, .owners = owners, .err = err };
	struct stat st;
	int r;

	if (fstat(from_fd, &st) < 0)
		return lx_error_set(err, -errno, "copy directory");

	r = copy_directory(&copy, from_fd, to_fd, 0);
	if (r >= 0)
		r = copy_attributes(&copy, from_fd, to_fd, ".", &st);
	buf_done(&copy.path);
	tree_links_done(&copy.links);
	return r < 0 ? r : 0;
}
