/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mknod(2) and mknodat(2) of devices that every container has anyway. A real node is made, so that archives have it and it
 * outlives the run. But the root file system is mounted nodev, lest a node that an image brought along be opened, and what a
 * guest mounts has no devices either: there a second node, on a tmpfs that has them, is mounted over the first. Such a node
 * must be unmounted before it can be removed.
 *
 * /dev/console is not among them: a node of it, unlike the container's own, would be the host's console.
 */
#include "monitor/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/macro.h"

#define PATH_SIZE 4096
#define MAKING (1ULL << CAP_MKNOD | 1ULL << CAP_DAC_OVERRIDE)

/* null, zero, full, random, urandom, tty */
static const struct {
	unsigned major, minor;
} harmless[] = { { 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 }, { 1, 9 }, { 5, 0 } };

static bool is_harmless(dev_t device)
{
	for (size_t i = 0; i < array_size(harmless); i++)
		if (device == makedev(harmless[i].major, harmless[i].minor))
			return true;
	return false;
}

/* Of 32 bits, as the call has it. */
static dev_t decode(uint32_t device)
{
	return makedev((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00));
}

/* With the caller's ids, and of the capabilities those that making a node takes. The parent has been found to be writable for
 * the caller; that is not asked again, for it may be its capability in the container that makes it so. */
static int make(const struct lx_caller *c, int parent_fd, const char *name, mode_t mode, dev_t device)
{
	uint64_t effective, permitted, inheritable;
	int r;

	r = sys_caps_get(&effective, &permitted, &inheritable);
	if (r >= 0)
		r = sys_caps_set(effective & MAKING, permitted, 0);
	if (r < 0)
		return r;
	umask(c->umask);
	r = mknodat(parent_fd, name, mode, device) < 0 ? -errno : 0;
	(void)umask(0022);
	return sys_caps_set(effective, permitted, 0) < 0 ? -EIO : r;
}

/* What was made: the node, or the empty file in its place. Whoever may write to the directory could have put something else
 * there meanwhile, which is neither opened nor covered. */
static int open_place(int parent_fd, const char *name, dev_t device)
{
	_cleanup_close_ int fd = openat(parent_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISCHR(st.st_mode) ? st.st_rdev != device : !S_ISREG(st.st_mode) || st.st_size > 0)
		return -EEXIST;
	return take_fd(&fd);
}

/* Can the node be used? */
static bool opens(int place_fd)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;
	char path[64];

	if (fstat(place_fd, &st) < 0 || !S_ISCHR(st.st_mode))
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", place_fd);
	fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 || errno != EACCES;
}

/* A node in a tmpfs of its own, which is mounted for a moment in a mount namespace that nobody else is in: what is not mounted
 * cannot be copied in part. It has the caller's owner and mode, and so can be changed like any other. */
static int make_elsewhere(const struct lx_caller *c, mode_t mode, dev_t device)
{
	_cleanup_close_ int fs_fd = sys_fsopen("tmpfs"), mount_fd = -EBADF;
	int r = fs_fd;

	if (r >= 0)
		r = sys_fsconfig_string(fs_fd, "nr_inodes", "4");
	if (r >= 0)
		r = sys_fsconfig_create(fs_fd);
	if (r >= 0)
		r = mount_fd = sys_fsmount(fs_fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (r >= 0)
		r = make(c, mount_fd, "node", mode | S_IFCHR, device);
	if (r >= 0)
		r = sys_unshare(CLONE_NEWNS);
	if (r >= 0)
		r = sys_move_mount(mount_fd, "", AT_FDCWD, "/proc");
	return r < 0 ? r : sys_open_tree(AT_FDCWD, "/proc/node", OPEN_TREE_CLONE);
}

/* Over a place that the caller could have mounted something on: it is root of the container. */
static int cover(const struct lx_caller *c, int place_fd, mode_t mode, dev_t device)
{
	_cleanup_close_ int tree_fd = make_elsewhere(c, mode, device);
	int r = tree_fd < 0 ? tree_fd : lx_caller_enter_mounts(c);

	return r < 0 ? r : sys_move_mount(tree_fd, "", place_fd, "");
}

static int make_usable(const struct lx_caller *c, int parent_fd, const char *name, mode_t mode, dev_t device)
{
	_cleanup_close_ int place_fd = -EBADF;
	int r;

	r = sys_set_credentials(c->uid, c->gid, c->groups, c->n_groups);
	if (r >= 0)
		r = lx_agent_tie_helper();
	if (r >= 0)
		r = make(c, parent_fd, name, mode | S_IFCHR, device);
	if (r == -EPERM) /* by an overlay of the guest's own, which makes it with the guest's rights */
		r = make(c, parent_fd, name, mode | S_IFREG, 0);
	if (r < 0)
		return r;
	place_fd = open_place(parent_fd, name, device);
	if (place_fd < 0)
		return place_fd;
	if (opens(place_fd))
		return 0;
	r = cover(c, place_fd, mode, device);
	if (r < 0)
		(void)unlinkat(parent_fd, name, 0);
	return r;
}

/* The name that is to be made, and the directory that it is to be made in. */
static int split(char *path, const char **ret_directory, const char **ret_name)
{
	char *slash = strrchr(path, '/');

	*ret_name = slash ? slash + 1 : path;
	if (!**ret_name)
		return -ENOENT;
	if (strcmp(*ret_name, ".") == 0 || strcmp(*ret_name, "..") == 0)
		return -EEXIST;
	*ret_directory = !slash ? "." : slash == path ? "/" : path;
	if (slash)
		*slash = '\0';
	return 0;
}

static int make_node(const struct lx_agent_self *self, const struct lx_caller *c, int dirfd, uint64_t path, mode_t mode,
		     dev_t device)
{
	struct lx_caller_path wish = { .dirfd = dirfd, .flags = O_DIRECTORY, .access = W_OK | X_OK };
	_cleanup_close_ int parent_fd = -EBADF;
	char text[PATH_SIZE];
	const char *name;
	int r;

	r = lx_caller_read_text(c, path, text, sizeof(text));
	if (r >= 0)
		r = split(text, &wish.text, &name);
	if (r < 0)
		return r;
	r = lx_caller_resolve(self, c, &wish, 1, &parent_fd);
	return r < 0 ? r : make_usable(c, parent_fd, name, mode, device);
}

static int answer(const struct lx_agent_self *self, const struct lx_caller *c, int dirfd, int path, int mode, int device)
{
	mode_t type = lx_caller_word(c, mode) & S_IFMT;
	dev_t number = decode(lx_caller_word(c, device));

	/* all of this the kernel decides by the caller's own rights, and the arguments are no pointers */
	if (self->orders->userns_fd < 0 || (type != S_IFCHR && type != S_IFBLK) || (type == S_IFCHR && number == 0))
		return LX_ANSWER_PASS;
	if (type != S_IFCHR || !is_harmless(number) || !lx_caller_has(c, CAP_MKNOD))
		return -EPERM;
	return make_node(self, c, dirfd, lx_caller_pointer(c, path), lx_caller_word(c, mode) & 07777, number);
}

int lx_answer_mknod(const struct lx_agent_self *self, const struct lx_caller *c)
{
	return answer(self, c, AT_FDCWD, 0, 1, 2);
}

int lx_answer_mknodat(const struct lx_agent_self *self, const struct lx_caller *c)
{
	return answer(self, c, (int)lx_caller_word(c, 0), 1, 2, 3);
}
