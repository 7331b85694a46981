/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lx_create(): a list of steps, each of which needs those before it.
 *
 * From the claim to the commit the container's directory holds the file "partial" and the container's lock is ours: nobody
 * sees it, and when we are killed the next create or destroy removes it. A step that fails, or a signal (they are blocked
 * and looked at between steps and while a template runs), makes us remove it ourselves.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootless.h"
#include "base/str.h"
#include "base/strv.h"
#include "container/container.h"
#include "host/host.h"
#include "image/image.h"
#include "instance/ids.h"
#include "lifecycle/leftover.h"
#include "net/net.h"
#include "storage/storage.h"
#include "systemd/image.h"
#include "systemd/machine.h"
#include "sys/sys.h"

#define NO_TEMPLATE "none"

/* The owner on disk of a file of root in an image of a user, as seen in the user's namespace. */
#define IMAGE_OWNER 1

struct creation {
	const struct lx_create_options *options;
	struct lx_container *container;
	struct lx_template template;    /* .file NULL: none */
	struct lx_watch watch;
	int lock_fd;
	int directory_fd;
	bool claimed;                   /* the directory is ours */
	struct lx_idmap map;            /* rootless: of the container, as seen in the user's namespace */
	struct lx_idmap owners;         /* rootless: those of the image to those of the container */
	bool other_owners;              /* ... which differ */
	int userns_fd, image_userns_fd; /* rootless: as whose root files are made; 0: our own */
	char *image_tree;
	char *root_path;                /* for [rootfs] path */
	int root_fd;
	char **settings;                /* "section.key=value" that the template wants */
	char *config_text;
};

static void creation_done(struct creation *k)
{
	lx_template_done(&k->template);
	lx_idmap_done(&k->map);
	lx_idmap_done(&k->owners);
	if (k->userns_fd > 0)
		close_fd(k->userns_fd);
	if (k->image_userns_fd > 0)
		close_fd(k->image_userns_fd);
	close_fd(k->root_fd);
	close_fd(k->directory_fd);
	close_fd(k->lock_fd);
	lx_container_close(k->container);
	free(k->image_tree);
	free(k->root_path);
	free(k->config_text);
	strv_free(k->settings);
}

/* ---- what is asked for --------------------------------------------------------------------------------------- */

static const char *template_name(const struct creation *k)
{
	const struct lx_create_options *o = k->options;

	if (o->template_name)
		return str_equal(o->template_name, NO_TEMPLATE) ? NULL : o->template_name;
	return o->directory ? NULL : k->container->settings->defaults.template_name;
}

static int step_check(struct creation *k, struct lx_error *err)
{
	const struct lx_create_options *o = k->options;
	const char *name = template_name(k);

	if (geteuid() != 0)
		return lx_error_say(err, -EPERM, "a program of a user who is not root must call lx_enter_user_namespace() first");
	if (o->storage && !lx_storage_find(o->storage)) {
		_cleanup_free_ char *path = str_format("%s:", o->storage);
		_cleanup_storage_ struct lx_storage s = { 0 };

		return path ? lx_storage_parse(path, &s, err) : lx_error_oom(err); /* says which there are */
	}
	if (o->directory && (name || (o->storage && !str_equal(o->storage, "dir"))))
		return lx_error_say(err, -EINVAL, "a directory that exists is used as it is, without %s",
				    name ? "a template" : "another storage driver");
	if (o->machine_image && rootless())
		return lx_error_say(err, -EPERM, "images of machinectl are root's; leave the option out");
	if (o->machine_image && o->storage && !str_equal(o->storage, "dir"))
		return lx_error_say(err, -EINVAL, "systemd takes directories as images: the storage has to be dir");
	if (!name && o->template_args && o->template_args[0])
		return lx_error_say(err, -EINVAL, "\"%s\" is meant for a template, but none is used", o->template_args[0]);

	return name ? lx_template_find(k->container->settings, name, &k->template, err) : 0;
}

/* ---- the name ------------------------------------------------------------------------------------------------ */

static int make_directory(struct creation *k, struct lx_error *err)
{
	const struct lx_container *c = k->container;
	int r;

	if (mkdir(c->directory, 0700) == 0)
		return 0;
	if (errno != EEXIST)
		return lx_error_set(err, -errno, "create %s", c->directory);
	if (!lx_leftover_is_partial(c))
		return lx_error_say(err, -EEXIST, "%s is in the way: it exists, but holds no configuration of a container", c->directory);

	r = lx_leftover_erase(c, NULL, err);
	if (r < 0)
		return r;
	return mkdir(c->directory, 0700) < 0 ? lx_error_set(err, -errno, "create %s", c->directory) : 0;
}

static int step_claim(struct creation *k, struct lx_error *err)
{
	struct lx_container *c = k->container;
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = file_mkdir_parents(AT_FDCWD, c->store, 0700);
	if (r < 0)
		return lx_error_set(err, r, "create %s", c->store);
	lx_leftover_sweep(c->store);

	r = lx_lock_take(c, &k->lock_fd, err);
	if (lx_container_exists(c))
		return lx_error_say(err, -EEXIST, "the container exists in %s; lx-destroy removes it", c->store);
	if (r < 0)
		return r;
	r = make_directory(k, err);
	if (r < 0)
		return r;
	k->claimed = true;

	k->directory_fd = open(c->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (k->directory_fd < 0)
		return lx_error_set(err, -errno, "open %s", c->directory);
	fd = openat(k->directory_fd, LX_STORE_PARTIAL, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? lx_error_set(err, -errno, "create %s/" LX_STORE_PARTIAL, c->directory) : 0;
}

/* Without a file of the user's own: the one link that needs nobody's permission. */
#define USER_SEED "[network eth0]\ntype = user\n"

static int read_seed(const struct creation *k, char **ret, struct lx_error *err)
{
	_cleanup_free_ char *usual = path_join(k->container->settings->paths.config, "default.conf");
	const char *file = k->options->config ? k->options->config : usual;
	int r;

	if (!file)
		return lx_error_oom(err);
	r = file_read(AT_FDCWD, file, FILE_TEXT_MAX, ret, NULL);
	if (r == -ENOENT && !k->options->config) {
		*ret = strdup(rootless() && lx_net_user_is_usable() ? USER_SEED : "");
		return *ret ? 0 : lx_error_oom(err);
	}
	return r < 0 ? lx_error_set(err, r, "read %s", file) : 0;
}

/* ---- whose ids (rootless) ------------------------------------------------------------------------------------ */

static bool is_first_range(const id_ranges *map)
{
	return map->n == 1 && map->items[0].inside == 0 && map->items[0].outside == IMAGE_OWNER;
}

static int copy_for_image(const id_ranges *from, id_ranges *to)
{
	vec_for_each(line, from) {
		struct id_range *copy = vec_add(to);

		if (!copy)
			return -ENOMEM;
		*copy = *line;
		copy->inside += IMAGE_OWNER;
	}
	return 0;
}

/* A user namespace whose root makes the files of map. The user is in it as well, at an id that the container has not: so that
 * this root can pass the user's directories, which nobody else may enter. */
static int open_owner(const struct lx_idmap *map, int *ret_fd, struct lx_error *err)
{
	_cleanup_(lx_idmap_done) struct lx_idmap with_user = { 0 };
	int r;

	r = lx_idmap_copy(map, &with_user);
	if (r >= 0)
		r = lx_idmap_add_own(&with_user);
	if (r < 0)
		return lx_error_oom(err);
	r = sys_userns_open(with_user.uids.items, with_user.uids.n, with_user.gids.items, with_user.gids.n);
	if (r < 0)
		return lx_error_set(err, r, "make a user namespace for the files of the container");
	*ret_fd = r;
	return 0;
}

/* Images are for the user's first ids, so that most containers can share them. */
static int open_image_owner(struct creation *k, struct lx_error *err)
{
	struct id_range first = { 0, IMAGE_OWNER, k->container->settings->idmap.range };
	struct lx_idmap map = { .uids = { &first, 1 }, .gids = { &first, 1 } };

	return open_owner(&map, &k->image_userns_fd, err);
}

/* Files of a user's container have on disk the owners that they have outside of it, since only root can have ids mapped when
 * mounting. So these ids are the first thing to know, not the last. */
static int step_owner(struct creation *k, struct lx_error *err)
{
	_cleanup_(lx_config_freep) struct lx_config *seed = NULL;
	int r;

	if (!rootless())
		return 0;
	/* fsopen(2) asks for a right over the mount namespace, which until here is the host's */
	r = sys_unshare(CLONE_NEWNS);
	if (r < 0)
		return lx_error_set(err, r, "make a mount namespace");
	r = read_seed(k, &k->config_text, err);
	if (r >= 0)
		r = lx_config_load_text(k->container->config_file, k->config_text, &seed, err);
	if (r >= 0)
		r = lx_idmap_rootless(k->container, seed, &k->map, err);
	if (r >= 0)
		r = open_owner(&k->map, &k->userns_fd, err);
	if (r >= 0)
		r = open_image_owner(k, err);
	if (r < 0)
		return r;

	if (!is_first_range(&k->map.uids) || !is_first_range(&k->map.gids))
		k->other_owners = true;
	return copy_for_image(&k->map.uids, &k->owners.uids) < 0 || copy_for_image(&k->map.gids, &k->owners.gids) < 0 ?
		lx_error_oom(err) : 0;
}

/* ---- the root file system ------------------------------------------------------------------------------------ */

static int step_image(struct creation *k, struct lx_error *err)
{
	uid_t owner = k->image_userns_fd > 0 ? IMAGE_OWNER : 0;

	if (!k->template.file)
		return 0;

	k->template.userns_fd = k->image_userns_fd;
	return lx_image_acquire(&(struct lx_image_request){
		.settings = k->container->settings,
		.template = &k->template,
		.args = k->options->template_args,
		.rebuild = k->options->rebuild,
		.directory = k->container->directory,
		.owner = { owner, owner },
		.watch = &k->watch,
	}, &k->image_tree, err);
}

/* An existing tree: nothing is made, and nothing will be removed. */
static int use_directory(struct creation *k, struct lx_error *err)
{
	_cleanup_free_ char *real = realpath(k->options->directory, NULL);
	struct stat st;

	if (!real)
		return lx_error_set(err, -errno, "directory %s", k->options->directory);
	if (stat(real, &st) < 0 || !S_ISDIR(st.st_mode))
		return lx_error_set(err, -ENOTDIR, "directory %s", real);

	k->root_path = str_format("dir:%s", real);
	return k->root_path ? 0 : lx_error_oom(err);
}

static int make_with(struct creation *k, const struct lx_storage_driver *driver, struct lx_error *err)
{
	_cleanup_storage_ struct lx_storage storage = { 0 };
	_cleanup_free_ char *path = NULL;
	int r;

	r = driver->probe(err);
	if (r < 0)
		return r;
	r = driver->create(k->directory_fd, k->container->directory, k->image_tree, k->other_owners ? &k->owners : NULL, &path, err);
	if (r < 0)
		return r;
	r = lx_storage_parse(path, &storage, err);
	if (r < 0)
		return r;
	storage.shifted = k->userns_fd > 0;
	r = lx_storage_open_aside(&storage, NULL, &k->root_fd, err);
	if (r < 0) {
		(void)driver->destroy(&storage, k->directory_fd, k->container->directory, NULL);
		return r;
	}

	k->root_path = take_ptr(path);
	return 0;
}

/* The named driver, or the first with which the root can be made and opened. */
static int step_storage(struct creation *k, struct lx_error *err)
{
	const char *wish = k->options->machine_image ? "dir" : k->options->storage ?: k->container->settings->defaults.storage;
	int r = 0;

	if (k->options->directory)
		return use_directory(k, err);
	if (!k->image_tree)
		return 0;
	if (wish) {
		const struct lx_storage_driver *driver = lx_storage_find(wish);

		if (!driver)
			return lx_error_say(err, -EINVAL, "lx.conf: [defaults] storage: there is no driver \"%s\"", wish);
		return make_with(k, driver, err);
	}

	for (const struct lx_storage_driver *const *d = lx_storage_drivers; *d; d++) {
		struct lx_error failure = { 0 };

		r = make_with(k, *d, &failure);
		if (r >= 0 || r == -ENOSPC || !d[1]) {
			lx_error_copy(err, &failure);
			return r;
		}
		log_info("storage %s does not work here: %s", (*d)->name, failure.text);
	}
	return r;
}

struct identity_request {
	int root_fd;
	const struct lx_identity *identity;
};

static int open_directory_root(struct creation *k, struct lx_error *err)
{
	_cleanup_storage_ struct lx_storage storage = { 0 };
	int r;

	r = lx_storage_parse(k->root_path, &storage, err);
	storage.shifted = k->userns_fd > 0;
	return r < 0 ? r : lx_storage_open_aside(&storage, NULL, &k->root_fd, err);
}

static int apply_identity(void *argument, struct lx_error *err)
{
	const struct identity_request *request = argument;

	return lx_identity_apply(request->root_fd, request->identity, err);
}

/* An existing tree keeps its names, it gets only what was asked for. */
static int step_configure(struct creation *k, struct lx_error *err)
{
	const struct lx_create_options *o = k->options;
	struct lx_identity identity = {
		.hostname = o->directory ? NULL : k->container->name,
		.password_file = o->root_password_file,
		.ssh_key_file = o->ssh_key_file,
	};
	struct identity_request request = { .identity = &identity };
	int r;

	if (!k->root_path) {
		if (o->root_password_file || o->ssh_key_file)
			return lx_error_say(err, -EINVAL, "without a root file system there is no place for a password or a key");
		return 0;
	}
	if (o->directory && !o->root_password_file && !o->ssh_key_file)
		return 0;
	if (k->root_fd < 0) {
		r = open_directory_root(k, err);
		if (r < 0)
			return r;
	}

	request.root_fd = k->root_fd;
	r = lx_aside_run(k->userns_fd, apply_identity, &request, err);
	if (r < 0 || !k->template.file)
		return r;
	k->template.userns_fd = k->userns_fd;
	return lx_template_configure(&k->template, k->container->name, k->root_fd, o->template_args, &k->watch, &k->settings, err);
}

/* ---- the configuration --------------------------------------------------------------------------------------- */

static int set_key(struct creation *k, const char *key, const char *value, struct lx_error *err)
{
	char *text;
	int r;

	r = lx_config_edit_text(k->container->config_file, k->config_text, key, value, LX_CONFIG_SET, &text, err);
	if (r < 0)
		return r;

	free(k->config_text);
	k->config_text = text;
	return 0;
}

static int set_template_keys(struct creation *k, struct lx_error *err)
{
	strv_for_each(setting, k->settings) {
		_cleanup_free_ char *key = strndup(setting, strcspn(setting, "="));
		int r;

		if (!key)
			return lx_error_oom(err);
		r = set_key(k, key, setting + strlen(key) + (setting[strlen(key)] == '='), err);
		if (r < 0) {
			lx_error_prefix(err, "template %s: %s", k->template.name, setting);
			return r;
		}
	}
	return 0;
}

static int step_config(struct creation *k, struct lx_error *err)
{
	int r;

	r = k->config_text ? 0 : read_seed(k, &k->config_text, err);
	if (r >= 0 && k->root_path)
		r = set_key(k, "rootfs.path", k->root_path, err);
	if (r >= 0 && k->options->machine_image)
		r = set_key(k, "machine.image", "yes", err);
	if (r >= 0)
		r = set_template_keys(k, err);
	if (r < 0)
		return r;

	r = file_write_atomic(k->directory_fd, "config", k->config_text, strlen(k->config_text), 0640);
	return r < 0 ? lx_error_set(err, r, "write %s", k->container->config_file) : 0;
}

/* A range of ids now, so that it is here that we learn that there is none left. */
static int step_ids(struct creation *k, struct lx_error *err)
{
	struct lx_container *c = k->container;
	const struct lx_config *config;
	struct lx_subids ids;
	int r;

	r = lx_container_config(c, &config, err);
	if (r < 0)
		return r;
	if (rootless() || config->container.privileged || config->idmap.map.uids.n > 0)
		return 0;
	if (config->idmap.range && !str_equal(config->idmap.range, "auto"))
		return 0;
	return lx_subid_allot(c->settings, c->store, c->name, &ids, err);
}

static int step_machine_image(struct creation *k, struct lx_error *err)
{
	char name[LX_MACHINE_NAME_MAX + 1];
	int r = k->options->machine_image ? lx_machine_name(k->container->run_id, name, err) : 0;

	if (r < 0 || !k->options->machine_image)
		return r;
	if (!k->root_path)
		return lx_error_say(err, -EINVAL, "without a root file system there is no image for machinectl");
	return lx_machine_image_link(&lx_image_places, name, str_after(k->root_path, "dir:") ?: k->root_path, err);
}

static int step_commit(struct creation *k, struct lx_error *err)
{
	if (unlinkat(k->directory_fd, LX_STORE_PARTIAL, 0) < 0)
		return lx_error_set(err, -errno, "remove %s/" LX_STORE_PARTIAL, k->container->directory);
	return 0;
}

/* ---- all of it ----------------------------------------------------------------------------------------------- */

static int (*const steps[])(struct creation *k, struct lx_error *err) = {
	step_check,
	step_claim,
	step_owner,
	step_image,
	step_storage,
	step_configure,                 /* needs the open root */
	step_config,                    /* needs what configure wants */
	step_ids,                       /* needs the configuration */
	step_machine_image,
	step_commit,
};

static int run_steps(struct creation *k, struct lx_error *err)
{
	struct lx_error undo = { 0 };
	int r = 0;

	for (size_t i = 0; i < array_size(steps) && r >= 0; i++) {
		r = lx_watch_check(&k->watch, err);
		if (r >= 0)
			r = steps[i](k, err);
	}
	if (r >= 0 || !k->claimed)
		return r;

	k->root_fd = close_fd(k->root_fd);
	if (lx_leftover_erase(k->container, k->root_path, &undo) < 0)
		lx_error_advise(err, "and what was made of it could not be removed: %s", undo.text);
	lx_leftover_forget_run(k->container);
	return r;
}

/* Signals that end a command are read from a descriptor meanwhile. One that ended the creation has been answered; one that
 * came too late takes its effect when the mask is back. */
static int with_signals(struct creation *k, struct lx_error *err)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct signalfd_siginfo taken;
	sigset_t set, before;
	int r;

	sigemptyset(&set);
	for (size_t i = 0; i < array_size(ends); i++)
		sigaddset(&set, ends[i]);
	pthread_sigmask(SIG_BLOCK, &set, &before);

	k->watch.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	r = k->watch.signal_fd < 0 ? lx_error_set(err, -errno, "make a signal descriptor") : run_steps(k, err);
	if (r == -EINTR)
		while (read(k->watch.signal_fd, &taken, sizeof(taken)) > 0)
			;
	k->watch.signal_fd = close_fd(k->watch.signal_fd);

	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

LX_PUBLIC int lx_create(const struct lx_create_options *options, struct lx_error *err)
{
	_cleanup_(creation_done) struct creation k = {
		.options = options,
		.lock_fd = -EBADF,
		.directory_fd = -EBADF,
		.root_fd = -EBADF,
		.watch = {
			.progress = options->progress,
			.userdata = options->userdata,
			.started = time_now(CLOCK_MONOTONIC),
			.signal_fd = -EBADF,
		},
	};
	int r;

	r = lx_container_new(options->path, options->name, &k.container, err);
	return r < 0 ? r : with_signals(&k, err);
}
