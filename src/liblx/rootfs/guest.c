/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What kind of system lies in a root file system: decides halt signals and the control group view. Reads names only, and
 * those inside the root. */
#include "rootfs/rootfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/names.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/str.h"
#include "sys/sys.h"

static const char *const kind_names[] = {
	[LX_INIT_OTHER] = "other",	     [LX_INIT_SYSTEMD] = "systemd", [LX_INIT_BUSYBOX] = "busybox",
	[LX_INIT_SYSVINIT] = "sysvinit", [LX_INIT_OPENRC] = "openrc",
};

const char *lx_init_kind_name(enum lx_init_kind kind)
{
	return NAMES_GET(kind_names, kind);
}

/* The name at the end of init's links tells what it is. */
static const struct {
	const char *name;
	enum lx_init_kind kind;
} programs[] = {
	{ "systemd", LX_INIT_SYSTEMD },
	{ "busybox", LX_INIT_BUSYBOX },
	{ "openrc-init", LX_INIT_OPENRC },
	{ "init", LX_INIT_SYSVINIT },
};

/* Directories that hold libsystemd-shared-VERSION.so, by distribution and age. */
static const char *const library_directories[] = {
	"usr/lib/systemd",
	"lib/systemd",
	"usr/lib64/systemd",
	"usr/lib/x86_64-linux-gnu/systemd",
	"usr/lib/aarch64-linux-gnu/systemd",
};

/* "libsystemd-shared-252.so" and "libsystemd-shared-257.9-1~deb13u1.so" give 252 and 257. */
static unsigned version_of_library(const char *name)
{
	const char *text = str_after(name, "libsystemd-shared-");
	unsigned version = 0;

	for (; text && *text >= '0' && *text <= '9' && version < 10000; text++)
		version = version * 10 + (unsigned)(*text - '0');

	return version;
}

static unsigned find_systemd_version(int root_fd)
{
	for (size_t i = 0; i < array_size(library_directories); i++) {
		int fd = sys_open_in_root(root_fd, library_directories[i], O_RDONLY | O_DIRECTORY, 0);
		_cleanup_closedir_ DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

		if (!dir) {
			close_fd(fd);
			continue;
		}
		for (struct dirent *d; (d = readdir(dir));) {
			unsigned version = version_of_library(d->d_name);

			if (version > 0)
				return version;
		}
	}

	return 0;
}

int lx_guest_probe(int root_fd, const char *init, struct lx_guest *ret, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	char link[64], real[4096];
	ssize_t n;

	fd = sys_open_in_root(root_fd, init, O_PATH, 0);
	if (fd < 0)
		return lx_error_set(err, fd, "init %s in the root file system", init);

	*ret = (struct lx_guest) { .init = LX_INIT_OTHER };
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, real, sizeof(real) - 1);
	if (n <= 0)
		return 0;
	real[n] = 0;

	for (size_t i = 0; i < array_size(programs) && ret->init == LX_INIT_OTHER; i++)
		if (str_equal(path_basename(real), programs[i].name))
			ret->init = programs[i].kind;
	if (ret->init == LX_INIT_SYSTEMD)
		ret->systemd_version = find_systemd_version(root_fd);

	return 0;
}
