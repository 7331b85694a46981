/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/rootless.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

#define MARK "LX_USER_NAMESPACE"
#define FIRST_NAMESPACE "4026531837" /* the kernel's PROC_USER_INIT_INO */

/* A namespace is its inode, which nobody else has as long as a process is in it. */
static int own_namespace(char *text, size_t size)
{
	struct stat st;

	if (stat("/proc/self/ns/user", &st) < 0)
		return -errno;
	snprintf(text, size, "%llu", (unsigned long long)st.st_ino);
	return 0;
}

/* Root of the first namespace is the host's root, whatever an environment says that sudo -E or su -m have kept. */
bool rootless_inside(void)
{
	const char *mark = secure_getenv(MARK);
	char own[32];

	return mark && !str_equal(mark, FIRST_NAMESPACE) && own_namespace(own, sizeof(own)) >= 0 && str_equal(mark, own);
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
