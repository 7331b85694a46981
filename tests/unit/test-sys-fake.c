/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fake that the other tests rest on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "fake/fake.h"
#include "sys/sys.h"

static int set_up(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static void test_fake_names_descriptors_in_order(void **state)
{
	int fs_fd = sys_fsopen("overlay"), mount_fd;

	(void)state;
	assert_int_equal(sys_fsconfig_string(fs_fd, "lowerdir", "/a"), 0);
	mount_fd = sys_fsmount(fs_fd, 0);
	assert_int_equal(sys_move_mount(mount_fd, "", -1, "x"), 0);
	assert_string_equal(fake_log(), "sys_fsopen(overlay) = fd1\n"
					"sys_fsconfig_string(fd1, lowerdir, /a) = 0\n"
					"sys_fsmount(fd1, 0x0) = fd2\n"
					"sys_move_mount(fd2, , -, x) = 0\n");
	close(fs_fd);
	close(mount_fd);
}

static void test_fake_answers_in_order_then_always(void **state)
{
	(void)state;
	fake_result_always("sys_setns", -EPERM);
	fake_result("sys_setns", 0);
	fake_result("sys_setns", -EINVAL);
	assert_int_equal(sys_setns(5, 0), 0);
	assert_int_equal(sys_setns(5, 0), -EINVAL);
	assert_int_equal(sys_setns(5, 0), -EPERM);
	assert_int_equal(sys_setns(5, 0), -EPERM);
	assert_int_equal(sys_unshare(0), 0);
	assert_int_equal(fake_count("sys_setns"), 4);
	assert_int_equal(fake_count("sys_unshare"), 1);
	assert_int_equal(fake_count("sys_set"), 0);
}

static void test_fake_hands_out_texts_and_values(void **state)
{
	uint64_t effective, permitted, inheritable, magic;
	struct sys_mountinfo m;

	(void)state;
	fake_text("sys_mountinfo_read", "1 1 0:5 / /a rw - tmpfs tmpfs rw\n");
	fake_value("sys_caps_get", 7);
	fake_value("sys_fs_magic", 0x1234);
	assert_int_equal(sys_mountinfo_read(&m), 0);
	assert_int_equal(m.n, 1);
	sys_mountinfo_done(&m);
	assert_int_equal(sys_caps_get(&effective, &permitted, &inheritable), 0);
	assert_int_equal(effective, 7);
	assert_int_equal(sys_fs_magic(3, &magic), 0);
	assert_int_equal(magic, 0x1234);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_fake_names_descriptors_in_order, set_up),
		cmocka_unit_test_setup(test_fake_answers_in_order_then_always, set_up),
		cmocka_unit_test_setup(test_fake_hands_out_texts_and_values, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
