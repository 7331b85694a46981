/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The place where a monitor meets the command that wants it: a user's, in a directory of the test's. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sock.h"
#include "base/str.h"
#include "monitor/rendezvous.h"

static char home[UNIT_PATH_MAX];

/* As another user than root: the directory of root's is compiled in. */
static int make_home(void **state _unused_)
{
	close(unit_directory(home));
	if (geteuid() == 0 && (chown(home, 65534, 65534) < 0 || seteuid(65534) < 0))
		return -1;
	setenv("XDG_RUNTIME_DIR", home, true);
	setenv("HOME", home, true);
	unsetenv("LX_CONFIG");
	return 0;
}

static int remove_home(void **state _unused_)
{
	_cleanup_free_ char *lx = str_format("%s/lx", home), *units = str_format("%s/lx/units", home);

	rmdir(units);
	rmdir(lx);
	return geteuid() == getuid() || seteuid(0) == 0 ? rmdir(home) : -1;
}

static struct lx_container *container(const char *name)
{
	struct lx_container *c;
	struct lx_error err = { 0 };

	assert_done(lx_container_new(NULL, name, &c, &err), &err);
	return c;
}

static void test_rendezvous_nobody_is_there(void **state _unused_)
{
	int fd = -EBADF;

	assert_int_equal(lx_rendezvous_connect("web", &fd, NULL), 0);
	assert_int_equal(fd, -EBADF);
}

static void test_rendezvous_meets(void **state _unused_)
{
	struct lx_rendezvous place = LX_RENDEZVOUS_INIT;
	_cleanup_container_ struct lx_container *c = container("web");
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF;
	_cleanup_message_ struct sock_message m = { 0 };
	struct lx_error err = { 0 };
	pid_t pid = 0;

	assert_done(lx_rendezvous_listen(&place, c, &err), &err);
	assert_string_equal(place.instance, "web");
	assert_int_equal(lx_rendezvous_connect("other", &theirs, NULL), 0);
	assert_int_equal(lx_rendezvous_connect("web", &theirs, &err), 1);
	assert_done(lx_rendezvous_accept(&place, &ours, &pid, &err), &err);
	assert_int_equal(pid, getpid());
	assert_int_equal(sock_send(ours, 7, "x", 1, NULL, 0), 0);
	assert_int_equal(sock_recv(theirs, USEC_INFINITY, &m), 0);
	assert_int_equal(m.type, 7);

	/* nobody is left there, and no name */
	lx_rendezvous_done(&place);
	theirs = close_fd(theirs);
	assert_int_equal(lx_rendezvous_connect("web", &theirs, NULL), 0);
}

/* What a killed command left is refused, once; a new command takes the place. */
static void test_rendezvous_of_a_killed_command(void **state _unused_)
{
	struct lx_rendezvous place = LX_RENDEZVOUS_INIT;
	_cleanup_container_ struct lx_container *c = container("web");
	_cleanup_close_ int fd = -EBADF;
	struct lx_error err = { 0 };

	assert_done(lx_rendezvous_listen(&place, c, &err), &err);
	place.fd = close_fd(place.fd);
	assert_int_equal(lx_rendezvous_connect("web", &fd, &err), -ECANCELED);
	assert_int_equal(lx_rendezvous_connect("web", &fd, NULL), 0);
	lx_rendezvous_done(&place);

	assert_done(lx_rendezvous_listen(&place, c, &err), &err);
	place.fd = close_fd(place.fd);
	lx_rendezvous_done(&place);
	assert_done(lx_rendezvous_listen(&place, c, &err), &err);
	assert_int_equal(lx_rendezvous_connect("web", &fd, &err), 1);
	lx_rendezvous_done(&place);
}

static void test_rendezvous_in_a_directory_of_others(void **state _unused_)
{
	_cleanup_free_ char *units = str_format("%s/lx/units", home);
	struct lx_error err = { 0 };
	int fd = -EBADF;

	assert_int_equal(chmod(units, 0770), 0);
	assert_int_equal(lx_rendezvous_connect("web", &fd, &err), -EPERM);
	assert_int_equal(chmod(units, 0700), 0);
}

/* Its name is told by whoever starts the unit. */
static void test_rendezvous_is_nowhere_else(void **state _unused_)
{
	_cleanup_free_ char *file = str_format("%s/lx/other", home);
	int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close_fd(fd);
	fd = -EBADF;
	assert_int_equal(lx_rendezvous_connect("../other", &fd, NULL), 0);
	assert_int_equal(lx_rendezvous_connect("..", &fd, NULL), 0);
	assert_int_equal(lx_rendezvous_connect("", &fd, NULL), 0);
	assert_int_equal(unlink(file), 0);
}

/* Other settings: another instance, whatever the container's name. */
static void test_rendezvous_instance_of_other_settings(void **state _unused_)
{
	_cleanup_free_ char *file = str_format("%s/lx.conf", home), *instance = NULL;
	_cleanup_container_ struct lx_container *c = NULL;

	close(open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	setenv("LX_CONFIG", file, true);
	c = container("web");
	instance = lx_rendezvous_instance(c);
	assert_non_null(str_after(instance, "web_"));
	assert_int_equal(strlen(instance), strlen("web_") + 8);
	unsetenv("LX_CONFIG");
	unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rendezvous_nobody_is_there),
		cmocka_unit_test(test_rendezvous_meets),
		cmocka_unit_test(test_rendezvous_of_a_killed_command),
		cmocka_unit_test(test_rendezvous_in_a_directory_of_others),
		cmocka_unit_test(test_rendezvous_is_nowhere_else),
		cmocka_unit_test(test_rendezvous_instance_of_other_settings),
	};

	return cmocka_run_group_tests(tests, make_home, remove_home);
}
