/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two lists of a start, proven from their tables: no gate can be waited for in vain, what lasts can be undone, and what
 * takes rights away comes last. */
#include "unit/unit.h"

#include "base/str.h"
#include "instance/instance.h"
#include "instance/step.h"

/*
 * Walks both lists as two processes would, each stopping at a gate that the other has not opened yet. Both must come to
 * their ends. host_ends: the host begins to wait for what only init's exec ends, after its last row.
 */
static bool lists_meet(void)
{
	unsigned opened[2] = { 1u << LX_GATE_NONE, 1u << LX_GATE_NONE };
	const struct lx_step *lists[2] = { lx_host_steps, lx_init_steps };
	const size_t lengths[2] = { lx_n_host_steps, lx_n_init_steps };
	size_t at[2] = { 0, 0 };
	bool moved = true;

	while (moved) {
		moved = false;
		for (int side = 0; side < 2; side++)
			while (at[side] < lengths[side] && (opened[!side] & (1u << lists[side][at[side]].waits))) {
				opened[side] |= 1u << lists[side][at[side]].opens;
				at[side]++;
				moved = true;
			}
	}

	return at[0] == lengths[0] && at[1] == lengths[1];
}

static void test_both_sides_reach_their_ends(void **state _unused_)
{
	assert_true(lists_meet());
}

static const struct lx_step *opener(enum lx_gate gate, int *ret_side)
{
	for (size_t i = 0; i < lx_n_host_steps; i++)
		if (lx_host_steps[i].opens == gate) {
			*ret_side = 0;
			return &lx_host_steps[i];
		}
	for (size_t i = 0; i < lx_n_init_steps; i++)
		if (lx_init_steps[i].opens == gate) {
			*ret_side = 1;
			return &lx_init_steps[i];
		}

	return NULL;
}

static void test_each_gate_is_opened_once_and_awaited_by_the_other(void **state _unused_)
{
	for (enum lx_gate gate = LX_GATE_NONE + 1; gate < LX_GATE_MAX; gate++) {
		unsigned opens[2] = { 0 }, waits[2] = { 0 };
		int side = 0;

		for (size_t i = 0; i < lx_n_host_steps; i++) {
			opens[0] += lx_host_steps[i].opens == gate;
			waits[0] += lx_host_steps[i].waits == gate;
		}
		for (size_t i = 0; i < lx_n_init_steps; i++) {
			opens[1] += lx_init_steps[i].opens == gate;
			waits[1] += lx_init_steps[i].waits == gate;
		}
		if (!opener(gate, &side))
			fail_msg("nobody opens gate %s", lx_gate_name(gate));
		if (opens[0] + opens[1] != 1 || waits[!side] == 0 || waits[side] != 0)
			fail_msg("gate %s: opened %u and %u times, awaited %u and %u times (host, init)", lx_gate_name(gate), opens[0],
				 opens[1], waits[0], waits[1]);
	}
}

static void test_what_lasts_can_be_undone(void **state _unused_)
{
	for (size_t i = 0; i < lx_n_host_steps; i++)
		if (lx_host_steps[i].lasting && !lx_host_steps[i].down)
			fail_msg("host step %zu, %s, leaves something and has no way back", i, lx_host_steps[i].name);
}

static void test_rights_are_given_up_just_before_exec(void **state _unused_)
{
	/* what runs between is the guest's program, or gives up more */
	assert_string_equal(lx_init_steps[lx_n_init_steps - 4].name, "security");
	assert_string_equal(lx_init_steps[lx_n_init_steps - 3].name, "start hook");
	assert_string_equal(lx_init_steps[lx_n_init_steps - 2].name, "credentials");
	assert_string_equal(lx_init_steps[lx_n_init_steps - 1].name, "exec");
	assert_int_equal(lx_init_steps[lx_n_init_steps - 1].waits, LX_GATE_GO);
}

/* The process must not touch its cgroup namespace, nor credentials, before the host has done its part. */
static void test_ids_come_before_everything_that_needs_them(void **state _unused_)
{
	size_t ids = 0, root = 0;

	for (size_t i = 0; i < lx_n_init_steps; i++) {
		if (str_equal(lx_init_steps[i].name, "ids"))
			ids = i;
		if (str_equal(lx_init_steps[i].name, "root"))
			root = i;
	}
	assert_int_equal(lx_init_steps[ids].waits, LX_GATE_IDS);
	assert_true(ids < root);
}

static int runs, undone;

static int counts(struct lx_instance *inst _unused_, struct lx_error *err _unused_)
{
	runs++;
	return 0;
}

static int fails(struct lx_instance *inst _unused_, struct lx_error *err)
{
	return lx_error_say(err, -EIO, "no luck");
}

static void undoes(struct lx_instance *inst _unused_)
{
	undone = undone * 10 + runs--;
}

static void test_a_failure_takes_the_earlier_steps_down_in_reverse(void **state _unused_)
{
	const struct lx_step steps[] = {
		{ "one", counts, undoes }, { "two", counts, undoes }, { "three", fails, undoes }, { "four", counts, undoes },
	};
	struct lx_instance inst;
	struct lx_error error = { 0 };

	runs = undone = 0;
	lx_instance_init(&inst);
	assert_int_equal(lx_steps_up(steps, array_size(steps), &inst, &error), -EIO);
	assert_string_equal(error.text, "three: no luck");
	assert_int_equal(undone, 21);
	lx_instance_done(&inst);
}

UNIT_MAIN(UNIT(test_both_sides_reach_their_ends), UNIT(test_each_gate_is_opened_once_and_awaited_by_the_other),
	  UNIT(test_what_lasts_can_be_undone), UNIT(test_rights_are_given_up_just_before_exec),
	  UNIT(test_ids_come_before_everything_that_needs_them),
	  UNIT(test_a_failure_takes_the_earlier_steps_down_in_reverse))
