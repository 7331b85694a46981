/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The facts of this machine. Every command and every monitor asks once, so this reads a handful of small files and
 * nothing else: about 0.1 ms.
 */
#include "host/host.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/macro.h"
#include "base/rootless.h"
#include "base/process.h"
#include "base/str.h"
#include "base/strv.h"
#include "host/selinux.h"
#include "sys/sys.h"

#define MOUNTINFO_MAX (8 * 1024 * 1024)

static void probe_kernel(struct lx_host *host)
{
	struct utsname names;

	if (uname(&names) < 0)
		return;
	if (sscanf(names.release, "%u.%u", &host->kernel_major, &host->kernel_minor) != 2)
		host->kernel_major = host->kernel_minor = 0;
	snprintf(host->architecture, sizeof(host->architecture), "%.*s", (int)sizeof(host->architecture) - 1, names.machine);
}

bool lx_host_kernel_is(const struct lx_host *host, unsigned major, unsigned minor)
{
	return host->kernel_major > major || (host->kernel_major == major && host->kernel_minor >= minor);
}

/* In the first user namespace all ids are mapped to themselves. */
static bool is_initial_userns(int root_fd)
{
	_cleanup_free_ char *line = NULL;
	unsigned long inside, outside, size;

	if (file_read_line(root_fd, "proc/self/uid_map", &line) < 0)
		return true; /* a kernel without user namespaces */
	return sscanf(line, "%lu %lu %lu", &inside, &outside, &size) == 3 && inside == 0 && outside == 0 && size == 4294967295UL;
}

static void probe_privileges(int root_fd, struct lx_host *host)
{
	uint64_t permitted, inheritable;

	host->root = geteuid() == 0 && is_initial_userns(root_fd);
	if (sys_caps_get(&host->capabilities, &permitted, &inheritable) < 0)
		host->capabilities = 0;
	for (int cap = 0; cap <= sys_caps_last(); cap++)
		if (sys_caps_bound_has(cap) > 0)
			host->capability_bound |= 1ULL << cap;
}

static const struct lx_host_hierarchy *find_hierarchy(const struct lx_host *host, unsigned controller)
{
	for (size_t i = 0; i < host->n_hierarchies; i++)
		if (host->hierarchies[i].controllers & controller)
			return &host->hierarchies[i];
	return NULL;
}

/* Is the file there in the group at path of the hierarchy? */
static bool has_file(int root_fd, const struct lx_host_hierarchy *h, const char *file)
{
	char path[320];

	if (!h)
		return false;
	snprintf(path, sizeof(path), "%s/%s", h->point + strspn(h->point, "/"), file);
	return file_exists(root_fd, path);
}

int lx_host_read_controllers(int root_fd, const char *group, unsigned *ret)
{
	static const struct {
		const char *word;
		unsigned bits;
	} names[] = {
		{ "cpu", LX_CONTROLLER_CPU | LX_CONTROLLER_CPUACCT },
		{ "cpuset", LX_CONTROLLER_CPUSET },
		{ "memory", LX_CONTROLLER_MEMORY },
		{ "pids", LX_CONTROLLER_PIDS },
		{ "io", LX_CONTROLLER_IO },
	};
	_cleanup_free_ char *path = str_format("%s/cgroup.controllers", group), *line = NULL;
	_cleanup_strv_ char **words = NULL;
	int r;

	*ret = 0;
	r = path ? file_read_line(root_fd, path, &line) : -ENOMEM;
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	r = strv_split(line, " ", &words);
	if (r < 0)
		return r;
	for (size_t i = 0; i < array_size(names); i++)
		if (strv_contains(words, names[i].word))
			*ret |= names[i].bits;
	return 0;
}

/* On v1 the files of the root group tell. On v2 the root group has none of them; there the files come with the kernel, and
 * swap and weights are ordinary parts of the controllers. */
static void probe_limit_files(int root_fd, struct lx_host *host)
{
	const struct lx_host_hierarchy *memory = find_hierarchy(host, LX_CONTROLLER_MEMORY);
	const struct lx_host_hierarchy *io = find_hierarchy(host, LX_CONTROLLER_IO);

	host->swap_limit = memory && (memory->unified || has_file(root_fd, memory, "memory.memsw.limit_in_bytes"));
	/* bfq's weight exists in groups only, its figures in the root as well */
	host->io_weight = io && (io->unified || has_file(root_fd, io, "blkio.bfq.io_service_bytes"));
}

/* Does the kernel know file systems of this type? */
static bool has_file_system(int root_fd, const char *type)
{
	_cleanup_free_ char *text = NULL, *line = NULL;

	if (file_read(root_fd, "proc/filesystems", FILE_TEXT_MAX, &text, NULL) < 0)
		return false;
	line = str_format("\t%s\n", type);
	return line && strstr(text, line);
}

static int read_hierarchies(int root_fd, struct lx_host *host)
{
	_cleanup_free_ char *mountinfo = NULL;
	int r;

	r = file_read(root_fd, "proc/self/mountinfo", MOUNTINFO_MAX, &mountinfo, NULL);
	return r < 0 ? r : lx_host_parse_hierarchies(mountinfo, host);
}

/* What the v2 tree can control, by its own list. cpu.stat and freezing need no controller. */
static int probe_controllers(int root_fd, struct lx_host *host)
{
	for (size_t i = 0; i < host->n_hierarchies; i++) {
		struct lx_host_hierarchy *h = &host->hierarchies[i];
		int r = h->unified ? lx_host_read_controllers(root_fd, h->point + strspn(h->point, "/"), &h->controllers) : 0;

		if (r < 0)
			return r;
		host->controllers |= h->controllers;
	}
	return 0;
}

static int probe_cgroups(int root_fd, struct lx_host *host)
{
	int r;

	r = read_hierarchies(root_fd, host);
	if (r < 0)
		return r;
	host->rootless = rootless();
	if (host->rootless)
		lx_host_keep_delegated(root_fd, host);

	r = probe_controllers(root_fd, host);
	if (r < 0)
		return r;
	host->systemd_hierarchy = find_hierarchy(host, LX_CONTROLLER_SYSTEMD);
	/* who is not root may not make a hierarchy */
	host->cgroup_v1 = host->cgroup_layout == LX_CGROUP_LEGACY || host->cgroup_layout == LX_CGROUP_HYBRID ||
			  (!host->rootless && has_file_system(root_fd, "cgroup"));
	/* the file is in every group but the root, where it cannot be looked for */
	host->cgroup_kill = host->cgroup_layout >= LX_CGROUP_HYBRID && lx_host_kernel_is(host, 5, 14);
	probe_limit_files(root_fd, host);
	return 0;
}

static bool is_yes(int root_fd, const char *path)
{
	_cleanup_free_ char *line = NULL;

	return file_read_line(root_fd, path, &line) >= 0 && str_equal(line, "Y");
}

static void probe_machine_id(int root_fd, struct lx_host *host)
{
	_cleanup_free_ char *line = NULL;

	if (file_read_line(root_fd, "etc/machine-id", &line) < 0 || strlen(line) != 32 ||
	    strspn(line, "0123456789abcdef") != 32)
		return;
	memcpy(host->machine_id, line, 32);
}

#define APPARMOR "sys/kernel/security/apparmor"

/* In a container of a host with it, the kernel says yes too; but without its files there is nothing that we could do. */
static void probe_apparmor(int root_fd, struct lx_host *host)
{
	_cleanup_free_ char *stack = NULL;

	host->apparmor = is_yes(root_fd, "sys/module/apparmor/parameters/enabled") && file_exists(root_fd, APPARMOR "/.replace");
	if (!host->apparmor)
		return;

	host->apparmor_stack = file_exists(root_fd, APPARMOR "/features/namespaces/profile") &&
		file_read_line(root_fd, APPARMOR "/features/domain/stack", &stack) >= 0 && str_equal(stack, "yes");
	host->apparmor_newer = file_exists(root_fd, APPARMOR "/features/namespaces/mask");
	host->apparmor_parser = process_have("apparmor_parser");
}

static void probe_modules(int root_fd, struct lx_host *host)
{
	probe_apparmor(root_fd, host);
	lx_host_probe_selinux(root_fd, host);
}

/* sd_booted(3) */
#define SYSTEMD_RUNS "/run/systemd/system"

bool lx_host_has_systemd(void)
{
	return file_exists(AT_FDCWD, SYSTEMD_RUNS);
}

static void probe_features(int root_fd, struct lx_host *host)
{
	host->time_namespace = file_exists(root_fd, "proc/self/ns/time");
	host->user_namespace = file_exists(root_fd, "proc/self/ns/user");
	probe_modules(root_fd, host);
	host->systemd = file_exists(root_fd, &SYSTEMD_RUNS[1]);
	probe_machine_id(root_fd, host);
}

int lx_host_probe_at(const char *root, struct lx_host *ret, struct lx_error *err)
{
	_cleanup_close_ int root_fd = -EBADF;
	struct lx_host host = { 0 };
	int r;

	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return lx_error_set(err, -errno, "open %s", root);

	probe_kernel(&host);
	probe_privileges(root_fd, &host);
	probe_features(root_fd, &host);
	r = probe_cgroups(root_fd, &host);
	if (r < 0)
		return lx_error_set(err, r, "read the mounts of this host");

	*ret = host;
	return 0;
}

int lx_host_probe(struct lx_host *ret, struct lx_error *err)
{
	return lx_host_probe_at("/", ret, err);
}

int lx_host_probe_cgroups(struct lx_host *ret, struct lx_error *err)
{
	_cleanup_close_ int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct lx_host host = { 0 };
	int r;

	r = root_fd < 0 ? -errno : probe_cgroups(root_fd, &host);
	if (r < 0)
		return lx_error_set(err, r, "read the mounts of this host");
	host.rootless = rootless();
	*ret = host;
	return 0;
}

int lx_host_probe_hierarchies(struct lx_host *ret, struct lx_error *err)
{
	_cleanup_close_ int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct lx_host host = { 0 };
	int r;

	r = root_fd < 0 ? -errno : read_hierarchies(root_fd, &host);
	if (r >= 0)
		r = probe_controllers(root_fd, &host);
	if (r < 0)
		return lx_error_set(err, r, "read the mounts of this host");
	host.rootless = rootless();
	*ret = host;
	return 0;
}

int lx_host_probe_modules(struct lx_host *ret)
{
	_cleanup_close_ int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	*ret = (struct lx_host){ 0 };
	if (root_fd < 0)
		return -errno;
	probe_modules(root_fd, ret);
	return 0;
}
