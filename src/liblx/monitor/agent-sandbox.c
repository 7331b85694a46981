/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the agent keeps of the monitor's rights: a capability and a group of system calls is there for a key of the
 * configuration that needs it. What is left is still powerful (a node can only be made, a file system only be mounted, by who
 * may): the sandbox bounds what a mistake in the agent can be used for, the checks in the agent are what protects the host.
 */
#include "monitor/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "security/security.h"

#define CAP(name) (1ULL << CAP_##name)

static bool always(const struct lx_config *config _unused_)
{
	return true;
}

/* Paths of the guest are looked up by who is in its place. What a policy hands over is not known here. */
static bool has_paths(const struct lx_config *config)
{
	const struct lx_config_security *s = &config->security;

	return !config->container.privileged && (s->intercept_mknod || s->intercept_mount || path_is_absolute(s->seccomp ?: ""));
}

static bool mounts(const struct lx_config *config)
{
	return has_paths(config) && config->security.intercept_mount;
}

static const struct {
	bool (*needed)(const struct lx_config *config);
	uint64_t capabilities;
	const char *calls;
} grants[] = {
	/* the memory of processes of other users */
	{ always, CAP(SYS_PTRACE) | CAP(DAC_OVERRIDE),
	  "alarm brk clock_gettime clock_nanosleep clone clone3 close close_range dup epoll_create1 epoll_ctl epoll_pwait "
	  "epoll_pwait2 epoll_wait exit exit_group fcntl fstat fstatfs futex getpid getrandom gettid ioctl lseek madvise mmap "
	  "mprotect mremap munmap nanosleep newfstatat openat pidfd_send_signal poll ppoll prctl pread64 pwrite64 read "
	  "readlinkat recvfrom recvmsg restart_syscall rseq rt_sigaction rt_sigprocmask rt_sigreturn seccomp sendmsg sendto "
	  "set_robust_list setitimer sigaltstack socketpair statx sysinfo timerfd_settime waitid write" },
	{ has_paths, CAP(SYS_ADMIN) | CAP(SYS_CHROOT) | CAP(SETUID) | CAP(SETGID) | CAP(MKNOD),
	  "capget capset chdir chroot faccessat2 fchdir fsconfig fsmount fsopen mknodat move_mount open_tree openat2 setgroups "
	  "setns setresgid setresuid umask unlinkat unshare" },
	{ mounts, 0, "mount_setattr umount2" },
};

static int close_others(const int *keep, size_t n, struct lx_error *err)
{
	_cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int r = 0;

	lx_log_close(); /* the numbers of its descriptors are given to others */
	for (int i = 0; i < 3; i++)
		if (null_fd < 0 || dup2(null_fd, i) < 0)
			r = -errno;
	null_fd = null_fd < 3 ? -EBADF : close_fd(null_fd);
	if (r >= 0)
		r = fd_close_from(3, keep, n);
	return r < 0 ? lx_error_set(err, r, "close descriptors") : 0;
}

static int set_limits(struct lx_error *err)
{
	static const struct {
		int resource;
		struct rlimit limit;
	} limits[] = {
		{ RLIMIT_CORE, { 0, 0 } },
		{ RLIMIT_NOFILE, { LX_AGENT_LISTENERS_MAX + 256, LX_AGENT_LISTENERS_MAX + 256 } },
	};

	for (size_t i = 0; i < array_size(limits); i++) {
		int r = sys_rlimit_set(0, limits[i].resource, &limits[i].limit);

		if (r < 0)
			return lx_error_set(err, r, "limit the agent");
	}
	return 0;
}

/* No set-up of capabilities by user ids: a worker takes on the ids of a caller, and what it may do is said by capset(2). */
static int drop_capabilities(uint64_t keep, struct lx_error *err)
{
	int r = sys_set_securebits(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED);
	int last = sys_caps_last();

	for (int cap = 0; r >= 0 && cap <= last; cap++)
		if (!(keep & (1ULL << cap)))
			r = sys_caps_bound_drop(cap);
	if (r >= 0)
		r = sys_caps_set(keep, keep, 0);
	if (r >= 0)
		r = sys_set_no_new_privs();
	return r < 0 ? lx_error_set(err, r, "give up capabilities") : 0;
}

static int load_filter(const char *calls, struct lx_error *err)
{
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program program = { 0 };
	int listener_fd, r = lx_seccomp_build_list(calls, &program);

	if (r < 0)
		return lx_error_set(err, r, "make the agent's filter of system calls");
	return lx_seccomp_apply(&program, &listener_fd, err);
}

int lx_agent_sandbox(const struct lx_agent_orders *orders, const int *keep, size_t n_keep, struct lx_error *err)
{
	_cleanup_buf_ struct buf calls = BUF_INIT;
	uint64_t capabilities = 0;
	int r;

	for (size_t i = 0; i < array_size(grants); i++)
		if (grants[i].needed(orders->config)) {
			capabilities |= grants[i].capabilities;
			buf_addf(&calls, "%s ", grants[i].calls);
		}
	if (calls.failed)
		return lx_error_oom(err);

	(void)sys_set_name("lx-agent");
	(void)sys_signals_reset();
	r = sys_set_death_signal(SIGKILL);
	if (r >= 0)
		r = sys_set_dumpable(false);
	if (r < 0)
		return lx_error_set(err, r, "tie the agent to its monitor");
	r = close_others(keep, n_keep, err);
	if (r >= 0)
		r = set_limits(err);
	if (r >= 0)
		r = drop_capabilities(capabilities, err);
	return r < 0 ? r : load_filter(calls.data, err);
}
