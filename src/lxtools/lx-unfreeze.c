/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-unfreeze: let the processes of a container go on. */
#include "command.h"

static int run(struct lx_container *c, const void *values _unused_, struct lx_error *err)
{
	return lx_unfreeze(c, err);
}

const struct lx_command lx_unfreeze_command = {
	.name = "lx-unfreeze",
	.summary = "let the processes of a frozen container go on",
	.synopsis = "[-n] NAME...",
	.operands = LX_OPERANDS_NAMES,
	.complete = LX_COMPLETE_FROZEN,
	.size = sizeof(struct lx_no_values),
	.verb = run,
};
