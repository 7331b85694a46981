/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A start as the host sees it: the list at the end is the order, each function binds one feature to the instance. The
 * features do not know each other.
 */
#include "instance/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/strv.h"
#include "instance/binds.h"
#include "instance/ids.h"
#include "instance/link-journal.h"
#include "instance/spawn.h"
#include "instance/step.h"

static int pre_start_up(struct lx_instance *inst, struct lx_error *err)
{
	return lx_instance_hook(inst, LX_HOOK_PRE_START, "STARTING", err);
}

static int userns_up(struct lx_instance *inst, struct lx_error *err)
{
	bool wanted = false;

	vec_for_each(m, &inst->plan->mounts.list)
		wanted |= m->idmap;
	if (!wanted || !inst->plan->user_namespace)
		return 0;

	return lx_idmap_open(&inst->plan->map, &inst->userns_fd, err);
}

static void userns_down(struct lx_instance *inst)
{
	inst->userns_fd = close_fd(inst->userns_fd);
}

/* Otherwise the guest's root, who owns the mount namespace, could make it writable. */
static int lock_root(struct lx_instance *inst, struct lx_error *err)
{
	int fd = sys_mount_lock(inst->root_fd, false);

	if (fd < 0)
		return lx_error_set(err, fd, "lock the read-only root file system");

	close_fd(inst->root_fd);
	inst->root_fd = fd;
	return 0;
}

/* A user's container finds its files with the owners that it had when they were made. */
static int check_owner(const struct lx_instance *inst, struct lx_error *err)
{
	struct stat st;

	if (!inst->host->rootless)
		return 0;
	if (fstat(inst->root_fd, &st) < 0)
		return lx_error_set(err, -errno, "look at the root file system");
	if (st.st_uid != inst->plan->root_uid || st.st_gid != inst->plan->root_gid)
		return lx_error_say(err, -EPERM, "the root file system does not belong to root of the container: its [idmap] is not that "
				    "with which the files were made");
	return 0;
}

static int storage_up(struct lx_instance *inst, struct lx_error *err)
{
	const struct lx_config *config = inst->config;
	char origin[1024];
	int r;

	if (!config->rootfs.path)
		return lx_error_say(err, -ENOENT, "the container has no root file system; set [rootfs] path in %s",
				    inst->container->config_file);

	r = lx_storage_parse(config->rootfs.path, &inst->storage, err);
	inst->storage.shifted = inst->host->rootless;
	inst->storage.context = lx_lsm_mount_context(&inst->plan->security.lsm);
	if (r >= 0)
		r = inst->storage.driver->check(&inst->storage, err);
	if (r >= 0)
		r = inst->storage.driver->open(&inst->storage, &inst->plan->map, config->rootfs.read_only, &inst->root_fd, err);
	if (r >= 0)
		r = check_owner(inst, err);
	if (r >= 0)
		r = lx_lsm_check_root(&inst->plan->security.lsm, inst->root_fd, inst->storage.source, err);
	if (r >= 0 && config->rootfs.read_only && inst->plan->user_namespace)
		r = lock_root(inst, err);
	if (r < 0)
		lx_error_advise(err, "see %s", lx_config_origin(config, "rootfs.path", origin, sizeof(origin)));

	return r;
}

static void storage_down(struct lx_instance *inst)
{
	inst->root_fd = close_fd(inst->root_fd);
}

/* A link that cannot be made is no reason not to run; one that somebody boots is. */
static int image_up(struct lx_instance *inst, struct lx_error *err)
{
	struct lx_error error = { 0 };
	char name[LX_MACHINE_NAME_MAX + 1];
	int r;

	if (!inst->config->machine.image || !inst->host->systemd || inst->host->rootless)
		return 0;
	r = lx_machine_name(inst->plan->run_id, name, err);
	if (r < 0)
		return r;
	if (lx_machine_image_link(&lx_image_places, name, inst->storage.source, &error) < 0)
		log_warn("machinectl does not show it as an image: %s", error.text);

	return lx_machine_image_lock(&lx_image_places, name, inst->storage.source, &inst->image_locks, err);
}

static void image_down(struct lx_instance *inst)
{
	lx_machine_image_unlock(&inst->image_locks);
}

static int guest_up(struct lx_instance *inst, struct lx_error *err)
{
	struct lx_guest guest = { .init = LX_INIT_OTHER };
	char origin[1024];
	int r = 0;

	if (!inst->plan->execute)
		r = lx_guest_probe(inst->root_fd, inst->plan->argv[0], &guest, err);
	if (r < 0) {
		lx_error_advise(err, "see %s", lx_config_origin(inst->config, "container.init", origin, sizeof(origin)));
		return r;
	}

	return lx_plan_settle(inst->plan, inst->host, &guest, err);
}

static int mounts_up(struct lx_instance *inst, struct lx_error *err)
{
	const struct lx_dev_facts facts = {
		.root_uid = inst->plan->root_uid,
		.root_gid = inst->plan->root_gid,
		.rootless = inst->host->rootless,
		.context = lx_lsm_mount_context(&inst->plan->security.lsm),
	};
	int dev_fd, r;

	r = lx_mounts_prepare(&inst->plan->mounts, inst->userns_fd, inst->plan->user_namespace, err);
	if (r < 0)
		return r;

	r = lx_dev_build(inst->config, &facts, &dev_fd, err);
	if (r < 0)
		return r;

	return lx_mounts_give(&inst->plan->mounts, "dev", dev_fd);
}

static int links_check_up(struct lx_instance *inst, struct lx_error *err)
{
	int r = lx_links_check(&inst->plan->links, err);

	return r < 0 || inst->host->rootless ? r : lx_links_begin(&inst->plan->links, err);
}

static void lsm_down(struct lx_instance *inst)
{
	for (size_t i = 0; i < LX_LSM_MAX; i++) {
		_cleanup_free_ char *name = NULL;
		struct lx_error error = { 0 };

		if (lx_lsm_journal_name(&inst->plan->security.lsm, i, &name) < 0 || !name)
			continue;
		if (lx_lsm_unload(name, &error) < 0)
			log_warn("%s", error.text);
		else
			(void)lx_journal_remove(inst->run_fd, "lsm", name, NULL);
	}
}

static int labels_up(struct lx_instance *inst, struct lx_error *err)
{
	return lx_lsm_check(&inst->plan->security.lsm, err);
}

static int lsm_up(struct lx_instance *inst, struct lx_error *err)
{
	const struct lx_lsm *lsm = &inst->plan->security.lsm;
	int r;

	for (size_t i = 0; i < LX_LSM_MAX; i++) {
		_cleanup_free_ char *name = NULL;

		r = lx_lsm_journal_name(lsm, i, &name);
		if (r < 0)
			return lx_error_oom(err);
		r = name ? lx_journal_add(inst->run_fd, "lsm", name, err) : 0;
		if (r < 0)
			return r;
	}

	r = lx_lsm_load(lsm, inst->container->settings, err);
	if (r < 0)
		lsm_down(inst);
	return r;
}

static void forget_groups(const struct lx_instance *inst, char *const *paths)
{
	strv_for_each(path, paths)
		(void)lx_journal_remove(inst->run_fd, "cgroup", path, NULL);
}

/* Groups that could not be made are not ours: those that are there may be of a container of the same name that another lx.conf
 * knows, and what is noted is what the next command kills. */
static int cgroup_up(struct lx_instance *inst, struct lx_error *err)
{
	_cleanup_strv_ char **paths = NULL;
	int r;

	r = lx_cgroup_paths(inst->host, inst->plan->run_id, &paths, err);
	if (r < 0)
		return r;
	strv_for_each(path, paths) {
		r = lx_journal_add(inst->run_fd, "cgroup", path, err);
		if (r < 0)
			return r;
	}

	r = lx_cgroup_create(inst->host, inst->plan->run_id, &inst->cgroup, err);
	if (r < 0)
		forget_groups(inst, paths);
	return r;
}

/* Apart from their making: when the host refuses a limit, the groups are taken down again. */
static int limits_up(struct lx_instance *inst, struct lx_error *err)
{
	int r = 0;

	if (inst->plan->private_systemd)
		r = lx_cgroup_add_systemd_hierarchy(inst->cgroup, err);
	if (r >= 0)
		r = lx_cgroup_enter_monitor(inst->cgroup, 0, err);
	if (r >= 0)
		r = lx_cgroup_apply(inst->cgroup, inst->config, err);
	if (r >= 0)
		r = lx_cgroup_apply_devices(inst->cgroup, inst->config, err);
	if (r >= 0 && inst->plan->user_namespace)
		r = lx_cgroup_delegate(inst->cgroup, inst->plan->root_uid, inst->plan->root_gid, err);

	return r;
}

static void cgroup_down(struct lx_instance *inst)
{
	_cleanup_strv_ char **paths = NULL;
	struct lx_error error = { 0 };

	if (!inst->cgroup)
		return;

	if (lx_cgroup_remove(inst->cgroup, &error) < 0) {
		log_warn("%s", error.text);
	} else if (lx_cgroup_paths(inst->host, inst->plan->run_id, &paths, NULL) >= 0) {
		forget_groups(inst, paths);
	}
	lx_cgroup_free(inst->cgroup);
	inst->cgroup = NULL;
}

static int spawn_up(struct lx_instance *inst, struct lx_error *err)
{
	return lx_spawn(inst, err);
}

/* Everything in the pid namespace dies with init; what shares somebody else's namespace is caught by its group. */
static void spawn_down(struct lx_instance *inst)
{
	struct lx_error error = { 0 };

	if (inst->init_pidfd < 0)
		return;

	if (!inst->init_gone) {
		(void)sys_pidfd_signal(inst->init_pidfd, SIGKILL);
		(void)lx_instance_reap(inst, false);
	}
	if (inst->plan->share[SYS_NS_PID] && lx_cgroup_kill(inst->cgroup, &error) < 0)
		log_warn("%s", error.text);

	lx_sync_done(&inst->sync);
	inst->init_pidfd = close_fd(inst->init_pidfd);
	inst->init_pid = 0;
}

/* Kept open: a namespace outlives its processes for the stop hook. */
static int namespaces_up(struct lx_instance *inst, struct lx_error *err)
{
	for (int i = 0; i < SYS_NS_MAX; i++) {
		if (inst->ns_fds[i] >= 0)
			continue;
		inst->ns_fds[i] = sys_namespace_open(inst->init_pid, i);
		if (inst->ns_fds[i] < 0 && inst->ns_fds[i] != -ENOENT)
			return lx_error_set(err, inst->ns_fds[i], "open the %s namespace", sys_namespaces[i].name);
	}

	return 0;
}

static int ids_up(struct lx_instance *inst, struct lx_error *err)
{
	int r = inst->plan->user_namespace ? lx_idmap_write(&inst->plan->map, inst->init_pid, err) : 0;

	/* once it is root inside, the process cannot be looked at any more by the monitor of a user */
	return r < 0 || !inst->host->rootless ? r : namespaces_up(inst, err);
}

/* From outside: only the host's root may raise a hard limit. */
static int rlimits_up(struct lx_instance *inst, struct lx_error *err)
{
	return lx_rlimits_apply(&inst->plan->security.rlimits, inst->init_pid, err);
}

/*
 * From outside for the same reason; and always, so that it is never that of who started the container. But services of a user's
 * manager have a score that only the host's root may lower.
 */
static int oom_score_up(struct lx_instance *inst, struct lx_error *err)
{
	const char *score = inst->config->security.oom_score_adj;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)inst->init_pid);
	r = file_write(AT_FDCWD, path, score ?: "0");
	if (!score && inst->host->rootless && r == -EACCES)
		r = 0;
	return r < 0 ? lx_error_set(err, r, "[security] oom-score-adj") : 0;
}

/* Those of users are not written down: the kernel takes them with the container, and lx-usernet knows them by their names. */
static int links_up(struct lx_instance *inst, struct lx_error *err)
{
	if (inst->host->rootless)
		return lx_links_up_for_user(&inst->plan->links, inst->ns_fds[SYS_NS_NET], inst->usernet_fd, err);

	vec_for_each(link, &inst->plan->links.list) {
		int r = link->host_name && link->host_name[0] ? lx_journal_add(inst->run_fd, "link", link->host_name, err) : 0;

		if (r < 0)
			return r;
	}

	return lx_links_up(&inst->plan->links, inst->init_pid, err);
}

static void links_down(struct lx_instance *inst)
{
	struct lx_error error = { 0 };
	int r = inst->host->rootless ? lx_links_down_for_user(&inst->plan->links, inst->usernet_fd, &error) :
				       lx_links_down(&inst->plan->links, &error);

	if (r < 0)
		log_warn("%s", error.text);
	if (r < 0 || inst->host->rootless)
		return;
	vec_for_each(link, &inst->plan->links.list)
		if (link->host_name && link->host_name[0])
			(void)lx_journal_remove(inst->run_fd, "link", link->host_name, NULL);
}

static void namespaces_down(struct lx_instance *inst)
{
	for (int i = 0; i < SYS_NS_MAX; i++)
		inst->ns_fds[i] = close_fd(inst->ns_fds[i]);
}

/* From outside: most of them belong to the host's root even in a namespace of the container's. */
static int sysctls_up(struct lx_instance *inst, struct lx_error *err)
{
	return lx_sysctls_apply(inst->config->security.sysctls, inst->ns_fds, inst->plan->root_uid, err);
}

/* A process of ours that a killed monitor has left behind; it is born to die with us, so that the line may come later. */
static int note_process(struct lx_instance *inst, const struct lx_link *link, bool is_there, struct lx_error *err)
{
	uint64_t ticks;
	char text[64];
	int r = lx_process_start_ticks(link->pid, &ticks);

	if (r < 0)
		return lx_error_set(err, r, "%s: look at process %d", link->label, (int)link->pid);
	snprintf(text, sizeof(text), "%d %" PRIu64, (int)link->pid, ticks);
	return (is_there ? lx_journal_add : lx_journal_remove)(inst->run_fd, "process", text, err);
}

static int serve_up(struct lx_instance *inst, struct lx_error *err)
{
	int userns_fd = inst->plan->user_namespace ? inst->ns_fds[SYS_NS_USER] : -EBADF;
	int r = lx_links_start(&inst->plan->links, inst->ns_fds[SYS_NS_NET], userns_fd, err);

	vec_for_each(link, &inst->plan->links.list)
		if (r >= 0 && link->pid > 0)
			r = note_process(inst, link, true, err);
	if (r < 0)
		lx_links_stop(&inst->plan->links);

	return r;
}

static void serve_down(struct lx_instance *inst)
{
	vec_for_each(link, &inst->plan->links.list)
		if (link->pid > 0)
			(void)note_process(inst, link, false, NULL);
	lx_links_stop(&inst->plan->links);
}

static int configure_up(struct lx_instance *inst, struct lx_error *err)
{
	return lx_links_configure(&inst->plan->links, inst->ns_fds[SYS_NS_NET], err);
}

static int companion_up(struct lx_instance *inst, struct lx_error *err)
{
	return inst->companion ? inst->companion->up(inst, err) : 0;
}

static void companion_down(struct lx_instance *inst)
{
	if (inst->companion)
		inst->companion->down(inst);
}

static int terminal_up(struct lx_instance *inst, struct lx_error *err)
{
	int *fds = inst->sync.fds[LX_GATE_PTS];

	inst->devpts_fd = take_fd(&fds[0]);
	inst->console_master_fd = take_fd(&fds[1]);
	inst->console_slave_fd = take_fd(&fds[2]);
	if (inst->devpts_fd < 0 || inst->console_master_fd < 0 || inst->console_slave_fd < 0)
		return lx_error_say(err, -EPROTO, "the container's first process sent no terminal");

	return 0;
}

static void terminal_down(struct lx_instance *inst)
{
	inst->devpts_fd = close_fd(inst->devpts_fd);
	inst->console_master_fd = close_fd(inst->console_master_fd);
	inst->console_slave_fd = close_fd(inst->console_slave_fd);
}

static int notify_up(struct lx_instance *inst, struct lx_error *err _unused_)
{
	inst->notify_fd = take_fd(&inst->sync.fds[LX_GATE_INSIDE][0]);
	return 0;
}

static void notify_down(struct lx_instance *inst)
{
	inst->notify_fd = close_fd(inst->notify_fd);
}

/* It must be served from here on: a start hook's calls are handed over already. */
static int listener_up(struct lx_instance *inst, struct lx_error *err)
{
	int fd = take_fd(&inst->sync.fds[LX_GATE_FILTER][0]);

	if (!inst->plan->security.seccomp.notifies)
		return 0;
	if (fd < 0)
		return lx_error_say(err, -EPROTO, "the container's first process sent no listener");
	return inst->serve(inst->server, fd, err);
}

static void listener_down(struct lx_instance *inst)
{
	if (inst->plan->security.seccomp.notifies)
		inst->stop_serving(inst->server);
}

static int start_host_up(struct lx_instance *inst, struct lx_error *err)
{
	return lx_instance_hook(inst, LX_HOOK_START_HOST, "STARTING", err);
}

/* Close-on-exec closes init's end: end of stream without an error is a successful execve(). A process that was killed
 * before looks the same, so look. A command in place of init may be that short. */
static int running_up(struct lx_instance *inst, struct lx_error *err)
{
	int r = lx_sync_wait_closed(&inst->sync, err);

	if (r < 0)
		return r;
	r = lx_instance_reap(inst, true);
	if (r == 0 && !inst->plan->execute && (!inst->wish->argv || WIFSIGNALED(inst->init_status)))
		return lx_error_say(err, -ECHILD, "init %s ended at once; see the console's log", inst->plan->argv[0]);

	return 0;
}

const struct lx_step lx_host_steps[] = {
	{ "pre-start hook", pre_start_up }, /* may prepare what the next steps look for */
	{ "idmap", userns_up, userns_down },
	{ "lsm", labels_up }, /* the root is mounted with one */
	{ "rootfs", storage_up, storage_down },
	{ "image", image_up, image_down, .lasting = true }, /* nobody else boots it */
	{ "init", guest_up }, /* the plan's last questions are answered by what is in the root */
	{ "journal", lx_link_journal_up, lx_link_journal_down }, /* may add a mount */
	{ "machine", lx_binds_up, lx_binds_down, .lasting = true }, /* one more mount */
	{ "mounts", mounts_up },
	{ "links", links_check_up }, /* the cheap refusals come before anything is made */
	{ "lsm", lsm_up, lsm_down, .lasting = true }, /* no process may be left when it goes */
	{ "cgroup", cgroup_up, cgroup_down, .lasting = true },
	{ "cgroup", limits_up },
	{ "unit", lx_properties_begin, lx_properties_end },
	{ "machine", lx_registration_begin, lx_registration_end, .lasting = true }, /* a process, so in the groups */
	{ "spawn", spawn_up, spawn_down, .lasting = true },
	{ "oom score", oom_score_up }, /* while the process is still the monitor's user's to look at */
	{ "ids", ids_up, .opens = LX_GATE_IDS },	 /* the process cannot become root inside before */
	{ "rlimits", rlimits_up },
	{ "links", links_up, links_down, .lasting = true }, /* while the process is busy with its mounts */
	{ "machine", lx_registration_tell, lx_registration_withdraw, .lasting = true }, /* now its links are known */
	{ "namespaces", namespaces_up, namespaces_down },
	{ "links", serve_up, serve_down, .lasting = true }, /* programs that enter the namespaces */
	{ "sysctl", sysctls_up },
	{ "links", configure_up, .opens = LX_GATE_NET },
	{ "monitor", companion_up, companion_down, .lasting = true }, /* while we would wait for the process */
	{ "console", terminal_up, terminal_down, .waits = LX_GATE_PTS },
	{ "notify", notify_up, notify_down, .waits = LX_GATE_INSIDE },
	{ "seccomp", listener_up, listener_down, .waits = LX_GATE_FILTER },
	{ "unit", lx_properties_await }, /* limits hold before init runs */
	{ "machine", lx_registration_await, lx_registration_withdraw },
	{ "start-host hook", start_host_up, .opens = LX_GATE_GO }, /* the last that can refuse */
	{ "init", running_up },
};
const size_t lx_n_host_steps = array_size(lx_host_steps);

/* A root file system that is in use is looked at where it is: an overlay's upper layer must not be mounted twice. */
static int look_up(struct lx_instance *inst, struct lx_error *err)
{
	_cleanup_(lx_run_state_done) struct lx_run_state state = { 0 };
	char path[64];
	int r;

	r = lx_run_state_load(inst->container, &state, err);
	if (r < 0)
		return r;
	if (state.init_pid <= 0)
		return storage_up(inst, err);

	snprintf(path, sizeof(path), "/proc/%d/root", (int)state.init_pid);
	inst->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return inst->root_fd < 0 ? lx_error_set(err, -errno, "open the running container's root") : 0;
}

const struct lx_step lx_plan_steps[] = {
	{ "rootfs", look_up, storage_down },
	{ "init", guest_up },
};
const size_t lx_n_plan_steps = array_size(lx_plan_steps);
