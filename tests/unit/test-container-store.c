/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where containers are, which of them count, and what their runs are called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "container/container.h"

struct fixture {
	char *top;
	int fd;
};

static void make(const struct fixture *f, const char *path)
{
	assert_int_equal(file_mkdir_parents(f->fd, path, 0755), 0);
}

static void put(const struct fixture *f, const char *path, const char *text)
{
	assert_int_equal(file_write_atomic(f->fd, path, text, strlen(text), 0644), 0);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char directory[] = "/tmp/lx-test-store-XXXXXX";
	_cleanup_free_ char *conf = NULL, *text = NULL;

	assert_non_null(f);
	assert_non_null(mkdtemp(directory));
	f->top = strdup(directory);
	f->fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	text = str_format("[paths]\ncontainers = %s/store\nrun = %s/run\n", directory, directory);
	put(f, "lx.conf", text);
	conf = str_format("%s/lx.conf", directory);
	setenv("LX_CONFIG", conf, 1);

	make(f, "store/web");
	put(f, "store/web/config", "[container]\nhostname = one\n");
	make(f, "store/db.example");
	put(f, "store/db.example/config", "");
	make(f, "store/half");
	put(f, "store/half/config", "");
	put(f, "store/half/partial", "");
	make(f, "store/empty");
	make(f, "store/.hidden");
	put(f, "store/.hidden/config", "");
	put(f, "store/file", "");
	assert_int_equal(symlinkat("store", f->fd, "link"), 0);
	make(f, "other/web");
	put(f, "other/web/config", "");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	unsetenv("LX_CONFIG");
	close_fd(f->fd);
	tree_remove(AT_FDCWD, f->top, NULL);
	free(f->top);
	free(f);
	return 0;
}

static void test_store_lists_whole_containers_sorted(void **state)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(lx_store_list(NULL, &names, NULL), 0);
	text = strv_join(names, " ");
	assert_string_equal(text, "db.example web");
}

static void test_store_that_is_missing_is_empty(void **state)
{
	_cleanup_free_ char *path = str_format("%s/nowhere", ((struct fixture *)*state)->top);
	_cleanup_strv_ char **names = NULL;

	assert_int_equal(lx_store_list(path, &names, NULL), 0);
	assert_int_equal(strv_length(names), 0);
}

static void test_container_of_the_configured_store_has_the_short_name(void **state)
{
	_cleanup_container_ struct lx_container *c = NULL;
	_cleanup_free_ char *run = str_format("%s/run/web", ((struct fixture *)*state)->top);

	assert_int_equal(lx_container_open(NULL, "web", &c, NULL), 0);
	assert_string_equal(lx_container_name(c), "web");
	assert_string_equal(c->run_id, "web");
	assert_string_equal(c->run_directory, run);
}

/* However the store is written, it is one run. */
static void test_container_store_has_one_spelling(void **state)
{
	static const char *const spellings[] = { "store", "store/", "store//", "other/../store", "link" };
	const struct fixture *f = *state;

	for (size_t i = 0; i < array_size(spellings); i++) {
		_cleanup_free_ char *path = str_format("%s/%s", f->top, spellings[i]);
		_cleanup_container_ struct lx_container *c = NULL;

		assert_int_equal(lx_container_open(path, "web", &c, NULL), 0);
		assert_string_equal(c->run_id, "web");
	}
	assert_int_equal(chdir(f->top), 0);
	for (size_t i = 0; i < array_size(spellings); i++) {
		_cleanup_container_ struct lx_container *c = NULL;

		assert_int_equal(lx_container_open(spellings[i], "web", &c, NULL), 0);
		assert_string_equal(c->run_id, "web");
	}
	assert_int_equal(chdir("/"), 0);
}

static void test_container_of_another_store_has_another_run(void **state)
{
	_cleanup_free_ char *path = str_format("%s/other", ((struct fixture *)*state)->top);
	_cleanup_container_ struct lx_container *c = NULL;

	assert_int_equal(lx_container_open(path, "web", &c, NULL), 0);
	assert_string_not_equal(c->run_id, "web");
	assert_non_null(str_after(c->run_id, "web_"));
	assert_non_null(strstr(c->run_directory, "/run/_"));
	assert_true(str_ends_with(c->run_directory, "/web"));
	assert_string_equal(lx_container_path(c), path);
}

static void test_container_that_is_not_whole_is_not_opened(void **state)
{
	static const char *const names[] = { "half", "empty", "file", "nope" };

	(void)state;
	for (size_t i = 0; i < array_size(names); i++) {
		struct lx_container *c = NULL;

		assert_int_equal(lx_container_open(NULL, names[i], &c, NULL), -ENOENT);
		assert_null(c);
	}
}

static void test_container_definitions_lie_over_the_file(void **state)
{
	_cleanup_container_ struct lx_container *c = NULL;
	const struct lx_config *config;

	(void)state;
	assert_int_equal(lx_container_open(NULL, "web", &c, NULL), 0);
	assert_int_equal(lx_container_config(c, &config, NULL), 0);
	assert_string_equal(config->container.hostname, "one");
	assert_int_equal(lx_container_define(c, "container.hostname=two", NULL), 0);
	assert_int_equal(lx_container_config(c, &config, NULL), 0);
	assert_string_equal(config->container.hostname, "two");
	assert_int_equal(lx_container_define(c, "hostname", NULL), -EINVAL);
	assert_int_equal(lx_container_define(c, "a=b.c", NULL), -EINVAL);
	assert_int_equal(lx_container_define(c, "=", NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_store_lists_whole_containers_sorted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_store_that_is_missing_is_empty, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_container_of_the_configured_store_has_the_short_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_container_store_has_one_spelling, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_container_of_another_store_has_another_run, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_container_that_is_not_whole_is_not_opened, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_container_definitions_lie_over_the_file, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
