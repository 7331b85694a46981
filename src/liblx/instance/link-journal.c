/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host: the guest's journald writes into a directory of the host's, which is mounted over its own. The files have the owners
 * on disk that the guest has outside, so a program with the set-user-id bit that it puts there is nobody's on the host.
 * guest: it writes where it always does, and the host has a link to there.
 */
#include "instance/link-journal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "instance/ids.h"
#include "security/lsm.h"
#include "systemd/journal-dir.h"

#define GUEST_DIR "var/log/journal"

enum mode { NO, AUTO, HOST, GUEST };

static enum mode mode_of(const struct lx_instance *inst)
{
	const char *word = inst->config->machine.link_journal;

	return str_equal(word, "host") ? HOST : str_equal(word, "guest") ? GUEST : str_equal(word, "auto") ? AUTO : NO;
}

static int open_base(void)
{
	int fd = open(LX_JOURNAL_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* The one that the guest will have. */
static int find_id(const struct lx_instance *inst, char id[static LX_MACHINE_ID_SIZE], struct lx_error *err)
{
	if (lx_machine_id_read(inst->root_fd, id) < 0 && !lx_machine_id_parse(inst->plan->uuid, id))
		return lx_error_say(err, -EINVAL, "the container has no machine id; see [container] uuid");
	if (str_equal(id, inst->host->machine_id))
		return lx_error_say(err, -EEXIST, "the container has the machine id of the host; empty its /etc/machine-id");
	return 0;
}

static int add_mount(struct lx_instance *inst, const char *id, bool optional, struct lx_error *err)
{
	char source[sizeof(LX_JOURNAL_DIR) + LX_MACHINE_ID_SIZE], target[sizeof(GUEST_DIR) + LX_MACHINE_ID_SIZE];
	struct lx_mount *m;

	snprintf(source, sizeof(source), LX_JOURNAL_DIR "/%s", id);
	snprintf(target, sizeof(target), GUEST_DIR "/%s", id);
	m = lx_mounts_add(&inst->plan->mounts, LX_MOUNT_TREE, LX_PHASE_BASE, NULL, target, NULL,
			  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (!m || str_set(&m->source, source) < 0)
		return lx_error_oom(err);
	m->create_dir = !inst->config->rootfs.read_only;
	m->optional = optional;
	return 0;
}

static int link_host(struct lx_instance *inst, int base_fd, const char *id, enum mode mode, struct lx_error *err)
{
	const struct lx_plan *plan = inst->plan;
	const struct lx_journal_owner owner = { plan->root_uid, plan->root_gid, plan->user_namespace ? &plan->map.uids : NULL,
						lx_lsm_mount_context(&plan->security.lsm) };
	int r = lx_journal_dir_give(base_fd, id, &owner, mode == HOST, err);

	if (r < 0)
		return r;
	inst->journal_made = r > 0;
	return add_mount(inst, id, mode == AUTO, err);
}

struct place {
	int root_fd;
	const char *path;
};

static int make_place(void *argument, struct lx_error *err)
{
	const struct place *place = argument;
	int fd = sys_mkdir_in_root(place->root_fd, place->path, 0755);

	if (fd < 0)
		return lx_error_set(err, fd, "make /%s in the container", place->path);
	close_fd(fd);
	return 0;
}

/* Its journald keeps nothing on disk where there is no such directory. It is made with the guest's ids. */
static int make_in_guest(const struct lx_instance *inst, const char *path, struct lx_error *err)
{
	struct place place = { inst->root_fd, path };
	_cleanup_close_ int userns_fd = -EBADF;
	int r = 0;

	if (inst->config->rootfs.read_only)
		return 0;
	if (inst->plan->user_namespace)
		r = lx_idmap_open(&inst->plan->map, &userns_fd, err);
	return r < 0 ? r : lx_aside_run(userns_fd, make_place, &place, err);
}

static int link_guest(struct lx_instance *inst, int base_fd, const char *id, struct lx_error *err)
{
	_cleanup_free_ char *tree = inst->storage.driver->own_tree(&inst->storage), *target = NULL;
	char path[sizeof(GUEST_DIR) + LX_MACHINE_ID_SIZE];
	int r;

	snprintf(path, sizeof(path), GUEST_DIR "/%s", id);
	target = tree ? path_join(tree, path) : NULL;
	if (!target)
		return lx_error_oom(err);
	r = lx_journal_dir_link(base_fd, id, target, inst->container->directory, err);
	if (r < 0)
		return r;
	inst->journal_made = r > 0;
	r = make_in_guest(inst, path, err);
	if (r < 0 && inst->journal_made)
		(void)unlinkat(base_fd, id, 0);
	return r;
}

static bool is_link(int base_fd, const char *id)
{
	char target[1];

	return readlinkat(base_fd, id, target, sizeof(target)) >= 0;
}

/* What is noted may be of another machine id, or of another value of the key. A directory stays the container's. */
static int forget_other(const struct lx_instance *inst, int base_fd, int directory_fd, const char *id, enum mode mode, struct lx_error *err)
{
	char noted[LX_MACHINE_ID_SIZE];
	bool same;

	if (lx_journal_note_read(directory_fd, noted) < 0)
		return 0;
	same = str_equal(noted, id);
	if (is_link(base_fd, noted) ? same && mode == GUEST : same || mode == NO)
		return 0;
	(void)unlinkat(directory_fd, LX_JOURNAL_NAME, 0);
	return lx_journal_dir_release(base_fd, noted, inst->container->directory, err) < 0 ? -EIO : 0;
}

/* directory_fd: of the container, if it has one. */
static int link_journal(struct lx_instance *inst, int base_fd, int directory_fd, enum mode mode, struct lx_error *err)
{
	char id[LX_MACHINE_ID_SIZE] = "";
	int r;

	r = mode == NO ? 0 : find_id(inst, id, err);
	if (r >= 0)
		r = forget_other(inst, base_fd, directory_fd, id, mode, err);
	if (r < 0 || mode == NO)
		return r;

	r = mode == GUEST ? link_guest(inst, base_fd, id, err) : link_host(inst, base_fd, id, mode, err);
	if (r >= 0 && directory_fd >= 0)
		r = lx_journal_note_write(directory_fd, id);
	return r;
}

static int open_directory(const struct lx_instance *inst)
{
	return open(inst->container->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* auto is never a reason not to start. */
static int fail(const struct lx_instance *inst, enum mode mode, int code, const struct lx_error *error, struct lx_error *err)
{
	char origin[1024];

	if (mode == HOST || mode == GUEST) {
		lx_error_copy(err, error);
		lx_error_advise(err, "see %s", lx_config_origin(inst->config, "machine.link-journal", origin, sizeof(origin)));
		return code;
	}
	if (code != -ENOENT)
		log_info("the journal is not linked: %s", error->text);
	return 0;
}

int lx_link_journal_up(struct lx_instance *inst, struct lx_error *err)
{
	_cleanup_close_ int base_fd = -EBADF, directory_fd = -EBADF;
	struct lx_error error = { 0 };
	enum mode mode = mode_of(inst);
	int r;

	inst->journal_made = false;
	if (inst->plan->execute)
		return 0;
	if (inst->host->rootless) {
		r = lx_error_say(&error, -EPERM, "only root's containers can have their journal in " LX_JOURNAL_DIR);
		return mode == HOST || mode == GUEST ? fail(inst, mode, r, &error, err) : 0;
	}

	base_fd = open_base();
	if (base_fd < 0) {
		r = lx_error_set(&error, base_fd, "open " LX_JOURNAL_DIR);
		lx_error_advise(&error, "make it, and the host keeps its own journal there too");
		return fail(inst, mode, r, &error, err);
	}
	directory_fd = open_directory(inst);
	r = link_journal(inst, base_fd, directory_fd, mode, &error);
	return r < 0 ? fail(inst, mode, r, &error, err) : 0;
}

void lx_link_journal_down(struct lx_instance *inst)
{
	_cleanup_close_ int base_fd = -EBADF, directory_fd = -EBADF;
	char id[LX_MACHINE_ID_SIZE];

	if (!inst->journal_made || inst->target)
		return;
	inst->journal_made = false;
	base_fd = open_base();
	directory_fd = open_directory(inst);
	if (base_fd < 0 || directory_fd < 0 || lx_journal_note_read(directory_fd, id) < 0)
		return;
	(void)lx_journal_dir_release(base_fd, id, inst->container->directory, NULL);
	(void)unlinkat(directory_fd, LX_JOURNAL_NAME, 0);
}
