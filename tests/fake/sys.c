/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stand-ins themselves, in the order of sys/sys.h. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "fake/script.h"
#include "sys/sys.h"

/* A child is never made: the caller is always the parent of pid 4242, unless scripted (0 = be the child). */
pid_t sys_clone(uint64_t flags, int cgroup_fd, int *ret_pidfd)
{
	int r = script_has("sys_clone") ? script_call("sys_clone", "0x%llx, %s", (unsigned long long)flags, script_fd(cgroup_fd)) :
		script_record("sys_clone", 4242, false, "0x%llx, %s", (unsigned long long)flags, script_fd(cgroup_fd));

	if (r > 0 && ret_pidfd)
		*ret_pidfd = script_call_fd("pidfd", "%d", r);
	return r;
}

int sys_namespace_open(pid_t pid, int ns)
{
	return script_call_fd("sys_namespace_open", "%d, %s", (int)pid, sys_namespaces[ns].name);
}

int sys_namespace_same(pid_t pid, int ns)
{
	return script_call("sys_namespace_same", "%d, %s", (int)pid, sys_namespaces[ns].name);
}

int sys_setns(int fd, int flags)
{
	return script_call("sys_setns", "%s, 0x%x", script_fd(fd), (unsigned)flags);
}

int sys_unshare(int flags)
{
	return script_call("sys_unshare", "0x%x", (unsigned)flags);
}

int sys_timens_enter(int64_t boottime_nsec, int64_t monotonic_nsec)
{
	return script_call("sys_timens_enter", "%lld, %lld", (long long)boottime_nsec, (long long)monotonic_nsec);
}

static const char *format_map(char *text, size_t size, const struct id_range *map, size_t n)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%u %u %u", i ? ", " : "", map[i].inside, map[i].outside,
					 map[i].size);
	return text;
}

int sys_userns_write_maps(pid_t pid, const struct id_range *uids, size_t n_uids, const struct id_range *gids, size_t n_gids)
{
	char u[512], g[512];

	return script_call("sys_userns_write_maps", "%d, {%s}, {%s}", (int)pid, format_map(u, sizeof(u), uids, n_uids),
			   format_map(g, sizeof(g), gids, n_gids));
}

int sys_userns_open(const struct id_range *uids, size_t n_uids, const struct id_range *gids, size_t n_gids)
{
	char u[512], g[512];

	return script_call_fd("sys_userns_open", "{%s}, {%s}", format_map(u, sizeof(u), uids, n_uids),
			      format_map(g, sizeof(g), gids, n_gids));
}

int sys_become_root(void)
{
	return script_call("sys_become_root", "%s", "");
}

int sys_set_credentials(uid_t uid, gid_t gid, const gid_t *groups, size_t n)
{
	(void)groups;
	return script_call("sys_set_credentials", "%u, %u, %zu groups", uid, gid, n);
}

int sys_fsopen(const char *type)
{
	return script_call_fd("sys_fsopen", "%s", type);
}

int sys_fsconfig_string(int fs_fd, const char *key, const char *value)
{
	return script_call("sys_fsconfig_string", "%s, %s, %s", script_fd(fs_fd), key, value);
}

int sys_fsconfig_flag(int fs_fd, const char *key)
{
	return script_call("sys_fsconfig_flag", "%s, %s", script_fd(fs_fd), key);
}

int sys_fsconfig_create(int fs_fd)
{
	return script_call("sys_fsconfig_create", "%s", script_fd(fs_fd));
}

int sys_fsmount(int fs_fd, unsigned attr)
{
	return script_call_fd("sys_fsmount", "%s, 0x%x", script_fd(fs_fd), attr);
}

const char *sys_fs_message(int fs_fd, char *text, size_t size)
{
	snprintf(text, size, "%s", script_text("sys_fs_message"));
	script_call("sys_fs_message", "%s", script_fd(fs_fd));
	return text;
}

int sys_open_tree(int dir_fd, const char *path, unsigned flags)
{
	return script_call_fd("sys_open_tree", "%s, %s, 0x%x", script_fd(dir_fd), path, flags);
}

int sys_move_mount(int from_fd, const char *from, int to_fd, const char *to)
{
	return script_call("sys_move_mount", "%s, %s, %s, %s", script_fd(from_fd), from, script_fd(to_fd), to);
}

int sys_mount_setattr(int dir_fd, const char *path, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation)
{
	return script_call("sys_mount_setattr", "%s, %s, 0x%x, 0x%llx, 0x%llx, 0x%llx", script_fd(dir_fd), path, flags,
			   (unsigned long long)set, (unsigned long long)clear, (unsigned long long)propagation);
}

int sys_mount_idmap(int mount_fd, int userns_fd, bool recursive)
{
	return script_call("sys_mount_idmap", "%s, %s, %d", script_fd(mount_fd), script_fd(userns_fd), recursive);
}

int sys_mount_lock(int mount_fd, bool recursive)
{
	return script_call_fd("sys_mount_lock", "%s, %d", script_fd(mount_fd), recursive);
}

static const char *or_none(const char *s)
{
	return s ? s : "none";
}

int sys_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options)
{
	return script_call("sys_mount", "%s, %s, %s, 0x%lx, %s", or_none(source), target, or_none(type), flags, or_none(options));
}

int sys_umount(const char *target, int flags)
{
	return script_call("sys_umount", "%s, 0x%x", target, (unsigned)flags);
}

int sys_pivot_root(const char *new_root, const char *put_old)
{
	return script_call("sys_pivot_root", "%s, %s", new_root, put_old);
}

int sys_mountinfo_read(struct sys_mountinfo *ret)
{
	int r = script_call("sys_mountinfo_read", "%s", "");

	return r < 0 ? r : sys_mountinfo_parse(script_text("sys_mountinfo_read"), ret);
}

int sys_caps_last(void)
{
	return script_has("sys_caps_last") ? script_call("sys_caps_last", "%s", "") :
		script_record("sys_caps_last", 40, false, "%s", "");
}

int sys_caps_get(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable)
{
	unsigned long long set = (1ULL << 41) - 1;
	int r = script_call("sys_caps_get", "%s", "");

	if (r < 0)
		return r;
	script_value("sys_caps_get", &set);
	*effective = *permitted = set;
	*inheritable = 0;
	return 0;
}

int sys_caps_set(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	return script_call("sys_caps_set", "0x%llx, 0x%llx, 0x%llx", (unsigned long long)effective, (unsigned long long)permitted,
			   (unsigned long long)inheritable);
}

int sys_caps_bound_drop(int cap)
{
	return script_call("sys_caps_bound_drop", "%d", cap);
}

/* Everything that exists is there. */
int sys_caps_bound_has(int cap)
{
	return script_has("sys_caps_bound_has") ? script_call("sys_caps_bound_has", "%d", cap) :
		script_record("sys_caps_bound_has", cap <= 40 ? 1 : -EINVAL, false, "%d", cap);
}

int sys_caps_ambient_clear(void)
{
	return script_call("sys_caps_ambient_clear", "%s", "");
}

int sys_caps_ambient_raise(int cap)
{
	return script_call("sys_caps_ambient_raise", "%d", cap);
}

int sys_set_death_signal(int signal)
{
	return script_call("sys_set_death_signal", "%d", signal);
}

int sys_set_no_new_privs(void)
{
	return script_call("sys_set_no_new_privs", "%s", "");
}

int sys_set_dumpable(bool dumpable)
{
	return script_call("sys_set_dumpable", "%d", dumpable);
}

bool sys_is_dumpable(void)
{
	return script_call("sys_is_dumpable", "%s", "") != 0;
}

int sys_set_keep_caps(bool keep)
{
	return script_call("sys_set_keep_caps", "%d", keep);
}

int sys_set_securebits(unsigned bits)
{
	return script_call("sys_set_securebits", "0x%x", bits);
}

int sys_sched_core_create(void)
{
	return script_call("sys_sched_core_create", "%s", "");
}

int sys_sched_core_join(pid_t pid)
{
	return script_call("sys_sched_core_join", "%d", (int)pid);
}

int sys_sched_core_cookie(uint64_t *ret)
{
	*ret = 0;
	return script_call("sys_sched_core_cookie", "%s", "");
}

int sys_set_name(const char *name)
{
	return script_call("sys_set_name", "%s", name);
}

int sys_rlimit_set(pid_t pid, int resource, const struct rlimit *limit)
{
	return script_call("sys_rlimit_set", "%d, %d, %llu, %llu", (int)pid, resource, (unsigned long long)limit->rlim_cur,
			   (unsigned long long)limit->rlim_max);
}

/* Unlimited, unless the test says what hard limit there is. */
int sys_rlimit_get(pid_t pid, int resource, struct rlimit *ret)
{
	unsigned long long hard = RLIM_INFINITY;

	(void)script_value("sys_rlimit_get", &hard);
	*ret = (struct rlimit){ hard, hard };
	return script_call("sys_rlimit_get", "%d, %d", (int)pid, resource);
}

int sys_keyring_join(void)
{
	return script_call("sys_keyring_join", "%s", "");
}

int sys_signals_reset(void)
{
	return script_call("sys_signals_reset", "%s", "");
}

int sys_sethostname(const char *name)
{
	return script_call("sys_sethostname", "%s", name);
}

int sys_setsid(void)
{
	return script_call("sys_setsid", "%s", "");
}

int sys_seccomp_load(const struct sock_filter *filter, size_t n, unsigned flags)
{
	(void)filter;
	return script_call("sys_seccomp_load", "%zu, 0x%x", n, flags);
}

int sys_seccomp_listen(const struct sock_filter *filter, size_t n)
{
	(void)filter;
	return script_call_fd("sys_seccomp_listen", "%zu", n);
}

int sys_seccomp_receive(int listener_fd, void *space)
{
	(void)space;
	return script_call("sys_seccomp_receive", "%s", script_fd(listener_fd));
}

int sys_seccomp_answer(int listener_fd, uint64_t id, int error, bool pass)
{
	return script_call("sys_seccomp_answer", "%s, %llu, %d, %d", script_fd(listener_fd), (unsigned long long)id, error, pass);
}

int sys_seccomp_is_waiting(int listener_fd, uint64_t id)
{
	return script_call("sys_seccomp_is_waiting", "%s, %llu", script_fd(listener_fd), (unsigned long long)id);
}

int sys_landlock_abi(void)
{
	return script_call("sys_landlock_abi", "%s", "");
}

int sys_landlock_deny(uint64_t fs, uint64_t net, uint64_t scoped)
{
	return script_call("sys_landlock_deny", "0x%llx, 0x%llx, 0x%llx", (unsigned long long)fs, (unsigned long long)net,
			   (unsigned long long)scoped);
}

int sys_bpf_load_cgroup_device(const struct bpf_insn *insns, size_t n, char *log, size_t log_size)
{
	(void)insns;
	if (log && log_size > 0)
		log[0] = '\0';
	return script_call_fd("sys_bpf_load_cgroup_device", "%zu", n);
}

int sys_bpf_attach_cgroup_device(int cgroup_fd, int program_fd)
{
	return script_call("sys_bpf_attach_cgroup_device", "%s, %s", script_fd(cgroup_fd), script_fd(program_fd));
}

int sys_pty_open(int devpts_fd, int *ret_master, int *ret_slave)
{
	int r = script_call("sys_pty_open", "%s", script_fd(devpts_fd));

	if (r < 0)
		return r;
	*ret_master = script_call_fd("pty_master", "%s", "");
	*ret_slave = script_call_fd("pty_slave", "%s", "");
	return 0;
}

int sys_pty_set_size(int fd, unsigned short rows, unsigned short columns)
{
	return script_call("sys_pty_set_size", "%s, %u, %u", script_fd(fd), rows, columns);
}

int sys_pty_get_size(int fd, unsigned short *rows, unsigned short *columns)
{
	int r = script_call("sys_pty_get_size", "%s", script_fd(fd));

	if (r < 0)
		return r;
	*rows = 24;
	*columns = 80;
	return 0;
}

int sys_tty_take(int tty_fd)
{
	return script_call("sys_tty_take", "%s", script_fd(tty_fd));
}

int sys_link_index(const char *name)
{
	return script_call("sys_link_index", "%s", name);
}

int sys_netns_owner(int fd, uid_t *ret)
{
	int r = script_call("sys_netns_owner", "%s", script_fd(fd));
	unsigned long long uid = 1000;

	if (r < 0)
		return r;
	(void)script_value("netns_owner", &uid);
	*ret = (uid_t)uid;
	return 0;
}

int sys_veth_add(const struct sys_veth *v)
{
	return script_call("sys_veth_add", "%s master %d mtu %u peer %s %02x:%02x:%02x:%02x:%02x:%02x in %s", v->name, v->master, v->mtu,
			   v->peer_name, v->peer_mac[0], v->peer_mac[1], v->peer_mac[2], v->peer_mac[3], v->peer_mac[4], v->peer_mac[5],
			   script_fd(v->netns_fd));
}

int sys_link_set_alias(const char *name, const char *alias)
{
	return script_call("sys_link_set_alias", "%s, %s", name, alias);
}

int sys_link_delete(int index)
{
	return script_call("sys_link_delete", "%d", index);
}

int sys_link_set_up(const char *name)
{
	return script_call("sys_link_set_up", "%s", name);
}

int sys_selinux_check(const char *context)
{
	return script_call("sys_selinux_check", "%s", context);
}

int sys_selinux_may(const char *who, const char *what, const char *class, const char *permission, bool *ret)
{
	int r = script_call("sys_selinux_may", "%s, %s, %s, %s", who, what, class, permission);

	*ret = r == 0;
	return r == -EACCES ? 0 : r;
}

bool sys_selinux_is_enforcing(void)
{
	return script_call("sys_selinux_is_enforcing", "%s", "-");
}

int sys_selinux_label(int fd, char **ret)
{
	int r = script_call("sys_selinux_label", "%d", fd);

	*ret = r < 0 ? NULL : strdup("u:r:disk_t:s0");
	return r;
}

int sys_xattr_set(int fd, const char *name, const void *value, size_t size)
{
	(void)value;
	return script_call("sys_xattr_set", "%s, %s, %zu", script_fd(fd), name, size);
}

int sys_xattr_get(const char *path, const char *name, void *ret, size_t size)
{
	const char *text = script_text("sys_xattr_get");
	size_t n = text ? strlen(text) : 0;

	if (n == 0 || n > size)
		return script_record("sys_xattr_get", n == 0 ? -ENODATA : -ERANGE, false, "%s, %s", path, name);
	memcpy(ret, text, n);
	return script_record("sys_xattr_get", (int)n, false, "%s, %s", path, name);
}
