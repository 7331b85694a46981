/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-destroy: remove a container and what lx made for it. */
#include "command.h"

struct destroy {
	struct lx_common common;
	bool force;
};

static const struct lx_option options[] = {
	{ 'f', "force", .kind = LX_OPTION_FLAG, .offset = offsetof(struct destroy, force),
	  .doc = "Kill it first when it runs." },
};

static int run(struct lx_container *c, const void *values, struct lx_error *err)
{
	const struct destroy *v = values;

	return lx_destroy(c, v->force, err);
}

const struct lx_command lx_destroy_command = {
	.name = "lx-destroy",
	.summary = "remove a container and its root file system",
	.synopsis = "[-n] NAME...",
	LX_ROWS(options),
	.operands = LX_OPERANDS_NAMES,
	.complete = LX_COMPLETE_STOPPED,
	.size = sizeof(struct destroy),
	.rootless = LX_ROOTLESS_ENTER,
	.verb = run,
};
