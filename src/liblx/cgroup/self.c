/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a process is: the lines "ID:CONTROLLERS:PATH" of /proc/PID/cgroup. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "cgroup/driver.h"

int lx_cgroup_self_read(pid_t pid, char **ret)
{
	char path[64];

	if (pid == 0)
		return file_read(AT_FDCWD, "/proc/self/cgroup", FILE_TEXT_MAX, ret, NULL);
	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	return file_read(AT_FDCWD, path, FILE_TEXT_MAX, ret, NULL);
}

/* The rest of a line after its second colon, when it is the line of h. */
static const char *match_line(const char *line, const struct lx_host_hierarchy *h)
{
	const char *named = str_after(h->options, "none,");
	const char *words = named ? named : h->options;
	const char *p = strchr(line, ':');
	size_t size = strlen(words);

	if (!p || strncmp(p + 1, words, size) != 0 || p[1 + size] != ':')
		return NULL;
	return p + 1 + size + 1;
}

/* Of a user's hierarchy, which begins at the user's group. What is outside of that keeps its whole path. */
static const char *below_base(const char *path, const struct lx_host_hierarchy *h)
{
	const char *rest = str_after(path, h->base);

	return *h->base && rest && *rest == '/' ? rest : path;
}

int lx_cgroup_self_path(const char *text, const struct lx_host_hierarchy *h, char **ret)
{
	for (const char *line = text; *line;) {
		size_t size = strcspn(line, "\n");
		const char *path = match_line(line, h);

		if (path && path <= line + size) {
			path = below_base(path, h);
			*ret = strndup(path, (size_t)(line + size - path));
			return *ret ? 0 : -ENOMEM;
		}
		line += size + (line[size] == '\n');
	}
	*ret = NULL;
	return 0;
}
