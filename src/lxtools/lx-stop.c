/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-stop: shut a container down. */
#include <stdlib.h>

#include "command.h"

enum { EXIT_NOT_RUNNING = 2, TIMEOUT_UNSET = 1 };

struct stop {
	struct lx_common common;
	unsigned flags;
	uint64_t timeout_usec;
};

/* No user can type one microsecond by accident, and 0 means something here: kill at once. */
static const struct stop defaults = {
	.timeout_usec = TIMEOUT_UNSET,
};

#define FIELD(m) .offset = offsetof(struct stop, m)

static const struct lx_option options[] = {
	{ 'r', "reboot", .kind = LX_OPTION_BITS, FIELD(flags), .value = LX_STOP_REBOOT,
	  .doc = "Boot it again after the shutdown." },
	{ 'W', "nowait", .kind = LX_OPTION_BITS, FIELD(flags), .value = LX_STOP_NO_WAIT,
	  .doc = "Ask for the shutdown and return at once." },
	{ 't', "timeout", .argument = "TIME", .kind = LX_OPTION_TIME, FIELD(timeout_usec),
	  .doc = "Kill it when it is not down after this time, in place of container.stop-timeout; 0 kills at once." },
	{ 'k', "kill", .kind = LX_OPTION_BITS, FIELD(flags), .value = LX_STOP_KILL,
	  .doc = "Kill all its processes, without asking init to shut down." },
	{ 0, "nokill", .kind = LX_OPTION_BITS, FIELD(flags), .value = LX_STOP_NO_KILL,
	  .doc = "Do not kill it after the timeout; fail." },
};

static int run(struct lx_container *c, const void *values, struct lx_error *err)
{
	const struct stop *v = values;
	unsigned flags = v->flags;

	if ((flags & LX_STOP_KILL) && (flags & (LX_STOP_NO_KILL | LX_STOP_REBOOT)))
		return lx_error_say(err, -EINVAL, "--kill excludes --nokill and --reboot");
	if (v->timeout_usec == 0 && !(flags & LX_STOP_NO_KILL))
		flags |= LX_STOP_KILL;

	return lx_stop(c, flags, v->timeout_usec == TIMEOUT_UNSET ? 0 : v->timeout_usec, err);
}

static int exit_code(int r)
{
	return r == -ESRCH ? EXIT_NOT_RUNNING : EXIT_FAILURE;
}

const struct lx_command lx_stop_command = {
	.name = "lx-stop",
	.summary = "shut a container down",
	.synopsis = "[-n] NAME...",
	LX_ROWS(options),
	.operands = LX_OPERANDS_NAMES,
	.complete = LX_COMPLETE_ACTIVE,
	.size = sizeof(struct stop),
	.defaults = &defaults,
	.verb = run,
	.exit_code = exit_code,
};
