/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's AppArmor policy: profiles go in and out through files of securityfs, which takes a tenth of what
 * apparmor_parser needs for the same. A policy namespace is a directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "security/apparmor.h"

#define POLICY "/sys/kernel/security/apparmor"
#define PROFILES_MAX (16 * 1024 * 1024)

/* Lines "NAME (MODE)". */
bool lx_apparmor_is_loaded(const char *name)
{
	_cleanup_strv_ char **lines = NULL;
	_cleanup_free_ char *text = NULL;

	if (file_read(AT_FDCWD, POLICY "/profiles", PROFILES_MAX, &text, NULL) < 0 || strv_split(text, "\n", &lines) < 0)
		return false;
	strv_for_each(line, lines) {
		const char *rest = str_after(line, name);

		if (rest && str_after(rest, " ("))
			return true;
	}

	return false;
}

/* All of it in one write(), or the kernel takes it for more than one. */
static int write_policy(const char *file, const char *bytes, size_t size)
{
	_cleanup_close_ int fd = open(file, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, bytes, size);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

int lx_apparmor_replace(const char *compiled, size_t size, struct lx_error *err)
{
	int r = write_policy(POLICY "/.replace", compiled, size);

	return r < 0 ? lx_error_set(err, r, "load a profile into the kernel") : 0;
}

int lx_apparmor_remove(const char *name, struct lx_error *err)
{
	int r = write_policy(POLICY "/.remove", name, strlen(name));

	return r < 0 && r != -ENOENT ? lx_error_set(err, r, "remove the AppArmor profile %s", name) : 0;
}

static int namespace_path(const char *name, char path[static 512], struct lx_error *err)
{
	if ((size_t)snprintf(path, 512, POLICY "/policy/namespaces/%s", name) >= 512)
		return lx_error_set(err, -ENAMETOOLONG, "AppArmor policy namespace %s", name);
	return 0;
}

int lx_apparmor_namespace_create(const char *name, struct lx_error *err)
{
	char path[512];
	int r = namespace_path(name, path, err);

	if (r >= 0 && mkdir(path, 0755) < 0 && errno != EEXIST)
		return lx_error_set(err, -errno, "make the AppArmor policy namespace %s", name);
	return r;
}

int lx_apparmor_namespace_remove(const char *name, struct lx_error *err)
{
	char path[512];
	int r = namespace_path(name, path, err);

	if (r >= 0 && rmdir(path) < 0 && errno != ENOENT)
		return lx_error_set(err, -errno, "remove the AppArmor policy namespace %s", name);
	return r;
}
