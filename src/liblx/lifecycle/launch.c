/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/launch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

void lx_launch_done(struct lx_launch *launch)
{
	buf_done(&launch->orders);
}

void lx_launch_add(struct lx_launch *launch, const char *key, const char *value)
{
	if (!value)
		return;
	buf_addf(&launch->orders, "%s=%s", key, value);
	buf_add_char(&launch->orders, 0);
}

static void add_list(struct lx_launch *launch, const char *key, char *const *values)
{
	strv_for_each(value, values)
		lx_launch_add(launch, key, value);
}

void lx_launch_add_id(struct lx_launch *launch, const char *key, uint32_t id)
{
	char text[16];

	snprintf(text, sizeof(text), "%" PRIu32, id);
	lx_launch_add(launch, key, text);
}

void lx_launch_add_fd(struct lx_launch *launch, const char *key, int fd)
{
	if (launch->n_fds == LX_LAUNCH_FDS) {
		launch->orders.failed = true;
		return;
	}
	lx_launch_add(launch, key, "");
	launch->fds[launch->n_fds++] = fd;
}

/* The monitor works in /, so a path of the caller's must be whole. */
static int add_path(struct lx_launch *launch, const char *key, const char *path)
{
	_cleanup_free_ char *here = NULL, *whole = NULL;

	if (!path || path_is_absolute(path)) {
		lx_launch_add(launch, key, path);
		return 0;
	}

	here = get_current_dir_name();
	whole = here ? path_join(here, path) : NULL;
	if (!whole)
		return -errno;

	lx_launch_add(launch, key, whole);
	return 0;
}

int lx_launch_prepare(struct lx_launch *launch, struct lx_container *c, const struct lx_start_options *options, struct lx_error *err)
{
	int r;

	lx_launch_add(launch, "name", c->name);
	add_list(launch, "define", c->defines);
	add_list(launch, "argv", options->argv);
	add_list(launch, "share", options->share);
	lx_launch_add(launch, "log-level", options->log_level);
	r = add_path(launch, "store", c->store);
	r = r ?: add_path(launch, "config", c->config_given ? c->config_file : NULL);
	r = r ?: add_path(launch, "log-file", options->log_file);
	r = r ?: add_path(launch, "console-log", options->console_log);

	return r < 0 ? lx_error_set(err, r, "find the working directory") : 0;
}

/* The plan is printed by a process of the caller's. */
int lx_launch_exec(struct lx_launch *launch, const struct lx_container *c, bool plan, int *ret_fd, pid_t *ret_pid, struct lx_error *err)
{
	static const struct lx_launch_driver *const drivers[] = { &lx_launch_unit, &lx_launch_fork };
	int r = 0;

	launch->plan = plan;
	for (size_t i = 0; i < array_size(drivers) && r == 0; i++) {
		if (launch->orders.failed)
			return lx_error_oom(err);
		r = drivers[i]->start(launch, c, ret_fd, ret_pid, err);
	}
	return r < 0 ? r : 0;
}
