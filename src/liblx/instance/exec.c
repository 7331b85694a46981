/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "instance/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/strv.h"
#include "sys/sys.h"

/* lx-init was opened on the host; it is static and needs nothing of the container's files. */
static int exec_small_init(struct lx_instance *inst, struct lx_error *err)
{
	_cleanup_strv_ char **argv = NULL;
	int r;

	r = strv_append(&argv, "lx-init");
	r = r ?: strv_append(&argv, "--");
	r = r ?: strv_extend(&argv, inst->plan->argv);
	if (r < 0)
		return lx_error_oom(err);

	execveat(inst->small_init_fd, "", argv, inst->plan->env, AT_EMPTY_PATH);
	return lx_error_set(err, -errno, "execute lx-init");
}

int lx_exec_init(struct lx_instance *inst, struct lx_error *err)
{
	const char *work_dir = inst->config->container.work_dir;

	if (work_dir && chdir(work_dir) < 0)
		return lx_error_set(err, -errno, "[container] work-dir: enter %s", work_dir);
	if (inst->plan->execute)
		return exec_small_init(inst, err);

	execve(inst->plan->argv[0], inst->plan->argv, inst->plan->env);
	return lx_error_set(err, -errno, "execute %s", inst->plan->argv[0]);
}
