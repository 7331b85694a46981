/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* States: their names, and which may follow which. */
#include <errno.h>
#include <strings.h>

#include "base/names.h"
#include "container/container.h"

static const char *const state_names[LX_STATE_MAX] = {
	[LX_STATE_STOPPED] = "STOPPED",
	[LX_STATE_STARTING] = "STARTING",
	[LX_STATE_RUNNING] = "RUNNING",
	[LX_STATE_STOPPING] = "STOPPING",
	[LX_STATE_ABORTING] = "ABORTING",
	[LX_STATE_FREEZING] = "FREEZING",
	[LX_STATE_FROZEN] = "FROZEN",
	[LX_STATE_THAWED] = "THAWED",
	[LX_STATE_READY] = "READY",
};

#define TO(state) (1u << LX_STATE_##state)

static const unsigned successors[LX_STATE_MAX] = {
	[LX_STATE_STOPPED] = TO(STARTING),
	[LX_STATE_STARTING] = TO(RUNNING) | TO(STOPPING) | TO(ABORTING),
	[LX_STATE_RUNNING] = TO(STOPPING) | TO(ABORTING) | TO(FREEZING),
	/* a reboot starts again under the same monitor; a shutdown that took too long is given up, or ends with a kill */
	[LX_STATE_STOPPING] = TO(STOPPED) | TO(STARTING) | TO(RUNNING) | TO(ABORTING),
	[LX_STATE_ABORTING] = TO(STOPPED) | TO(STARTING),
	/* it may not succeed, and init may be killed meanwhile */
	[LX_STATE_FREEZING] = TO(FROZEN) | TO(THAWED) | TO(RUNNING) | TO(STOPPING) | TO(ABORTING),
	[LX_STATE_FROZEN] = TO(THAWED) | TO(STOPPING) | TO(ABORTING),
	[LX_STATE_THAWED] = TO(RUNNING) | TO(FROZEN) | TO(STOPPING) | TO(ABORTING),
	[LX_STATE_READY] = 0, /* no state of its own: a mark on RUNNING */
};

LX_PUBLIC const char *lx_state_name(enum lx_state state)
{
	return NAMES_GET(state_names, (int)state);
}

LX_PUBLIC int lx_state_find(const char *word)
{
	for (int i = 0; i < LX_STATE_MAX; i++)
		if (strcasecmp(state_names[i], word) == 0)
			return i;
	return -EINVAL;
}

bool lx_state_can_change(enum lx_state from, enum lx_state to)
{
	return (unsigned)from < LX_STATE_MAX && (unsigned)to < LX_STATE_MAX && (successors[from] & 1u << to);
}

LX_PUBLIC int lx_container_get_state(struct lx_container *c, enum lx_state *ret, struct lx_error *err)
{
	_cleanup_(lx_run_state_done) struct lx_run_state state = { 0 };
	int r;

	r = lx_run_state_load(c, &state, err);
	if (r < 0)
		return r;
	*ret = state.state;
	return 0;
}
