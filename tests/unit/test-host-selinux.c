/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Types that a policy has for containers, and categories that are handed out. */
#include "unit.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "base/tree.h"
#include "config/config.h"
#include "fake/fake.h"
#include "host/selinux.h"

struct fixture {
	char path[UNIT_PATH_MAX];
	int fd;
	struct lx_settings settings;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->fd = unit_directory(f->path);
	f->settings.paths.containers = f->path;
	fake_reset();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close(f->fd);
	tree_remove(AT_FDCWD, f->path, NULL);
	free(f);
	return 0;
}

/* ---- types */

static void put(struct fixture *f, const char *directory, const char *name, const char *text)
{
	_cleanup_free_ char *path = str_format("%s/%s", f->path, directory), *file = str_format("%s/%s", directory, name);

	assert_int_equal(file_mkdir_parents(AT_FDCWD, path, 0755), 0);
	assert_int_equal(file_write_atomic(f->fd, file, text, strlen(text), 0644), 0);
}

static struct lx_host probe(struct fixture *f)
{
	struct lx_host host = { 0 };

	lx_host_probe_selinux(f->fd, &host);
	return host;
}

static void test_selinux_is_off_without_its_file_system(void **state)
{
	struct lx_host host = probe(*state);

	assert_false(host.selinux);
	assert_string_equal(host.selinux_process, "");
	assert_string_equal(fake_log(), "");
}

static void test_selinux_types_of_ours_come_first(void **state)
{
	struct lx_host host;

	put(*state, "sys/fs/selinux", "enforce", "1");
	host = probe(*state);
	assert_true(host.selinux);
	assert_string_equal(host.selinux_process, "system_u:system_r:lx_container_t");
	assert_string_equal(host.selinux_file, "system_u:object_r:lx_file_t");
}

static const char contexts[] = "# comment\nprocess = \"system_u:system_r:container_t:s0\"\n"
			       "init_process=\"system_u:system_r:container_init_t:s0:c0\"\n"
			       "file = \"system_u:object_r:container_file_t:s0\"\n";

static void test_selinux_types_of_the_policy(void **state)
{
	struct lx_host host;

	put(*state, "sys/fs/selinux", "enforce", "1");
	put(*state, "etc/selinux", "config", "# SELINUXTYPE=\nSELINUX=enforcing\nSELINUXTYPE=targeted\n");
	put(*state, "etc/selinux/targeted/contexts", "lxc_contexts", contexts);
	fake_result("sys_selinux_check", -EINVAL);
	host = probe(*state);
	assert_string_equal(host.selinux_process, "system_u:system_r:container_init_t");
	assert_string_equal(host.selinux_file, "system_u:object_r:container_file_t");
}

/* Debian's names a type that its policy has not. */
static void test_selinux_types_that_are_only_named_are_none(void **state)
{
	struct lx_host host;

	put(*state, "sys/fs/selinux", "enforce", "1");
	put(*state, "etc/selinux", "config", "SELINUXTYPE=targeted\n");
	put(*state, "etc/selinux/targeted/contexts", "lxc_contexts", contexts);
	fake_result_always("sys_selinux_check", -EINVAL);
	host = probe(*state);
	assert_true(host.selinux);
	assert_string_equal(host.selinux_process, "");
	assert_string_equal(host.selinux_file, "");
}

/* ---- categories */

static void allot(struct fixture *f, const char *run_id, char level[static LX_SELINUX_LEVEL_MAX])
{
	struct lx_error err = { 0 };
	unsigned low, high;

	assert_done(lx_selinux_level_allot(&f->settings, run_id, level, &err), &err);
	assert_int_equal(sscanf(level, "s0:c%u,c%u", &low, &high), 2);
	assert_true(low < high && high < 1024);
}

static void test_selinux_level_is_remembered_and_released(void **state)
{
	struct fixture *f = *state;
	char first[LX_SELINUX_LEVEL_MAX], second[LX_SELINUX_LEVEL_MAX], again[LX_SELINUX_LEVEL_MAX];
	struct lx_error err = { 0 };

	assert_done(lx_selinux_level_release(&f->settings, "web", &err), &err);
	allot(f, "web", first);
	allot(f, "db", second);
	assert_string_not_equal(first, second);
	allot(f, "web", again);
	assert_string_equal(first, again);

	assert_done(lx_selinux_level_release(&f->settings, "web", &err), &err);
	assert_done(lx_selinux_level_release(&f->settings, "web", &err), &err);
	allot(f, "db", again);
	assert_string_equal(second, again);
}

/* The pair that a name leads to is taken: the next one is, and stays the container's when the first goes. */
static void test_selinux_level_avoids_what_is_taken(void **state)
{
	struct fixture *f = *state;
	char wanted[LX_SELINUX_LEVEL_MAX], other[LX_SELINUX_LEVEL_MAX], again[LX_SELINUX_LEVEL_MAX];
	_cleanup_free_ char *link = NULL;
	struct lx_error err = { 0 };

	allot(f, "web", wanted);
	assert_done(lx_selinux_level_release(&f->settings, "web", &err), &err);
	link = str_format(".selinux/%s", wanted);
	assert_int_equal(symlinkat("somebody", f->fd, link), 0);
	allot(f, "web", other);
	assert_string_not_equal(wanted, other);

	assert_int_equal(unlinkat(f->fd, link, 0), 0);
	allot(f, "web", again);
	assert_string_equal(other, again);
}

static void test_selinux_levels_of_many_containers_differ(void **state)
{
	static char levels[200][LX_SELINUX_LEVEL_MAX];

	for (unsigned i = 0; i < array_size(levels); i++) {
		char run_id[16];

		snprintf(run_id, sizeof(run_id), "web%u", i);
		allot(*state, run_id, levels[i]);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(levels[i], levels[j]);
	}
}

#define WITH_FILES(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

UNIT_MAIN(
	WITH_FILES(test_selinux_is_off_without_its_file_system),
	WITH_FILES(test_selinux_types_of_ours_come_first),
	WITH_FILES(test_selinux_types_of_the_policy),
	WITH_FILES(test_selinux_types_that_are_only_named_are_none),
	WITH_FILES(test_selinux_level_is_remembered_and_released),
	WITH_FILES(test_selinux_level_avoids_what_is_taken),
	WITH_FILES(test_selinux_levels_of_many_containers_differ))
