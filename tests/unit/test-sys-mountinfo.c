/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parser of mountinfo. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/sysmacros.h>

#include "base/macro.h"
#include "sys/sys.h"

#define LINE "36 35 98:1 /mnt1 /mnt2 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue\n"

static void test_mountinfo_reads_every_field(void **state)
{
	struct sys_mountinfo m;

	(void)state;
	assert_int_equal(sys_mountinfo_parse(LINE "1 1 0:5 / / rw - tmpfs tmpfs rw", &m), 0);
	assert_int_equal(m.n, 2);
	assert_true(m.items[0].device == makedev(98, 1));
	assert_string_equal(m.items[0].root, "/mnt1");
	assert_string_equal(m.items[0].point, "/mnt2");
	assert_string_equal(m.items[0].options, "rw,noatime");
	assert_string_equal(m.items[0].type, "ext3");
	assert_string_equal(m.items[0].source, "/dev/root");
	assert_string_equal(m.items[0].super_options, "rw,errors=continue");
	assert_string_equal(m.items[1].type, "tmpfs");
	sys_mountinfo_done(&m);
}

static void test_mountinfo_undoes_escapes(void **state)
{
	struct sys_mountinfo m;

	(void)state;
	assert_int_equal(sys_mountinfo_parse("1 1 0:5 / /a\\040b\\134\\011c\\9 rw - tmpfs t\\043 rw\n", &m), 0);
	assert_string_equal(m.items[0].point, "/a b\\\tc\\9");
	assert_string_equal(m.items[0].source, "t#");
	sys_mountinfo_done(&m);
}

static void test_mountinfo_refuses_what_is_not_a_mount(void **state)
{
	static const char *const bad[] = { "x", "1 1 0:5 / / rw tmpfs tmpfs rw", "1 1 05 / / rw - tmpfs tmpfs rw",
		"1 1 0:5x / / rw - tmpfs tmpfs rw", "1 1 0:5 / / rw - tmpfs tmpfs", LINE "1 1" };

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++) {
		struct sys_mountinfo m;

		assert_int_equal(sys_mountinfo_parse(bad[i], &m), -EINVAL);
	}
}

/* mount("", "/mnt", "tmpfs", 0, NULL) is allowed. */
static void test_mountinfo_a_source_may_be_empty(void **state)
{
	struct sys_mountinfo m;

	(void)state;
	assert_int_equal(sys_mountinfo_parse("1 1 0:5 / /mnt rw - tmpfs  rw,inode64\n" LINE, &m), 0);
	assert_int_equal(m.n, 2);
	assert_string_equal(m.items[0].source, "");
	assert_string_equal(m.items[0].super_options, "rw,inode64");
	sys_mountinfo_done(&m);
}

static void test_mountinfo_of_nothing_is_empty(void **state)
{
	struct sys_mountinfo m;

	(void)state;
	assert_int_equal(sys_mountinfo_parse("", &m), 0);
	assert_int_equal(m.n, 0);
	sys_mountinfo_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mountinfo_reads_every_field),
		cmocka_unit_test(test_mountinfo_undoes_escapes),
		cmocka_unit_test(test_mountinfo_refuses_what_is_not_a_mount),
		cmocka_unit_test(test_mountinfo_a_source_may_be_empty),
		cmocka_unit_test(test_mountinfo_of_nothing_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
