/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs in units of systemd: which hierarchies are the unit's, from pretended trees. */
#include "unit.h"

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "cgroup/driver.h"
#include "fake/fake.h"

#include "cgroup-host.h"

#define UNIT_GROUP "/machine.slice/lx@web.service"

/* A copy of host whose hierarchies are directories of the test's. */
struct tree {
	struct lx_host host;
	char path[UNIT_PATH_MAX];
	int fd;
};

static struct tree tree_of(const struct lx_host *host)
{
	struct tree t = { .host = *host };

	fake_reset();
	fake_text("sys_xattr_get", "1");
	t.fd = unit_directory(t.path);
	for (size_t i = 0; i < t.host.n_hierarchies; i++) {
		struct lx_host_hierarchy *h = &t.host.hierarchies[i];
		_cleanup_free_ char *point = str_format("%s%s", t.path, h->point);

		assert_true(strlen(point) < sizeof(h->point));
		strcpy(h->point, point);
	}
	return t;
}

static void make_group(const struct tree *t, const char *options, const char *group)
{
	for (size_t i = 0; i < t->host.n_hierarchies; i++) {
		const struct lx_host_hierarchy *h = &t->host.hierarchies[i];
		_cleanup_free_ char *full = str_format("%s%s", h->point, group);

		if (str_equal(h->options, options))
			assert_int_equal(file_mkdir_parents(AT_FDCWD, full, 0755), 0);
	}
}

static void remove_tree(struct tree *t)
{
	close(t->fd);
	assert_int_equal(tree_remove(AT_FDCWD, t->path, NULL), 0);
}

/* The options of those that are the unit's, in their order. */
static void assert_in_unit(const struct lx_host *host, const char *wanted)
{
	_cleanup_strv_ char **words = NULL;

	assert_int_equal(strv_split(wanted, " ", &words), 0);
	for (size_t i = 0; i < host->n_hierarchies; i++) {
		const struct lx_host_hierarchy *h = &host->hierarchies[i];

		assert_int_equal(h->in_unit, strv_contains(words, h->unified ? "v2" : h->options));
		assert_int_equal(lx_cgroup_has_leaves(host, h), h->in_unit);
	}
}

static void assert_run_path(const struct lx_host *host, const char *options, const char *wanted)
{
	for (size_t i = 0; i < host->n_hierarchies; i++)
		if (str_equal(host->hierarchies[i].options, options)) {
			_cleanup_free_ char *path = lx_cgroup_run_path(host, &host->hierarchies[i], "web");

			assert_string_equal(path, wanted);
		}
}

static void test_cgroup_unit_is_where_systemd_put_the_process(void **state _unused_)
{
	static const char *const texts[] = { "0::" UNIT_GROUP "\n", "0::" UNIT_GROUP "/monitor\n" };

	for (size_t i = 0; i < array_size(texts); i++) {
		struct tree t = tree_of(&host_unified);
		struct lx_error err = { 0 };

		make_group(&t, "", UNIT_GROUP);
		assert_int_equal(lx_cgroup_use_unit_of(texts[i], &t.host, &err), 1);
		assert_string_equal(t.host.unit, UNIT_GROUP);
		assert_in_unit(&t.host, "v2");
		assert_run_path(&t.host, "", UNIT_GROUP);
		remove_tree(&t);
	}
}

/* A controller that the unit was not given cannot be used, though the host has it. */
static void test_cgroup_unit_has_the_controllers_that_it_was_given(void **state _unused_)
{
	struct tree t = tree_of(&host_unified);
	_cleanup_free_ char *file = NULL;
	struct lx_error err = { 0 };

	make_group(&t, "", UNIT_GROUP);
	file = str_format("%s" UNIT_GROUP "/cgroup.controllers", t.host.hierarchies[0].point);
	unit_write(AT_FDCWD, file, "memory pids\n");
	assert_int_equal(lx_cgroup_use_unit_of("0::" UNIT_GROUP "\n", &t.host, &err), 1);
	assert_int_equal(t.host.hierarchies[0].controllers, LX_CONTROLLER_MEMORY | LX_CONTROLLER_PIDS);
	assert_int_equal(t.host.controllers, LX_CONTROLLER_MEMORY | LX_CONTROLLER_PIDS);
	remove_tree(&t);
}

static void test_cgroup_unit_leaves_other_hierarchies_to_lx(void **state _unused_)
{
	static const char text[] = "10:name=systemd:" UNIT_GROUP "\n9:pids:" UNIT_GROUP "\n8:memory:" UNIT_GROUP "\n7:devices:" UNIT_GROUP
				   "\n6:blkio:/machine.slice\n5:cpuset:/\n4:freezer:/\n3:cpu:" UNIT_GROUP "\n2:cpuacct:" UNIT_GROUP
				   "\n0::" UNIT_GROUP "\n";
	struct tree t = tree_of(&host_hybrid);
	_cleanup_strv_ char **paths = NULL;
	struct lx_error err = { 0 };

	assert_int_equal(lx_cgroup_use_unit_of(text, &t.host, &err), 1);
	assert_in_unit(&t.host, "cpu cpuacct memory devices pids none,name=systemd v2");
	assert_run_path(&t.host, "memory", UNIT_GROUP);
	assert_run_path(&t.host, "blkio", "/lx/web");
	assert_run_path(&t.host, "freezer", "/lx/web");
	assert_int_equal(lx_cgroup_paths(&t.host, "web", &paths, &err), 0);
	assert_int_equal(strv_length(paths), 2);
	assert_string_equal(paths[0], "/lx/web");
	assert_string_equal(paths[1], UNIT_GROUP);
	remove_tree(&t);
}

static void assert_no_unit(const char *text)
{
	struct tree t = tree_of(&host_unified);
	struct lx_error err = { 0 };

	assert_int_equal(lx_cgroup_use_unit_of(text, &t.host, &err), 0);
	assert_string_equal(t.host.unit, "");
	assert_false(t.host.hierarchies[0].in_unit);
	assert_int_equal(t.host.controllers, host_unified.controllers);
	remove_tree(&t);
}

static void test_cgroup_unit_is_no_slice_and_nothing_outside(void **state _unused_)
{
	assert_no_unit("0::/\n");
	assert_no_unit("0::/machine.slice\n");
	assert_no_unit("0::/machine.slice/lx@web.service/payload\n");
	assert_no_unit("0::/../../lx@web.service\n");
	assert_no_unit("");
}

/* The groups of a unit that was not handed over are systemd's. */
static void test_cgroup_unit_must_be_delegated(void **state _unused_)
{
	static const char *const marks[] = { "", "0" };

	for (size_t i = 0; i < array_size(marks); i++) {
		struct tree t = tree_of(&host_unified);
		struct lx_error err = { 0 };

		fake_text("sys_xattr_get", marks[i]);
		assert_int_equal(lx_cgroup_use_unit_of("0::" UNIT_GROUP "\n", &t.host, &err), 0);
		assert_string_equal(t.host.unit, "");
		remove_tree(&t);
	}
}

/* A user's hierarchy begins at the user's manager, whose unit we are. */
static void test_cgroup_unit_of_a_user_is_below_the_users_group(void **state _unused_)
{
#define MANAGER "/user.slice/user-1000.slice/user@1000.service"
	struct tree t = tree_of(&host_unified);
	struct lx_error err = { 0 };

	t.host.rootless = true;
	fake_text("sys_xattr_get", "");
	strcpy(t.host.hierarchies[0].base, MANAGER);
	make_group(&t, "", "/app.slice/lx@web.service/payload");
	assert_int_equal(lx_cgroup_use_unit_of("0::" MANAGER "/app.slice/lx@web.service\n", &t.host, &err), 1);
	assert_string_equal(t.host.unit, MANAGER "/app.slice/lx@web.service");
	assert_run_path(&t.host, "", "/app.slice/lx@web.service");

	/* a session is outside of it */
	*t.host.unit = '\0';
	t.host.hierarchies[0].in_unit = false;
	assert_int_equal(lx_cgroup_use_unit_of("0::/user.slice/user-1000.slice/session-2.scope\n", &t.host, &err), 0);
	assert_string_equal(t.host.unit, "");

	/* and nobody else's */
	t.host.hierarchies[0].in_unit = false;
	assert_int_equal(lx_cgroup_find(&t.host, MANAGER "2/app.slice/lx@web.service", &err), 0);
	assert_in_unit(&t.host, "");
	assert_int_equal(lx_cgroup_find(&t.host, MANAGER "/app.slice/lx@web.service", &err), 0);
	assert_in_unit(&t.host, "v2");
	remove_tree(&t);
}

static void test_cgroup_unit_is_found_by_who_comes_later(void **state _unused_)
{
	struct tree t = tree_of(&host_hybrid);
	struct lx_error err = { 0 };

	/* systemd has its own group here, the run does not */
	make_group(&t, "blkio", UNIT_GROUP);
	make_group(&t, "memory", UNIT_GROUP "/payload");
	make_group(&t, "", UNIT_GROUP "/payload");
	assert_int_equal(lx_cgroup_find(&t.host, UNIT_GROUP, &err), 0);
	assert_in_unit(&t.host, "memory v2");
	remove_tree(&t);
}

static void test_cgroup_find_changes_nothing_without_a_unit(void **state _unused_)
{
	struct lx_host host = host_unified;
	_cleanup_free_ char *path = NULL;
	struct lx_error err = { 0 };

	assert_int_equal(lx_cgroup_find(&host, "/lx/web", &err), 0);
	assert_int_equal(lx_cgroup_find(&host, NULL, &err), 0);
	assert_int_equal(lx_cgroup_find(&host, "/../lx@web.service", &err), 0);
	assert_string_equal(host.unit, "");
	assert_int_equal(lx_cgroup_path(&host, "web", &path, &err), 0);
	assert_string_equal(path, "/lx/web");
}

static void test_cgroup_remove_path_refuses_what_is_neither(void **state _unused_)
{
	static const char *const paths[] = { "/", "/machine.slice", "lx@web.service", "/a/../lx@web.service", "/system.slice/payload" };

	for (size_t i = 0; i < array_size(paths); i++) {
		struct lx_error err = { 0 };

		assert_int_equal(lx_cgroup_remove_path(paths[i], &err), -EINVAL);
		assert_contains(err.text, paths[i]);
	}
}

UNIT_MAIN(UNIT(test_cgroup_unit_is_where_systemd_put_the_process), UNIT(test_cgroup_unit_has_the_controllers_that_it_was_given),
	  UNIT(test_cgroup_unit_leaves_other_hierarchies_to_lx), UNIT(test_cgroup_unit_is_no_slice_and_nothing_outside),
	  UNIT(test_cgroup_unit_must_be_delegated), UNIT(test_cgroup_unit_of_a_user_is_below_the_users_group),
	  UNIT(test_cgroup_unit_is_found_by_who_comes_later), UNIT(test_cgroup_find_changes_nothing_without_a_unit),
	  UNIT(test_cgroup_remove_path_refuses_what_is_neither))
