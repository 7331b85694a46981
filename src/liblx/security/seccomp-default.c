/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The default policy: what a distribution and its programs use, by groups. A call that is in no list answers ENOSYS, as a
 * kernel that does not have it would, so that a guest newer than this table falls back on what it did before. A call that a
 * guest knows to exist, and that reaches the host or has often been its undoing, answers EPERM: programs, systemd among
 * them, then say so and go on. 32-bit instruction sets have names of their own for some calls; one list serves all.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/macro.h"
#include "base/strv.h"
#include "security/seccomp-policy.h"

#define NO_CAP (-1)
#define ALLOW 0

/* One answer for all calls of the list; without_cap: only when the bounding set lacks that capability, and ALLOW with it. */
static const struct group {
	int answer;             /* errno, or ALLOW */
	int without_cap;
	const char *calls;
} groups[] = {
	/* processes and threads */
	{ ALLOW, NO_CAP,
	  "arch_prctl brk capget capset clone clone3 execve execveat exit exit_group fork get_robust_list get_thread_area "
	  "getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getpgid getpgrp getpid getppid getresgid "
	  "getresgid32 getresuid getresuid32 getsid gettid getuid getuid32 kcmp membarrier modify_ldt nice personality "
	  "pidfd_getfd pidfd_open pidfd_send_signal prctl process_madvise process_mrelease process_vm_readv "
	  "process_vm_writev ptrace restart_syscall rseq set_robust_list set_thread_area set_tid_address set_tls get_tls "
	  "setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setns setpgid setregid setregid32 "
	  "setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setsid setuid setuid32 unshare vfork wait4 "
	  "waitid waitpid breakpoint cacheflush usr26 usr32 riscv_flush_icache riscv_hwprobe map_shadow_stack" },
	/* signals */
	{ ALLOW, NO_CAP,
	  "kill pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait "
	  "rt_sigtimedwait_time64 rt_tgsigqueueinfo sgetmask sigaction sigaltstack signal signalfd signalfd4 sigpending "
	  "sigprocmask sigreturn sigsuspend ssetmask tgkill tkill" },
	/* memory */
	{ ALLOW, NO_CAP,
	  "get_mempolicy madvise mbind memfd_create memfd_secret migrate_pages mincore mlock mlock2 mlockall mmap mmap2 "
	  "move_pages mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect "
	  "remap_file_pages set_mempolicy set_mempolicy_home_node" },
	/* scheduling and limits */
	{ ALLOW, NO_CAP,
	  "getcpu getpriority getrlimit getrusage ioprio_get ioprio_set prlimit64 sched_get_priority_max "
	  "sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval "
	  "sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield "
	  "setpriority setrlimit ugetrlimit" },
	/* time; who may set the clock is asked below, adjtimex and its kind are how it is read precisely */
	{ ALLOW, NO_CAP,
	  "adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 "
	  "clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete "
	  "timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime "
	  "timerfd_gettime64 timerfd_settime timerfd_settime64 times" },
	/* waiting */
	{ ALLOW, NO_CAP,
	  "_newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old "
	  "eventfd eventfd2 futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake poll ppoll ppoll_time64 "
	  "pselect6 pselect6_time64 select" },
	/* files and their content */
	{ ALLOW, NO_CAP,
	  "_llseek arm_fadvise64_64 arm_sync_file_range cachestat chdir close close_range copy_file_range creat dup dup2 dup3 "
	  "fadvise64 fadvise64_64 fallocate fchdir fcntl fcntl64 fdatasync flock fsync ftruncate ftruncate64 getcwd "
	  "getdents getdents64 io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit lseek "
	  "open openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readdir readv "
	  "sendfile sendfile64 splice sync sync_file_range sync_file_range2 syncfs tee truncate truncate64 umask vmsplice "
	  "write writev" },
	/* names, attributes and changes of them; ioctl less those below */
	{ ALLOW, NO_CAP,
	  "access chmod chown chown32 faccessat faccessat2 fchmod fchmodat fchmodat2 fchown fchown32 fchownat fgetxattr "
	  "file_getattr file_setattr flistxattr fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 futimesat "
	  "getxattr getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch ioctl lchown lchown32 lgetxattr "
	  "link linkat listxattr listxattrat llistxattr lremovexattr lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat "
	  "name_to_handle_at newfstatat oldfstat oldlstat oldstat readlink readlinkat removexattr removexattrat rename "
	  "renameat renameat2 rmdir setxattr setxattrat stat stat64 statfs statfs64 statx symlink symlinkat unlink unlinkat "
	  "ustat utime utimensat utimensat_time64 utimes" },
	/* mounts: in a mount namespace of the container's own */
	{ ALLOW, NO_CAP,
	  "chroot fsconfig fsmount fsopen fspick listmount mount mount_setattr move_mount open_tree open_tree_attr pivot_root "
	  "statmount umount umount2" },
	/* sockets and System V's and POSIX' ways to talk */
	{ ALLOW, NO_CAP,
	  "accept accept4 bind connect getpeername getsockname getsockopt ipc listen mq_getsetattr mq_notify mq_open "
	  "mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd recv "
	  "recvfrom recvmmsg recvmmsg_time64 recvmsg semctl semget semop semtimedop semtimedop_time64 send sendmmsg sendmsg "
	  "sendto setsockopt shmat shmctl shmdt shmget shutdown socket socketcall socketpair" },
	/* the container as a machine: what these change is its namespaces' */
	{ ALLOW, NO_CAP,
	  "getrandom olduname oldolduname reboot setdomainname sethostname sysinfo uname vhangup" },
	/* confining oneself further */
	{ ALLOW, NO_CAP, "landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp" },

	/* rights over the host, when they are given */
	{ EPERM, CAP_SYS_TIME, "clock_settime clock_settime64 settimeofday stime" },
	{ EPERM, CAP_SYS_MODULE, "delete_module finit_module init_module" },
	{ EPERM, CAP_SYS_RAWIO, "ioperm iopl pciconfig_iobase pciconfig_read pciconfig_write" },
	{ EPERM, CAP_SYSLOG, "syslog" },
	/* another kernel */
	{ EPERM, NO_CAP, "kexec_file_load kexec_load" },
	/* files by handle, past every mount and directory above them; all that happens on a file system */
	{ EPERM, NO_CAP, "open_by_handle_at fanotify_init fanotify_mark" },
	/* large and often broken parts of the kernel that a guest boots without */
	{ EPERM, NO_CAP, "bpf perf_event_open userfaultfd" },
	/* the machine as a whole */
	{ EPERM, NO_CAP, "acct lookup_dcookie quotactl quotactl_fd swapoff swapon vm86 vm86old" },
	/* Keys are in no namespace that we make. KeyringMode= takes this as a kernel without; so do programs that would use
	 * io_uring, and it would do their calls where this filter does not look. */
	{ ENOSYS, NO_CAP, "add_key io_uring_enter io_uring_register io_uring_setup keyctl request_key" },
};

/* The kernel takes the low half of such an argument only; a comparison of all 64 bits could be slipped by. */
#define LOW_HALF(i, word) { i, LX_SECCOMP_MASKED_EQ, word, 0xffffffffU }
#define NODE_TYPE(i, type) { i, LX_SECCOMP_MASKED_EQ, type, S_IFMT }

/* Of calls that are allowed, those with such arguments are not. */
static const struct exception {
	const char *call;
	int answer;
	bool unprivileged;      /* only in a user namespace */
	unsigned n_args;
	struct lx_seccomp_arg args[2];
} exceptions[] = {
	/* words put into a terminal that the container shares with its caller */
	{ "ioctl", EPERM, false, 1, { LOW_HALF(1, TIOCSTI) } },
	{ "ioctl", EPERM, false, 1, { LOW_HALF(1, TIOCLINUX) } },
	/* the host's audit: guests then believe that there is none */
	{ "socket", EAFNOSUPPORT, false, 2, { LOW_HALF(0, AF_NETLINK), LOW_HALF(2, NETLINK_AUDIT) } },
	/* Nodes can be made in a user namespace, on some file systems, but not used. EPERM is what lets PrivateDevices= and
	 * package scripts go on. Device 0:0 is how overlayfs marks a removed file. */
	{ "mknod", EPERM, true, 2, { NODE_TYPE(1, S_IFCHR), { 2, LX_SECCOMP_NE, 0, 0 } } },
	{ "mknod", EPERM, true, 1, { NODE_TYPE(1, S_IFBLK) } },
	{ "mknodat", EPERM, true, 2, { NODE_TYPE(2, S_IFCHR), { 3, LX_SECCOMP_NE, 0, 0 } } },
	{ "mknodat", EPERM, true, 1, { NODE_TYPE(2, S_IFBLK) } },
};

static uint32_t action_of(int answer)
{
	return answer == ALLOW ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | (uint32_t)answer;
}

/* A name that this libseccomp does not have yet is refused by the fallback. */
static int add(struct lx_seccomp_policy *policy, const char *call, int answer, const struct lx_seccomp_arg *args, size_t n)
{
	int r = lx_seccomp_policy_add(policy, 0, call, action_of(answer), args, n);

	return r == -ENOENT ? 0 : r;
}

static int add_group(struct lx_seccomp_policy *policy, const struct group *group, uint64_t bounding)
{
	bool given = group->without_cap != NO_CAP && bounding & (1ULL << group->without_cap);
	_cleanup_strv_ char **calls = NULL;
	int r = strv_split(group->calls, " ", &calls);

	for (size_t i = 0; r >= 0 && calls && calls[i]; i++)
		r = add(policy, calls[i], given ? ALLOW : group->answer, NULL, 0);
	return r;
}

int lx_seccomp_policy_default(struct lx_seccomp_policy *policy, bool privileged, uint64_t bounding)
{
	int r = 0;

	lx_seccomp_policy_init(policy, action_of(ENOSYS));
	for (size_t i = 0; r >= 0 && i < array_size(exceptions); i++) {
		const struct exception *e = &exceptions[i];

		if (!e->unprivileged || !privileged)
			r = add(policy, e->call, e->answer, e->args, e->n_args);
	}
	for (size_t i = 0; r >= 0 && i < array_size(groups); i++)
		r = add_group(policy, &groups[i], bounding);
	return r;
}
