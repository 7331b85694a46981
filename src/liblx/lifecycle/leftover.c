/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is on disk of containers that are no longer, or not yet. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lifecycle/leftover.h"

#include "base/log.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "host/host.h"
#include "image/image.h"
#include "storage/storage.h"
#include "systemd/image.h"

#define TRASH ".trash-"

static int open_store(const char *store)
{
	int fd = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int remove_storage(const struct lx_container *c, const char *root_path, int directory_fd, struct lx_error *err)
{
	_cleanup_storage_ struct lx_storage storage = { 0 };
	int r;

	r = lx_storage_parse(root_path, &storage, err);
	return r < 0 ? r : storage.driver->destroy(&storage, directory_fd, c->directory, err);
}

/* Through the trash: the name disappears at once, its content when there is time. */
static int remove_directory(const struct lx_container *c, const char *root_path, struct lx_error *err)
{
	_cleanup_close_ int directory_fd = -EBADF;
	_cleanup_free_ char *trash = str_format(TRASH "%s", c->name);
	_cleanup_close_ int store_fd = open_store(c->store);
	int r;

	if (store_fd == -ENOENT)
		return 0;
	if (store_fd < 0)
		return lx_error_set(err, store_fd, "open %s", c->store);
	if (!trash)
		return lx_error_oom(err);

	r = tree_remove(store_fd, trash, err);
	if (r < 0)
		return r;
	if (renameat(store_fd, c->name, store_fd, trash) < 0)
		return errno == ENOENT ? 0 : lx_error_set(err, -errno, "rename %s to %s", c->directory, trash);

	directory_fd = openat(store_fd, trash, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory_fd >= 0 && root_path) {
		r = remove_storage(c, root_path, directory_fd, err);
		if (r < 0)
			return r;
	}
	return tree_remove(store_fd, trash, err);
}

int lx_leftover_erase(const struct lx_container *c, const char *root_path, struct lx_error *err)
{
	int r;

	r = remove_directory(c, root_path, err);
	if (r >= 0)
		r = lx_image_release(c->settings, c->directory, err);
	if (r >= 0)
		r = lx_subid_release(c->settings, c->store, c->name, err);
	return r;
}

void lx_leftover_forget_run(const struct lx_container *c)
{
	struct lx_error err = { 0 };

	if (tree_remove(AT_FDCWD, c->run_directory, &err) < 0)
		log_warn("%s: %s", c->name, err.text);
}

bool lx_leftover_is_partial(const struct lx_container *c)
{
	_cleanup_close_ int fd = open(c->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return false;
	return faccessat(fd, LX_STORE_PARTIAL, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || tree_is_empty(fd);
}

/* The lock tells a create that was killed from one that is going on. */
static void sweep_partial(const char *store, const char *name)
{
	_cleanup_container_ struct lx_container *c = NULL;
	_cleanup_close_ int lock_fd = -EBADF;
	struct lx_error err = { 0 };
	int r;

	if (lx_container_new(store, name, &c, NULL) < 0 || lx_lock_take(c, &lock_fd, NULL) < 0)
		return;
	if (!lx_leftover_is_partial(c))
		return; /* finished meanwhile */

	r = lx_leftover_erase(c, NULL, &err);
	lx_leftover_forget_run(c);
	log_info("%s: %s", name, r < 0 ? err.text : "removed what an interrupted lx-create left");
}

static void sweep_entry(const char *store, int store_fd, const char *name)
{
	char marker[NAME_MAX + sizeof("/" LX_STORE_PARTIAL)];
	struct lx_error err = { 0 };

	if (str_after(name, TRASH)) {
		if (tree_remove(store_fd, name, &err) < 0)
			log_info("%s: %s", name, err.text);
		return;
	}
	snprintf(marker, sizeof(marker), "%s/" LX_STORE_PARTIAL, name);
	if (name[0] != '.' && faccessat(store_fd, marker, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		sweep_partial(store, name);
}

void lx_leftover_sweep(const char *store)
{
	_cleanup_closedir_ DIR *dir = opendir(store);
	const struct dirent *d;

	while (dir && (d = readdir(dir)))
		if (!str_equal(d->d_name, ".") && !str_equal(d->d_name, ".."))
			sweep_entry(store, dirfd(dir), d->d_name);
	lx_machine_image_sweep(&lx_image_places, store);
}
