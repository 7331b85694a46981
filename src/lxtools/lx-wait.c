/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-wait: block until a container is in one of some states. */
#include "command.h"

struct wait {
	struct lx_common common;
	unsigned states;
	uint64_t timeout_usec;
};

static const struct wait defaults = {
	.timeout_usec = UINT64_MAX,
};

#define STATE(word) { #word, 1u << LX_STATE_##word }

static const struct lx_word state_words[] = {
	STATE(STOPPED), STATE(STARTING), STATE(RUNNING), STATE(READY), STATE(STOPPING), STATE(ABORTING), STATE(FREEZING),
	STATE(FROZEN), STATE(THAWED), { NULL, 0 },
};

#define FIELD(m) .offset = offsetof(struct wait, m)

static const struct lx_option options[] = {
	{ 's', "state", .argument = "STATE", .kind = LX_OPTION_SET, FIELD(states), .words = state_words,
	  .doc = "The states to wait for; READY is running and booted." },
	{ 't', "timeout", .argument = "TIME", .kind = LX_OPTION_TIME, FIELD(timeout_usec),
	  .doc = "Fail after this time; 0 only looks." },
};

static int run(struct lx_container *c, const void *values, struct lx_error *err)
{
	const struct wait *v = values;
	int r;

	if (v->states == 0)
		return lx_error_say(err, -EINVAL, "no state is given; say which with -s");
	r = lx_wait(c, v->states, v->timeout_usec, err);

	return r < 0 ? r : 0;
}

const struct lx_command lx_wait_command = {
	.name = "lx-wait",
	.summary = "wait until a container is in a state",
	.synopsis = "[-n] NAME -s STATE[|STATE...]",
	LX_ROWS(options),
	.operands = LX_OPERANDS_NAME,
	.complete = LX_COMPLETE_CONTAINER,
	.size = sizeof(struct wait),
	.defaults = &defaults,
	.verb = run,
};
