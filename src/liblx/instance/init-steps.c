/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A start as the new process sees it, from the first instruction after clone3() to execve(). It is a copy of the
 * monitor, already in its namespaces; whatever it opens is close-on-exec.
 */
#include "instance/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "instance/exec.h"
#include "instance/step.h"

static int session_up(struct lx_instance *inst _unused_, struct lx_error *err)
{
	int r = sys_setsid();

	/* before the user namespace: afterwards the kernel would take it for an attempt to hide */
	(void)file_write(AT_FDCWD, "/proc/self/loginuid", "4294967295");
	umask(0022);
	return r < 0 ? lx_error_set(err, r, "begin a session") : 0;
}

static int lsm_up(struct lx_instance *inst, struct lx_error *err)
{
	return lx_lsm_open(&inst->plan->security.lsm, err);
}

/* As early as possible, so that what it does from here on is on the container's account; and by itself, with descriptors
 * of the monitor: to be moved by somebody else would take the kernel 5 to 15 ms. */
static int enter_up(struct lx_instance *inst, struct lx_error *err)
{
	return lx_cgroup_enter(inst->cgroup, 0, err);
}

/* Before anything of the guest is near, its hooks included. */
static int cores_up(struct lx_instance *inst, struct lx_error *err)
{
	return inst->plan->security.core_scheduling ? lx_core_create(err) : 0;
}

static int ids_up(struct lx_instance *inst, struct lx_error *err)
{
	int r = inst->plan->user_namespace ? sys_become_root() : sys_set_credentials(0, 0, NULL, 0);

	if (r < 0)
		return lx_error_set(err, r, "become root of the container");

	/* The guest's start hook runs beside us, who still have descriptors of the host: it must not look into us or trace
	 * us. A privileged container's change of credentials changes nothing, another's does what fs.suid_dumpable says. */
	r = sys_set_dumpable(false);
	/* a change of credentials clears it, so only now: a killed monitor takes its container with it */
	if (r >= 0)
		r = sys_set_death_signal(SIGKILL);
	if (r < 0)
		return lx_error_set(err, r, "tie the container to its monitor");

	return 0;
}

static int time_up(struct lx_instance *inst, struct lx_error *err)
{
	const struct lx_config_namespace *wish = &inst->config->namespace;
	int r;

	if (wish->boottime_usec == 0 && wish->monotonic_usec == 0)
		return 0;

	/* the change of credentials has made our files in /proc the host's root's; that of the offsets must be ours */
	(void)sys_set_dumpable(true);
	r = sys_timens_enter(wish->boottime_usec * 1000, wish->monotonic_usec * 1000);
	(void)sys_set_dumpable(false);
	return r < 0 ? lx_error_set(err, r, "set the clocks of the time namespace") : 0;
}

static int pre_mount_up(struct lx_instance *inst, struct lx_error *err)
{
	return lx_instance_hook(inst, LX_HOOK_PRE_MOUNT, "STARTING", err);
}

static int root_up(struct lx_instance *inst, struct lx_error *err)
{
	return lx_root_attach(inst->root_fd, err);
}

static int mounts_up(struct lx_instance *inst, struct lx_error *err)
{
	const struct lx_run_host facts = { .manager = "lx", .uuid = inst->plan->uuid };
	int r;

	r = lx_mounts_apply(&inst->plan->mounts, LX_PHASE_BASE, inst->root_fd, err);
	if (r < 0)
		return r;

	return lx_run_host_write(inst->root_fd, &facts, err);
}

/* The console is the first pty of the container's own devpts: the host keeps the master, init gets the other end. */
static int terminal_up(struct lx_instance *inst, struct lx_error *err)
{
	const char *const options[][2] = {
		{ "source", "devpts" }, { "mode", "0620" }, { "ptmxmode", "0666" }, { "gid", "5" },
		{ "context", lx_lsm_mount_context(&inst->plan->security.lsm) },
	};
	_cleanup_close_ int fs_fd = -EBADF, target_fd = -EBADF;
	int r;

	fs_fd = sys_fsopen("devpts");
	r = fs_fd;
	for (size_t i = 0; i < array_size(options) && r >= 0; i++)
		r = options[i][1] ? sys_fsconfig_string(fs_fd, options[i][0], options[i][1]) : 0;
	if (r >= 0)
		r = sys_fsconfig_create(fs_fd);
	if (r >= 0)
		r = inst->devpts_fd = sys_fsmount(fs_fd, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (r < 0)
		return lx_error_set(err, r, "mount a devpts");

	target_fd = sys_open_in_root(inst->root_fd, "dev/pts", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	r = target_fd < 0 ? target_fd : sys_move_mount(inst->devpts_fd, "", target_fd, "");
	if (r < 0)
		return lx_error_set(err, r, "attach /dev/pts");

	r = sys_pty_open(inst->devpts_fd, &inst->console_master_fd, &inst->console_slave_fd);
	if (r < 0)
		return lx_error_set(err, r, "open the console");
	if (fchown(inst->console_slave_fd, 0, 5) < 0 || fchmod(inst->console_slave_fd, 0620) < 0)
		return lx_error_set(err, -errno, "give the console to root");

	inst->give_fds[0] = inst->devpts_fd;
	inst->give_fds[1] = inst->console_master_fd;
	inst->give_fds[2] = inst->console_slave_fd;
	inst->n_give = 3;
	return 0;
}

static int cgroup_up(struct lx_instance *inst, struct lx_error *err)
{
	int r;

	if (inst->plan->share[SYS_NS_CGROUP])
		return 0;

	r = sys_unshare(CLONE_NEWCGROUP);
	if (r < 0)
		return lx_error_set(err, r, "make a cgroup namespace");

	return lx_mounts_apply(&inst->plan->mounts, LX_PHASE_CGROUP, inst->root_fd, err);
}

static int cover_up(struct lx_instance *inst, struct lx_error *err)
{
	int r = lx_mounts_apply(&inst->plan->mounts, LX_PHASE_COVER, inst->root_fd, err);

	if (r < 0 || inst->plan->share[SYS_NS_PID])
		return r;

	return lx_boot_id_mount(inst->root_fd, err); /* over the read-only /proc/sys, which would hide it */
}

static int mount_hook_up(struct lx_instance *inst, struct lx_error *err)
{
	return lx_instance_hook(inst, LX_HOOK_MOUNT, "STARTING", err);
}

static int pivot_up(struct lx_instance *inst, struct lx_error *err)
{
	int r = lx_root_pivot(inst->root_fd, err);

	inst->root_fd = close_fd(inst->root_fd);
	return r;
}

/* Where the payload's init reports that it is ready. Credentials of each sender come with its datagrams. */
static int notify_up(struct lx_instance *inst, struct lx_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/host/notify" };
	_cleanup_close_ int root_fd = -EBADF;
	int one = 1;

	inst->notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (inst->notify_fd < 0 || bind(inst->notify_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(inst->notify_fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)) < 0)
		return lx_error_set(err, -errno, "make /run/host/notify");

	root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	inst->give_fds[0] = inst->notify_fd;
	inst->n_give = 1;
	return root_fd < 0 ? lx_error_set(err, -errno, "open /") : lx_run_host_seal(root_fd, err);
}

static int identity_up(struct lx_instance *inst, struct lx_error *err)
{
	int r = inst->plan->share[SYS_NS_UTS] ? 0 : sys_sethostname(inst->plan->hostname);

	if (r < 0)
		return lx_error_set(err, r, "set the host name");
	r = inst->plan->share[SYS_NS_NET] ? 0 : sys_link_set_up("lo");

	return r < 0 ? lx_error_set(err, r, "bring up lo") : 0;
}

static int start_hook_up(struct lx_instance *inst, struct lx_error *err)
{
	return lx_instance_hook(inst, LX_HOOK_START, "STARTING", err);
}

static int stdio_up(struct lx_instance *inst, struct lx_error *err)
{
	int r = sys_tty_take(inst->console_slave_fd);

	if (r < 0)
		return lx_error_set(err, r, "take the console as controlling terminal");

	for (int i = 0; i < LX_STDIO_MAX; i++) {
		int fd = inst->stdio_fds[i] >= 0 ? inst->stdio_fds[i] : inst->console_slave_fd;

		if (dup2(fd, i) < 0) /* the copy stays open over exec */
			return lx_error_set(err, -errno, "connect standard stream %d", i);
	}

	return 0;
}

static int security_up(struct lx_instance *inst, struct lx_error *err)
{
	int r = lx_security_apply(&inst->plan->security, 0, &inst->listener_fd, err);

	/* like every descriptor of ours it is closed by the exec */
	inst->give_fds[0] = inst->listener_fd;
	inst->n_give = inst->listener_fd >= 0;
	return r;
}

/* A command in place of init may have a user of its own; a start hook is the container's root's. */
static int credentials_up(struct lx_instance *inst, struct lx_error *err)
{
	const struct lx_plan_wish *wish = inst->wish;
	const struct lx_credentials who = {
		.change = wish->execute && (wish->uid != 0 || wish->gid != 0),
		.uid = wish->uid,
		.gid = wish->gid,
	};
	int r = lx_credentials_apply(&inst->plan->security, &who, err);

	if (r < 0 || !who.change)
		return r;

	r = sys_set_death_signal(SIGKILL); /* the change of user has cleared it */
	return r < 0 ? lx_error_set(err, r, "tie the container to its monitor") : 0;
}

static int exec_up(struct lx_instance *inst, struct lx_error *err)
{
	return lx_exec_init(inst, err);
}

const struct lx_step lx_init_steps[] = {
	{ "session", session_up },
	{ "lsm", lsm_up }, /* with the host's /proc */
	{ "cgroup", enter_up },
	{ "cores", cores_up },
	{ "ids", ids_up, .waits = LX_GATE_IDS },
	{ "time", time_up },
	{ "pre-mount hook", pre_mount_up },
	{ "root", root_up },
	{ "mounts", mounts_up },
	{ "console", terminal_up, .opens = LX_GATE_PTS },
	{ "cgroup", cgroup_up },
	{ "mounts", cover_up }, /* after every mount that they cover a part of */
	{ "mount hook", mount_hook_up }, /* the last moment with the host's programs in reach */
	{ "pivot", pivot_up },
	{ "notify", notify_up, .opens = LX_GATE_INSIDE },
	{ "identity", identity_up, .waits = LX_GATE_NET }, /* lo comes up when no batch is at work in the namespace */
	{ "console", stdio_up },
	{ "security", security_up, .opens = LX_GATE_FILTER }, /* it takes away what the others need */
	{ "start hook", start_hook_up }, /* a program of the guest: as confined as its init */
	{ "credentials", credentials_up },
	{ "exec", exec_up, .waits = LX_GATE_GO },
};
const size_t lx_n_init_steps = array_size(lx_init_steps);
