/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a container is registered again. */
#include "unit/unit.h"

#include "base/macro.h"
#include "monitor/renewal.h"

#define START (1000 * USEC_PER_SEC)

static struct lx_renewal begin_with(enum lx_renewal_event event)
{
	struct lx_renewal r;

	lx_renewal_init(&r);
	lx_renewal_note(&r, event, START);
	return r;
}

static void test_renewal_rests_while_it_is_registered(void **state _unused_)
{
	struct lx_renewal r = begin_with(LX_RENEWAL_DONE);

	assert_true(r.registered);
	lx_renewal_note(&r, LX_RENEWAL_MACHINED_CAME, START + 1);
	assert_true(r.registered && r.next == USEC_INFINITY);
}

static void test_renewal_follows_an_entry_that_has_gone(void **state _unused_)
{
	struct lx_renewal r = begin_with(LX_RENEWAL_DONE);
	usec_t now = START + USEC_PER_SEC;

	lx_renewal_note(&r, LX_RENEWAL_ENTRY_GONE, now);
	assert_false(r.registered);
	assert_int_equal(r.next, now + LX_RENEWAL_FIRST);

	/* seeing more of it changes nothing */
	lx_renewal_note(&r, LX_RENEWAL_ENTRY_GONE, now + 1);
	lx_renewal_note(&r, LX_RENEWAL_MACHINED_CAME, now + 2);
	assert_int_equal(r.next, now + LX_RENEWAL_FIRST);
}

static void test_renewal_waits_longer_when_entries_do_not_stay(void **state _unused_)
{
	struct lx_renewal r = begin_with(LX_RENEWAL_DONE);
	usec_t now = START, delay = LX_RENEWAL_FIRST;

	for (unsigned i = 0; i < 20; i++) {
		lx_renewal_note(&r, LX_RENEWAL_ENTRY_GONE, ++now);
		assert_int_equal(r.next - now, delay);
		delay = MIN_OF(2 * delay, LX_RENEWAL_LAST);
		lx_renewal_begin(&r);
		lx_renewal_note(&r, LX_RENEWAL_DONE, now);
	}

	now += LX_RENEWAL_STABLE;
	lx_renewal_note(&r, LX_RENEWAL_ENTRY_GONE, now);
	assert_int_equal(r.next - now, LX_RENEWAL_FIRST);
}

static void test_renewal_does_not_see_what_it_does_itself(void **state _unused_)
{
	struct lx_renewal r = begin_with(LX_RENEWAL_FAILED);

	lx_renewal_begin(&r);
	lx_renewal_note(&r, LX_RENEWAL_ENTRY_GONE, START);
	lx_renewal_note(&r, LX_RENEWAL_MACHINED_CAME, START);
	assert_true(r.busy && r.next == USEC_INFINITY);
}

static void test_renewal_gives_up_failing_until_something_is_seen(void **state _unused_)
{
	struct lx_renewal r = begin_with(LX_RENEWAL_FAILED);

	for (unsigned i = 0; i < LX_RENEWAL_TRIES_MAX; i++) {
		assert_true(r.next != USEC_INFINITY);
		lx_renewal_begin(&r);
		lx_renewal_note(&r, LX_RENEWAL_FAILED, START);
	}
	assert_int_equal(r.next, USEC_INFINITY);

	lx_renewal_note(&r, LX_RENEWAL_MACHINED_CAME, START);
	assert_true(r.next != USEC_INFINITY);
}

static void test_renewal_waits_for_a_machined(void **state _unused_)
{
	struct lx_renewal r = begin_with(LX_RENEWAL_ABSENT);

	assert_int_equal(r.next, USEC_INFINITY);
	lx_renewal_note(&r, LX_RENEWAL_MACHINED_CAME, START);
	assert_int_equal(r.next, START + LX_RENEWAL_FIRST);
}

static void test_renewal_waits_until_another_machine_has_gone(void **state _unused_)
{
	struct lx_renewal r = begin_with(LX_RENEWAL_TAKEN);

	lx_renewal_note(&r, LX_RENEWAL_MACHINED_CAME, START);
	assert_int_equal(r.next, USEC_INFINITY);
	lx_renewal_note(&r, LX_RENEWAL_ENTRY_GONE, START);
	assert_int_equal(r.next, START + LX_RENEWAL_FIRST);
}

UNIT_MAIN(UNIT(test_renewal_rests_while_it_is_registered), UNIT(test_renewal_follows_an_entry_that_has_gone),
	  UNIT(test_renewal_waits_longer_when_entries_do_not_stay), UNIT(test_renewal_does_not_see_what_it_does_itself),
	  UNIT(test_renewal_gives_up_failing_until_something_is_seen), UNIT(test_renewal_waits_for_a_machined),
	  UNIT(test_renewal_waits_until_another_machine_has_gone))
