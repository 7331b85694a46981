/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths as text. */
#include "base/path.h"

#include <limits.h>
#include <string.h>

#include "base/str.h"

char *path_join(const char *a, const char *b)
{
	size_t n = strlen(a);

	if (n == 0)
		return strdup(b);

	while (n > 0 && a[n - 1] == '/')
		n--;
	while (*b == '/')
		b++;
	return str_format("%.*s/%s", (int)n, a, b);
}

bool path_is_absolute(const char *p)
{
	return p[0] == '/';
}

bool path_is_normal(const char *p)
{
	if (!*p || strlen(p) >= PATH_MAX)
		return false;

	if (*p == '/')
		p++;

	while (*p) {
		size_t n = strcspn(p, "/");

		if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += n;
		if (*p == '/')
			p++;
	}

	return true;
}

const char *path_basename(const char *p)
{
	const char *slash = strrchr(p, '/');

	return slash ? slash + 1 : p;
}
