/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx_config_*() of lx.h on a container in a store of the test's own. */
#include "unit.h"

#include <ftw.h>

#include "base/str.h"
#include "base/strv.h"
#include "container/container.h"

struct place {
	char path[UNIT_PATH_MAX];
	int fd;
	struct lx_container *c;
};

static void make_container(const struct place *place, const char *name, const char *text)
{
	_cleanup_free_ char *directory = str_format("store/%s", name), *file = str_format("store/%s/config", name);

	assert_return_code(mkdirat(place->fd, directory, 0700), 0);
	unit_write(place->fd, file, text);
}

static struct lx_container *open_container(const struct place *place, const char *name)
{
	_cleanup_free_ char *store = str_format("%s/store", place->path);
	struct lx_container *c = NULL;
	struct lx_error err = { 0 };

	assert_done(lx_container_open(store, name, &c, &err), &err);
	return c;
}

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	char text[512], file[UNIT_PATH_MAX + 16];

	place->fd = unit_directory(place->path);
	snprintf(text, sizeof(text), "[paths]\ncontainers = %s/store\nrun = %s/run\nlog = %s/log\n", place->path, place->path, place->path);
	unit_write(place->fd, "lx.conf", text);
	snprintf(file, sizeof(file), "%s/lx.conf", place->path);
	setenv("LX_CONFIG", file, 1);
	mkdirat(place->fd, "store", 0755);
	make_container(place, "web", "[rootfs]\npath = /srv/web\n[network eth0]\nmtu = 1400\n[container]\nenvironment = A=1\nenvironment = B=2\n");
	place->c = open_container(place, "web");
	*state = place;
	return 0;
}

static int remove_one(const char *path, const struct stat *st _unused_, int type _unused_, struct FTW *ftw _unused_)
{
	return remove(path);
}

static int tear_down(void **state)
{
	struct place *place = *state;

	lx_container_close(place->c);
	close(place->fd);
	nftw(place->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	unsetenv("LX_CONFIG");
	free(place);
	return 0;
}

static void expect_key(struct lx_container *c, const char *key, const char *wanted)
{
	_cleanup_free_ char *value = NULL;
	struct lx_error err = { 0 };

	assert_done(lx_config_get(c, key, &value, &err), &err);
	assert_string_equal(value, wanted);
}

static void test_verbs_get(void **state)
{
	struct place *place = *state;
	struct lx_error err = { 0 };
	char *value = NULL;

	expect_key(place->c, "network.eth0.mtu", "1400");
	expect_key(place->c, "network.eth0.type", "veth");
	expect_key(place->c, "container.environment", "A=1\nB=2");
	expect_key(place->c, "container.hostname", "");
	assert_int_equal(lx_config_get(place->c, "network.eth7.mtu", &value, &err), -ENOENT);
	assert_string_equal(err.text, "there is no [network eth7]");
	assert_int_equal(lx_config_get(place->c, "network.eth0.adress", &value, &err), -ENOENT);
}

static void test_verbs_set_is_seen_by_the_same_container(void **state)
{
	struct place *place = *state;
	struct lx_error err = { 0 };

	expect_key(place->c, "network.eth0.mtu", "1400");
	assert_done(lx_config_set(place->c, "network.eth0.mtu", "9000", false, &err), &err);
	expect_key(place->c, "network.eth0.mtu", "9000");
	assert_done(lx_config_set(place->c, "container.environment", "C=3", true, &err), &err);
	expect_key(place->c, "container.environment", "A=1\nB=2\nC=3");
	assert_done(lx_config_unset(place->c, "network.eth0.mtu", &err), &err);
	expect_key(place->c, "network.eth0.mtu", "");
}

static void test_verbs_list_set_values_with_origins(void **state)
{
	struct place *place = *state;
	_cleanup_strv_ char **lines = NULL, **all = NULL;
	_cleanup_free_ char *text = NULL, *wanted = NULL;
	struct lx_error err = { 0 };

	assert_done(lx_config_list(place->c, false, true, &lines, &err), &err);
	text = strv_join(lines, "\n");
	wanted = str_format("container.environment = A=1  ; %1$s/store/web/config:7\n"
			    "container.environment = B=2  ; %1$s/store/web/config:7\n"
			    "rootfs.path = /srv/web  ; %1$s/store/web/config:2\n"
			    "network.eth0.mtu = 1400  ; %1$s/store/web/config:4",
			    place->path);
	assert_string_equal(text, wanted);
	assert_done(lx_config_list(place->c, true, false, &all, &err), &err);
	assert_true(strv_contains(all, "container.stop-timeout = 30s"));
}

static void test_verbs_diff(void **state)
{
	struct place *place = *state;
	_cleanup_strv_ char **own = NULL, **both = NULL;
	_cleanup_free_ char *text = NULL, *pair = NULL;
	_cleanup_container_ struct lx_container *other = NULL;
	struct lx_error err = { 0 };

	assert_done(lx_config_diff(place->c, NULL, &own, &err), &err);
	text = strv_join(own, "\n");
	assert_string_equal(text, "+ container.environment = A=1\n+ container.environment = B=2\n+ rootfs.path = /srv/web\n"
				  "+ network.eth0.mtu = 1400");
	make_container(place, "db", "[rootfs]\npath = /srv/db\n[network eth0]\nmtu = 1400\n[container]\nenvironment = A=1\n");
	other = open_container(place, "db");
	assert_done(lx_config_diff(place->c, other, &both, &err), &err);
	pair = strv_join(both, "\n");
	assert_string_equal(pair, "- container.environment = B=2\n- rootfs.path = /srv/web\n+ rootfs.path = /srv/db");
}

static void test_verbs_check_counts_mistakes(void **state)
{
	struct place *place = *state;
	_cleanup_container_ struct lx_container *bad = NULL;
	_cleanup_strv_ char **none = NULL, **problems = NULL;
	struct lx_error err = { 0 };

	assert_int_equal(lx_config_check(place->c, &none, &err), 0);
	assert_non_null(none);
	make_container(place, "bad", "[network eth0]\nmtu = 1\ntype = x\n");
	bad = open_container(place, "bad");
	assert_int_equal(lx_config_check(bad, &problems, &err), 3);
}

static void test_verbs_host_value(void **state)
{
	struct place *place = *state;
	_cleanup_free_ char *value = NULL, *wanted = str_format("%s/run", place->path);
	struct lx_error err = { 0 };

	assert_done(lx_host_config_get("paths.run", &value, &err), &err);
	assert_string_equal(value, wanted);
}

#define IN_PLACE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

UNIT_MAIN(IN_PLACE(test_verbs_get), IN_PLACE(test_verbs_set_is_seen_by_the_same_container),
	  IN_PLACE(test_verbs_list_set_values_with_origins), IN_PLACE(test_verbs_diff), IN_PLACE(test_verbs_check_counts_mistakes),
	  IN_PLACE(test_verbs_host_value))
