/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cache of images, one directory (mode 0700: setuid programs in it have their plain owners):
 *
 *     KEY.lock        held by whoever builds this image
 *     KEY.partial/    the image that is being built
 *     KEY.N/rootfs    a finished one; N counts, because containers go on using the old one when a new one is built
 *     KEY.N/key       the text that the key is the digest of; its time is when the image was built
 *     KEY.N/users/    a symbolic link to the directory of each container that has this image below it
 *     NAME.trash/     being removed
 *     .lock           held for a moment by whoever looks an image up, finishes one or removes one
 *
 * Every name appears and disappears by rename. A process that is killed leaves a partial or trash directory, which the next
 * build or release removes when nobody holds its lock.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "image/image.h"

#include "base/file.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/process.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "host/host.h"

#define LOCK ".lock"
#define PARTIAL ".partial"
#define TRASH ".trash"
#define KEY_DIGITS 24

/* ---- keys ---------------------------------------------------------------------------------------------------- */

int lx_image_key(const char *template_name, const char *text, char **ret, struct lx_error *err)
{
	char *const argv[] = { "sha256sum", NULL };
	_cleanup_(process_result_done) struct process_result result = { 0 };
	int r;

	r = process_run(&(struct process_options){ .argv = argv, .input = text }, &result, err);
	if (r < 0)
		return r;
	if (result.status != 0 || strspn(result.output, "0123456789abcdef") != 64)
		return lx_error_say(err, -EIO, "sha256sum failed (exit code %d)", result.status);

	*ret = str_format("%s-%.*s", template_name, KEY_DIGITS, result.output);
	return *ret ? 0 : lx_error_oom(err);
}

/* ---- locks --------------------------------------------------------------------------------------------------- */

static int open_cache(const struct lx_settings *settings, int *ret_fd, struct lx_error *err)
{
	const char *path = settings->paths.images;
	struct stat st;
	int fd, r;

	r = file_mkdir_parents(AT_FDCWD, path, 0700);
	if (r < 0)
		return lx_error_set(err, r, "create the image cache %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return lx_error_set(err, -errno, "open the image cache %s", path);
	if (fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 077)) {
		close_fd(fd);
		return lx_error_say(err, -EPERM, "the image cache %s must belong to root and have mode 0700", path);
	}

	*ret_fd = fd;
	return 0;
}

/* command: F_OFD_SETLK or F_OFD_SETLKW; -EAGAIN when the first finds it held */
static int take_lock(int cache_fd, const char *name, int command, int *ret_fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	_cleanup_close_ int fd = -EBADF;

	fd = openat(cache_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	while (fcntl(fd, command, &lock) < 0)
		if (errno != EINTR)
			return errno == EACCES ? -EAGAIN : -errno;

	*ret_fd = take_fd(&fd);
	return 0;
}

static int lock_cache(int cache_fd, int *ret_fd, struct lx_error *err)
{
	int r = take_lock(cache_fd, LOCK, F_OFD_SETLKW, ret_fd);

	return r < 0 ? lx_error_set(err, r, "lock the image cache") : 0;
}

/* The lock of one key; looks at the watch while somebody else builds. */
static int lock_key(int cache_fd, const char *key, const struct lx_watch *watch, int *ret_fd, struct lx_error *err)
{
	_cleanup_free_ char *name = str_format("%s" LOCK, key);
	bool told = false;
	int r;

	if (!name)
		return lx_error_oom(err);

	while ((r = take_lock(cache_fd, name, F_OFD_SETLK, ret_fd)) == -EAGAIN) {
		if (!told)
			lx_watch_report(watch, "wait", -1, "another lx-create builds this image");
		told = true;
		r = lx_watch_check(watch, err);
		if (r < 0)
			return r;
		nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
	}
	return r < 0 ? lx_error_set(err, r, "lock image %s", key) : 0;
}

/* ---- images -------------------------------------------------------------------------------------------------- */

struct image {
	char *name;                 /* KEY.N */
	char *key;
	uint64_t number;
	bool old;                   /* past its expiry, or there is a newer one */
};
typedef VEC(struct image) images;

static void images_done(images *list)
{
	vec_for_each(i, list) {
		free(i->name);
		free(i->key);
	}
	vec_done(list);
}

static bool is_expired(int cache_fd, const char *name, usec_t expiry)
{
	_cleanup_free_ char *file = str_format("%s/key", name);
	usec_t now = time_now(CLOCK_REALTIME), built;
	struct stat st;

	if (!file || fstatat(cache_fd, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return true;
	built = (usec_t)st.st_mtime * USEC_PER_SEC;
	return expiry != USEC_INFINITY && now > built && now - built > expiry;
}

/* KEY.N, or 0 when name is something else */
static int add_image(images *list, int cache_fd, const char *name, usec_t expiry)
{
	const char *dot = strrchr(name, '.');
	struct image *image;
	uint64_t number;

	if (!dot || dot == name || parse_uint(dot + 1, &number) < 0)
		return 0;
	image = vec_add(list);
	if (!image)
		return -ENOMEM;

	*image = (struct image){
		.name = strdup(name), .key = strndup(name, (size_t)(dot - name)), .number = number,
		.old = is_expired(cache_fd, name, expiry),
	};
	return image->name && image->key ? 0 : -ENOMEM;
}

static void mark_superseded(images *list)
{
	vec_for_each(a, list)
		vec_for_each(b, list)
			if (str_equal(a->key, b->key) && a->number < b->number)
				a->old = true;
}

static int list_names(int dir_fd, const char *path, char ***ret)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *d;
	int fd;

	fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	dir = fdopendir(fd);
	if (!dir) {
		close_fd(fd);
		return -ENOMEM;
	}

	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		if (strv_append(ret, d->d_name) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int list_images(int cache_fd, usec_t expiry, images *ret, struct lx_error *err)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	r = list_names(cache_fd, ".", &names);
	strv_for_each(name, names)
		if (r >= 0)
			r = add_image(ret, cache_fd, name, expiry);
	if (r < 0)
		return lx_error_set(err, r, "list the image cache");

	mark_superseded(ret);
	return 0;
}

static struct image *find_current(images *list, const char *key)
{
	vec_for_each(i, list)
		if (!i->old && str_equal(i->key, key))
			return i;
	return NULL;
}

static uint64_t next_number(const images *list, const char *key)
{
	uint64_t number = 0;

	vec_for_each(i, list)
		if (str_equal(i->key, key))
			number = MAX_OF(number, i->number);
	return number + 1;
}

/* ---- users --------------------------------------------------------------------------------------------------- */

/* NAME-HASH: containers of several stores may have one name. FNV-1a, nobody chooses a path to collide with another. */
static char *user_name(const char *directory)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (const char *p = directory; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3ULL;
	return str_format("%s-%016llx", path_basename(directory), (unsigned long long)h);
}

static int add_user(int cache_fd, const char *image, const char *directory, struct lx_error *err)
{
	_cleanup_free_ char *user = user_name(directory);
	_cleanup_free_ char *link = user ? str_format("%s/users/%s", image, user) : NULL;

	if (!link)
		return lx_error_oom(err);
	if (symlinkat(directory, cache_fd, link) < 0 && errno != EEXIST)
		return lx_error_set(err, -errno, "note %s as user of image %s", directory, image);
	return 0;
}

/* A link to a directory that has gone is of a container that was removed by hand. */
static bool has_users(int cache_fd, const char *image)
{
	_cleanup_free_ char *path = str_format("%s/users", image);
	_cleanup_strv_ char **names = NULL;

	if (!path || list_names(cache_fd, path, &names) < 0)
		return true;
	strv_for_each(name, names) {
		_cleanup_free_ char *link = path_join(path, name);

		if (!link || faccessat(cache_fd, link, F_OK, 0) == 0 || errno != ENOENT)
			return true;
	}
	return false;
}

/* ---- removal ------------------------------------------------------------------------------------------------- */

/* With the cache's lock: takes the names away of what nobody needs. */
static void discard_images(int cache_fd, images *list)
{
	vec_for_each(i, list) {
		_cleanup_free_ char *trash = str_format("%s" TRASH, i->name);

		if (!i->old || !trash || has_users(cache_fd, i->name))
			continue;
		log_debug("image %s is too old and has no user", i->name);
		(void)renameat(cache_fd, i->name, cache_fd, trash);
	}
}

/* What a killed build left. Its lock tells it from one that is going on. */
static void remove_partial(int cache_fd, const char *name)
{
	_cleanup_free_ char *lock_name = str_format("%.*s" LOCK, (int)(strlen(name) - strlen(PARTIAL)), name);
	_cleanup_close_ int lock_fd = -EBADF;

	if (lock_name && take_lock(cache_fd, lock_name, F_OFD_SETLK, &lock_fd) >= 0)
		(void)tree_remove(cache_fd, name, NULL);
}

/* Without locks, this may take long. What cannot be removed is there for the next one to try. */
static void empty_trash(int cache_fd)
{
	_cleanup_strv_ char **names = NULL;

	(void)list_names(cache_fd, ".", &names);
	strv_for_each(name, names) {
		if (str_ends_with(name, TRASH))
			(void)tree_remove(cache_fd, name, NULL);
		else if (str_ends_with(name, PARTIAL))
			remove_partial(cache_fd, name);
	}
}

/* ---- building ------------------------------------------------------------------------------------------------ */

static int make_partial(int cache_fd, const char *partial, const char *text, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = tree_remove(cache_fd, partial, err);
	if (r < 0)
		return r;
	if (mkdirat(cache_fd, partial, 0700) < 0)
		return lx_error_set(err, -errno, "create %s", partial);
	fd = openat(cache_fd, partial, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || mkdirat(fd, "rootfs", 0755) < 0 || mkdirat(fd, "users", 0700) < 0)
		return lx_error_set(err, -errno, "create %s/rootfs", partial);

	r = file_write_atomic(fd, "key", text, strlen(text), 0600);
	return r < 0 ? lx_error_set(err, r, "write %s/key", partial) : 0;
}

/* The tree, made by the template; what identifies a system is taken out of every image. The file system is synced before
 * the image gets its name: after a power cut a name must not stand for half an image. */
static int reset_identity(void *root_fd, struct lx_error *err)
{
	return lx_identity_reset(*(int *)root_fd, err);
}

static int fill_partial(const struct lx_image_request *request, int cache_fd, const char *partial, struct lx_error *err)
{
	_cleanup_free_ char *tree = str_format("%s/%s/rootfs", request->settings->paths.images, partial);
	_cleanup_close_ int root_fd = -EBADF;
	int r;

	if (!tree)
		return lx_error_oom(err);
	if (chown(tree, request->owner.uid, request->owner.gid) < 0)
		return lx_error_set(err, -errno, "give %s to the root of its files", tree);
	r = lx_template_build(request->template, tree, request->args, request->watch, err);
	if (r < 0)
		return r;
	root_fd = open(tree, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (root_fd < 0)
		return lx_error_set(err, -errno, "open %s", tree);
	r = lx_aside_run(request->template->userns_fd, reset_identity, &root_fd, err);
	if (r < 0)
		return r;

	lx_watch_report(request->watch, "save", -1, NULL);
	return syncfs(cache_fd) < 0 ? lx_error_set(err, -errno, "write image %s", partial) : 0;
}

/* Gives the partial image its name, with request's container as its first user. */
static int publish(const struct lx_image_request *request, int cache_fd, const char *key, const char *partial, char **ret_name,
		   struct lx_error *err)
{
	_cleanup_(images_done) images list = { 0 };
	_cleanup_close_ int lock_fd = -EBADF;
	_cleanup_free_ char *name = NULL;
	int r;

	r = lock_cache(cache_fd, &lock_fd, err);
	if (r < 0)
		return r;
	r = list_images(cache_fd, request->settings->defaults.image_expiry, &list, err);
	if (r < 0)
		return r;

	name = str_format("%s.%llu", key, (unsigned long long)next_number(&list, key));
	if (!name)
		return lx_error_oom(err);
	r = add_user(cache_fd, partial, request->directory, err);
	if (r < 0)
		return r;
	if (renameat(cache_fd, partial, cache_fd, name) < 0)
		return lx_error_set(err, -errno, "rename image %s to %s", partial, name);

	vec_for_each(i, &list)
		i->old |= str_equal(i->key, key);
	discard_images(cache_fd, &list);
	*ret_name = take_ptr(name);
	return 0;
}

/* The key's lock is held. */
static int build(const struct lx_image_request *request, int cache_fd, const char *key, const char *text, char **ret_name,
		 struct lx_error *err)
{
	_cleanup_free_ char *partial = str_format("%s" PARTIAL, key);
	int r;

	if (!partial)
		return lx_error_oom(err);
	r = make_partial(cache_fd, partial, text, err);
	if (r >= 0)
		r = fill_partial(request, cache_fd, partial, err);
	if (r >= 0)
		r = publish(request, cache_fd, key, partial, ret_name, err);
	if (r < 0)
		(void)tree_remove(cache_fd, partial, NULL);
	return r;
}

/* 1 and the name of an image that can be used, now with one more user; 0 when there is none. */
static int find(const struct lx_image_request *request, int cache_fd, const char *key, char **ret_name, struct lx_error *err)
{
	_cleanup_(images_done) images list = { 0 };
	_cleanup_close_ int lock_fd = -EBADF;
	struct image *image;
	int r;

	r = lock_cache(cache_fd, &lock_fd, err);
	if (r < 0)
		return r;
	r = list_images(cache_fd, request->settings->defaults.image_expiry, &list, err);
	if (r < 0)
		return r;
	image = find_current(&list, key);
	if (!image)
		return 0;

	r = add_user(cache_fd, image->name, request->directory, err);
	if (r < 0)
		return r;
	*ret_name = take_ptr(image->name);
	return 1;
}

static int find_or_build(const struct lx_image_request *request, int cache_fd, const char *key, const char *text,
			 char **ret_name, struct lx_error *err)
{
	_cleanup_close_ int key_fd = -EBADF;
	int r;

	r = request->rebuild ? 0 : find(request, cache_fd, key, ret_name, err);
	if (r != 0)
		return r;
	r = lock_key(cache_fd, key, request->watch, &key_fd, err);
	if (r < 0)
		return r;
	/* whoever held the lock before us may have built it */
	r = request->rebuild ? 0 : find(request, cache_fd, key, ret_name, err);
	if (r != 0)
		return r;

	r = build(request, cache_fd, key, text, ret_name, err);
	if (r >= 0)
		empty_trash(cache_fd);
	return r;
}

int lx_image_acquire(const struct lx_image_request *request, char **ret_tree, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL, *key = NULL, *name = NULL;
	_cleanup_close_ int cache_fd = -EBADF;
	int r;

	r = open_cache(request->settings, &cache_fd, err);
	if (r < 0)
		return r;
	r = lx_template_text(request->template, "key", request->args, &text, err);
	if (r < 0)
		return r;
	r = lx_image_key(request->template->name, text, &key, err);
	if (r < 0)
		return r;
	r = find_or_build(request, cache_fd, key, text, &name, err);
	if (r < 0)
		return r;

	*ret_tree = str_format("%s/%s/rootfs", request->settings->paths.images, name);
	return *ret_tree ? 0 : lx_error_oom(err);
}

static int release(const struct lx_settings *settings, int cache_fd, const char *user, struct lx_error *err)
{
	_cleanup_(images_done) images list = { 0 };
	_cleanup_close_ int lock_fd = -EBADF;
	int r;

	r = lock_cache(cache_fd, &lock_fd, err);
	if (r < 0)
		return r;
	r = list_images(cache_fd, settings->defaults.image_expiry, &list, err);
	if (r < 0)
		return r;

	vec_for_each(i, &list) {
		_cleanup_free_ char *link = str_format("%s/users/%s", i->name, user);

		if (!link)
			return lx_error_oom(err);
		if (unlinkat(cache_fd, link, 0) < 0 && errno != ENOENT)
			return lx_error_set(err, -errno, "remove %s from the image cache", link);
	}
	discard_images(cache_fd, &list);
	return 0;
}

int lx_image_release(const struct lx_settings *settings, const char *directory, struct lx_error *err)
{
	_cleanup_free_ char *user = user_name(directory);
	_cleanup_close_ int cache_fd = -EBADF;
	int r;

	if (!user)
		return lx_error_oom(err);
	if (!file_exists(AT_FDCWD, settings->paths.images))
		return 0;
	r = open_cache(settings, &cache_fd, err);
	if (r < 0)
		return r;
	r = release(settings, cache_fd, user, err);
	if (r < 0)
		return r;

	empty_trash(cache_fd);
	return 0;
}
