/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In which order containers are started, who waits for whom, and the same backwards. */
#include "unit.h"

#include "base/buf.h"
#include "base/str.h"
#include "base/strv.h"
#include "lifecycle/autostart.h"

#define MAX 8

struct set {
	struct lx_config configs[MAX];
	struct lx_candidate candidates[MAX];
	size_t n;
};

static struct lx_config *add(struct set *s, const char *name, uint32_t order, const char *after)
{
	struct lx_config *config = &s->configs[s->n];

	assert_true(s->n < MAX);
	*config = (struct lx_config){ .start.order = order };
	if (after)
		assert_int_equal(strv_split(after, " ", &config->container.after), 0);
	s->candidates[s->n++] = (struct lx_candidate){ name, config };
	return config;
}

/* "db web(0,ready)": names in order, the places that each waits for, and what others wait for. */
static char *describe(const struct lx_job *jobs, size_t n)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		buf_addf(&text, "%s%s(", i ? " " : "", jobs[i].name);
		for (size_t j = 0; j < jobs[i].n_after; j++)
			buf_addf(&text, "%s%zu", j ? "," : "", jobs[i].after[j]);
		buf_addf(&text, ")%s", jobs[i].wait == LX_WAIT_READY ? "!" : "");
	}
	assert_false(text.failed);
	return text.data ?: strdup("");
}

static void set_done(struct set *s)
{
	for (size_t i = 0; i < s->n; i++)
		strv_free(s->configs[i].container.after);
}

static void expect(struct set *s, bool backwards, const char *wanted)
{
	struct lx_error err = { 0 };
	struct lx_job *jobs;
	char *text;

	assert_done(lx_jobs_order(s->candidates, s->n, &jobs, &err), &err);
	if (backwards)
		assert_done(lx_jobs_reverse(jobs, s->n, &err), &err);
	text = describe(jobs, s->n);
	assert_string_equal(text, wanted);
	free(text);
	lx_jobs_free(jobs, s->n);
}

static void test_autostart_nothing(void **state _unused_)
{
	struct set s = { 0 };

	expect(&s, false, "");
	expect(&s, true, "");
}

static void test_autostart_by_name_when_nobody_waits(void **state _unused_)
{
	struct set s = { 0 };

	add(&s, "web", 0, NULL);
	add(&s, "db", 0, NULL);
	add(&s, "cache", 0, "nothere:ready");
	expect(&s, false, "cache() db() web()");
	expect(&s, true, "web() db() cache()");
	set_done(&s);
}

static void test_autostart_after(void **state _unused_)
{
	struct set s = { 0 };

	add(&s, "a", 0, "web:running");
	add(&s, "db", 0, NULL);
	add(&s, "web", 0, "db:ready");
	expect(&s, false, "db()! web(0) a(1)");
	expect(&s, true, "a() web(0) db(1)");
	set_done(&s);
}

static void test_autostart_diamond_backwards(void **state _unused_)
{
	struct set s = { 0 };

	add(&s, "a", 0, NULL);
	add(&s, "b", 0, "a:running");
	add(&s, "c", 0, "a:running");
	add(&s, "d", 0, "b:running c:running");
	expect(&s, false, "a() b(0) c(0) d(1,2)");
	expect(&s, true, "d() c(0) b(0) a(1,2)");
	set_done(&s);
}

static void test_autostart_lower_order_first(void **state _unused_)
{
	struct set s = { 0 };

	add(&s, "a", 20, NULL);
	add(&s, "b", 10, NULL);
	add(&s, "c", 10, NULL);
	expect(&s, false, "b() c() a(0,1)");
	set_done(&s);
}

static void test_autostart_ring_is_named(void **state _unused_)
{
	static const struct {
		uint32_t order;
		const char *after, *wanted;
	} cases[] = {
		{ 0, "c:ready", "a after c after a" },
		{ 0, "a:running", "a after a" },
		{ 5, "nothere:running", NULL },
	};

	for (size_t i = 0; i < array_size(cases); i++) {
		struct set s = { 0 };
		struct lx_error err = { 0 };
		struct lx_job *jobs = NULL;
		int r;

		add(&s, "alone", 0, NULL);
		add(&s, "a", cases[i].order, cases[i].after);
		add(&s, "b", 5, "a:running");
		add(&s, "c", 5, "b:running");
		r = lx_jobs_order(s.candidates, s.n, &jobs, &err);
		if (cases[i].wanted) {
			assert_int_equal(r, -ELOOP);
			assert_contains(err.text, cases[i].wanted);
			assert_contains(err.text, "see container.after");
		} else {
			assert_done(r, &err);
			lx_jobs_free(jobs, s.n);
		}
		set_done(&s);
	}
}

/* An order against what a container needs is a ring too. */
static void test_autostart_order_against_after(void **state _unused_)
{
	struct lx_error err = { 0 };
	struct set s = { 0 };
	struct lx_job *jobs;

	add(&s, "db", 10, NULL);
	add(&s, "web", 5, "db:ready");
	assert_int_equal(lx_jobs_order(s.candidates, s.n, &jobs, &err), -ELOOP);
	assert_contains(err.text, "db after web after db");
	set_done(&s);
}

UNIT_MAIN(
	UNIT(test_autostart_nothing),
	UNIT(test_autostart_by_name_when_nobody_waits),
	UNIT(test_autostart_after),
	UNIT(test_autostart_diamond_backwards),
	UNIT(test_autostart_lower_order_first),
	UNIT(test_autostart_ring_is_named),
	UNIT(test_autostart_order_against_after))
