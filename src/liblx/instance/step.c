/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "instance/step.h"

#include <errno.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "instance/instance.h"

static int step_up(const struct lx_step *step, struct lx_instance *inst, struct lx_error *err)
{
	usec_t begin = time_now(CLOCK_MONOTONIC);
	int r = 0;

	if (step->waits != LX_GATE_NONE)
		r = lx_sync_wait(&inst->sync, step->waits, err);
	if (r >= 0 && step->up)
		r = step->up(inst, err);
	if (r >= 0 && step->opens != LX_GATE_NONE) {
		r = lx_sync_open(&inst->sync, step->opens, inst->give_fds, inst->n_give, err);
		inst->n_give = 0;
		if (r < 0 && step->down)
			step->down(inst);
	}

	log_trace("step %s: %llu us", step->name, (unsigned long long)(time_now(CLOCK_MONOTONIC) - begin));
	return r;
}

/* When the other side has failed, its reason is the cause, and names its own step; when it was killed, that is. */
static void explain(const struct lx_step *step, struct lx_instance *inst, struct lx_error *err)
{
	if (inst->sync.remote_error || lx_sync_peek_error(&inst->sync, err))
		return;

	if (inst->init_pidfd >= 0 && !inst->init_gone && lx_instance_reap(inst, true) == 0)
		lx_error_say(err, -ECHILD, "the container's first process ended with %d before it could run init",
			     process_exit_code(inst->init_status));
	lx_error_prefix(err, "%s", step->name);
}

int lx_steps_up(const struct lx_step *steps, size_t n, struct lx_instance *inst, struct lx_error *err)
{
	for (size_t i = 0; i < n; i++) {
		int r = step_up(&steps[i], inst, err);

		if (r >= 0)
			continue;

		/* a step that fails for a reason of its own is the cause, whoever has called the start off meanwhile */
		inst->cancelled = r == -ECANCELED && fd_is_readable(inst->cancel_fd);
		explain(&steps[i], inst, err);
		lx_steps_down(steps, i, inst);
		return r;
	}

	return 0;
}

void lx_steps_down(const struct lx_step *steps, size_t n, struct lx_instance *inst)
{
	while (n-- > 0)
		if (steps[n].down)
			steps[n].down(inst);
}
