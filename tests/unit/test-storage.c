/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Storage drivers: sources, the order of mount calls, what create makes and destroy removes. */
#include "unit.h"

#include "base/tree.h"
#include "fake/fake.h"
#include "storage/storage.h"

static struct id_range line = { 0, 100000, 65536 };
static const struct lx_idmap map = { .uids = { &line, 1 }, .gids = { &line, 1 } };

/* An image and a container's directory, with overlay storage. */
struct fixture {
	char path[UNIT_PATH_MAX];
	char image[UNIT_PATH_MAX + 16], container[UNIT_PATH_MAX + 16];
	int fd, container_fd;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->fd = unit_directory(f->path);
	assert_int_equal(mkdirat(f->fd, "image:1", 0755), 0);
	assert_int_equal(mkdirat(f->fd, "web", 0700), 0);
	sprintf(f->image, "%s/image:1", f->path);
	sprintf(f->container, "%s/web", f->path);
	f->container_fd = openat(f->fd, "web", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fake_reset();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close(f->container_fd);
	close(f->fd);
	tree_remove(AT_FDCWD, f->path, NULL);
	free(f);
	return 0;
}

static void test_storage_finds_drivers(void **state)
{
	(void)state;
	for (const struct lx_storage_driver *const *d = lx_storage_drivers; *d; d++) {
		assert_ptr_equal(lx_storage_find((*d)->name), *d);
		assert_non_null((*d)->summary);
	}
	assert_null(lx_storage_find("zfs"));
	assert_ptr_equal(lx_storage_drivers[0], &lx_storage_overlay);
}

static void test_storage_parses_sources(void **state)
{
	static const struct {
		const char *path, *driver, *source, *error;
	} cases[] = {
		{ "/srv/root", "dir", "/srv/root", NULL },
		{ "dir:/srv/a:b", "dir", "/srv/a:b", NULL },
		{ "overlay:/a:/b", "overlay", "/a:/b", NULL },
		{ "srv/root", NULL, NULL, "neither an absolute path nor driver:source" },
		{ "overlai:/a:/b", NULL, NULL, "did you mean \"overlay\"" },
		{ "zfs:tank", NULL, NULL, "unknown storage driver \"zfs\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_storage_ struct lx_storage s = { 0 };
		struct lx_error err = { 0 };
		int r = lx_storage_parse(cases[i].path, &s, &err);

		if (cases[i].error) {
			assert_true(r < 0);
			assert_contains(err.text, cases[i].error);
			continue;
		}
		assert_done(r, &err);
		assert_string_equal(s.driver->name, cases[i].driver);
		assert_string_equal(s.source, cases[i].source);
	}
}

static void check_source(const struct lx_storage_driver *driver, const char *source, const char *sentence)
{
	struct lx_storage s = { .driver = driver, .source = (char *)source };
	struct lx_error err = { 0 };

	assert_true(driver->check(&s, &err) < 0);
	assert_contains(err.text, sentence);
}

static void test_storage_refuses_bad_sources(void **state)
{
	(void)state;
	check_source(&lx_storage_overlay, "/nowhere", "must name an image and the container's directory");
	check_source(&lx_storage_overlay, "/:nowhere", "\"nowhere\" is not an absolute path");
	check_source(&lx_storage_overlay, "/:/nowhere", "layer /nowhere");
	check_source(&lx_storage_overlay, "/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/:/", "more than 16 layers");
	check_source(&lx_storage_dir, "nowhere", "must be an absolute path");
	check_source(&lx_storage_dir, "/nowhere", "No such file or directory");
}

/* The path that create() returns leads back to the same directories, whatever characters they have. */
static void make_overlay(struct fixture *f, struct lx_storage *ret)
{
	struct lx_error err = { 0 };
	char *path;

	assert_done(lx_storage_overlay.create(f->container_fd, f->container, f->image, NULL, &path, &err), &err);
	assert_done(lx_storage_parse(path, ret, &err), &err);
	assert_done(ret->driver->check(ret, &err), &err);
	free(path);
}

static void test_overlay_create_and_destroy(void **state)
{
	_cleanup_storage_ struct lx_storage s = { 0 };
	struct fixture *f = *state;
	struct lx_error err = { 0 };

	make_overlay(f, &s);
	assert_contains(s.source, "image\\:1:/");
	assert_int_equal(faccessat(f->container_fd, "upper", F_OK, 0), 0);
	unit_write(f->container_fd, "config", "");

	assert_done(s.driver->destroy(&s, f->container_fd, "/somebody/else", &err), &err);
	assert_int_equal(faccessat(f->container_fd, "upper", F_OK, 0), 0);
	assert_done(s.driver->destroy(&s, f->container_fd, f->container, &err), &err);
	assert_int_equal(faccessat(f->container_fd, "upper", F_OK, 0), -1);
	assert_int_equal(faccessat(f->container_fd, "work", F_OK, 0), -1);
	assert_int_equal(faccessat(f->container_fd, "config", F_OK, 0), 0);
}

/* Only the upper layer can hold host id 0, and every layer is detached again. */
static void test_overlay_opens_with_id_map(void **state)
{
	_cleanup_storage_ struct lx_storage s = { 0 };
	struct lx_error err = { 0 };
	int fd;

	make_overlay(*state, &s);
	fake_reset();
	assert_done(s.driver->open(&s, &map, false, &fd, &err), &err);
	close(fd);

	assert_contains(fake_log(), "sys_userns_open({0 100000 65536}, {0 100000 65536}) = fd1\n");
	assert_contains(fake_log(), "sys_userns_open({0 100000 65536, 65536 0 1}, {0 100000 65536, 65536 0 1}) = fd2\n");
	assert_contains(fake_log(), "sys_mount_idmap(fd3, fd1, 0) = 0\n");
	assert_contains(fake_log(), "redirect_dir, on) = 0\n");
	assert_contains(fake_log(), "0x4) = "); /* sys_fsmount, MOUNT_ATTR_NODEV */
	assert_int_equal(fake_count("sys_move_mount"), 2);
	assert_int_equal(fake_count("sys_umount"), 2);
}

static void test_overlay_opens_without_id_map(void **state)
{
	_cleanup_storage_ struct lx_storage s = { 0 };
	struct lx_error err = { 0 };
	int fd;

	make_overlay(*state, &s);
	assert_done(s.driver->open(&s, NULL, true, &fd, &err), &err);
	close(fd);
	assert_int_equal(fake_count("sys_userns_open"), 0);
	assert_int_equal(fake_count("sys_mount_idmap"), 0);
	assert_contains(fake_log(), "0x1) = "); /* MOUNT_ATTR_RDONLY */
}

static void test_overlay_tells_what_the_kernel_said(void **state)
{
	_cleanup_storage_ struct lx_storage s = { 0 };
	struct lx_error err = { 0 };
	int fd;

	make_overlay(*state, &s);
	fake_result("sys_fsconfig_create", -EINVAL);
	fake_text("sys_fs_message", "workdir and upperdir must be separate");
	assert_int_equal(s.driver->open(&s, NULL, false, &fd, &err), -EINVAL);
	assert_contains(err.text, "workdir and upperdir must be separate");
	assert_int_equal(fake_count("sys_umount"), 2);
}

static void test_dir_says_that_ids_cannot_be_mapped(void **state)
{
	struct fixture *f = *state;
	struct lx_storage s = { .driver = &lx_storage_dir, .source = f->container };
	struct lx_error err = { 0 };
	int fd;

	fake_result("sys_mount_idmap", -EINVAL);
	assert_int_equal(s.driver->open(&s, &map, false, &fd, &err), -EINVAL);
	assert_contains(err.text, "cannot map ids");
}

static void test_dir_destroys_only_its_own(void **state)
{
	struct fixture *f = *state;
	struct lx_storage s = { .driver = &lx_storage_dir };
	struct lx_error err = { 0 };
	char own[UNIT_PATH_MAX + 32];

	assert_int_equal(mkdirat(f->container_fd, "rootfs", 0755), 0);
	s.source = f->image;
	assert_done(s.driver->destroy(&s, f->container_fd, f->container, &err), &err);
	assert_int_equal(faccessat(f->container_fd, "rootfs", F_OK, 0), 0);

	sprintf(own, "%s/rootfs", f->container);
	s.source = own;
	assert_done(s.driver->destroy(&s, f->container_fd, f->container, &err), &err);
	assert_int_equal(faccessat(f->container_fd, "rootfs", F_OK, 0), -1);
}

#define WITH_FILES(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

UNIT_MAIN(
	UNIT(test_storage_finds_drivers),
	UNIT(test_storage_parses_sources),
	UNIT(test_storage_refuses_bad_sources),
	WITH_FILES(test_overlay_create_and_destroy),
	WITH_FILES(test_overlay_opens_with_id_map),
	WITH_FILES(test_overlay_opens_without_id_map),
	WITH_FILES(test_overlay_tells_what_the_kernel_said),
	WITH_FILES(test_dir_says_that_ids_cannot_be_mapped),
	WITH_FILES(test_dir_destroys_only_its_own))
