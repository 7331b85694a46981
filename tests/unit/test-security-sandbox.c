/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The order in which a process gives up its rights, and what it does on a kernel that has not all of them. */
#include "unit/unit.h"

#include <errno.h>

#include "fake/fake.h"
#include "security/sandbox.h"

static const struct lx_sandbox_call calls[] = {
	{ "read" },
	{ "ioctl", LX_SANDBOX_ARG_IS, 1, 0x5414 },
	{ "mmap", LX_SANDBOX_ARG_LACKS, 2, 4 },
};
static const struct lx_sandbox sandbox = { calls, array_size(calls) };

static int set_up(void **state _unused_)
{
	fake_reset();
	fake_result_always("sys_landlock_abi", 6);
	fake_result_always("sys_landlock_deny", 0);
	return 0;
}

static size_t place(const char *call)
{
	const char *at = strstr(fake_log(), call);

	assert_non_null(at);
	return (size_t)(at - fake_log());
}

static void test_sandbox_gives_up_rights_in_order(void **state _unused_)
{
	struct lx_error err = { 0 };

	assert_done(lx_sandbox_enter(&sandbox, &err), &err);
	assert_true(place("sys_caps_bound_drop") < place("sys_caps_set(0x0, 0x0, 0x0)"));
	assert_true(place("sys_caps_set(0x0, 0x0, 0x0)") < place("sys_set_no_new_privs"));
	assert_true(place("sys_set_no_new_privs") < place("sys_landlock_deny(0xffff, 0x3, 0x3)"));
	if (lx_seccomp_is_available())
		assert_true(place("sys_landlock_deny") < place("sys_seccomp_load"));
}

static void test_sandbox_takes_what_an_older_kernel_has(void **state _unused_)
{
	struct lx_error err = { 0 };

	fake_result_always("sys_landlock_abi", 3);
	assert_done(lx_sandbox_enter(&sandbox, &err), &err);
	assert_non_null(strstr(fake_log(), "sys_landlock_deny(0x7fff, 0x0, 0x0)"));
}

static void test_sandbox_goes_on_without_landlock(void **state _unused_)
{
	struct lx_error err = { 0 };

	fake_result_always("sys_landlock_abi", -EOPNOTSUPP);
	assert_done(lx_sandbox_enter(&sandbox, &err), &err);
	assert_int_equal(fake_count("sys_landlock_deny"), 0);
	assert_int_equal(fake_count("sys_set_no_new_privs"), 1);
}

static void test_sandbox_is_whole_or_an_error(void **state _unused_)
{
	struct lx_error err = { 0 };

	fake_result_always("sys_landlock_deny", -EPERM);
	assert_int_equal(lx_sandbox_enter(&sandbox, &err), -EPERM);
	assert_contains(err.text, "Landlock");
}

#define CASE(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_sandbox_gives_up_rights_in_order),
		CASE(test_sandbox_takes_what_an_older_kernel_has),
		CASE(test_sandbox_goes_on_without_landlock),
		CASE(test_sandbox_is_whole_or_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
