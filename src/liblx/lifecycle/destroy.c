/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx_destroy(): the container and what lx made for it. */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/str.h"
#include "container/container.h"
#include "hook/hook.h"
#include "lifecycle/launch.h"
#include "lifecycle/leftover.h"
#include "security/lsm.h"
#include "systemd/image.h"
#include "systemd/journal-dir.h"
#include "systemd/machine.h"

/* After a kill the monitor still has to clear up. */
#define KILL_TIMEOUT (30 * USEC_PER_SEC)

/* Takes the lock; with force a running container is killed for it. */
static int take_lock(struct lx_container *c, bool force, int *ret_fd, struct lx_error *err)
{
	_cleanup_(lx_run_state_done) struct lx_run_state state = { 0 };
	int r;

	r = lx_lock_take(c, ret_fd, err);
	if (r != -EBUSY)
		return r;
	if (!force) {
		lx_error_clear(err);
		if (lx_run_state_load(c, &state, NULL) >= 0 && state.state != LX_STATE_STOPPED)
			return lx_error_say(err, -EBUSY, "the container is %s; stop it first, or force it", lx_state_name(state.state));
		return lx_error_say(err, -EBUSY, "the container is running, or another command is changing it; stop it first, or "
				    "force it");
	}

	lx_error_clear(err);
	r = lx_stop(c, LX_STOP_KILL, KILL_TIMEOUT, err);
	if (r < 0 && r != -ESRCH)
		return r;
	lx_error_clear(err);
	return lx_lock_wait(c, time_now(CLOCK_MONOTONIC) + KILL_TIMEOUT, ret_fd, err);
}

/* A link may lead anywhere: what is there is not ours to remove. journal: what is noted of its journal, "" when nothing is. */
static int check_directory(const struct lx_container *c, char journal[static LX_MACHINE_ID_SIZE], struct lx_error *err)
{
	_cleanup_close_ int fd = open(c->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return lx_error_say(err, -ELOOP, "%s is a symbolic link; remove it, and what it leads to, by hand", c->directory);
	if (fd < 0)
		return lx_error_set(err, -errno, "open %s", c->directory);
	if (lx_journal_note_read(fd, journal) < 0)
		journal[0] = 0;
	return 0;
}

static int run_hooks(const struct lx_container *c, const struct lx_config *config, struct lx_error *err)
{
	return lx_hook_run(LX_HOOK_DESTROY, &(struct lx_hook_facts){
		.config = config,
		.name = c->name,
		.directory = c->directory,
		.config_file = c->config_file,
		.run_directory = c->run_directory,
		.root_path = config->rootfs.path,
		.root_mount = "",
		.state = lx_state_name(LX_STATE_STOPPED),
	}, err);
}

/* Of a root elsewhere; one in the container's directory is swept up when that has gone. */
static void remove_image(const struct lx_container *c, const struct lx_config *config)
{
	const char *path = config->rootfs.path ?: "";
	char name[LX_MACHINE_NAME_MAX + 1];

	if (config->machine.image && lx_machine_name(c->run_id, name, NULL) >= 0)
		lx_machine_image_unlink(&lx_image_places, name, str_after(path, "dir:") ?: path);
}

/* A configuration that cannot be read must not keep the container from being removed. */
static int erase(struct lx_container *c, struct lx_error *err)
{
	struct lx_error broken = { 0 };
	const struct lx_config *config;
	int r;

	r = lx_container_config(c, &config, &broken);
	if (r < 0) {
		log_warn("%s: no destroy hooks are run: %s", c->name, broken.text);
		return lx_leftover_erase(c, NULL, err);
	}
	r = run_hooks(c, config, err);
	if (r >= 0)
		remove_image(c, config);
	return r < 0 ? r : lx_leftover_erase(c, config->rootfs.path, err);
}

/* The guest's journal in the host's is not of the container only: what was written there stays, as root's. */
static void release_journal(const struct lx_container *c, const char *id)
{
	_cleanup_close_ int fd = open(LX_JOURNAL_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct lx_error error = { 0 };
	int r = fd < 0 ? 0 : lx_journal_dir_release(fd, id, c->directory, &error);

	if (r < 0)
		log_warn("%s: %s", c->name, error.text);
	if (r > 0)
		log_notice("%s: its journal stays in " LX_JOURNAL_DIR "/%s", c->name, id);
}

static void remove_logs(const struct lx_container *c)
{
	static const char *const suffixes[] = { "log", "log.1", "console", "console.1" };
	_cleanup_close_ int fd = open(c->settings->paths.log, O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; fd >= 0 && i < array_size(suffixes); i++) {
		_cleanup_free_ char *name = str_format("%s.%s", c->run_id, suffixes[i]);

		if (name)
			(void)unlinkat(fd, name, 0);
	}
}

LX_PUBLIC int lx_destroy(struct lx_container *c, bool force, struct lx_error *err)
{
	_cleanup_close_ int lock_fd = -EBADF;
	char journal[LX_MACHINE_ID_SIZE];
	int r;

	/* what a killed monitor left outside the store */
	r = lx_gc(c->store, c->name, NULL, NULL, err);
	if (r < 0)
		return r;
	r = take_lock(c, force, &lock_fd, err);
	if (r < 0)
		return r;
	r = check_directory(c, journal, err);
	if (r >= 0)
		r = erase(c, err);
	if (r < 0)
		return r;

	if (journal[0])
		release_journal(c, journal);
	remove_logs(c);
	/* the container is gone: what stays behind is a file in a cache */
	(void)lx_lsm_forget(c->settings, c->run_id, NULL);
	lx_leftover_forget_run(c);
	lx_launch_forget_unit(c);
	lx_leftover_sweep(c->store);
	return 0;
}
