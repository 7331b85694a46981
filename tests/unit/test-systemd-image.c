/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links among systemd's images, and the locks that go with them. */
#include "unit/unit.h"

#include <errno.h>
#include <limits.h>

#include "base/str.h"
#include "base/tree.h"
#include "systemd/image.h"

static struct fixture {
	char path[UNIT_PATH_MAX], images[PATH_MAX], locks[PATH_MAX], store[PATH_MAX], root[PATH_MAX];
	int fd;
	struct lx_image_places places;
	struct lx_error err;
} f;

static int set_up(void **state _unused_)
{
	memset(&f, 0, sizeof(f));
	f.fd = unit_directory(f.path);
	snprintf(f.images, sizeof(f.images), "%s/machines", f.path);
	snprintf(f.locks, sizeof(f.locks), "%s/run/locks", f.path);
	snprintf(f.store, sizeof(f.store), "%s/store", f.path);
	snprintf(f.root, sizeof(f.root), "%s/store/root", f.path);
	f.places = (struct lx_image_places) { f.images, f.locks };
	assert_int_equal(mkdirat(f.fd, "store", 0700), 0);
	return mkdirat(f.fd, "store/root", 0700);
}

static int tear_down(void **state _unused_)
{
	close(f.fd);
	return tree_remove(AT_FDCWD, f.path, NULL);
}

static bool has(const char *name)
{
	return faccessat(f.fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int make_link(void)
{
	return lx_machine_image_link(&f.places, "web", f.root, &f.err);
}

static void test_image_link_is_made_once(void **state _unused_)
{
	assert_done(make_link(), &f.err);
	assert_done(make_link(), &f.err);
	assert_true(has("machines/web"));

	lx_machine_image_unlink(&f.places, "web", "/elsewhere");
	assert_true(has("machines/web"));
	lx_machine_image_unlink(&f.places, "web", f.root);
	assert_false(has("machines/web"));
	assert_true(has("store/root"));
}

static void test_image_link_leaves_another_image_alone(void **state _unused_)
{
	assert_int_equal(mkdirat(f.fd, "machines", 0700), 0);
	assert_int_equal(mkdirat(f.fd, "machines/web", 0700), 0);
	assert_int_equal(make_link(), -EEXIST);
	lx_machine_image_unlink(&f.places, "web", f.root);
	assert_true(has("machines/web"));
}

static void test_image_sweep_removes_what_is_dead_and_ours(void **state _unused_)
{
	assert_done(make_link(), &f.err);
	assert_int_equal(symlinkat("/nonexistent/root", f.fd, "machines/other"), 0);
	lx_machine_image_sweep(&f.places, f.store);
	assert_true(has("machines/web") && has("machines/other"));

	assert_int_equal(rmdir(f.root), 0);
	lx_machine_image_sweep(&f.places, "/somewhere/else");
	assert_true(has("machines/web"));
	lx_machine_image_sweep(&f.places, f.store);
	assert_false(has("machines/web"));
	assert_true(has("machines/other"));
}

/* As systemd does it. */
static int lock_as_systemd(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = openat(f.fd, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	if (fcntl(fd, F_OFD_SETLK, &lock) >= 0)
		return fd;
	close(fd);
	return -errno;
}

static void test_image_lock_keeps_systemd_out(void **state _unused_)
{
	struct lx_image_locks locks = { 0 };
	char inode[64];
	struct stat st;
	int fd;

	assert_int_equal(stat(f.root, &st), 0);
	snprintf(inode, sizeof(inode), "run/locks/inode-%lu:%lu", (unsigned long)st.st_dev, (unsigned long)st.st_ino);
	assert_done(make_link(), &f.err);
	assert_done(lx_machine_image_lock(&f.places, "web", f.root, &locks, &f.err), &f.err);
	assert_int_equal(lock_as_systemd(inode), -EAGAIN);
	assert_int_equal(lock_as_systemd("run/locks/name-web"), -EAGAIN);
	assert_int_equal(lock_as_systemd("machines/.#web.lck"), -EAGAIN);

	lx_machine_image_unlock(&locks);
	assert_false(has(inode));
	fd = lock_as_systemd(inode);
	assert_true(fd >= 0);
	close(fd);
}

static void test_image_lock_is_refused_while_systemd_has_it(void **state _unused_)
{
	struct lx_image_locks locks = { 0 };
	int fd;

	assert_done(make_link(), &f.err);
	fd = lock_as_systemd("machines/.#web.lck");
	assert_true(fd >= 0);
	assert_int_equal(lx_machine_image_lock(&f.places, "web", f.root, &locks, &f.err), -EBUSY);
	assert_contains(f.err.text, "machinectl");
	assert_int_equal(locks.n, 0);
	close(fd);
	lx_error_clear(&f.err);
	assert_done(lx_machine_image_lock(&f.places, "web", f.root, &locks, &f.err), &f.err);
	lx_machine_image_unlock(&locks);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_image_link_is_made_once),
		CASE(test_image_link_leaves_another_image_alone),
		CASE(test_image_sweep_removes_what_is_dead_and_ours),
		CASE(test_image_lock_keeps_systemd_out),
		CASE(test_image_lock_is_refused_while_systemd_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
