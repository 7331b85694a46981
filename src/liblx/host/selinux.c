/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which SELinux types this host's policy has for containers. Ours (config/selinux/lx.cil) when they are loaded, otherwise those
 * that the policy names for whoever runs containers, in its file lxc_contexts; which may name types that the policy does not
 * have, as Debian's does, so the kernel is asked.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "host/selinux.h"
#include "sys/sys.h"

#define OUR_PROCESS "system_u:system_r:lx_container_t"
#define OUR_FILE "system_u:object_r:lx_file_t"

/* "NAME = "VALUE"" or "NAME=VALUE", a line of both files, into ret; NULL: it is not this name. */
static char *assigned(char *line, const char *name)
{
	const char *rest = str_after(str_strip(line), name);
	char *value;

	rest = rest ? rest + strspn(rest, " \t") : NULL;
	if (!rest || *rest != '=')
		return NULL;
	value = (char *)rest + 1 + strspn(rest + 1, " \t\"");
	value[strcspn(value, "\" \t")] = '\0';
	return value;
}

/* The value of the name in a file, or "". */
static void look_up(int root_fd, const char *path, const char *name, char *ret, size_t size)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_strv_ char **lines = NULL;

	ret[0] = '\0';
	if (file_read(root_fd, path, FILE_TEXT_MAX, &text, NULL) < 0 || strv_split(text, "\n", &lines) < 0)
		return;
	strv_for_each(line, lines) {
		const char *value = assigned(line, name);

		if (value)
			snprintf(ret, size, "%s", value);
	}
}

/* The level goes: each container gets its own. */
static void cut_level(char *context)
{
	for (unsigned colons = 0; *context; context++)
		if (*context == ':' && ++colons == 3)
			*context = '\0';
		else if (colons == 3)
			break;
}

static bool is_valid(const char *context)
{
	char text[LX_SELINUX_TYPE_MAX + 8];

	if (!context[0])
		return false;
	snprintf(text, sizeof(text), "%s:s0", context);
	return sys_selinux_check(text) >= 0;
}

static void look_up_policy(int root_fd, struct lx_host *host)
{
	char policy[64], path[128];

	look_up(root_fd, "etc/selinux/config", "SELINUXTYPE", policy, sizeof(policy));
	snprintf(path, sizeof(path), "etc/selinux/%s/contexts/lxc_contexts", policy);
	/* a whole system, if the policy tells that apart from single programs */
	look_up(root_fd, path, "init_process", host->selinux_process, sizeof(host->selinux_process));
	if (!host->selinux_process[0])
		look_up(root_fd, path, "process", host->selinux_process, sizeof(host->selinux_process));
	look_up(root_fd, path, "file", host->selinux_file, sizeof(host->selinux_file));
	cut_level(host->selinux_process);
	cut_level(host->selinux_file);
}

void lx_host_probe_selinux(int root_fd, struct lx_host *host)
{
	host->selinux = file_exists(root_fd, "sys/fs/selinux/enforce");
	if (!host->selinux)
		return;

	if (is_valid(OUR_PROCESS) && is_valid(OUR_FILE)) {
		snprintf(host->selinux_process, sizeof(host->selinux_process), OUR_PROCESS);
		snprintf(host->selinux_file, sizeof(host->selinux_file), OUR_FILE);
		return;
	}
	look_up_policy(root_fd, host);
	if (!is_valid(host->selinux_process) || !is_valid(host->selinux_file))
		host->selinux_process[0] = host->selinux_file[0] = '\0';
}
