/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/rootless.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

#define MARK "LX_USER_NAMESPACE"

/* A namespace is its inode, which nobody else has as long as a process is in it. */
static int own_namespace(char *text, size_t size)
{
	struct stat st;

	if (stat("/proc/self/ns/user", &st) < 0)
		return -errno;
	snprintf(text, size, "%llu", (unsigned long long)st.st_ino);
	return 0;
}

bool rootless_inside(void)
{
	const char *mark = secure_getenv(MARK);
	char own[32];

	return mark && own_namespace(own, sizeof(own)) >= 0 && str_equal(mark, own);
}

bool rootless(void)
{
	return geteuid() != 0 || rootless_inside();
}

int rootless_mark(void)
{
	char own[32];
	int r = own_namespace(own, sizeof(own));

	if (r < 0)
		return r;
	return setenv(MARK, own, 1) < 0 ? -errno : 0;
}
