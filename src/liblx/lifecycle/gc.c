/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx_gc(): what killed monitors left goes away. */
#include <errno.h>

#include "base/strv.h"
#include "instance/recover.h"
#include "lifecycle/leftover.h"

static int collect(const char *path, const char *name, void (*report)(const char *, void *), void *userdata, struct lx_error *err)
{
	_cleanup_container_ struct lx_container *c = NULL;
	_cleanup_close_ int run_fd = -EBADF, lock_fd = -EBADF;
	int r;

	r = lx_container_open(path, name, &c, err);
	if (r < 0)
		return r;
	r = lx_container_open_run(c, false, &run_fd, err);
	if (r == -ENOENT) { /* it has never run since the machine booted */
		lx_error_clear(err);
		return 0;
	}
	if (r < 0)
		return r;
	r = lx_lock_take(c, &lock_fd, err);
	if (r == -EBUSY) { /* its monitor lives */
		lx_error_clear(err);
		return 0;
	}
	if (r < 0)
		return r;

	r = lx_instance_recover(run_fd, report, userdata, err);
	if (r < 0)
		lx_error_prefix(err, "%s", name);
	return r > 0;
}

LX_PUBLIC int lx_gc(const char *path, const char *name, void (*report)(const char *text, void *userdata), void *userdata, struct lx_error *err)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_free_ char *store = NULL;
	int r, n = 0;

	if (name)
		return collect(path, name, report, userdata, err);

	r = lx_store_path(path, &store, err);
	if (r >= 0)
		r = lx_store_list(path, &names, err);
	if (r < 0)
		return r;

	lx_leftover_sweep(store);
	strv_for_each(one, names) {
		r = collect(path, one, report, userdata, err);
		if (r < 0)
			return r;
		n += r;
	}

	return n;
}
