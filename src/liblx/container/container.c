/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One container at rest: names and places, its configuration. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "base/rootless.h"
#include "base/str.h"
#include "base/strv.h"
#include "container/container.h"
#include "container/store.h"

int lx_container_check_name(const char *name, struct lx_error *err)
{
	if (str_is_hostname(name, LX_NAME_MAX))
		return 0;
	if (str_empty(name))
		return lx_error_say(err, -EINVAL, "the container's name is empty");

	_cleanup_free_ char *shown = strdup(name);

	if (!shown)
		return lx_error_oom(err);
	return lx_error_say(err, -EINVAL,
			    "\"%.80s\" cannot be a container's name: it becomes a host name, at most %d letters, digits, \"-\" and "
			    "single \".\", the last two not at an end",
			    str_printable(shown), LX_NAME_MAX);
}

/* FNV-1a, folded to 32 bits: short enough for a directory name, and nobody chooses a store to collide with another. */
static uint32_t hash_path(const char *path)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (; *path; path++)
		h = (h ^ (unsigned char)*path) * 0x100000001b3ULL;
	return (uint32_t)(h ^ h >> 32);
}

/* The configured store owns the short names; "_" begins no container's name, so that others cannot collide with them. */
static int set_run_names(struct lx_container *c, struct lx_error *err)
{
	const char *run = c->settings->paths.run;

	if (str_equal(c->store, c->settings->paths.containers)) {
		c->run_id = strdup(c->name);
		c->run_directory = path_join(run, c->name);
	} else {
		c->run_id = str_format("%s_%08x", c->name, hash_path(c->store));
		c->run_directory = str_format("%s/_%08x/%s", run, hash_path(c->store), c->name);
	}
	return c->run_id && c->run_directory ? 0 : lx_error_oom(err);
}

int lx_container_new(const char *store, const char *name, struct lx_container **ret, struct lx_error *err)
{
	_cleanup_container_ struct lx_container *c = NULL;
	int r;

	r = lx_container_check_name(name, err);
	if (r < 0)
		return r;
	c = calloc(1, sizeof(*c));
	if (!c)
		return lx_error_oom(err);
	r = lx_settings_load(&c->settings, err);
	if (r < 0)
		return r;
	r = lx_store_resolve(c->settings, store, &c->store, err);
	if (r < 0)
		return r;

	c->name = strdup(name);
	c->directory = path_join(c->store, name);
	c->config_file = c->directory ? path_join(c->directory, "config") : NULL;
	if (!c->name || !c->config_file)
		return lx_error_oom(err);
	r = set_run_names(c, err);
	if (r < 0)
		return r;

	*ret = take_ptr(c);
	return 0;
}

bool lx_container_exists(const struct lx_container *c)
{
	_cleanup_close_ int store_fd = open(c->store, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return store_fd >= 0 && lx_store_has(store_fd, c->name);
}

LX_PUBLIC int lx_container_open(const char *path, const char *name, struct lx_container **ret, struct lx_error *err)
{
	_cleanup_container_ struct lx_container *c = NULL;
	int r;

	r = lx_container_new(path, name, &c, err);
	if (r < 0)
		return r;
	if (!lx_container_exists(c) && access(c->config_file, F_OK) < 0 && errno == EACCES)
		return lx_error_say(err, -EACCES, "this user may not read %s; run the command as root", c->config_file);
	if (!lx_container_exists(c))
		return lx_error_say(err, -ENOENT, "there is no container of this name in %s; lx-ls lists them, lx-create makes one",
				    c->store);
	*ret = take_ptr(c);
	return 0;
}

LX_PUBLIC void lx_container_close(struct lx_container *c)
{
	if (!c)
		return;
	lx_config_free(c->config);
	lx_settings_free(c->settings);
	strv_free(c->defines);
	free(c->name);
	free(c->store);
	free(c->directory);
	free(c->config_file);
	free(c->run_directory);
	free(c->run_id);
	free(c);
}

LX_PUBLIC const char *lx_container_name(const struct lx_container *c)
{
	return c->name;
}

LX_PUBLIC const char *lx_container_path(const struct lx_container *c)
{
	return c->store;
}

LX_PUBLIC const char *lx_container_directory(const struct lx_container *c)
{
	return c->directory;
}

/* What was read before a change to the sources is out of date. */
static void forget_config(struct lx_container *c)
{
	lx_config_free(c->config);
	c->config = NULL;
}

LX_PUBLIC int lx_container_define(struct lx_container *c, const char *assignment, struct lx_error *err)
{
	const char *equals = strchr(assignment, '='), *dot = strchr(assignment, '.');

	if (!equals || !dot || dot > equals || dot == assignment)
		return lx_error_say(err, -EINVAL, "\"%s\" is not of the form section.key=value or section.label.key=value",
				    assignment);
	if (strv_append(&c->defines, assignment) < 0)
		return lx_error_oom(err);
	forget_config(c);
	return 0;
}

LX_PUBLIC int lx_container_use_config(struct lx_container *c, const char *file, struct lx_error *err)
{
	char *absolute = realpath(file, NULL);

	if (!absolute)
		return lx_error_set(err, -errno, "open %s", file);
	free(c->config_file);
	c->config_file = absolute;
	c->config_given = true;
	forget_config(c);
	return 0;
}

/* Hooks are run with our rights, and paths followed: root does not do what another user has written down. */
static int check_directory(const struct lx_container *c, struct lx_error *err)
{
	struct stat st;

	if (rootless() || stat(c->directory, &st) < 0 || st.st_uid == 0)
		return 0;
	return lx_error_say(err, -EPERM, "%s belongs to uid %u, and would be obeyed as root; run the command as that user", c->directory,
			    (unsigned)st.st_uid);
}

static int load_config(struct lx_container *c, struct lx_error *err)
{
	int r = check_directory(c, err);

	if (r < 0)
		return r;
	return c->config_given ? lx_config_load(c->config_file, c->defines, &c->config, err) :
				 lx_config_load_own(c->config_file, c->defines, &c->config, err);
}

int lx_container_config(struct lx_container *c, const struct lx_config **ret, struct lx_error *err)
{
	int r = c->config ? 0 : load_config(c, err);

	if (r < 0)
		return r;
	*ret = c->config;
	return 0;
}

/* The directory holds sockets and descriptors' names that a privileged process trusts: nobody else may write there. */
static int check_run_directory(int fd, const char *path, struct lx_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return lx_error_set(err, -errno, "stat %s", path);
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return lx_error_say(err, -EPERM, "%s must belong to uid %u and have mode 0700; it has uid %u and mode %04o", path,
				    geteuid(), st.st_uid, st.st_mode & 07777);
	return 0;
}

/* RUN is everybody's to walk through, RUN/NAME ours alone. */
static int make_run_directory(const char *path)
{
	_cleanup_free_ char *parent = strdup(path);
	int r;

	if (!parent)
		return -ENOMEM;
	*strrchr(parent, '/') = '\0';
	r = file_mkdir_parents(AT_FDCWD, parent, 0755);
	if (r < 0)
		return r;
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

int lx_container_open_run(const struct lx_container *c, bool create, int *ret_fd, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	int r;

	fd = open(c->run_directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && create) {
		r = make_run_directory(c->run_directory);
		if (r < 0)
			return lx_error_set(err, r, "make %s", c->run_directory);
		fd = open(c->run_directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		return lx_error_set(err, -errno, "open %s", c->run_directory);

	r = check_run_directory(fd, c->run_directory, err);
	if (r < 0)
		return r;
	*ret_fd = take_fd(&fd);
	return 0;
}
