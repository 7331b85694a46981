/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units: which are ours, and what is told of them. */
#include "unit.h"

#include <errno.h>

#include "systemd/unit.h"
#include "unit/fake-bus.h"

static void test_unit_text(void **state _unused_)
{
	assert_true(lx_unit_text_runs("[Service]\nExecStart=/usr/lx --unit %i\n", "/usr/lx"));
	assert_true(lx_unit_text_runs("ExecStart=/usr/lx", "/usr/lx"));
	assert_false(lx_unit_text_runs("ExecStart=/usr/lx2 --unit %i\n", "/usr/lx"));
	assert_false(lx_unit_text_runs("[Service]\nExecStart=/usr/local/lx\n", "/usr/lx"));
	assert_false(lx_unit_text_runs("ExecStart=\nExecStart=/usr/local/lx\n", "/usr/lx"));
	/* masked, or broken: not for us to say */
	assert_true(lx_unit_text_runs("", "/usr/lx"));
}

static void test_unit_restart_watches_before_it_asks(void **state _unused_)
{
	struct lx_unit_start s = { 0 };

	fake_bus_reset();
	fake_bus_answer("RestartUnit", NULL, "/job/1", 0);
	assert_int_equal(lx_unit_restart(&s, "lx@web.service", USEC_INFINITY, NULL), 1);
	assert_string_equal(fake_bus_log(), "watch JobRemoved\nRestartUnit s:lx@web.service s:replace\n");
	assert_string_equal(s.job, "/job/1");
	assert_null(s.result);
	lx_unit_start_done(&s);
}

static void test_unit_hears_of_its_own_job_only(void **state _unused_)
{
	struct lx_unit_start s = { 0 };

	fake_bus_reset();
	fake_bus_answer("RestartUnit", NULL, "/job/12", 0);
	assert_int_equal(lx_unit_restart(&s, "lx@web.service", USEC_INFINITY, NULL), 1);
	fake_bus_job_removed("/job/1", "failed");
	assert_int_equal(lx_unit_hear(&s, NULL), 0);
	assert_null(s.result);
	fake_bus_job_removed("/job/12", "failed");
	assert_int_equal(lx_unit_hear(&s, NULL), 0);
	assert_string_equal(s.result, "failed");
	lx_unit_start_done(&s);
}

static void test_unit_refused(void **state _unused_)
{
	struct lx_unit_start s = { 0 };
	struct lx_error err = { 0 };

	fake_bus_reset();
	fake_bus_answer("RestartUnit", "org.freedesktop.systemd1.UnitMasked", NULL, 0);
	assert_true(lx_unit_restart(&s, "lx@web.service", USEC_INFINITY, &err) < 0);
	assert_string_equal(err.text, "org.freedesktop.systemd1.UnitMasked");
	lx_unit_start_done(&s);
}

/* The caller does it by itself then. */
static void test_unit_without_a_bus(void **state _unused_)
{
	struct lx_unit_start s = { 0 };
	struct lx_error err = { 0 };

	fake_bus_reset();
	fake_bus_refuse(-ECONNREFUSED);
	assert_int_equal(lx_unit_restart(&s, "lx@web.service", USEC_INFINITY, &err), 0);
	assert_int_equal(err.code, -ECONNREFUSED);
	lx_unit_start_done(&s);
}

static void test_unit_properties(void **state _unused_)
{
	static const struct lx_unit_property properties[] = {
		{ "CPUWeight", 200 },
		{ "IOWeight", UINT64_MAX },
	};
	_cleanup_bus_ struct lx_bus *bus = NULL;

	fake_bus_reset();
	assert_int_equal(lx_bus_open(LX_BUS_MANAGER, USEC_INFINITY, &bus, NULL), 0);
	assert_int_equal(lx_unit_set_properties(bus, "lx@web.service", properties, 2, USEC_INFINITY, NULL), 0);
	assert_string_equal(fake_bus_log(), "SetUnitProperties s:lx@web.service b:1 s:CPUWeight t:200 s:IOWeight t:18446744073709551615\n");
	fake_bus_reset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unit_text),
		cmocka_unit_test(test_unit_restart_watches_before_it_asks),
		cmocka_unit_test(test_unit_hears_of_its_own_job_only),
		cmocka_unit_test(test_unit_refused),
		cmocka_unit_test(test_unit_without_a_bus),
		cmocka_unit_test(test_unit_properties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
