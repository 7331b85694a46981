/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What machined is asked, by release and by what it answers. */
#include "unit/unit.h"

#include <errno.h>

#include "systemd/bus.h"
#include "systemd/machine.h"
#include "unit/fake-bus.h"

#define UNKNOWN "org.freedesktop.DBus.Error.UnknownMethod"
#define EXISTS "org.freedesktop.machine1.MachineExists"
#define MISSING "org.freedesktop.machine1.NoSuchMachine"
#define DEAD 0x3ffffffe /* higher than pids are */

static const struct lx_machine web = {
	.name = "web", .unit = "lx@web.service", .root = "/srv/web", .leader = 4711, .links = { 7, 9 }, .n_links = 2,
};

static struct lx_bus *bus;
static struct lx_error err;

static int set_up(void **state _unused_)
{
	fake_bus_reset();
	lx_error_clear(&err);
	return lx_bus_open(LX_BUS_MACHINES, 0, &bus, &err);
}

static int do_register(void)
{
	return lx_machine_register(bus, &web, 5, USEC_INFINITY, &err);
}

static void test_machine_register_prefers_the_newest_call(void **state _unused_)
{
	assert_done(do_register(), &err);
	assert_string_equal(fake_bus_log(), "RegisterMachineEx s:web s:Id ay:16 s:Service s:lx s:Class s:container s:LeaderPIDFD h:5 "
					    "s:RootDirectory s:/srv/web s:NetworkInterfaces ai:8,7,9\n");
}

static void test_machine_register_falls_back_on_what_an_older_release_has(void **state _unused_)
{
	fake_bus_answer("RegisterMachineEx", UNKNOWN, NULL, 0);
	assert_done(do_register(), &err);
	assert_contains(fake_bus_log(), "\nRegisterMachineWithNetwork s:web ay:16 s:lx s:container u:4711 s:/srv/web ai:8,7,9\n");
	assert_int_equal(err.code, 0);

	fake_bus_reset();
	fake_bus_answer("RegisterMachineEx", UNKNOWN, NULL, 0);
	fake_bus_answer("RegisterMachineWithNetwork", UNKNOWN, NULL, 0);
	assert_done(do_register(), &err);
	assert_contains(fake_bus_log(), "\nRegisterMachine s:web ay:16 s:lx s:container u:4711 s:/srv/web\n");
}

static void test_machine_register_says_when_there_is_no_machined(void **state _unused_)
{
	static const char *const errors[] = { "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.systemd1.UnitMasked",
					      "org.freedesktop.DBus.Error.AccessDenied" };

	for (size_t i = 0; i < array_size(errors); i++) {
		fake_bus_reset();
		fake_bus_answer("RegisterMachineEx", errors[i], NULL, 0);
		assert_int_equal(do_register(), -EOPNOTSUPP);
		assert_contains(err.text, "systemd-machined cannot be asked");
	}

	fake_bus_reset();
	fake_bus_answer("RegisterMachineEx", UNKNOWN, NULL, 0);
	fake_bus_answer("RegisterMachineWithNetwork", UNKNOWN, NULL, 0);
	fake_bus_answer("RegisterMachine", UNKNOWN, NULL, 0);
	assert_int_equal(do_register(), -EOPNOTSUPP);
}

static void test_machine_register_other_errors_are_told_as_they_are(void **state _unused_)
{
	fake_bus_answer("RegisterMachineEx", "org.freedesktop.DBus.Error.InvalidArgs", NULL, 0);
	assert_int_equal(do_register(), -EIO);
}

/* Who has the name: unit and leader as machined tells them. */
static void name_is_taken(const char *unit, uint32_t leader)
{
	fake_bus_answer("RegisterMachineEx", EXISTS, NULL, 0);
	fake_bus_answer("GetMachine", NULL, "/org/freedesktop/machine1/machine/web", 0);
	fake_bus_answer("Get", NULL, NULL, leader);
	fake_bus_answer("Get", NULL, unit, 0);
}

static void test_machine_register_takes_the_name_from_a_dead_one(void **state _unused_)
{
	name_is_taken("lx@other.service", DEAD);
	assert_done(do_register(), &err);
	assert_contains(fake_bus_log(), "\nUnregisterMachine s:web\nRegisterMachineEx ");
}

static void test_machine_register_takes_the_name_from_an_older_run(void **state _unused_)
{
	name_is_taken(web.unit, (uint32_t)getpid());
	assert_done(do_register(), &err);
	assert_contains(fake_bus_log(), "\nUnregisterMachine s:web\nRegisterMachineEx ");
}

static void test_machine_register_twice_is_fine(void **state _unused_)
{
	name_is_taken(web.unit, (uint32_t)web.leader);
	assert_done(do_register(), &err);
	assert_null(strstr(fake_bus_log(), "UnregisterMachine"));
	assert_int_equal(err.code, 0);
}

static void test_machine_register_leaves_a_living_one_alone(void **state _unused_)
{
	name_is_taken("machine-web.scope", (uint32_t)getpid());
	assert_int_equal(do_register(), -EEXIST);
	assert_contains(err.text, "machine-web.scope");
	assert_null(strstr(fake_bus_log(), "UnregisterMachine"));
}

static void test_machine_register_tries_once_more_when_the_other_has_gone(void **state _unused_)
{
	fake_bus_answer("RegisterMachineEx", EXISTS, NULL, 0);
	fake_bus_answer("GetMachine", MISSING, NULL, 0);
	assert_done(do_register(), &err);

	/* not for ever */
	fake_bus_reset();
	fake_bus_answer("RegisterMachineEx", EXISTS, NULL, 0);
	fake_bus_answer("GetMachine", MISSING, NULL, 0);
	fake_bus_answer("RegisterMachineEx", EXISTS, NULL, 0);
	assert_int_equal(do_register(), -EIO);
}

static void test_machine_withdraw_touches_only_its_own(void **state _unused_)
{
	fake_bus_answer("GetMachine", NULL, "/org/freedesktop/machine1/machine/web", 0);
	fake_bus_answer("Get", NULL, NULL, (uint32_t)getpid());
	fake_bus_answer("Get", NULL, "machine-web.scope", 0);
	assert_done(lx_machine_withdraw(bus, &web, USEC_INFINITY, &err), &err);
	assert_null(strstr(fake_bus_log(), "UnregisterMachine"));

	fake_bus_reset();
	fake_bus_answer("GetMachine", NULL, "/org/freedesktop/machine1/machine/web", 0);
	fake_bus_answer("Get", NULL, NULL, 4711);
	fake_bus_answer("Get", NULL, web.unit, 0);
	assert_done(lx_machine_withdraw(bus, &web, USEC_INFINITY, &err), &err);
	assert_contains(fake_bus_log(), "UnregisterMachine s:web\n");

	fake_bus_reset();
	fake_bus_answer("GetMachine", MISSING, NULL, 0);
	assert_done(lx_machine_withdraw(bus, &web, USEC_INFINITY, &err), &err);
	assert_int_equal(err.code, 0);
}

static void test_machine_name_is_a_host_name(void **state _unused_)
{
	char name[LX_MACHINE_NAME_MAX + 1];
	char *longest = strdup("a123456789b123456789c123456789d123456789e123456789f123456789-63_0123abcd");

	assert_done(lx_machine_name("web.example", name, &err), &err);
	assert_string_equal(name, "web.example");
	assert_done(lx_machine_name("web_0123abcd", name, &err), &err);
	assert_string_equal(name, "web-0123abcd");
	assert_done(lx_machine_name(longest, name, &err), &err);
	assert_int_equal(strlen(name), LX_MACHINE_NAME_MAX);
	assert_contains(name, "-0123abcd");
	free(longest);
}

#define CASE(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_machine_register_prefers_the_newest_call),
		CASE(test_machine_register_falls_back_on_what_an_older_release_has),
		CASE(test_machine_register_says_when_there_is_no_machined),
		CASE(test_machine_register_other_errors_are_told_as_they_are),
		CASE(test_machine_register_takes_the_name_from_a_dead_one),
		CASE(test_machine_register_takes_the_name_from_an_older_run),
		CASE(test_machine_register_twice_is_fine),
		CASE(test_machine_register_leaves_a_living_one_alone),
		CASE(test_machine_register_tries_once_more_when_the_other_has_gone),
		CASE(test_machine_withdraw_touches_only_its_own),
		CASE(test_machine_name_is_a_host_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
