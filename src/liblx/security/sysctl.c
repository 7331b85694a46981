/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parameters of the kernel. Files below /proc/sys show the value of whatever namespace the process that opens them is in, where
 * the parameter has one for each, and otherwise the value of the whole host. So it is decided here which are which; all that are
 * not known to belong to a namespace count as the host's.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/rootless.h"
#include "base/str.h"
#include "base/strv.h"
#include "host/host.h"
#include "security/security.h"
#include "sys/sys.h"

static const struct {
	const char *name; /* as a path; a whole directory when it ends with a slash */
	int ns;
} namespaced[] = {
	{ "net/", SYS_NS_NET },
	{ "fs/mqueue/", SYS_NS_IPC },
	{ "kernel/msgmax", SYS_NS_IPC },
	{ "kernel/msgmnb", SYS_NS_IPC },
	{ "kernel/msgmni", SYS_NS_IPC },
	{ "kernel/sem", SYS_NS_IPC },
	{ "kernel/shmall", SYS_NS_IPC },
	{ "kernel/shmmax", SYS_NS_IPC },
	{ "kernel/shmmni", SYS_NS_IPC },
	{ "kernel/shm_rmid_forced", SYS_NS_IPC },
	{ "kernel/domainname", SYS_NS_UTS },
};

/* sysctl(8)'s rule: where the first separator is a slash, dots are part of names. */
static char *path_of(const char *assignment)
{
	size_t size = strcspn(assignment, "=");
	char *path = strndup(assignment, size);

	if (path && path[strcspn(path, "./")] == '.')
		for (char *p = path; *p; p++)
			*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
	return path;
}

/* The namespace, or -EPERM for a parameter of the host. */
static int find_namespace(const char *path)
{
	for (size_t i = 0; i < array_size(namespaced); i++) {
		const char *name = namespaced[i].name, *rest = str_after(path, name);

		if (rest && (name[strlen(name) - 1] == '/' ? *rest != 0 : *rest == 0))
			return namespaced[i].ns;
	}
	return -EPERM;
}

static int check_one(const struct lx_config *config, const char *assignment, char *const share[], struct lx_error *err)
{
	_cleanup_free_ char *path = path_of(assignment);
	int name_size = (int)strcspn(assignment, "="), ns;
	char place[512];

	if (!path)
		return lx_error_oom(err);
	lx_config_origin(config, "security.sysctl", place, sizeof(place));
	ns = find_namespace(path);
	if (ns < 0)
		return lx_error_say(err, ns, "sysctl %.*s belongs to the whole host, a container cannot have its own; see %s", name_size,
				    assignment, place);
	if (share[ns])
		return lx_error_say(err, -EPERM, "sysctl %.*s belongs to the %s namespace, which the container shares; see %s", name_size,
				    assignment, sys_namespaces[ns].name, place);
	return 0;
}

int lx_sysctls_check(const struct lx_config *config, char *const share[], struct lx_error *err)
{
	strv_for_each(assignment, config->security.sysctls) {
		int r = check_one(config, assignment, share, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int write_once(int sys_fd, const char *path, const char *value)
{
	_cleanup_close_ int fd = sys_open_beneath(sys_fd, path, O_WRONLY | O_NOFOLLOW, 0);

	return fd < 0 ? fd : fd_write_all(fd, value, strlen(value));
}

/* Who owns a parameter of a namespace is the host's root, or, in newer kernels and not for all, the container's. */
static int write_value(int sys_fd, const char *path, const char *value, uid_t root_uid)
{
	int r = write_once(sys_fd, path, value);

	if ((r != -EACCES && r != -EPERM) || root_uid == 0)
		return r;
	if (seteuid(root_uid) < 0)
		return -errno;
	r = write_once(sys_fd, path, value);
	if (seteuid(0) < 0)
		return -errno;
	(void)sys_set_dumpable(true); /* as before the change of credentials */
	return r;
}

struct setting {
	int sys_fd, ns, ns_fd;
	const char *assignment, *path;
	uid_t root_uid;
};

static int enter_and_write(void *argument, struct lx_error *err)
{
	const struct setting *s = argument;
	int r = sys_setns(s->ns_fd, sys_namespaces[s->ns].flag);

	if (r < 0)
		return lx_error_set(err, r, "enter the %s namespace", sys_namespaces[s->ns].name);
	r = write_value(s->sys_fd, s->path, strchr(s->assignment, '=') + 1, s->root_uid);
	return r < 0 ? lx_error_set(err, r, "sysctl %s", s->assignment) : 0;
}

static int set_one(int sys_fd, const char *assignment, const int ns_fds[], uid_t root_uid, struct lx_error *err)
{
	_cleanup_free_ char *path = path_of(assignment);
	_cleanup_close_ int own_fd = -EBADF;
	struct setting s = { .sys_fd = sys_fd, .assignment = assignment, .path = path, .root_uid = root_uid };
	int ns, r, back;

	if (!path)
		return lx_error_oom(err);
	ns = find_namespace(path);
	if (ns < 0)
		return lx_error_set(err, ns, "sysctl %s", assignment);
	s.ns = ns;
	s.ns_fd = ns_fds[ns];
	if (rootless()) /* who may not go back to the host's namespaces */
		return lx_aside_fork(enter_and_write, &s, err);

	own_fd = sys_namespace_open(getpid(), ns);
	if (own_fd < 0)
		return lx_error_set(err, own_fd, "open our own %s namespace", sys_namespaces[ns].name);
	r = enter_and_write(&s, err);
	back = sys_setns(own_fd, sys_namespaces[ns].flag);
	if (back < 0)
		return lx_error_set(err, back, "return to our own %s namespace", sys_namespaces[ns].name);
	return r;
}

int lx_sysctls_apply(char *const *sysctls, const int ns_fds[], uid_t root_uid, struct lx_error *err)
{
	_cleanup_close_ int sys_fd = -EBADF;

	if (!sysctls || !sysctls[0])
		return 0;
	sys_fd = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (sys_fd < 0)
		return lx_error_set(err, -errno, "open /proc/sys");

	strv_for_each(assignment, sysctls) {
		int r = set_one(sys_fd, assignment, ns_fds, root_uid, err);

		if (r < 0)
			return r;
	}
	return 0;
}
