/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-execute: run one command as a container. */
#include "command.h"
#include "run-options.h"

struct execute {
	struct lx_common common;
	char **share;
	int64_t uid, gid;
};

static const struct lx_option options[] = {
	RUN_ROWS(struct execute),
	{ 'u', "uid", .argument = "UID", .kind = LX_OPTION_NUMBER, .offset = offsetof(struct execute, uid),
	  .doc = "Run as this user, a number of the container." },
	{ 'g', "gid", .argument = "GID", .kind = LX_OPTION_NUMBER, .offset = offsetof(struct execute, gid),
	  .doc = "Run with this group, a number of the container." },
};

static int run(struct lx_container *c, const void *values, struct lx_error *err)
{
	const struct execute *v = values;
	struct lx_start_options start = {
		.log_file = v->common.log_file,
		.log_level = v->common.log_level,
		.share = v->share,
		.uid = (uint32_t)v->uid,
		.gid = (uint32_t)v->gid,
	};

	if (!v->common.tail)
		return lx_error_say(err, -EINVAL, "no command is given; put it after the name, or after --");

	return lx_execute(c, v->common.tail, &start, err);
}

const struct lx_command lx_execute_command = {
	.name = "lx-execute",
	.summary = "run one command in a container of its own",
	.synopsis = "[-n] NAME [--] COMMAND [ARGUMENT...]",
	LX_ROWS(options),
	.operands = LX_OPERANDS_NAME,
	.complete = LX_COMPLETE_STOPPED,
	.takes_command = true,
	.size = sizeof(struct execute),
	.verb = run,
};
