/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths below a root that the guest owns: nothing leads out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/tree.h"
#include "sys/sys.h"

struct fixture {
	char directory[64];
	int root_fd;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->directory, "/tmp/lx-test-resolve-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	f->root_fd = open(f->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close(f->root_fd);
	tree_remove(AT_FDCWD, f->directory, NULL);
	free(f);
	return 0;
}

static bool has(const struct fixture *f, const char *path)
{
	return faccessat(f->root_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_resolve_links_stay_inside(void **state)
{
	_cleanup_close_ int made_fd = -EBADF;
	struct fixture *f = *state;

	assert_int_equal(symlinkat("/", f->root_fd, "absolute"), 0);
	assert_int_equal(symlinkat("../../../..", f->root_fd, "up"), 0);
	assert_int_equal(sys_open_in_root(f->root_fd, "absolute/etc/passwd", O_RDONLY, 0), -ENOENT);
	assert_int_equal(sys_open_in_root(f->root_fd, "up/etc/passwd", O_RDONLY, 0), -ENOENT);
	assert_int_equal(sys_open_in_root(f->root_fd, "../../etc/passwd", O_RDONLY, 0), -ENOENT);
	made_fd = sys_open_in_root(f->root_fd, "absolute/../up/file", O_WRONLY | O_CREAT, 0600);
	assert_true(made_fd >= 0);
	assert_true(has(f, "file"));
}

static void test_resolve_beneath_follows_no_link(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdirat(f->root_fd, "a", 0700), 0);
	assert_int_equal(symlinkat("a", f->root_fd, "link"), 0);
	assert_int_equal(sys_open_beneath(f->root_fd, "link", O_RDONLY, 0), -ELOOP);
	assert_int_equal(sys_open_beneath(f->root_fd, "link/x", O_RDONLY, 0), -ELOOP);
	assert_int_equal(sys_open_beneath(f->root_fd, "a/../..", O_RDONLY, 0), -EXDEV);
}

static void test_resolve_makes_directories(void **state)
{
	_cleanup_close_ int fd = -EBADF, again_fd = -EBADF, root_fd = -EBADF;
	struct fixture *f = *state;
	struct stat st;

	fd = sys_mkdir_in_root(f->root_fd, "/a//b/c/", 0700);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	again_fd = sys_mkdir_in_root(f->root_fd, "a/b/c", 0700);
	assert_true(again_fd >= 0);
	root_fd = sys_mkdir_in_root(f->root_fd, "/", 0700);
	assert_true(root_fd >= 0);
}

static void test_resolve_makes_directories_through_links(void **state)
{
	_cleanup_close_ int fd = -EBADF;
	struct fixture *f = *state;

	assert_int_equal(mkdirat(f->root_fd, "run", 0755), 0);
	assert_int_equal(mkdirat(f->root_fd, "var", 0755), 0);
	assert_int_equal(symlinkat("/run", f->root_fd, "var/run"), 0);
	fd = sys_mkdir_in_root(f->root_fd, "var/run/x/y", 0755);
	assert_true(fd >= 0);
	assert_true(has(f, "run/x/y"));
	assert_int_equal(symlinkat("/nowhere", f->root_fd, "dangling"), 0);
	assert_int_equal(sys_mkdir_in_root(f->root_fd, "dangling/x", 0755), -ENOENT);
	assert_false(has(f, "nowhere"));
}

static void test_resolve_splits_off_the_name(void **state)
{
	static const char *const bad[] = { "", "/", "a/", ".", "..", "a/.." };
	_cleanup_close_ int fd = -EBADF, top_fd = -EBADF;
	struct fixture *f = *state;
	const char *name;

	assert_int_equal(mkdirat(f->root_fd, "a", 0755), 0);
	fd = sys_open_parent_in_root(f->root_fd, "/a/new", &name);
	assert_true(fd >= 0);
	assert_string_equal(name, "new");
	top_fd = sys_open_parent_in_root(f->root_fd, "new", &name);
	assert_true(top_fd >= 0);
	assert_string_equal(name, "new");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sys_open_parent_in_root(f->root_fd, bad[i], &name), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_resolve_links_stay_inside, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_resolve_beneath_follows_no_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_resolve_makes_directories, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_resolve_makes_directories_through_links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_resolve_splits_off_the_name, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
