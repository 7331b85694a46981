/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Control groups of a user who is not root. On v2 a group can be handed to somebody (cgroups(7), "Delegation"), who may then make
 * groups below it; that is known by the owner of the group and of its cgroup.procs. A process can be moved only where the
 * nearest group above both places is its mover's: so what counts is the groups that this process is in.
 *
 * systemd hands user@UID.service to the user; a session that was opened by login or ssh is beside it, not in it, and has nothing.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "host/host.h"

/* Our own group in the v2 tree: the line "0::PATH". */
static char *own_path(int root_fd)
{
	_cleanup_free_ char *text = NULL;
	const char *line;

	if (file_read(root_fd, "proc/self/cgroup", FILE_TEXT_MAX, &text, NULL) < 0)
		return NULL;
	line = str_after(text, "0::") ? text : strstr(text, "\n0::");
	if (!line)
		return NULL;
	line = strchr(line, '/');
	return line ? strndup(line, strcspn(line, "\n")) : NULL;
}

static bool is_ours(int root_fd, const char *point, const char *path)
{
	_cleanup_free_ char *group = str_format("%s%s", point + strspn(point, "/"), path);
	_cleanup_free_ char *procs = group ? str_format("%s/cgroup.procs", group) : NULL;
	struct stat st;

	return procs && fstatat(root_fd, group, &st, 0) == 0 && st.st_uid == geteuid() && fstatat(root_fd, procs, &st, 0) == 0 &&
	       st.st_uid == geteuid();
}

/* The topmost of the groups from path upwards that are ours, without a gap; NULL. Shortens path. */
static char *top_of(int root_fd, const char *point, char *path)
{
	char *top = NULL;

	while (strlen(path) > 1 && is_ours(root_fd, point, path)) {
		free(top);
		top = strdup(path);
		*strrchr(path, '/') = 0;
	}
	return top;
}

void lx_host_keep_delegated(int root_fd, struct lx_host *host)
{
	_cleanup_free_ char *path = own_path(root_fd), *top = NULL;
	struct lx_host_hierarchy kept = { 0 };

	for (size_t i = 0; i < host->n_hierarchies && path; i++)
		if (host->hierarchies[i].unified)
			kept = host->hierarchies[i];
	if (kept.unified)
		top = top_of(root_fd, kept.point, path);

	host->n_hierarchies = 0;
	host->cgroup_layout = LX_CGROUP_NONE;
	if (!top || strlen(top) >= sizeof(kept.base) || strlen(kept.point) + strlen(top) >= sizeof(kept.point))
		return;

	strcpy(kept.base, top);
	strcat(kept.point, top);
	host->hierarchies[0] = kept;
	host->n_hierarchies = 1;
	host->cgroup_layout = LX_CGROUP_UNIFIED;
}
