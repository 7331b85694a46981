/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An image that is only read, with the container's own changes over it.
 *
 *     overlay:IMAGE[:IMAGE...]:DIRECTORY        topmost image first; DIRECTORY holds upper/ and work/
 *
 * ("\:" for a colon and "\\" for a backslash in a path.) An overlay cannot be idmapped, its layers can (since 5.19): each
 * directory is cloned as a detached mount, gets the id map, and the overlay is made from the clones. So the image, shared
 * by many containers with different ranges, and the container's own files have plain owners on disk.
 *
 * How the layers reach the overlay. fsconfig() takes descriptors for layers only since 6.13; paths work everywhere. But
 * overlay refuses a path on a mount that is not attached to the caller's mount namespace (clone_private_mount(), until
 * 6.15). So each clone is attached for a moment over the directory that it was cloned from, in the caller's private
 * mount namespace, and named as /proc/self/fd/N: that works alike on 5.19 to 6.18, and needs neither a place to mount on
 * nor quoting of the paths. The overlay keeps its own clones of the layers, so ours are detached again at once.
 *
 * Tried on 6.18 with map 0 -> BASE and, for the work directory, one more line (see lx_layer_userns()): create, append (copied
 * up), delete, chown, rename of lower directories, opaque directories, hard links, setcap, ACLs, fsync, and all of it
 * again after a remount. The guest cannot make device nodes or trusted.* attributes. File capabilities of the image
 * work and are translated on copy-up. Opening takes 0.8 ms, half of it for the user namespaces.
 */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "storage/storage.h"

#include "base/buf.h"
#include "base/path.h"
#include "base/str.h"
#include "base/tree.h"
#include "storage/layer.h"
#include "sys/sys.h"

#define LOWER_MAX 16

/* The kernel's defaults for these depend on how it was configured; ours must not, because what they leave on disk would
 * then depend on the kernel that wrote it. redirect_dir lets directories of the image be renamed; index and metacopy tie an
 * upper layer to inode numbers of the lower one, which a copied container would not have. */
struct option {
	const char *key, *value;
};
static const struct option overlay_options[] = { { "redirect_dir", "on" }, { "index", "off" }, { "metacopy", "off" } };
/* Who is not the host's root cannot write trusted.* attributes, and the kernel trusts no redirect that is not in one: to
 * rename a directory of the image means to copy it (EXDEV, which mv and dpkg know). */
static const struct option user_options[] = { { "userxattr", NULL }, { "index", "off" }, { "metacopy", "off" } };
_Static_assert(array_size(user_options) == array_size(overlay_options), "one loop for both");

struct layers {
	char *names[LOWER_MAX + 1]; /* the images, then the directory */
	size_t n_lower;
	int fds[LOWER_MAX + 1];     /* mounts, in that order */
	bool attached;
	bool shifted;               /* as of the storage */
};

static void layers_detach(struct layers *l)
{
	for (size_t i = l->n_lower + 1; l->attached && i-- > 0;) {
		char path[64];

		if (l->fds[i] < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", l->fds[i]);
		sys_umount(path, MNT_DETACH);
	}
}

static void layers_done(struct layers *l)
{
	layers_detach(l);
	for (size_t i = 0; i <= LOWER_MAX; i++) {
		close_fd(l->fds[i]);
		free(l->names[i]);
	}
}

static void layers_init(struct layers *l)
{
	*l = (struct layers){ 0 };
	for (size_t i = 0; i <= LOWER_MAX; i++)
		l->fds[i] = -EBADF;
}

/* The next path of source, without its backslashes; advances *p behind the colon or to NULL. */
static char *next_path(const char **p)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	const char *s = *p;

	for (; *s && *s != ':'; s++) {
		if (*s == '\\' && s[1])
			s++;
		buf_add_char(&b, *s);
	}

	*p = *s ? s + 1 : NULL;
	return buf_steal(&b);
}

static int layers_parse(const struct lx_storage *s, struct layers *l, struct lx_error *err)
{
	const char *p = s->source;
	size_t n = 0;

	while (p) {
		if (n > LOWER_MAX)
			return lx_error_say(err, -E2BIG, "overlay:%s has more than %d layers", s->source, LOWER_MAX);
		l->names[n] = next_path(&p);
		if (!l->names[n])
			return lx_error_oom(err);
		if (!path_is_absolute(l->names[n]))
			return lx_error_say(err, -EINVAL, "overlay:%s: \"%s\" is not an absolute path", s->source, l->names[n]);
		n++;
	}
	if (n < 2)
		return lx_error_say(err, -EINVAL, "overlay:%s must name an image and the container's directory, "
				    "overlay:IMAGE:DIRECTORY", s->source);

	l->n_lower = n - 1;
	return 0;
}

static int open_layer(const char *path, int *ret_fd, struct lx_error *err)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return lx_error_set(err, -errno, "layer %s of the root file system", path);

	*ret_fd = fd;
	return 0;
}

static int probe(struct lx_error *err)
{
	int fs_fd;

	/* asking for it loads the module */
	fs_fd = sys_fsopen("overlay");
	if (fs_fd < 0)
		return lx_error_set(err, fs_fd, "overlay file system");

	close_fd(fs_fd);
	return 0;
}

static int check(const struct lx_storage *s, struct lx_error *err)
{
	_cleanup_(layers_done) struct layers l;
	int r;

	layers_init(&l);
	r = layers_parse(s, &l, err);
	for (size_t i = 0; r >= 0 && i <= l.n_lower; i++) {
		_cleanup_close_ int fd = -EBADF;

		r = open_layer(l.names[i], &fd, err);
	}
	return r;
}

/* Clones layer i with the id map and attaches it over itself. */
static int attach(struct layers *l, size_t i, int userns_fd, struct lx_error *err)
{
	_cleanup_close_ int dir_fd = -EBADF;
	int r;

	r = open_layer(l->names[i], &dir_fd, err);
	if (r < 0)
		return r;
	r = lx_layer_clone(dir_fd, userns_fd, l->names[i], &l->fds[i], err);
	if (r < 0)
		return r;

	r = sys_move_mount(l->fds[i], "", dir_fd, "");
	if (r < 0) {
		l->fds[i] = close_fd(l->fds[i]);
		return lx_error_set(err, r, "attach the mount of %s", l->names[i]);
	}
	l->attached = true;
	return 0;
}

/* Two maps, so that only what the overlay writes to can hold files of host id 0. */
static int attach_all(struct layers *l, const struct lx_idmap *map, struct lx_error *err)
{
	_cleanup_close_ int read_ns = -EBADF, write_ns = -EBADF;
	int r;

	r = lx_layer_userns(map, false, &read_ns, err);
	if (r < 0)
		return r;
	r = lx_layer_userns(map, true, &write_ns, err);
	if (r < 0)
		return r;

	for (size_t i = 0; r >= 0 && i <= l->n_lower; i++)
		r = attach(l, i, i < l->n_lower ? read_ns : write_ns, err);
	return r;
}

static int configure(int fs_fd, const struct layers *l, const char *context)
{
	const struct option *options = l->shifted ? user_options : overlay_options;
	_cleanup_buf_ struct buf lower = BUF_INIT;
	char path[64];
	int r;

	for (size_t i = 0; i < l->n_lower; i++)
		buf_addf(&lower, "%s/proc/self/fd/%d", i ? ":" : "", l->fds[i]);
	if (lower.failed)
		return -ENOMEM;

	r = sys_fsconfig_string(fs_fd, "lowerdir", lower.data);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/upper", l->fds[l->n_lower]);
	r = sys_fsconfig_string(fs_fd, "upperdir", path);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/work", l->fds[l->n_lower]);
	r = sys_fsconfig_string(fs_fd, "workdir", path);

	for (size_t i = 0; r >= 0 && i < array_size(overlay_options); i++)
		r = options[i].value ? sys_fsconfig_string(fs_fd, options[i].key, options[i].value) :
				       sys_fsconfig_flag(fs_fd, options[i].key);
	if (r >= 0 && context)
		r = sys_fsconfig_string(fs_fd, "context", context);
	return r >= 0 ? sys_fsconfig_create(fs_fd) : r;
}

static int mount_overlay(const struct layers *l, const char *context, uint64_t attributes, int *ret_mount_fd, struct lx_error *err)
{
	_cleanup_close_ int fs_fd = -EBADF, mount_fd = -EBADF;
	struct statvfs st;
	char text[512];
	int r;

	fs_fd = sys_fsopen("overlay");
	if (fs_fd < 0)
		return lx_error_set(err, fs_fd, "overlay file system");

	r = configure(fs_fd, l, context);
	if (r < 0) {
		sys_fs_message(fs_fd, text, sizeof(text));
		return lx_error_set(err, r, "mount the overlay of %s on %s%s%s", l->names[l->n_lower], l->names[0],
				    *text ? ": " : "", text);
	}
	mount_fd = sys_fsmount(fs_fd, (unsigned)attributes);
	if (mount_fd < 0)
		return lx_error_set(err, mount_fd, "mount the overlay of %s", l->names[l->n_lower]);

	/* An overlay that cannot use its work directory does not fail, it becomes read-only. */
	if (!(attributes & MOUNT_ATTR_RDONLY) && fstatvfs(mount_fd, &st) == 0 && (st.f_flag & ST_RDONLY))
		return lx_error_say(err, -EROFS, "the overlay cannot write to %s/work; is its file system read-only or full, "
				    "or one that cannot be an upper layer?", l->names[l->n_lower]);

	*ret_mount_fd = take_fd(&mount_fd);
	return 0;
}

static int open_once(const struct lx_storage *s, const struct lx_idmap *map, bool read_only, int *ret_mount_fd, struct lx_error *err)
{
	_cleanup_(layers_done) struct layers l;
	int r;

	layers_init(&l);
	r = layers_parse(s, &l, err);
	if (r < 0)
		return r;
	l.shifted = s->shifted;
	r = attach_all(&l, s->shifted ? NULL : map, err);
	if (r < 0)
		return r;

	return mount_overlay(&l, s->context, lx_layer_attributes(map, read_only), ret_mount_fd, err);
}

/* What an earlier run left in the work directory belongs to an id that another map may not have; the overlay itself cannot
 * remove it then. */
static int clear_work(const struct lx_storage *s)
{
	_cleanup_(layers_done) struct layers l;
	_cleanup_free_ char *path = NULL;

	layers_init(&l);
	if (layers_parse(s, &l, NULL) < 0)
		return -EINVAL;
	path = path_join(l.names[l.n_lower], "work/work");
	return path ? tree_remove(AT_FDCWD, path, NULL) : -ENOMEM;
}

static int open_overlay(const struct lx_storage *s, const struct lx_idmap *map, bool read_only, int *ret_mount_fd, struct lx_error *err)
{
	int r = open_once(s, map, read_only, ret_mount_fd, err);

	if (r != -EROFS || clear_work(s) < 0)
		return r;

	lx_error_clear(err);
	return open_once(s, map, read_only, ret_mount_fd, err);
}

static void add_escaped(struct buf *b, const char *path)
{
	for (const char *p = path; *p; p++) {
		if (*p == ':' || *p == '\\')
			buf_add_char(b, '\\');
		buf_add_char(b, *p);
	}
}

/* The upper directory is the root's inode, so it takes over mode and owner of the image's. */
static int make_upper(int directory_fd, const char *image_tree, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;

	if (stat(image_tree, &st) < 0)
		return lx_error_set(err, -errno, "image %s", image_tree);
	if (mkdirat(directory_fd, "upper", 0700) < 0 || mkdirat(directory_fd, "work", 0700) < 0)
		return lx_error_set(err, -errno, "create upper and work");

	fd = sys_open_beneath(directory_fd, "upper", O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return lx_error_set(err, fd, "open upper");
	if (fchown(fd, st.st_uid, st.st_gid) < 0 || fchmod(fd, st.st_mode & 07777) < 0)
		return lx_error_set(err, -errno, "set owner and mode of upper");
	return 0;
}

static int create(int directory_fd, const char *directory, const char *image_tree, const struct lx_idmap *owners,
		  char **ret_path, struct lx_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	char *path;
	int r;

	if (owners)
		return lx_error_say(err, -EOPNOTSUPP, "an overlay cannot change the owners of the image's files, which are those of "
				    "another range of ids");
	r = make_upper(directory_fd, image_tree, err);
	if (r < 0) {
		lx_error_prefix(err, "%s", directory);
		return r;
	}

	buf_add(&b, "overlay:");
	add_escaped(&b, image_tree);
	buf_add_char(&b, ':');
	add_escaped(&b, directory);
	path = buf_steal(&b);
	if (!path)
		return lx_error_oom(err);

	*ret_path = path;
	return 0;
}

static int destroy(const struct lx_storage *s, int directory_fd, const char *directory, struct lx_error *err)
{
	_cleanup_(layers_done) struct layers l;
	int r;

	layers_init(&l);
	r = layers_parse(s, &l, err);
	if (r < 0)
		return r;
	if (!str_equal(l.names[l.n_lower], directory))
		return 0; /* somebody else's directory */

	r = tree_remove(directory_fd, "upper", err);
	return r < 0 ? r : tree_remove(directory_fd, "work", err);
}

static char *own_tree(const struct lx_storage *s)
{
	_cleanup_(layers_done) struct layers l;

	layers_init(&l);
	return layers_parse(s, &l, NULL) < 0 ? NULL : path_join(l.names[l.n_lower], "upper");
}

static int usage(const struct lx_storage *s, uint64_t *ret, struct lx_error *err)
{
	_cleanup_(layers_done) struct layers l;
	_cleanup_close_ int dir_fd = -EBADF, fd = -EBADF;
	unsigned long long bytes;
	int r;

	layers_init(&l);
	r = layers_parse(s, &l, err);
	if (r < 0)
		return r;
	r = open_layer(l.names[l.n_lower], &dir_fd, err);
	if (r < 0)
		return r;

	fd = sys_open_beneath(dir_fd, "upper", O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return lx_error_set(err, fd, "open %s/upper", l.names[l.n_lower]);
	r = tree_usage(fd, &bytes, err);
	if (r < 0)
		return r;

	*ret = bytes;
	return 0;
}

const struct lx_storage_driver lx_storage_overlay = {
	.name = "overlay",
	.summary = "the image, only read, with the container's changes over it",
	.probe = probe,
	.check = check,
	.open = open_overlay,
	.create = create,
	.destroy = destroy,
	.own_tree = own_tree,
	.usage = usage,
};
