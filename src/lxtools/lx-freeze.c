/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-freeze: pause all processes of a container. */
#include "command.h"

static int run(struct lx_container *c, const void *values _unused_, struct lx_error *err)
{
	return lx_freeze(c, err);
}

const struct lx_command lx_freeze_command = {
	.name = "lx-freeze",
	.summary = "pause all processes of a container",
	.synopsis = "[-n] NAME...",
	.operands = LX_OPERANDS_NAMES,
	.complete = LX_COMPLETE_RUNNING,
	.size = sizeof(struct lx_no_values),
	.verb = run,
};
