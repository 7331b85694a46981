/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-gc: remove what killed monitors left behind. */
#include "base/strv.h"

#include "command.h"

static void print_line(const char *text, void *userdata _unused_)
{
	puts(text);
}

static int collect(const struct lx_common *common, const char *name, struct lx_error *err)
{
	int r;

	r = lx_gc(common->path, name, common->quiet ? NULL : print_line, NULL, err);
	if (r < 0 && name)
		lx_command_name_error(err, name);

	return MIN_OF(r, 0);
}

static int run(const void *values, struct lx_error *err)
{
	const struct lx_common *common = values;
	int r;

	if (!common->name && !common->words)
		return collect(common, NULL, err);
	if (common->name) {
		r = collect(common, common->name, err);
		if (r < 0)
			return r;
	}
	strv_for_each(name, common->words) {
		r = collect(common, name, err);
		if (r < 0)
			return r;
	}

	return 0;
}

const struct lx_command lx_gc_command = {
	.name = "lx-gc",
	.summary = "remove what killed monitors left behind",
	.synopsis = "[[-n] NAME...]",
	.operands = LX_OPERANDS_WORDS,
	.complete = LX_COMPLETE_CONTAINER,
	.size = sizeof(struct lx_no_values),
	.rootless = LX_ROOTLESS_ENTER,
	.run = run,
};
