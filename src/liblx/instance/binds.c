/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "instance/binds.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "base/str.h"

/* systemd up to 254 mounts there what it then moves inside, where nspawn has that directory too; and it asks for a container
 * whose ids are the host's. The guest's mount only receives, and is read-only. */
#define PROPAGATE "/run/systemd/nspawn/propagate"
#define INCOMING "run/host/incoming"

static bool takes_binds(const struct lx_instance *inst)
{
	return !str_equal(inst->config->machine.registration, "no") && !inst->plan->user_namespace && !lx_registration_obstacle(inst);
}

static int make_incoming(const char *name, char **ret)
{
	_cleanup_free_ char *path = path_join(PROPAGATE, name);
	const struct {
		const char *path;
		mode_t mode;
	} directories[] = { { "/run/systemd/nspawn", 0755 }, { PROPAGATE, 0600 }, { path, 0600 } };

	if (!path)
		return -ENOMEM;
	for (size_t i = 0; i < array_size(directories); i++)
		if (mkdir(directories[i].path, directories[i].mode) < 0 && errno != EEXIST)
			return -errno;
	*ret = take_ptr(path);
	return 0;
}

int lx_binds_up(struct lx_instance *inst, struct lx_error *err)
{
	char name[LX_MACHINE_NAME_MAX + 1];
	_cleanup_free_ char *path = NULL;
	struct lx_mount *m;
	int r;

	if (!takes_binds(inst) || lx_machine_name(inst->plan->run_id, name, NULL) < 0)
		return 0;
	r = make_incoming(name, &path);
	if (r < 0) {
		log_warn("machinectl bind will not work: make " PROPAGATE "/%s: %s", name, strerror(-r));
		return 0;
	}

	m = lx_mounts_add(&inst->plan->mounts, LX_MOUNT_TREE, LX_PHASE_BASE, NULL, INCOMING, NULL,
			  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY);
	if (!m)
		return lx_error_oom(err);
	m->source = take_ptr(path);
	m->create_dir = true;
	return 0;
}

void lx_binds_down(struct lx_instance *inst)
{
	char name[LX_MACHINE_NAME_MAX + 1];
	_cleanup_free_ char *path = NULL;

	if (!takes_binds(inst) || lx_machine_name(inst->plan->run_id, name, NULL) < 0)
		return;
	path = path_join(PROPAGATE, name);
	if (path)
		(void)rmdir(path);
}
