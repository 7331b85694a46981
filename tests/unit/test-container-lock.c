/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock of a container between processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "base/tree.h"
#include "container/container.h"

struct fixture {
	char directory[64];
	struct lx_container c;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->directory, "/tmp/lx-test-lock-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	f->c.run_directory = str_format("%s/run/web", f->directory);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	tree_remove(AT_FDCWD, f->directory, NULL);
	free(f->c.run_directory);
	free(f);
	return 0;
}

/* A process that has the lock, until it is killed. */
static pid_t start_holder(const struct lx_container *c)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		int fd;

		if (lx_lock_take(c, &fd, NULL) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_true(pid > 0);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void stop_holder(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_lock_is_held_by_one_process(void **state)
{
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	int fd = -EBADF;
	pid_t pid = start_holder(&f->c);

	assert_true(lx_lock_is_held(&f->c));
	assert_int_equal(lx_lock_take(&f->c, &fd, &err), -EBUSY);
	assert_int_equal(fd, -EBADF);
	assert_non_null(strstr(err.text, "running"));
	stop_holder(pid);

	assert_false(lx_lock_is_held(&f->c));
	assert_int_equal(lx_lock_take(&f->c, &fd, NULL), 0);
	close(fd);
	assert_false(lx_lock_is_held(&f->c));
}

static void test_lock_belongs_to_the_descriptor(void **state)
{
	struct fixture *f = *state;
	int fd, copy;

	assert_int_equal(lx_lock_take(&f->c, &fd, NULL), 0);
	assert_int_equal(lx_lock_take(&f->c, &copy, NULL), -EBUSY);
	copy = dup(fd);
	close(fd);
	assert_true(lx_lock_is_held(&f->c));
	close(copy);
	assert_false(lx_lock_is_held(&f->c));
}

static void test_lock_wait_ends_at_the_deadline(void **state)
{
	struct fixture *f = *state;
	usec_t start = time_now(CLOCK_MONOTONIC);
	pid_t pid = start_holder(&f->c);
	int fd;

	assert_int_equal(lx_lock_wait(&f->c, start + 50 * USEC_PER_MSEC, &fd, NULL), -EBUSY);
	assert_true(time_now(CLOCK_MONOTONIC) >= start + 50 * USEC_PER_MSEC);
	stop_holder(pid);
}

static void test_lock_wait_gets_it_when_the_holder_dies(void **state)
{
	struct fixture *f = *state;
	pid_t pid = start_holder(&f->c), killer;
	int fd;

	killer = fork();
	if (killer == 0) {
		usleep(20000);
		_exit(kill(pid, SIGKILL) < 0);
	}
	assert_int_equal(lx_lock_wait(&f->c, time_now(CLOCK_MONOTONIC) + 10 * USEC_PER_SEC, &fd, NULL), 0);
	close(fd);
	assert_int_equal(waitpid(killer, NULL, 0), killer);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_lock_makes_a_private_directory(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	int fd;

	assert_false(lx_lock_is_held(&f->c));
	assert_int_equal(lx_lock_take(&f->c, &fd, NULL), 0);
	close(fd);
	assert_int_equal(stat(f->c.run_directory, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);

	assert_int_equal(chmod(f->c.run_directory, 0755), 0);
	assert_int_equal(lx_lock_take(&f->c, &fd, NULL), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lock_is_held_by_one_process, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lock_belongs_to_the_descriptor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lock_wait_ends_at_the_deadline, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lock_wait_gets_it_when_the_holder_dies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lock_makes_a_private_directory, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
