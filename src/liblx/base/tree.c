/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Removing and measuring trees, and the means that copying (tree-copy.c) shares.
 *
 * A tree may have been written by a hostile guest, so a level is entered by openat2() from its parent's descriptor, which
 * refuses links and mount points. It may also be deeper than there are descriptors: removal then moves the deep part up
 * to the top of the tree and goes on from there.
 */
#include "base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/tree-walk.h"

/* A directory that somebody still fills is not followed for ever. */
#define REMOVE_ROUNDS 16

int tree_open_directory(int dir_fd, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int fd = (int)syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

DIR *tree_read(int dir_fd)
{
	_cleanup_close_ int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir;

	if (fd < 0)
		return NULL;

	dir = fdopendir(fd);
	if (dir)
		take_fd(&fd);
	return dir;
}

struct dirent *tree_next(DIR *dir)
{
	struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));

	return entry;
}

size_t tree_path_push(struct buf *path, const char *name)
{
	size_t before = path->size;

	if (before > 0)
		buf_add_char(path, '/');
	buf_add(path, name);
	return before;
}

void tree_path_pop(struct buf *path, size_t before)
{
	if (before >= path->size)
		return;

	path->size = before;
	path->data[before] = '\0';
}

static int compare_links(const void *a, const void *b)
{
	const struct tree_link *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return (x->inode > y->inode) - (x->inode < y->inode);
}

int tree_links_see(struct tree_links *links, const struct stat *st, const char *path, const struct tree_link **ret)
{
	_cleanup_free_ struct tree_link *link = malloc(sizeof(*link) + strlen(path) + 1);
	struct tree_link **found;

	if (!link)
		return -ENOMEM;

	link->device = st->st_dev;
	link->inode = st->st_ino;
	strcpy(link->path, path);
	found = tsearch(link, &links->root, compare_links);
	if (!found)
		return -ENOMEM;

	*ret = *found;
	if (*found != link)
		return 1;
	(void)take_ptr(link);
	return 0;
}

void tree_links_done(struct tree_links *links)
{
	tdestroy(links->root, free);
	links->root = NULL;
}

struct removal {
	int top_fd;         /* where deep parts are moved to */
	unsigned moved;     /* number of such moves, for the names */
	struct buf path;
	struct lx_error *err;
};

static int remove_entry(struct removal *removal, int dir_fd, const char *name, unsigned depth);

static int fail(struct removal *removal, int code)
{
	if (code == -EXDEV || code == -EBUSY)
		return lx_error_say(removal->err, -EBUSY, "remove %s: something is mounted there", removal->path.data);
	return lx_error_set(removal->err, code, "remove %s", removal->path.data);
}

/* Empties the directory once; 1 when there was something in it. */
static int empty_directory(struct removal *removal, int dir_fd, unsigned depth)
{
	_cleanup_closedir_ DIR *dir = tree_read(dir_fd);
	struct dirent *entry;
	int found = 0;

	if (!dir)
		return fail(removal, -errno);

	while ((entry = tree_next(dir))) {
		int r = remove_entry(removal, dir_fd, entry->d_name, depth);

		if (r < 0)
			return r;
		found = 1;
	}

	return errno ? fail(removal, -errno) : found;
}

/* Out of levels: the directory gets a name at the top, whose next round finds it. */
static int move_up(struct removal *removal, int dir_fd, const char *name)
{
	char moved[64];

	do
		snprintf(moved, sizeof(moved), ".lx-remove-%u", removal->moved++);
	while (faccessat(removal->top_fd, moved, F_OK, AT_SYMLINK_NOFOLLOW) == 0);

	return renameat(dir_fd, name, removal->top_fd, moved) < 0 ? fail(removal, -errno) : 0;
}

static int remove_directory(struct removal *removal, int dir_fd, const char *name, unsigned depth)
{
	_cleanup_close_ int fd = tree_open_directory(dir_fd, name);
	int r = 1;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fail(removal, fd);
	if (depth == 0)
		removal->top_fd = fd;

	/* Entries may be skipped by a readdir() that runs while others go, and each move adds one at the top. */
	for (unsigned round = 0; r > 0 && round < REMOVE_ROUNDS + removal->moved; round++) {
		r = empty_directory(removal, fd, depth + 1);
		if (r < 0)
			return r;
	}

	return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? fail(removal, -errno) : 0;
}

static int remove_entry(struct removal *removal, int dir_fd, const char *name, unsigned depth)
{
	size_t before = tree_path_push(&removal->path, name);
	int r = 0;

	if (removal->path.failed)
		return lx_error_oom(removal->err);

	if (unlinkat(dir_fd, name, 0) < 0) {
		if (errno == EISDIR)
			r = depth >= TREE_DEPTH_MAX ? move_up(removal, dir_fd, name) :
						      remove_directory(removal, dir_fd, name, depth);
		else if (errno != ENOENT)
			r = fail(removal, -errno);
	}

	tree_path_pop(&removal->path, before);
	return r;
}

/* The directory that holds name, which is trusted; the rest of the way is not. */
static int open_parent(int dir_fd, const char *name, struct buf *path, const char **ret_last)
{
	const char *slash = strrchr(name, '/');
	int fd;

	*ret_last = slash ? slash + 1 : name;
	if (slash)
		buf_add_mem(path, name, slash == name ? 1 : (size_t)(slash - name));
	else
		buf_add(path, ".");
	if (path->failed)
		return -ENOMEM;

	fd = openat(dir_fd, path->data, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (!slash)
		buf_clear(path);
	return fd < 0 ? -errno : fd;
}

int tree_remove(int dir_fd, const char *name, struct lx_error *err)
{
	struct removal removal = { .top_fd = -EBADF, .err = err };
	_cleanup_close_ int parent_fd = -EBADF;
	const char *last;
	int r = 0;

	parent_fd = open_parent(dir_fd, name, &removal.path, &last);
	if (!*last)
		r = lx_error_say(err, -EINVAL, "remove %s: no name at its end", name);
	else if (parent_fd >= 0)
		r = remove_entry(&removal, parent_fd, last, 0);
	else if (parent_fd != -ENOENT)
		r = lx_error_set(err, parent_fd, "remove %s", name);
	buf_done(&removal.path);
	return r;
}

struct usage {
	unsigned long long bytes;
	struct tree_links links;
	struct lx_error *err;
};

static int add_directory(struct usage *usage, int dir_fd, unsigned depth);

static int add_entry(struct usage *usage, int dir_fd, const char *name, unsigned depth)
{
	_cleanup_close_ int fd = -EBADF;
	const struct tree_link *link;
	struct stat st;
	int r;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : lx_error_set(usage->err, -errno, "measure %s", name);

	if (!S_ISDIR(st.st_mode)) {
		r = st.st_nlink > 1 ? tree_links_see(&usage->links, &st, "", &link) : 0;
		if (r < 0)
			return lx_error_oom(usage->err);
		if (r == 0)
			usage->bytes += (unsigned long long)st.st_blocks * 512;
		return 0;
	}

	fd = tree_open_directory(dir_fd, name);
	if (fd == -EXDEV || fd == -ENOENT)
		return 0;
	if (fd < 0)
		return lx_error_set(usage->err, fd, "measure %s", name);

	usage->bytes += (unsigned long long)st.st_blocks * 512;
	return add_directory(usage, fd, depth + 1);
}

static int add_directory(struct usage *usage, int dir_fd, unsigned depth)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;

	if (depth > TREE_DEPTH_MAX)
		return lx_error_say(usage->err, -ELOOP, "more than %d directories within each other", TREE_DEPTH_MAX);

	dir = tree_read(dir_fd);
	if (!dir)
		return lx_error_set(usage->err, -errno, "read directory");

	while ((entry = tree_next(dir))) {
		int r = add_entry(usage, dir_fd, entry->d_name, depth);

		if (r < 0)
			return r;
	}

	return errno ? lx_error_set(usage->err, -errno, "read directory") : 0;
}

int tree_usage(int dir_fd, unsigned long long *ret, struct lx_error *err)
{
	struct usage usage = { .err = err };
	struct stat st;
	int r;

	if (fstat(dir_fd, &st) < 0)
		return lx_error_set(err, -errno, "measure directory");

	usage.bytes = (unsigned long long)st.st_blocks * 512;
	r = add_directory(&usage, dir_fd, 0);
	tree_links_done(&usage.links);
	if (r < 0)
		return r;

	*ret = usage.bytes;
	return 0;
}

bool tree_is_empty(int dir_fd)
{
	_cleanup_closedir_ DIR *dir = tree_read(dir_fd);

	return dir && !tree_next(dir) && errno == 0;
}
