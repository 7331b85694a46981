/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SELinux by the kernel's own files: all that lx needs of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/sys.h"

int sys_selinux_check(const char *context)
{
	_cleanup_close_ int fd = open("/sys/fs/selinux/context", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, context, strlen(context) + 1) < 0 ? -errno : 0;
}

/* A number that is the text of a file of the kernel's. */
static int read_number(const char *path, unsigned *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[16];
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return sscanf(text, "%u", ret) == 1 ? 0 : -EIO;
}

static int look_up(const char *class, const char *permission, unsigned *ret_class, unsigned *ret_bit)
{
	char path[128];
	int r;

	snprintf(path, sizeof(path), "/sys/fs/selinux/class/%s/index", class);
	r = read_number(path, ret_class);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/sys/fs/selinux/class/%s/perms/%s", class, permission);
	return read_number(path, ret_bit);
}

int sys_selinux_may(const char *who, const char *what, const char *class, const char *permission, bool *ret)
{
	_cleanup_close_ int fd = open("/sys/fs/selinux/access", O_RDWR | O_CLOEXEC);
	char text[1024];
	unsigned number, bit, allowed;
	ssize_t n;
	int r;

	if (fd < 0)
		return -errno;
	r = look_up(class, permission, &number, &bit);
	if (r < 0)
		return r;
	if (bit < 1 || bit > 32)
		return -EIO;

	n = snprintf(text, sizeof(text), "%s %s %u", who, what, number);
	if (n >= (ssize_t)sizeof(text))
		return -ENAMETOOLONG;
	if (write(fd, text, (size_t)n + 1) < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	if (sscanf(text, "%x", &allowed) != 1)
		return -EIO;

	*ret = allowed & (1U << (bit - 1));
	return 0;
}

bool sys_selinux_is_enforcing(void)
{
	unsigned enforcing = 0;

	return read_number("/sys/fs/selinux/enforce", &enforcing) >= 0 && enforcing;
}

int sys_selinux_label(int fd, char **ret)
{
	char path[32], label[512];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = getxattr(path, "security.selinux", label, sizeof(label) - 1);
	if (n < 0)
		return -errno;
	label[n] = '\0';
	*ret = strdup(label);
	return *ret ? 0 : -ENOMEM;
}
