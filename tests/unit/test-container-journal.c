/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a run acquired, as it is found after a monitor that was killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/tree.h"
#include "container/container.h"

struct fixture {
	char directory[64];
	int run_fd;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->directory, "/tmp/lx-test-journal-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	f->run_fd = open(f->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close_fd(f->run_fd);
	tree_remove(AT_FDCWD, f->directory, NULL);
	free(f);
	return 0;
}

static int collect(const char *kind, const char *what, void *userdata, struct lx_error *err)
{
	(void)err;
	buf_addf(userdata, "%s=%s;", kind, what);
	return 0;
}

static void assert_journal(const struct fixture *f, const char *expected)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	assert_int_equal(lx_journal_for_each(f->run_fd, collect, &b, NULL), 0);
	assert_string_equal(b.data ? b.data : "", expected);
}

static void test_journal_tells_the_newest_first(void **state)
{
	struct fixture *f = *state;

	assert_journal(f, "");
	assert_int_equal(lx_journal_add(f->run_fd, "cgroup", "/sys/fs/cgroup/lx/web", NULL), 0);
	assert_int_equal(lx_journal_add(f->run_fd, "link", "lxabc", NULL), 0);
	assert_journal(f, "link=lxabc;cgroup=/sys/fs/cgroup/lx/web;");
}

static void test_journal_forgets_what_was_given_back(void **state)
{
	struct fixture *f = *state;

	lx_journal_add(f->run_fd, "link", "a", NULL);
	lx_journal_add(f->run_fd, "link", "b c", NULL);
	lx_journal_add(f->run_fd, "cgroup", "a", NULL);
	lx_journal_remove(f->run_fd, "link", "a", NULL);
	assert_journal(f, "cgroup=a;link=b c;");
	lx_journal_add(f->run_fd, "link", "a", NULL);
	assert_journal(f, "link=a;cgroup=a;link=b c;");
	assert_int_equal(lx_journal_clear(f->run_fd, NULL), 0);
	assert_journal(f, "");
	assert_int_equal(lx_journal_clear(f->run_fd, NULL), 0);
}

static void test_journal_refuses_what_it_could_not_read_back(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(lx_journal_add(f->run_fd, "chair", "a", NULL), -EINVAL);
	assert_int_equal(lx_journal_add(f->run_fd, "link", "", NULL), -EINVAL);
	assert_int_equal(lx_journal_add(f->run_fd, "link", "a\n+ link b", NULL), -EINVAL);
	assert_journal(f, "");
}

static void test_journal_skips_lines_that_are_not_whole(void **state)
{
	static const char text[] = "+ link a\n+ chair b\n+ link\n+ link \nlink c\n+ cgroup /x\n+ link to";
	struct fixture *f = *state;

	assert_int_equal(file_write_atomic(f->run_fd, "acquired", text, sizeof(text) - 1, 0600), 0);
	assert_journal(f, "cgroup=/x;link=a;");
}

static int refuse(const char *kind, const char *what, void *userdata, struct lx_error *err)
{
	(void)kind;
	(void)what;
	(*(unsigned *)userdata)++;
	return lx_error_say(err, -EIO, "no");
}

static void test_journal_stops_at_an_error(void **state)
{
	struct fixture *f = *state;
	unsigned calls = 0;

	lx_journal_add(f->run_fd, "link", "a", NULL);
	lx_journal_add(f->run_fd, "link", "b", NULL);
	assert_int_equal(lx_journal_for_each(f->run_fd, refuse, &calls, NULL), -EIO);
	assert_int_equal(calls, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_journal_tells_the_newest_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_journal_forgets_what_was_given_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_journal_refuses_what_it_could_not_read_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_journal_skips_lines_that_are_not_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_journal_stops_at_an_error, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
