/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the child is, and what is known of a job that it does, does not do, and does not end. With the real sys/. */
#include "unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>

#include "base/cleanup.h"
#include "sys/sys.h"
#include "systemd/errand.h"

static struct lx_errand errand;
static struct lx_error err;

static int set_up(void **state _unused_)
{
	lx_error_clear(&err);
	errand = (struct lx_errand)LX_ERRAND_INIT;
	return 0;
}

static int tear_down(void **state _unused_)
{
	lx_errand_end(&errand);
	return 0;
}

static int works(const void *argument _unused_, int fd _unused_, struct lx_error *error _unused_)
{
	return 0;
}

static int refuses(const void *argument, int fd _unused_, struct lx_error *error)
{
	return lx_error_say(error, -ENXIO, "%s is not there", (const char *)argument);
}

static int hangs(const void *argument _unused_, int fd _unused_, struct lx_error *error _unused_)
{
	return pause();
}

static int dies(const void *argument _unused_, int fd _unused_, struct lx_error *error _unused_)
{
	return raise(SIGKILL);
}

static int do_job(lx_errand_fn fn, usec_t patience)
{
	assert_done(lx_errand_start(fn, "the host", -EBADF, &errand, &err), &err);
	return lx_errand_wait(&errand, time_deadline(patience), &err);
}

static void test_errand_that_works_has_no_error(void **state _unused_)
{
	assert_done(do_job(works, 10 * USEC_PER_SEC), &err);
}

static void test_errand_says_why_it_failed(void **state _unused_)
{
	assert_int_equal(do_job(refuses, 10 * USEC_PER_SEC), -ENXIO);
	assert_string_equal(err.text, "the host is not there");
}

static void test_errand_that_never_began_has_failed(void **state _unused_)
{
	assert_int_equal(lx_errand_wait(&errand, 0, &err), -EBADF);
	assert_int_equal(err.code, -EBADF);
}

static void test_errand_that_hangs_is_waited_for_no_longer(void **state _unused_)
{
	assert_int_equal(do_job(hangs, 300 * USEC_PER_MSEC), -ETIMEDOUT);
}

static void test_errand_that_dies_says_nothing_and_is_noticed(void **state _unused_)
{
	int r = do_job(dies, 10 * USEC_PER_SEC);

	assert_true(r < 0 && r != -ETIMEDOUT);
}

static void test_errand_ends_with_its_child(void **state _unused_)
{
	int pidfd;

	(void)do_job(hangs, 0);
	pidfd = dup(errand.pidfd);
	lx_errand_end(&errand);
	assert_int_equal(sys_pidfd_signal(pidfd, 0), -ESRCH);
	close(pidfd);
}

/* Standard streams, the socket, and the directory that is read. */
static int counts_descriptors(const void *argument _unused_, int fd, struct lx_error *error)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		int n = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && n > 2 && n != fd && n != dirfd(dir))
			return lx_error_say(error, -EMFILE, "descriptor %d is open", n);
	}
	return dir ? 0 : lx_error_set(error, -errno, "list descriptors");
}

static int counts_rights(const void *argument _unused_, int fd _unused_, struct lx_error *error)
{
	uint64_t effective, permitted, inheritable;
	int r = sys_caps_get(&effective, &permitted, &inheritable);

	if (r < 0 || (effective | permitted | inheritable) & ~(1ULL << CAP_SYS_ADMIN))
		return lx_error_say(error, -EPERM, "capabilities %llx are left", (unsigned long long)permitted);
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : lx_error_say(error, -EPERM, "it may get new privileges");
}

static void test_errand_has_no_descriptor_of_its_caller(void **state _unused_)
{
	int other = open("/", O_RDONLY | O_DIRECTORY);
	int r = do_job(counts_descriptors, 10 * USEC_PER_SEC);

	close(other);
	assert_done(r, &err);
}

static int reads_descriptor(const void *argument, int fd _unused_, struct lx_error *error)
{
	char byte = 0;

	return read(*(const int *)argument, &byte, 1) == 1 && byte == 'x' ? 0 : lx_error_say(error, -EBADF, "it was not kept");
}

static void test_errand_has_the_one_that_is_kept_for_it(void **state _unused_)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_done(lx_errand_start(reads_descriptor, &ends[0], ends[0], &errand, &err), &err);
	assert_done(lx_errand_wait(&errand, time_deadline(10 * USEC_PER_SEC), &err), &err);
	close(ends[0]);
	close(ends[1]);
}

static void test_errand_has_few_rights(void **state _unused_)
{
	assert_done(do_job(counts_rights, 10 * USEC_PER_SEC), &err);
}

/* What it is told goes back as an error that can be seen. */
static int repeats(const void *argument _unused_, int fd, struct lx_error *error)
{
	_cleanup_close_ int told_fd = -EBADF;
	int number, r = lx_errand_hear(fd, &number, sizeof(number), &told_fd, error);

	return r < 0 ? r : lx_error_say(error, -EIO, "%d, and %s", number, fcntl(told_fd, F_GETFD) & FD_CLOEXEC ? "a descriptor" : "none");
}

static void test_errand_hears_what_it_is_told_later(void **state _unused_)
{
	int number = 4711;

	assert_done(lx_errand_start(repeats, NULL, -EBADF, &errand, &err), &err);
	assert_done(lx_errand_tell(&errand, &number, sizeof(number), STDERR_FILENO, &err), &err);
	assert_int_equal(lx_errand_wait(&errand, time_deadline(10 * USEC_PER_SEC), &err), -EIO);
	assert_string_equal(err.text, "4711, and a descriptor");
}

static void test_errand_takes_no_other_size(void **state _unused_)
{
	assert_done(lx_errand_start(repeats, NULL, -EBADF, &errand, &err), &err);
	assert_done(lx_errand_tell(&errand, "long text", 9, STDERR_FILENO, &err), &err);
	assert_int_equal(lx_errand_wait(&errand, time_deadline(10 * USEC_PER_SEC), &err), -EPROTO);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_errand_that_works_has_no_error),
		CASE(test_errand_says_why_it_failed),
		CASE(test_errand_that_never_began_has_failed),
		CASE(test_errand_that_hangs_is_waited_for_no_longer),
		CASE(test_errand_that_dies_says_nothing_and_is_noticed),
		CASE(test_errand_ends_with_its_child),
		CASE(test_errand_has_no_descriptor_of_its_caller),
		CASE(test_errand_has_the_one_that_is_kept_for_it),
		CASE(test_errand_has_few_rights),
		CASE(test_errand_hears_what_it_is_told_later),
		CASE(test_errand_takes_no_other_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
