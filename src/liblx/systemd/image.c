/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"

const struct lx_image_places lx_image_places = { .images = "/var/lib/machines", .locks = "/run/systemd/nspawn/locks" };

/* ---- the link */

static int open_images(const struct lx_image_places *places, bool create)
{
	int r = create ? file_mkdir_parents(AT_FDCWD, places->images, 0700) : 0;

	if (r < 0)
		return r;
	r = open(places->images, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

static bool leads_to(int dir_fd, const char *name, const char *root)
{
	char target[PATH_MAX];

	return file_read_link(dir_fd, name, target) >= 0 && str_equal(target, root);
}

int lx_machine_image_link(const struct lx_image_places *places, const char *name, const char *root, struct lx_error *err)
{
	_cleanup_close_ int dir_fd = open_images(places, true);
	int r;

	if (dir_fd < 0)
		return lx_error_set(err, dir_fd, "open %s", places->images);
	r = symlinkat(root, dir_fd, name) < 0 ? -errno : 0;
	if (r >= 0 || (r == -EEXIST && leads_to(dir_fd, name, root)))
		return 0;
	if (r == -EEXIST)
		return lx_error_say(err, -EEXIST, "%s/%s is another image", places->images, name);
	return lx_error_set(err, r, "make the link %s/%s", places->images, name);
}

void lx_machine_image_unlink(const struct lx_image_places *places, const char *name, const char *root)
{
	_cleanup_close_ int dir_fd = open_images(places, false);

	if (dir_fd >= 0 && leads_to(dir_fd, name, root))
		(void)unlinkat(dir_fd, name, 0);
}

/* Into the store, and to nothing. */
static bool is_dead(int dir_fd, const char *name, const char *store)
{
	char target[PATH_MAX];
	const char *rest;

	if (file_read_link(dir_fd, name, target) < 0)
		return false;
	rest = str_after(target, store);
	return rest && *rest == '/' && faccessat(dir_fd, name, F_OK, 0) < 0 && errno == ENOENT;
}

void lx_machine_image_sweep(const struct lx_image_places *places, const char *store)
{
	int fd = open_images(places, false);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir)
		close_fd(fd);
	while (dir && (entry = readdir(dir)))
		if (is_dead(dirfd(dir), entry->d_name, store))
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
}

/* ---- the locks */

/* One whose file has been removed by who held it before is nobody's. */
static int try_lock(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		return errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_nlink == 0 ? -EAGAIN : take_fd(&fd);
}

static int add_lock(struct lx_image_locks *locks, char *path)
{
	struct lx_image_lock *lock = &locks->items[locks->n];
	int fd = -ENOMEM;

	if (path)
		do
			fd = try_lock(path);
		while (fd == -EAGAIN);
	if (fd < 0) {
		free(path);
		return fd;
	}
	*lock = (struct lx_image_lock) { path, fd };
	locks->n++;
	return 0;
}

/* With the modes that systemd gives them. */
static int make_locks_directory(const char *path)
{
	_cleanup_free_ char *parent = strndup(path, (size_t)(path_basename(path) - 1 - path));
	int r = parent ? file_mkdir_parents(AT_FDCWD, parent, 0755) : -ENOMEM;

	return r >= 0 && mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : r;
}

/* Beside the link, by the directory that it leads to, and by the name: whichever way it is come by. */
int lx_machine_image_lock(const struct lx_image_places *places, const char *name, const char *root, struct lx_image_locks *ret,
			  struct lx_error *err)
{
	struct lx_image_locks locks = { 0 };
	struct stat st;
	int r;

	if (stat(root, &st) < 0)
		return lx_error_set(err, -errno, "look at %s", root);
	r = make_locks_directory(places->locks);
	if (r >= 0)
		r = add_lock(&locks, str_format("%s/.#%s.lck", places->images, name));
	if (r >= 0)
		r = add_lock(&locks, str_format("%s/inode-%lu:%lu", places->locks, (unsigned long)st.st_dev, (unsigned long)st.st_ino));
	if (r >= 0)
		r = add_lock(&locks, str_format("%s/name-%s", places->locks, name));
	if (r < 0) {
		lx_machine_image_unlock(&locks);
		return r == -EBUSY ? lx_error_say(err, r, "systemd uses %s as the image %s; see machinectl", root, name) :
				     lx_error_set(err, r, "lock the image %s", name);
	}

	*ret = locks;
	return 0;
}

void lx_machine_image_unlock(struct lx_image_locks *locks)
{
	while (locks->n > 0) {
		struct lx_image_lock *lock = &locks->items[--locks->n];

		(void)unlink(lock->path);
		close_fd(lock->fd);
		free(lock->path);
	}
}
