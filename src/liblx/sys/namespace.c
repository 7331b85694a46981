/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Namespaces: open, compare, enter, leave. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "sys/sys.h"

#define NSEC_PER_SEC 1000000000LL

static const char *namespace_file(char *path, size_t size, pid_t pid, int ns)
{
	snprintf(path, size, "/proc/%d/ns/%s", (int)pid, sys_namespaces[ns].name);
	return path;
}

int sys_namespace_open(pid_t pid, int ns)
{
	char path[64];
	int fd = open(namespace_file(path, sizeof(path), pid, ns), O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int sys_namespace_same(pid_t pid, int ns)
{
	struct stat ours, theirs;
	char path[64];

	if (stat(namespace_file(path, sizeof(path), getpid(), ns), &ours) < 0 ||
	    stat(namespace_file(path, sizeof(path), pid, ns), &theirs) < 0)
		return -errno;
	return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

int sys_netns_owner(int fd, uid_t *ret)
{
	_cleanup_close_ int userns_fd = -EBADF;
	struct statfs fs;

	/* an ioctl of the same number may mean anything elsewhere */
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if (fs.f_type != NSFS_MAGIC || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return -EINVAL;
	userns_fd = ioctl(fd, NS_GET_USERNS);
	if (userns_fd < 0)
		return -errno;
	return ioctl(userns_fd, NS_GET_OWNER_UID, ret) < 0 ? -errno : 0;
}

int sys_setns(int fd, int flags)
{
	return setns(fd, flags) < 0 ? -errno : 0;
}

int sys_unshare(int flags)
{
	return unshare(flags) < 0 ? -errno : 0;
}

/* The kernel wants the nanoseconds of a negative offset positive: -0.5 s is "-1 500000000". */
static void split_offset(int64_t nsec, int64_t *seconds, int64_t *rest)
{
	*seconds = nsec / NSEC_PER_SEC;
	*rest = nsec % NSEC_PER_SEC;
	if (*rest < 0) {
		*rest += NSEC_PER_SEC;
		(*seconds)--;
	}
}

static int write_time_offsets(int64_t boottime_nsec, int64_t monotonic_nsec)
{
	_cleanup_close_ int fd = -EBADF;
	int64_t bs, bn, ms, mn;
	char text[128];
	int n;

	split_offset(boottime_nsec, &bs, &bn);
	split_offset(monotonic_nsec, &ms, &mn);
	n = snprintf(text, sizeof(text), "monotonic %lld %lld\nboottime %lld %lld\n", (long long)ms, (long long)mn,
		     (long long)bs, (long long)bn);

	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return write(fd, text, (size_t)n) < 0 ? -errno : 0;
}

int sys_timens_enter(int64_t boottime_nsec, int64_t monotonic_nsec)
{
	_cleanup_close_ int fd = -EBADF;
	int r;

	/* unshare() makes the namespace for our children only, so that the offsets can still be written. */
	r = sys_unshare(CLONE_NEWTIME);
	if (r < 0)
		return r;
	r = write_time_offsets(boottime_nsec, monotonic_nsec);
	if (r < 0)
		return r;

	fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return sys_setns(fd, CLONE_NEWTIME);
}
