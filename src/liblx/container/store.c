/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The set of containers: where it is, what is in it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "container/container.h"
#include "container/store.h"

/* An absolute path without links where it exists: two ways to write a store must give one run directory. */
static char *canonical_path(const char *path)
{
	_cleanup_free_ char *cwd = NULL;
	char *real = realpath(path, NULL);
	size_t n;

	if (real)
		return real;
	if (!path_is_absolute(path)) {
		cwd = getcwd(NULL, 0);
		return cwd ? path_join(cwd, path) : NULL;
	}
	real = strdup(path);
	for (n = real ? strlen(real) : 0; n > 1 && real[n - 1] == '/'; n--)
		real[n - 1] = '\0';
	return real;
}

int lx_store_resolve(const struct lx_settings *settings, const char *path, char **ret, struct lx_error *err)
{
	_cleanup_free_ char *asked = NULL, *configured = NULL;
	const char *store = settings->paths.containers;

	if (path && !str_equal(path, store)) {
		asked = canonical_path(path);
		configured = canonical_path(store);
		if (!asked || !configured)
			return lx_error_oom(err);
		if (!str_equal(asked, configured))
			store = asked;
	}

	*ret = strdup(store);
	return *ret ? 0 : lx_error_oom(err);
}

LX_PUBLIC int lx_store_path(const char *path, char **ret, struct lx_error *err)
{
	_cleanup_settings_ struct lx_settings *settings = NULL;
	int r;

	r = lx_settings_load(&settings, err);
	if (r < 0)
		return r;
	return lx_store_resolve(settings, path, ret, err);
}

bool lx_store_has(int store_fd, const char *name)
{
	char file[NAME_MAX + sizeof("/" LX_STORE_PARTIAL)];

	if (strlen(name) > LX_NAME_MAX)
		return false;
	sprintf(file, "%s/config", name);
	if (faccessat(store_fd, file, F_OK, 0) < 0)
		return false;
	sprintf(file, "%s/" LX_STORE_PARTIAL, name);
	return faccessat(store_fd, file, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

static bool is_candidate(const struct dirent *entry)
{
	if (entry->d_name[0] == '.')
		return false;
	return entry->d_type == DT_DIR || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
}

LX_PUBLIC int lx_store_list(const char *path, char ***ret, struct lx_error *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_free_ char *store = NULL;
	_cleanup_strv_ char **names = NULL;
	const struct dirent *entry;
	int r;

	r = lx_store_path(path, &store, err);
	if (r < 0)
		return r;
	dir = opendir(store);
	if (!dir && errno != ENOENT)
		return lx_error_set(err, -errno, "open %s", store);

	while (dir && (errno = 0, entry = readdir(dir))) {
		if (!is_candidate(entry) || !lx_store_has(dirfd(dir), entry->d_name))
			continue;
		if (strv_append(&names, entry->d_name) < 0)
			return lx_error_oom(err);
	}
	if (dir && errno != 0)
		return lx_error_set(err, -errno, "read %s", store);

	strv_sort(names);
	*ret = take_ptr(names);
	return 0;
}
