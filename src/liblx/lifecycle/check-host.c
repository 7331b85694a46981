/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What this machine and this build can do: a table of tests, each with what to do when it fails. Where looking does not
 * tell, the thing is tried, in a network namespace and with mounts that nobody else sees.
 */
#include "lifecycle/check-host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/path.h"
#include "base/process.h"
#include "base/rootless.h"
#include "base/str.h"
#include "base/strv.h"
#include "config/config.h"
#include "host/host.h"
#include "net/net.h"
#include "net/usernet.h"
#include "security/security.h"
#include "storage/storage.h"
#include "sys/sys.h"
#include "systemd/machine.h"
#include "systemd/unit.h"

/* The oldest kernel with idmapped mounts, clone3(), pidfds and openat2() together. */
#define KERNEL_MAJOR 5
#define KERNEL_MINOR 12

#ifdef HAVE_LUA
#define BUILT_WITH_LUA true
#else
#define BUILT_WITH_LUA false
#endif

struct check_context {
	struct lx_host host;
	const struct lx_settings *settings;
	int netns_fd;            /* an empty network namespace to try things in; -EBADF when there is none */
};

/* argument is the row's; what was seen goes to detail. */
typedef bool (*check_fn)(struct check_context *c, const char *argument, struct buf *detail);

struct check {
	const char *group, *name;
	bool required;
	check_fn test;
	const char *argument;
	const char *remedy;      /* what to do when it is missing */
	enum { EVERYBODY, ROOT, USERS } whose;
};

static bool check_kernel(struct check_context *c, const char *argument _unused_, struct buf *detail)
{
	buf_addf(detail, "Linux %u.%u on %s", c->host.kernel_major, c->host.kernel_minor, c->host.architecture);
	return lx_host_kernel_is(&c->host, KERNEL_MAJOR, KERNEL_MINOR);
}

static bool check_root(struct check_context *c, const char *argument _unused_, struct buf *detail)
{
	buf_addf(detail, "uid %u", (unsigned)geteuid());
	return c->host.root;
}

/* A network namespace of a process that ends at once; the descriptor keeps it. */
static int open_netns(void)
{
	int pidfd = -EBADF, status, fd;
	pid_t pid;

	pid = sys_clone(CLONE_NEWNET, -1, &pidfd);
	if (pid < 0)
		return (int)pid;
	if (pid == 0) {
		/* until the parent has looked, and no longer than it lives */
		(void)sys_set_death_signal(SIGKILL);
		for (;;)
			pause();
	}
	fd = sys_namespace_open(pid, SYS_NS_NET);
	(void)sys_pidfd_signal(pidfd, SIGKILL);
	(void)sys_pidfd_wait(pidfd, false, &status);
	close_fd(pidfd);
	return fd;
}

/* ---- for a user who is not root: in this order, and then the rest is tried in the user's namespace ------------- */

static bool check_subordinate(struct check_context *c, const char *file, struct buf *detail)
{
	lx_subid_pool spans = { 0 };
	struct lx_error error = { 0 };
	uint64_t sum = 0;
	bool enough;

	if (rootless_inside()) { /* it was made of them */
		buf_add(detail, "in use");
		return true;
	}
	if (lx_rootless_spans(file, &spans, &error) < 0) {
		buf_add(detail, error.text);
		return false;
	}
	vec_for_each(s, &spans)
		sum += s->size;
	vec_done(&spans);
	enough = sum >= c->settings->idmap.range;
	buf_addf(detail, "%llu ids, for %llu containers with ids of their own", (unsigned long long)sum,
		 (unsigned long long)(sum / c->settings->idmap.range));
	return enough;
}

/* The switches with which hosts forbid it; one that is not there forbids nothing. */
static const struct {
	const char *file, *forbids;
} switches[] = {
	{ "/proc/sys/user/max_user_namespaces", "0" },
	{ "/proc/sys/kernel/unprivileged_userns_clone", "0" },
	{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1" },
};

static bool check_switches(struct check_context *c _unused_, const char *argument _unused_, struct buf *detail)
{
	bool allowed = true;

	for (size_t i = 0; i < array_size(switches); i++) {
		_cleanup_free_ char *line = NULL;

		if (file_read_line(AT_FDCWD, switches[i].file, &line) < 0 || !str_equal(line, switches[i].forbids))
			continue;
		buf_addf(detail, "%s%s is %s", allowed ? "" : ", ", switches[i].file, line);
		allowed = false;
	}
	return allowed;
}

/* It takes us along, so that everything below is tried where it will be used. */
static bool check_own_namespace(struct check_context *c, const char *argument _unused_, struct buf *detail)
{
	struct lx_error error = { 0 };
	int r = lx_rootless_enter(c->settings, &error);

	if (r >= 0)
		r = sys_unshare(CLONE_NEWNS) < 0 ? lx_error_set(&error, -errno, "make a mount namespace") : 0;
	if (r < 0)
		buf_add(detail, error.text);
	else
		c->netns_fd = open_netns();
	return r >= 0;
}

static bool check_group(struct check_context *c, const char *argument _unused_, struct buf *detail)
{
	bool own = c->host.cgroup_layout != LX_CGROUP_NONE;

	if (own)
		buf_add(detail, c->host.hierarchies[0].base);
	return own;
}

/* ---- for everybody ------------------------------------------------------------------------------------------- */

static bool check_file(struct check_context *c _unused_, const char *path, struct buf *detail)
{
	buf_add(detail, path);
	return file_exists(AT_FDCWD, path);
}

/* The kernel can have them, and the administrator has not forbidden them. */
static bool check_user_namespace(struct check_context *c, const char *argument _unused_, struct buf *detail)
{
	_cleanup_free_ char *line = NULL;

	if (file_read_line(AT_FDCWD, "/proc/sys/user/max_user_namespaces", &line) >= 0) {
		buf_addf(detail, "user.max_user_namespaces = %s", line);
		if (str_equal(line, "0"))
			return false;
	}
	return c->host.user_namespace;
}

/* The nearest directory above path that exists: the store may not have been made yet. */
static int open_existing(const char *path)
{
	_cleanup_free_ char *at = strdup(path);

	while (at) {
		int fd = open(at, O_PATH | O_DIRECTORY | O_CLOEXEC);
		char *slash = strrchr(at, '/');

		if (fd >= 0 || errno != ENOENT || !slash)
			return fd >= 0 ? fd : -errno;
		slash[slash == at ? 1 : 0] = '\0';
	}
	return -ENOMEM;
}

/* A mount of the store with an id map, held by a descriptor only. */
static int try_idmap(const char *path)
{
	static const struct id_range map = { 0, 1000000, 65536 };
	_cleanup_close_ int dir_fd = -EBADF, userns_fd = -EBADF, tree_fd = -EBADF;

	dir_fd = open_existing(path);
	if (dir_fd < 0)
		return dir_fd;
	userns_fd = sys_userns_open(&map, 1, &map, 1);
	if (userns_fd < 0)
		return userns_fd;
	tree_fd = sys_open_tree(dir_fd, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
	if (tree_fd < 0)
		return tree_fd;
	return sys_mount_idmap(tree_fd, userns_fd, false);
}

static bool check_idmap(struct check_context *c, const char *argument _unused_, struct buf *detail)
{
	int r = try_idmap(c->settings->paths.containers);

	buf_addf(detail, "%s", c->settings->paths.containers);
	if (r < 0)
		buf_addf(detail, ": %s", strerror(-r));
	return r >= 0;
}

static bool check_storage(struct check_context *c _unused_, const char *name, struct buf *detail)
{
	const struct lx_storage_driver *driver = lx_storage_find(name);
	struct lx_error error = { 0 };

	if (!driver || driver->probe(&error) < 0) {
		buf_add(detail, driver ? error.text : "not in this build");
		return false;
	}
	buf_add(detail, driver->summary);
	return true;
}

static bool check_layout(struct check_context *c, const char *argument _unused_, struct buf *detail)
{
	static const char *const words[] = {
		[LX_CGROUP_NONE] = "none mounted",
		[LX_CGROUP_LEGACY] = "legacy: v1 only",
		[LX_CGROUP_HYBRID] = "hybrid: controllers on v1, processes on v2",
		[LX_CGROUP_UNIFIED] = "unified: v2 only",
	};

	buf_add(detail, words[c->host.cgroup_layout]);
	return c->host.cgroup_layout != LX_CGROUP_NONE;
}

/* What each controller is called in a row. */
static const struct {
	const char *word;
	unsigned bit;
} controllers[] = {
	{ "memory", LX_CONTROLLER_MEMORY }, { "pids", LX_CONTROLLER_PIDS },     { "cpu", LX_CONTROLLER_CPU },
	{ "cpuset", LX_CONTROLLER_CPUSET }, { "io", LX_CONTROLLER_IO },
};

static bool check_controller(struct check_context *c, const char *word, struct buf *detail)
{
	for (size_t i = 0; i < array_size(controllers); i++) {
		if (!str_equal(controllers[i].word, word))
			continue;
		for (size_t j = 0; j < c->host.n_hierarchies; j++)
			if (c->host.hierarchies[j].controllers & controllers[i].bit) {
				buf_add(detail, c->host.hierarchies[j].point);
				return true;
			}
	}
	return false;
}

/* v1's controller, v2's file that every group has, or on v2 a program of ours: all there since before our floor. */
static bool check_freezer(struct check_context *c, const char *argument _unused_, struct buf *detail)
{
	bool v2 = c->host.cgroup_layout == LX_CGROUP_HYBRID || c->host.cgroup_layout == LX_CGROUP_UNIFIED;

	buf_add(detail, v2 ? "cgroup.freeze" : "v1 controller");
	return v2 || (c->host.controllers & LX_CONTROLLER_FREEZER);
}

static bool check_devices(struct check_context *c, const char *argument _unused_, struct buf *detail)
{
	static const struct bpf_insn allow[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd;

	if (c->host.controllers & LX_CONTROLLER_DEVICES) {
		buf_add(detail, "v1 controller");
		return true;
	}
	buf_add(detail, "BPF program");
	fd = sys_bpf_load_cgroup_device(allow, array_size(allow), NULL, 0);
	close_fd(fd);
	return fd >= 0;
}

static bool check_fact(struct check_context *c, const char *argument, struct buf *detail _unused_)
{
	if (str_equal(argument, "kill"))
		return c->host.cgroup_kill;
	if (str_equal(argument, "swap"))
		return c->host.swap_limit;
	if (str_equal(argument, "systemd"))
		return c->host.systemd;
	return false;
}

/* Whom the bus starts when it is asked for; a user's is the user's own. */
static bool check_machined(struct check_context *c, const char *argument _unused_, struct buf *detail)
{
	if (!c->host.systemd)
		buf_add(detail, "not without systemd");
	if (c->host.systemd && c->host.rootless)
		return lx_unit_exists(LX_MACHINED_UNIT);
	return c->host.systemd && access("/usr/share/dbus-1/system-services/org.freedesktop.machine1.service", F_OK) == 0;
}

/* Enabled, and what containers get there: nothing, when this build or the policy lacks its part. */
static bool check_selinux(struct check_context *c, const char *argument _unused_, struct buf *detail)
{
	if (c->host.selinux && !lx_lsm_selinux.built)
		buf_add(detail, "left out of this build by --without-selinux");
	else if (c->host.selinux && !c->host.selinux_process[0])
		buf_add(detail, "no types for containers; load " LX_DATADIR "/selinux/lx.cil with semodule -i");
	else if (c->host.selinux)
		buf_add(detail, c->host.selinux_process);
	return c->host.selinux;
}

static bool check_bounding(struct check_context *c, const char *argument _unused_, struct buf *detail)
{
	char name[LX_CAP_NAME_MAX];
	bool first = true;

	/* what the host itself does not have, no container can keep */
	for (int cap = 0; cap <= sys_caps_last(); cap++) {
		if (c->host.capability_bound & (1ULL << cap))
			continue;
		buf_addf(detail, "%s%s", first ? "without " : ", ", lx_cap_name(cap, name, sizeof(name)));
		first = false;
	}
	if (first)
		buf_add(detail, "all capabilities");
	return true;
}

static bool check_cores(struct check_context *c _unused_, const char *argument _unused_, struct buf *detail)
{
	const char *why = NULL;
	bool there = lx_core_probe(&why) >= 0;

	buf_add(detail, why ?: "prctl(PR_SCHED_CORE)");
	return there;
}

static bool check_link(struct check_context *c, const char *type, struct buf *detail)
{
	const struct process_options options = {
		.argv = (char *[]){ "ip", "link", "add", "lxcheck", "type", (char *)type, NULL },
		.enter_ns = &c->netns_fd,
		.n_enter_ns = 1,
	};
	const struct process_options removal = {
		.argv = (char *[]){ "ip", "link", "delete", "lxcheck", NULL },
		.enter_ns = &c->netns_fd,
		.n_enter_ns = 1,
	};
	struct lx_error error = { 0 };

	if (c->netns_fd < 0) {
		buf_add(detail, "not tried: no network namespace can be made here");
		return false;
	}
	if (process_check(&options, &error) < 0) {
		buf_add(detail, error.text);
		return false;
	}
	(void)process_check(&removal, NULL);
	return true;
}

static bool check_nftables(struct check_context *c, const char *argument _unused_, struct buf *detail)
{
	const struct process_options options = {
		.argv = (char *[]){ "nft", "add", "table", "inet", "lxcheck", NULL },
		.enter_ns = &c->netns_fd,
		.n_enter_ns = 1,
	};
	struct lx_error error = { 0 };

	if (c->netns_fd >= 0 && process_check(&options, &error) >= 0)
		return true;
	buf_add(detail, error.text);
	return false;
}

static bool check_program(struct check_context *c _unused_, const char *names, struct buf *detail)
{
	_cleanup_strv_ char **words = NULL;

	if (strv_split(names, " ", &words) < 0)
		return false;
	strv_for_each(word, words)
		if (process_have(word)) {
			buf_add(detail, word);
			return true;
		}
	return false;
}

/* Programs of user links open it as the container's root. */
static bool check_tun(struct check_context *c _unused_, const char *path, struct buf *detail)
{
	struct stat st;

	buf_add(detail, path);
	return stat(path, &st) == 0 && (st.st_mode & 0006) == 0006;
}

static bool check_user_link(struct check_context *c _unused_, const char *argument _unused_, struct buf *detail)
{
	const char *program = lx_net_user_program();

	buf_add(detail, program ? program : "");
	return program != NULL;
}

/* Its right comes from systemd or with its file. */
static bool check_usernet(struct check_context *c, const char *name, struct buf *detail)
{
	_cleanup_free_ char *path = path_join(c->settings->paths.libexec, name);

	if (file_exists(AT_FDCWD, LX_USERNET_SOCKET)) {
		buf_add(detail, LX_USERNET_SOCKET);
		return true;
	}
	buf_add(detail, path ? path : name);
	return path && getxattr(path, "security.capability", NULL, 0) > 0;
}

/* Of the user who asks; of everybody for root. */
static bool check_policy(struct check_context *c _unused_, const char *argument _unused_, struct buf *detail)
{
	_cleanup_user_rules_ struct lx_user_rules *rules = NULL;
	_cleanup_grant_ struct lx_usernet_grant grant = { 0 };
	struct lx_error error = { 0 };
	int r;

	if (getuid() == 0) {
		r = lx_user_rules_load(lx_usernet_directory(), &rules, &error);
		if (r >= 0)
			buf_addf(detail, "%zu users and %zu groups may have links", rules->users.n, rules->groups.n);
		else
			buf_add(detail, error.text);
		return r >= 0 && rules->users.n + rules->groups.n > 0;
	}

	r = lx_usernet_grant(lx_usernet_directory(), getuid(), &grant, &error);
	if (r < 0)
		buf_add(detail, error.text);
	else
		buf_addf(detail, "%u links of user %s", (unsigned)grant.links, grant.user);
	return r >= 0;
}

static bool check_libexec(struct check_context *c, const char *name, struct buf *detail)
{
	_cleanup_free_ char *path = path_join(c->settings->paths.libexec, name);

	buf_add(detail, path ? path : name);
	return path && access(path, X_OK) == 0;
}

/* A word in a file of words. */
static bool check_notify(struct check_context *c _unused_, const char *file, struct buf *detail)
{
	_cleanup_free_ char *line = NULL;

	buf_add(detail, "user_notif");
	return file_read_line(AT_FDCWD, file, &line) >= 0 && strstr(line, "user_notif");
}

static bool check_seccomp_build(struct check_context *c _unused_, const char *argument _unused_, struct buf *detail)
{
	buf_add(detail, "libseccomp");
	return lx_seccomp_is_available();
}

static bool check_apparmor_build(struct check_context *c _unused_, const char *argument _unused_, struct buf *detail _unused_)
{
	return lx_lsm_apparmor.built;
}

static bool check_selinux_build(struct check_context *c _unused_, const char *argument _unused_, struct buf *detail _unused_)
{
	return lx_lsm_selinux.built;
}

/* What the generated profile can do beyond its rules. */
static bool check_apparmor(struct check_context *c, const char *argument _unused_, struct buf *detail)
{
	if (c->host.apparmor)
		buf_add(detail, c->host.apparmor_stack ? "containers load profiles of their own" : "no policy namespaces");
	return c->host.apparmor;
}

static bool check_landlock(struct check_context *c _unused_, const char *argument _unused_, struct buf *detail)
{
	int abi = sys_landlock_abi();

	if (abi >= 0)
		buf_addf(detail, "version %d", abi);
	return abi >= 0;
}

static bool check_lua_build(struct check_context *c _unused_, const char *argument _unused_, struct buf *detail)
{
	buf_add(detail, "Lua 5.4");
	return BUILT_WITH_LUA;
}

static const struct check checks[] = {
	{ "kernel", "version", true, check_kernel, NULL, "boot Linux 5.12 or newer" },
	{ "user", "users", true, check_subordinate, "/etc/subuid", "", USERS },
	{ "user", "groups", true, check_subordinate, "/etc/subgid", "", USERS },
	{ "user", "newuidmap", true, check_program, "newuidmap", "install uidmap", USERS },
	{ "user", "newgidmap", true, check_program, "newgidmap", "install uidmap", USERS },
	{ "user", "user namespaces", true, check_switches, NULL, "root must set it otherwise (sysctl)", USERS },
	{ "user", "namespace", true, check_own_namespace, NULL, "", USERS },
	{ "user", "control group", false, check_group, NULL,
	  "run lx-start by systemd-run --user --scope -p Delegate=yes; without it there are no limits, and no guest with systemd starts",
	  USERS },
	{ "privileges", "root", true, check_root, NULL, "run lx as root", ROOT },
	{ "privileges", "capabilities", false, check_bounding, NULL, "" },
	{ "namespaces", "mount", true, check_file, "/proc/self/ns/mnt", "a kernel with CONFIG_NAMESPACES" },
	{ "namespaces", "pid", true, check_file, "/proc/self/ns/pid", "a kernel with CONFIG_PID_NS" },
	{ "namespaces", "uts", true, check_file, "/proc/self/ns/uts", "a kernel with CONFIG_UTS_NS" },
	{ "namespaces", "ipc", true, check_file, "/proc/self/ns/ipc", "a kernel with CONFIG_IPC_NS" },
	{ "namespaces", "net", true, check_file, "/proc/self/ns/net", "a kernel with CONFIG_NET_NS" },
	{ "namespaces", "cgroup", true, check_file, "/proc/self/ns/cgroup", "a kernel with CONFIG_CGROUPS" },
	{ "namespaces", "user", true, check_user_namespace, NULL,
	  "a kernel with CONFIG_USER_NS, and sysctl user.max_user_namespaces above 0" },
	{ "namespaces", "time", false, check_file, "/proc/self/ns/time", "a kernel with CONFIG_TIME_NS, for offsets of clocks" },
	{ "storage", "idmapped mounts", true, check_idmap, NULL,
	  "containers must lie on a file system that has them: ext4, xfs, btrfs, tmpfs (Linux 6.3) ...", ROOT },
	{ "storage", "dir", true, check_storage, "dir", "" },
	{ "storage", "overlay", false, check_storage, "overlay", "a kernel with CONFIG_OVERLAY_FS; without it, each container is a copy" },
	{ "cgroup", "layout", false, check_layout, NULL, "mount cgroup2 at /sys/fs/cgroup; without it, nothing is limited or frozen", ROOT },
	{ "cgroup", "memory", false, check_controller, "memory", "for memory.max and the figures of lx-info" },
	{ "cgroup", "pids", false, check_controller, "pids", "for pids.max" },
	{ "cgroup", "cpu", false, check_controller, "cpu", "for cpu.max and cpu.weight" },
	{ "cgroup", "cpuset", false, check_controller, "cpuset", "for cpuset.cpus and cpuset.mems" },
	{ "cgroup", "io", false, check_controller, "io", "for io.max and io.weight" },
	{ "cgroup", "devices", false, check_devices, NULL, "a kernel with CONFIG_CGROUP_DEVICE or CONFIG_CGROUP_BPF", ROOT },
	{ "cgroup", "freezer", false, check_freezer, NULL, "for lx-freeze", ROOT },
	{ "cgroup", "cgroup.kill", false, check_fact, "kill", "Linux 5.14; without it, groups are frozen to kill them", ROOT },
	{ "cgroup", "swap limit", false, check_fact, "swap", "for memory.swap.max; boot with swapaccount=1", ROOT },
	{ "security", "seccomp notify", false, check_notify, "/proc/sys/kernel/seccomp/actions_avail",
	  "a kernel with CONFIG_SECCOMP_FILTER, for security.intercept.*" },
	{ "security", "seccomp", false, check_file, "/proc/sys/kernel/seccomp/actions_avail", "a kernel with CONFIG_SECCOMP_FILTER" },
	{ "security", "core scheduling", false, check_cores, NULL, "for [security] core-scheduling" },
	{ "security", "Landlock", false, check_landlock, NULL,
	  "a kernel with CONFIG_SECURITY_LANDLOCK, and landlock among its lsm=; the monitor's sandbox goes without" },
	{ "security", "AppArmor", false, check_apparmor, NULL,
	  "boot a kernel with CONFIG_SECURITY_APPARMOR with apparmor=1 security=apparmor; without it, no profile holds" },
	{ "security", "SELinux", false, check_selinux, NULL,
	  "boot a kernel with CONFIG_SECURITY_SELINUX with selinux=1 security=selinux, and load a policy" },
	{ "network", "veth", false, check_link, "veth", "a kernel with CONFIG_VETH, for [network] type = veth", ROOT },
	{ "network", "bridge", false, check_link, "bridge", "a kernel with CONFIG_BRIDGE, for lx-net", ROOT },
	{ "network", "tunnels", false, check_tun, "/dev/net/tun", "modprobe tun, and chmod 0666 /dev/net/tun; for [network] type = user" },
	{ "network", "nftables", false, check_nftables, NULL, "a kernel with CONFIG_NF_TABLES_INET, for lx-net", ROOT },
	{ "network", "lx-usernet", false, check_usernet, "lx-usernet",
	  "systemctl enable lx-usernet.socket, or setcap cap_net_admin+ep on it; for bridges of users who are not root" },
	{ "network", "policy of users", false, check_policy, NULL, "see lx.users.conf(5); users who are not root get no bridge" },
	{ "programs", "ip", true, check_program, "ip", "install iproute2" },
	{ "programs", "nft", false, check_program, "nft", "install nftables, for lx-net", ROOT },
	{ "programs", "dnsmasq", false, check_program, "dnsmasq", "install dnsmasq-base, for lx-net", ROOT },
	{ "programs", "Debian bootstrap", false, check_program, "mmdebstrap debootstrap", "install mmdebstrap, for lx-create -t debian" },
	{ "programs", "user network", false, check_user_link, NULL, "install passt, or slirp4netns, for [network] type = user" },
	{ "programs", "busybox", false, check_program, "busybox", "install busybox-static, for lx-create -t busybox" },
	{ "programs", "AppArmor parser", false, check_program, "apparmor_parser", "install apparmor, for security.apparmor = generated" },
	{ "programs", "systemd", false, check_fact, "systemd", "not the init of this host" },
	{ "programs", "systemd-machined", false, check_machined, NULL, "install systemd-container, for [machine] register", ROOT },
	{ "programs", "systemd-machined", false, check_machined, NULL, "systemd 259 or newer, with systemd-container, for [machine] register",
	  USERS },
	{ "installation", "lx-monitord", true, check_libexec, "lx-monitord", "make install, or set paths.libexec in lx.conf" },
	{ "installation", "lx-template", false, check_libexec, "lx-template", "make install, or set paths.libexec in lx.conf" },
	{ "build", "seccomp", false, check_seccomp_build, NULL, "build with libseccomp: calls are not filtered" },
	{ "build", "AppArmor", false, check_apparmor_build, NULL, "left out by --without-apparmor: containers run without a profile" },
	{ "build", "SELinux", false, check_selinux_build, NULL, "left out by --without-selinux: containers run in the context of who starts them" },
	{ "build", "templates", false, check_lua_build, NULL, "build with Lua: lx-create makes no root file systems" },
};

static bool concerns(const struct check *check, bool user)
{
	return check->whose == EVERYBODY || (check->whose == USERS) == user;
}

static int run_check(struct check_context *c, const struct check *check, struct lx_feature *ret)
{
	_cleanup_buf_ struct buf detail = BUF_INIT;

	ret->group = check->group;
	ret->name = check->name;
	ret->required = check->required;
	ret->available = check->test(c, check->argument, &detail);
	if (!ret->available && !str_empty(check->remedy))
		buf_addf(&detail, "%s%s", detail.size ? "; " : "", check->remedy);
	ret->detail = buf_steal(&detail);
	return ret->detail ? 0 : -ENOMEM;
}

int lx_check_facts(const struct lx_host *host, const struct lx_settings *settings, int netns_fd, struct lx_feature **ret,
		   size_t *ret_n, struct lx_error *err)
{
	struct check_context c = { .host = *host, .settings = settings, .netns_fd = netns_fd };
	struct lx_feature *features = calloc(array_size(checks), sizeof(*features));
	int missing = 0;
	size_t n = 0;

	if (!features)
		return lx_error_oom(err);
	for (size_t i = 0; i < array_size(checks); i++) {
		if (!concerns(&checks[i], host->rootless))
			continue;
		if (run_check(&c, &checks[i], &features[n]) < 0) {
			lx_features_free(features, n);
			return lx_error_oom(err);
		}
		missing += features[n].required && !features[n].available;
		n++;
	}

	if (c.netns_fd != netns_fd)
		close_fd(c.netns_fd);
	*ret = features;
	*ret_n = n;
	return missing;
}

static void free_settings(struct lx_settings **settings)
{
	lx_settings_free(*settings);
}

LX_PUBLIC int lx_check_host(struct lx_feature **ret, size_t *ret_n, struct lx_error *err)
{
	_cleanup_(free_settings) struct lx_settings *settings = NULL;
	_cleanup_close_ int netns_fd = -EBADF;
	struct lx_host host;
	int r;

	r = lx_host_probe(&host, err);
	if (r >= 0)
		r = lx_settings_load(&settings, err);
	if (r < 0)
		return r;

	netns_fd = open_netns();
	return lx_check_facts(&host, settings, netns_fd, ret, ret_n, err);
}

LX_PUBLIC void lx_features_free(struct lx_feature *features, size_t n)
{
	for (size_t i = 0; features && i < n; i++)
		free(features[i].detail);
	free(features);
}
