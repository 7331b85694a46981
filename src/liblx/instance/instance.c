/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "instance/instance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sock.h"
#include "host/selinux.h"
#include "instance/ids.h"
#include "instance/step.h"

void lx_instance_init(struct lx_instance *inst)
{
	*inst = (struct lx_instance) {
		.run_fd = -EBADF,
		.small_init_fd = -EBADF,
		.usernet_fd = -EBADF,
		.cancel_fd = -EBADF,
		.userns_fd = -EBADF,
		.root_fd = -EBADF,
		.init_pidfd = -EBADF,
		.devpts_fd = -EBADF,
		.console_master_fd = -EBADF,
		.console_slave_fd = -EBADF,
		.notify_fd = -EBADF,
		.listener_fd = -EBADF,
		.registration = LX_REGISTRATION_INIT,
		.properties = LX_PROPERTIES_INIT,
	};
	lx_sync_init(&inst->sync, -EBADF);
	for (size_t i = 0; i < SYS_NS_MAX; i++)
		inst->ns_fds[i] = -EBADF;
	for (size_t i = 0; i < LX_STDIO_MAX; i++)
		inst->stdio_fds[i] = -EBADF;
}

void lx_instance_done(struct lx_instance *inst)
{
	lx_plan_free(inst->plan);
	inst->plan = NULL;
	lx_storage_done(&inst->storage);
	lx_sync_done(&inst->sync);
	for (size_t i = 0; i < SYS_NS_MAX; i++)
		inst->ns_fds[i] = close_fd(inst->ns_fds[i]);
}

static int build_plan(struct lx_instance *inst, struct lx_error *err)
{
	const struct lx_container *c = inst->container;
	_cleanup_(lx_idmap_done) struct lx_idmap map = { 0 };
	struct lx_plan_wish wish = *inst->wish;
	struct lx_subids range = { 0 };
	char level[LX_SELINUX_LEVEL_MAX];
	int r;

	if (inst->host->rootless) {
		r = lx_idmap_rootless(c, inst->config, &map, err);
		if (r < 0)
			return r;
		wish.map = &map;
	} else if (!inst->config->container.privileged) {
		r = inst->config->idmap.map.uids.n == 0 ? lx_idmap_range(c, inst->config, &range, err) : 0;
		if (r >= 0)
			r = lx_idmap_claim(c, inst->config, &range, err);
		if (r < 0)
			return r;
	}

	if (lx_lsm_wants_level(inst->config, inst->host)) {
		r = lx_selinux_level_allot(c->settings, c->run_id, level, err);
		if (r < 0)
			return r;
		wish.selinux_level = level;
	}

	return lx_plan_build(c, inst->config, inst->host, &range, &wish, &inst->plan, err);
}

int lx_instance_up(struct lx_instance *inst, struct lx_error *err)
{
	int r;

	r = build_plan(inst, err);
	if (r < 0)
		return r;

	lx_security_warn(inst->config, inst->host, "");
	return lx_steps_up(lx_host_steps, lx_n_host_steps, inst, err);
}

void lx_instance_down(struct lx_instance *inst)
{
	lx_steps_down(lx_host_steps, lx_n_host_steps, inst);
}

int lx_instance_plan(struct lx_instance *inst, struct lx_error *err)
{
	int r;

	r = build_plan(inst, err);
	if (r < 0)
		return r;

	/* the steps that only look: what opens the root and settles the plan */
	return lx_steps_up(lx_plan_steps, lx_n_plan_steps, inst, err);
}

int lx_instance_hook(struct lx_instance *inst, enum lx_hook_stage stage, const char *state, struct lx_error *err)
{
	const struct lx_container *c = inst->container;
	char root_mount[64] = "";
	struct lx_hook_facts facts = {
		.config = inst->config,
		.name = c->name,
		.directory = c->directory,
		.config_file = c->config_file,
		.run_directory = c->run_directory,
		.log_file = inst->log_file,
		.root_path = inst->config->rootfs.path,
		.root_mount = root_mount,
		.target = inst->target,
		.init_pid = inst->init_pid,
		.state = state,
		.namespaces = inst->ns_fds,
	};

	/* once the container is up, hooks are about its end, and are needed whoever wants it */
	if (stage == LX_HOOK_PRE_START || stage == LX_HOOK_START_HOST)
		facts.cancel_fd = inst->cancel_fd;
	/* the root has no path before the pivot: it is reached through its descriptor, which the hook inherits */
	if (stage == LX_HOOK_MOUNT) {
		facts.root_fd = inst->root_fd;
		snprintf(root_mount, sizeof(root_mount), "/proc/self/fd/%d", inst->root_fd);
	}

	return lx_hook_run(stage, &facts, err);
}

int lx_instance_await(const struct lx_instance *inst, int fd, usec_t deadline, struct lx_error *err)
{
	if (fd >= 0 && sock_wait(fd, inst->cancel_fd, deadline) == -ECANCELED)
		return lx_error_say(err, -ECANCELED, "the start was given up");
	return 0;
}

int lx_instance_reap(struct lx_instance *inst, bool no_hang)
{
	int r;

	if (inst->init_gone)
		return 0;
	r = sys_pidfd_wait(inst->init_pidfd, no_hang, &inst->init_status);
	if (r == 0)
		inst->init_gone = true;
	return r;
}
