/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

int library_load(const char *file, const char *const *names, size_t n, void *functions, struct lx_error *err)
{
	char *members = functions;
	void *library, *function;

	/* loaded already: the last one is set last, so none is missing */
	memcpy(&function, members + (n - 1) * sizeof(function), sizeof(function));
	if (function)
		return 0;
	library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!library)
		return lx_error_say(err, -EOPNOTSUPP, "%s", dlerror());

	for (size_t i = 0; i < n; i++) {
		function = dlsym(library, names[i]);
		if (!function)
			return lx_error_say(err, -EOPNOTSUPP, "%s is too old: it has no %s", file, names[i]);
		memcpy(members + i * sizeof(function), &function, sizeof(function));
	}
	return 0;
}
