/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel: one thin function per call, no policy, no words. Everything returns 0, a descriptor or a count, or
 * -errno; new descriptors are close-on-exec. Unit tests link a recording fake of this interface (tests/fake/).
 */
#pragma once

#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <termios.h>

#include "base/id-range.h"
#include "sys/missing.h"

struct ucred;

/* clone.c: a child like fork()'s (returns 0 in it), with its pidfd; cgroup_fd (v2 directory) may be -1, ret_pidfd NULL. */
pid_t sys_clone(uint64_t flags, int cgroup_fd, int *ret_pidfd);

/* pidfd.c */
int sys_pidfd_open(pid_t pid);
int sys_pidfd_signal(int pidfd, int signal);
/* Waits for a child: 0 and the wait status, -ECHILD; with no_hang -EAGAIN while it runs. */
int sys_pidfd_wait(int pidfd, bool no_hang, int *ret_status);
/* The pid as this pid namespace sees it, from /proc/self/fdinfo; -ESRCH when it is gone. */
pid_t sys_pidfd_pid(int pidfd);

/* namespace.c; the table, which is pure, in namespace-table.c */
struct sys_namespace {
	const char *name;  /* the file in /proc/PID/ns */
	int flag;          /* CLONE_NEW* */
};
enum { SYS_NS_USER, SYS_NS_MNT, SYS_NS_PID, SYS_NS_UTS, SYS_NS_IPC, SYS_NS_NET, SYS_NS_CGROUP, SYS_NS_TIME, SYS_NS_MAX };
extern const struct sys_namespace sys_namespaces[SYS_NS_MAX];
int sys_namespace_open(pid_t pid, int ns);            /* /proc/PID/ns/NAME */
int sys_namespace_same(pid_t pid, int ns);            /* 1 when PID shares it with us */
/* The user that the user namespace of a network namespace belongs to; -EINVAL: fd is no network namespace, -EPERM: it is not
 * below our own user namespace. */
int sys_netns_owner(int fd, uid_t *ret);
int sys_setns(int fd, int flags);
int sys_unshare(int flags);
/* Time namespace of our own with these offsets (nanoseconds), entered at once. */
int sys_timens_enter(int64_t boottime_nsec, int64_t monotonic_nsec);

/* userns.c */
/* Writes /proc/PID/uid_map and gid_map directly (we hold the privilege). */
int sys_userns_write_maps(pid_t pid, const struct id_range *uids, size_t n_uids, const struct id_range *gids, size_t n_gids);
/* A user namespace of that map, held only by the returned descriptor (for idmapped mounts). */
int sys_userns_open(const struct id_range *uids, size_t n_uids, const struct id_range *gids, size_t n_gids);
/* Root of the user namespace that we are in: setgroups(0), setresgid(0), setresuid(0). */
int sys_become_root(void);
int sys_set_credentials(uid_t uid, gid_t gid, const gid_t *groups, size_t n);

/* mountfd.c */
int sys_fsopen(const char *type);
int sys_fsconfig_string(int fs_fd, const char *key, const char *value);
int sys_fsconfig_flag(int fs_fd, const char *key);
int sys_fsconfig_create(int fs_fd);
/* attr: MOUNT_ATTR_* */
int sys_fsmount(int fs_fd, unsigned attr);
/* What the kernel said about the last failure on fs_fd, "" when nothing. */
const char *sys_fs_message(int fs_fd, char *text, size_t size);
/* flags: OPEN_TREE_CLONE, AT_RECURSIVE, AT_EMPTY_PATH; always close-on-exec */
int sys_open_tree(int dir_fd, const char *path, unsigned flags);
/* "" as path means the descriptor itself, on both sides */
int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to);
int sys_mount_setattr(int dir_fd, const char *path, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation);
int sys_mount_idmap(int mount_fd, int userns_fd, bool recursive);
/* mount-lock.c: a copy of a detached mount whose read-only flag no root of a user namespace can clear; in a mount namespace of
 * the caller's own only. The descriptor of the copy, or -errno. */
int sys_mount_lock(int mount_fd, bool recursive);
int sys_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options);
int sys_umount(const char *target, int flags);
int sys_pivot_root(const char *new_root, const char *put_old);

/* mountinfo.c: parse and done are pure; mountinfo-read.c reads */
struct sys_mount_entry {
	char *point, *type, *source, *options, *super_options, *root;
	dev_t device;
};
struct sys_mountinfo {
	struct sys_mount_entry *items;
	size_t n;
};
int sys_mountinfo_parse(const char *text, struct sys_mountinfo *ret);
int sys_mountinfo_read(struct sys_mountinfo *ret); /* /proc/self/mountinfo */
void sys_mountinfo_done(struct sys_mountinfo *m);

/* resolve.c: everything that touches a guest's tree goes through these; no path leaves root_fd. Links are followed inside
 * the root unless O_NOFOLLOW; magic links never. */
int sys_open_in_root(int root_fd, const char *path, int flags, mode_t mode);
/* As above, and no symbolic link at all in any component. */
int sys_open_beneath(int dir_fd, const char *path, int flags, mode_t mode);
/* As openat(2) resolves it, for who stands inside already: only magic links are not followed. */
int sys_open_plain(int dir_fd, const char *path, int flags);
/* Makes path and its parents in root (0755); returns an O_PATH descriptor of it. */
int sys_mkdir_in_root(int root_fd, const char *path, mode_t mode);
/* Opens the parent of path in root; *ret_name points into path. */
int sys_open_parent_in_root(int root_fd, const char *path, const char **ret_name);

/* caps.c */
int sys_caps_last(void);                       /* number of the highest capability of this kernel */
int sys_caps_get(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable);
int sys_caps_set(uint64_t effective, uint64_t permitted, uint64_t inheritable);
int sys_caps_bound_drop(int cap);
int sys_caps_bound_has(int cap);
int sys_caps_ambient_clear(void);
int sys_caps_ambient_raise(int cap);

/* prctl.c */
int sys_set_death_signal(int signal);
int sys_set_no_new_privs(void);
int sys_set_dumpable(bool dumpable);
bool sys_is_dumpable(void);
int sys_set_name(const char *name);
int sys_set_keep_caps(bool keep);              /* over a change from root to another user */
int sys_set_securebits(unsigned bits);         /* SECBIT_* */

/* sched.c: core scheduling; -EINVAL: not in this kernel, -ENODEV: no core has several threads */
int sys_sched_core_create(void);               /* this process, and its children, share a core with no other */
int sys_sched_core_join(pid_t pid);            /* ... but with pid's */
int sys_sched_core_cookie(uint64_t *ret);

/* rlimit.c, keyring.c, signal.c, uts.c, session.c */
int sys_rlimit_set(pid_t pid, int resource, const struct rlimit *limit);
int sys_rlimit_get(pid_t pid, int resource, struct rlimit *ret);
int sys_keyring_join(void);                    /* new anonymous session keyring */
int sys_signals_reset(void);                   /* default actions, nothing blocked */
int sys_sethostname(const char *name);
int sys_setsid(void);

/* seccomp-user.c */
struct sock_filter;
int sys_seccomp_load(const struct sock_filter *filter, size_t n, unsigned flags); /* 0, or a listener with the flag for it */
int sys_seccomp_listen(const struct sock_filter *filter, size_t n); /* the same, and always a listener */
/* The next call that waits on a listener: a struct seccomp_notif, into that many bytes that are 0. -ENOENT: the caller has
 * just died, -E2BIG: the kernel's structures are larger than we know. */
#define SYS_NOTIFICATION_SIZE 256
int sys_seccomp_receive(int listener_fd, void *space);
/* error: 0 or negative, what the caller gets; pass: the kernel makes the call after all. -ENOENT: nobody waits any more. */
int sys_seccomp_answer(int listener_fd, uint64_t id, int error, bool pass);
int sys_seccomp_is_waiting(int listener_fd, uint64_t id); /* -ENOENT: what was read of that process may be another's */

/* landlock.c: these bits of rights (LANDLOCK_ACCESS_FS_*, LANDLOCK_ACCESS_NET_*, LANDLOCK_SCOPE_*) are gone for the caller and
 * its children, whatever the object; no_new_privs must be set. */
int sys_landlock_abi(void);                    /* version, or -errno without Landlock */
int sys_landlock_deny(uint64_t fs, uint64_t net, uint64_t scoped);

/* bpf.c */
struct bpf_insn;
int sys_bpf_load_cgroup_device(const struct bpf_insn *insns, size_t n, char *log, size_t log_size);
int sys_bpf_attach_cgroup_device(int cgroup_fd, int program_fd);

/* pty.c */
/* A new pty of the devpts instance below devpts_fd: master and its peer (TIOCGPTPEER, no path is opened). */
int sys_pty_open(int devpts_fd, int *ret_master, int *ret_slave);
int sys_pty_set_size(int fd, unsigned short rows, unsigned short columns);
int sys_pty_get_size(int fd, unsigned short *rows, unsigned short *columns);
int sys_tty_take(int tty_fd);                  /* TIOCSCTTY */

/* net.c */
int sys_link_index(const char *name);          /* if_nametoindex: index or -ENODEV */
int sys_link_set_up(const char *name);         /* in the current network namespace */

/* netlink.c: what links and addresses there are */
#define SYS_LINK_ALIAS_MAX 64
struct sys_link {
	int index, master;     /* master: index of its bridge, 0 = none */
	unsigned flags;        /* IFF_* */
	uint32_t mtu;
	char name[16];
	char kind[16];         /* "bridge", "veth", ""; what "ip -d link" says */
	char alias[SYS_LINK_ALIAS_MAX]; /* "ip link set alias"; a longer one is cut */
};
int sys_link_get(const char *name, struct sys_link *ret);                     /* -ENODEV */
int sys_link_ports(int master, struct sys_link **ret, size_t *ret_n);         /* links whose master it is; free() */
struct sys_address {
	int index, family;     /* of the link; AF_INET, AF_INET6 */
	unsigned char prefix, scope; /* RT_SCOPE_* */
	unsigned char bytes[16];
};
/* Addresses of all links in the network namespace of that descriptor, -1 = our own; free(). */
int sys_address_list(int netns_fd, struct sys_address **ret, size_t *ret_n);

/* selinux.c: does the policy know this context? -EINVAL: no; -ENOENT: no SELinux here. */
int sys_selinux_check(const char *context);
/* May a process of the context who do that to what, were the policy enforced ("dir", "search")? -ENOENT: no SELinux here, or a
 * policy that does not know the words. */
int sys_selinux_may(const char *who, const char *what, const char *class, const char *permission, bool *ret);
bool sys_selinux_is_enforcing(void);
/* Of the file itself, also by a descriptor that cannot read; free(). */
int sys_selinux_label(int fd, char **ret);

/* veth.c: links without iproute2 */
struct sys_veth {
	const char *name, *peer_name;
	unsigned char peer_mac[6];
	int master;            /* index of the bridge */
	uint32_t mtu;          /* of both */
	int netns_fd;          /* where the peer is born */
};
int sys_veth_add(const struct sys_veth *v);    /* -EEXIST: either name is taken */
int sys_link_set_alias(const char *name, const char *alias);
int sys_link_delete(int index);

/* xattr.c */
int sys_xattr_set(int fd, const char *name, const void *value, size_t size);
/* Its size; at most size bytes are taken. */
int sys_xattr_get(const char *path, const char *name, void *ret, size_t size);

/* statfs.c */
int sys_fs_magic(int fd, uint64_t *ret);      /* f_type of statfs(2) */
