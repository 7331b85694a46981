/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files to values: drop-ins, includes, assignments, origins; and every sentence about a mistake, as golden files. */
#include "unit.h"

#include <ftw.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "config/check.h"
#include "config/config.h"
#include "unit/config-text.h"

/* ---- golden files: tests/data/config/NAME.conf has the mistakes of NAME.expected ---- */

static char *data_path(const char *name)
{
	const char *top = getenv("top_srcdir");

	return str_format("%s/tests/data/config/%s", top ? top : ".", name);
}

static char *find_mistakes(const char *name)
{
	_cleanup_free_ char *file = data_path(name), *directory = data_path("");
	_cleanup_config_ struct lx_config *config = NULL;
	_cleanup_strv_ char **problems = NULL, **lines = NULL;
	struct lx_error err = { 0 };

	assert_done(lx_config_load_all(file, &config, &problems, &err), &err);
	assert_done(lx_config_verify(config, &problems, &err), &err);
	strv_for_each(problem, problems) {
		_cleanup_free_ char *line = strdup(problem);
		char *p;

		/* the directory of the sources is not part of the sentence */
		while ((p = strstr(line, directory)))
			memmove(p, p + strlen(directory), strlen(p + strlen(directory)) + 1);
		assert_return_code(strv_appendf(&lines, "%s\n", line), 0);
	}
	return lines ? strv_join(lines, "") : strdup("");
}

static void check_golden(const char *name)
{
	_cleanup_free_ char *found = find_mistakes(name);
	_cleanup_free_ char *stem = strndup(name, strlen(name) - strlen(".conf")), *wanted = NULL;
	_cleanup_free_ char *expected_name = str_format("%s.expected", stem), *expected = data_path(expected_name);
	size_t size;

	assert_return_code(file_read(AT_FDCWD, expected, FILE_TEXT_MAX, &wanted, &size), 0);
	if (!str_equal(found, wanted))
		fail_msg("%s: these are the mistakes:\n%s", name, found);
}

static void test_read_explains_every_mistake(void **state _unused_)
{
	_cleanup_free_ char *path = data_path("");
	_cleanup_free_ char *settings = data_path("host.settings");
	_cleanup_closedir_ DIR *dir = opendir(path);
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	/* the directories that are named in a sentence do not depend on how lx was configured */
	setenv("LX_CONFIG", settings, 1);
	while ((entry = readdir(dir)))
		if (str_ends_with(entry->d_name, ".conf")) {
			check_golden(entry->d_name);
			n++;
		}
	unsetenv("LX_CONFIG");
	assert_true(n > 5);
}

/* ---- a directory of files for each test ---- */

struct place {
	char path[UNIT_PATH_MAX];
	int fd;
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	place->fd = unit_directory(place->path);
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

	close(place->fd);
	nftw(place->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(place);
	return 0;
}

static char *in(const struct place *place, const char *name)
{
	return str_format("%s/%s", place->path, name);
}

static struct lx_config *load(const struct place *place, char *const *assignments)
{
	_cleanup_free_ char *file = in(place, "config");
	struct lx_config *config = NULL;
	struct lx_error err = { 0 };

	assert_done(lx_config_load(file, assignments, &config, &err), &err);
	return config;
}

static void expect_failure(const struct place *place, int code, const char *part)
{
	_cleanup_free_ char *file = in(place, "config");
	struct lx_config *config = NULL;
	struct lx_error err = { 0 };

	assert_int_equal(lx_config_load(file, NULL, &config, &err), code);
	assert_contains(err.text, part);
}

static void test_read_takes_the_example(void **state _unused_)
{
	_cleanup_free_ char *file = data_path("example.conf");
	_cleanup_config_ struct lx_config *config = NULL;
	struct lx_error err = { 0 };

	assert_done(lx_config_load(file, NULL, &config, &err), &err);
	assert_string_equal(config->container.hostname, "web");
	assert_int_equal(config->container.stop_signal, 0);
	assert_int_equal(config->container.stop_timeout, 30 * USEC_PER_SEC);
	assert_int_equal(config->networks.n, 1);
	assert_string_equal(config->networks.items[0].label, "eth0");
	assert_string_equal(config->networks.items[0].ipv4_address[0], "10.0.5.20/24");
	assert_int_equal(strv_length(config->mounts.items[0].options), 3);
	assert_string_equal(config->hook.commands[LX_HOOK_PRE_START][0], "/etc/lx/hooks/notify");
}

static void test_read_drop_ins_change_one_section_in_name_order(void **state)
{
	struct place *place = *state;
	_cleanup_config_ struct lx_config *config = NULL;
	char text[256];

	unit_write(place->fd, "config", "[network eth0]\nmtu = 1000\nlink = br1\nipv4.address = 10.0.0.1/8\n[network eth1]\n");
	mkdirat(place->fd, "config.d", 0755);
	unit_write(place->fd, "config.d/20-b.conf", "[network eth0]\nmtu = 3000\nipv4.address =\nipv4.address = 10.0.0.3/8\n");
	unit_write(place->fd, "config.d/10-a.conf", "[network eth0]\nmtu = 2000\nipv4.address = 10.0.0.2/8\n");
	unit_write(place->fd, "config.d/.hidden.conf", "nonsense\n");
	unit_write(place->fd, "config.d/readme", "nonsense\n");
	config = load(place, NULL);
	assert_int_equal(config->networks.n, 2);
	assert_int_equal(config->networks.items[0].mtu, 3000);
	assert_string_equal(config->networks.items[0].link, "br1");
	assert_int_equal(strv_length(config->networks.items[0].ipv4_address), 1);
	assert_string_equal(config->networks.items[0].ipv4_address[0], "10.0.0.3/8");
	assert_contains(lx_config_origin(config, "network.eth0.mtu", text, sizeof(text)), "/config.d/20-b.conf:2");
	assert_contains(lx_config_origin(config, "network.eth0.link", text, sizeof(text)), "/config:3");
	assert_contains(lx_config_origin(config, "network.eth1.mac", text, sizeof(text)), "/config:5");
	assert_true(str_ends_with(lx_config_origin(config, "container.init", text, sizeof(text)), "/config"));
}

static void test_read_includes_beside_the_file_and_below_the_host_directories(void **state)
{
	struct place *place = *state;
	_cleanup_config_ struct lx_config *config = NULL;
	_cleanup_free_ char *settings = in(place, "lx.conf");
	_cleanup_free_ char *text = str_format("[paths]\nshare = %s/share\nconfig = %s/etc\n", place->path, place->path);

	mkdirat(place->fd, "share", 0755);
	mkdirat(place->fd, "share/config", 0755);
	mkdirat(place->fd, "etc", 0755);
	unit_write(place->fd, "lx.conf", text);
	unit_write(place->fd, "near.conf", "[cgroup]\npids.max = 1\nmemory.max = 1M\n");
	unit_write(place->fd, "share/config/profile.conf", "include = deeper.conf\n[cgroup]\npids.max = 2\n");
	unit_write(place->fd, "share/config/deeper.conf", "[cgroup]\ncpu.weight = 7\n");
	unit_write(place->fd, "etc/local.conf", "[cgroup]\npids.max = 3\n");
	unit_write(place->fd, "config", "include = near.conf\ninclude = profile.conf\ninclude = local.conf\n[cgroup]\nio.weight = 5\n");
	setenv("LX_CONFIG", settings, 1);
	config = load(place, NULL);
	unsetenv("LX_CONFIG");
	assert_string_equal(config->cgroup.memory_max, "1M");
	assert_string_equal(config->cgroup.pids_max, "3");
	assert_string_equal(config->cgroup.cpu_weight, "7");
	assert_string_equal(config->cgroup.io_weight, "5");
}

static void test_read_mistake_in_an_included_file_names_that_file(void **state)
{
	struct place *place = *state;
	_cleanup_free_ char *wanted = str_format("%s/near.conf:2: [cgroup]: unknown key \"pids\"; did you mean \"pids.max\"?", place->path);

	unit_write(place->fd, "near.conf", "[cgroup]\npids = 1\n");
	unit_write(place->fd, "config", "include = near.conf\n");
	expect_failure(place, -EINVAL, wanted);
}

static void test_read_refuses_loops_and_depth(void **state)
{
	struct place *place = *state;

	unit_write(place->fd, "a.conf", "include = b.conf\n");
	unit_write(place->fd, "b.conf", "include = a.conf\n");
	unit_write(place->fd, "config", "include = a.conf\n");
	expect_failure(place, -ELOOP, "/b.conf:1: ");
	expect_failure(place, -ELOOP, "/a.conf: this file includes itself");
	for (int i = 0; i < 12; i++) {
		_cleanup_free_ char *name = str_format("n%d.conf", i), *text = str_format("include = n%d.conf\n", i + 1);

		unit_write(place->fd, name, text);
	}
	unit_write(place->fd, "config", "include = n0.conf\n");
	expect_failure(place, -ELOOP, "more than 8 deep");
}

static void test_read_refuses_what_is_no_text_file(void **state)
{
	struct place *place = *state;
	int fd;

	expect_failure(place, -ENOENT, "/config: No such file or directory");
	mkdirat(place->fd, "config", 0755);
	expect_failure(place, -EINVAL, "this is not a regular file");
	unlinkat(place->fd, "config", AT_REMOVEDIR);
	mkfifoat(place->fd, "config", 0644);
	expect_failure(place, -EINVAL, "this is not a regular file");
	unlinkat(place->fd, "config", 0);
	fd = openat(place->fd, "config", O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write(fd, "[cgroup]\n\0x = y\n", 16), 16);
	close(fd);
	expect_failure(place, -EINVAL, "zero byte");
}

static void test_read_assignments_are_laid_over_the_files(void **state)
{
	struct place *place = *state;
	char *const good[] = { (char *)"cgroup.pids.max = 9", (char *)"network.eth0.100.mtu=1400", NULL };
	char *const bad[] = { (char *)"cgroup.pids.max=lots", NULL };
	_cleanup_config_ struct lx_config *config = NULL;
	_cleanup_free_ char *file = in(place, "config");
	struct lx_config *none = NULL;
	struct lx_error err = { 0 };
	char text[64];

	unit_write(place->fd, "config", "[cgroup]\npids.max = 1\n");
	config = load(place, good);
	assert_string_equal(config->cgroup.pids_max, "9");
	assert_string_equal(config->networks.items[0].label, "eth0.100");
	assert_int_equal(config->networks.items[0].mtu, 1400);
	assert_string_equal(lx_config_origin(config, "cgroup.pids.max", text, sizeof(text)), "the command line");
	assert_int_equal(lx_config_load(file, bad, &none, &err), -EINVAL);
	assert_string_equal(err.text, "cgroup.pids.max = lots: expected max or a number");
}

static void test_read_settings_from_the_named_file(void **state)
{
	struct place *place = *state;
	_cleanup_free_ char *file = in(place, "lx.conf");
	struct lx_settings *settings = NULL;
	struct lx_error err = { 0 };

	setenv("LX_CONFIG", file, 1);
	assert_int_equal(lx_settings_load(&settings, &err), -ENOENT);
	unit_write(place->fd, "lx.conf", "[paths]\ncontainers = /srv/lx\n[network]\nbridge = br7\n");
	assert_done(lx_settings_load(&settings, &err), &err);
	unsetenv("LX_CONFIG");
	assert_string_equal(settings->paths.containers, "/srv/lx");
	assert_string_equal(settings->network.bridge, "br7");
	assert_string_equal(settings->paths.run, LX_RUNDIR);
	assert_true(settings->network.nat);
	lx_settings_free(settings);
}

static void test_read_written_text_is_the_same_configuration(void **state)
{
	struct place *place = *state;
	_cleanup_free_ char *example = data_path("example.conf"), *text = NULL, *again = NULL;
	_cleanup_config_ struct lx_config *config = NULL, *second = NULL;
	struct lx_error err = { 0 };

	assert_done(lx_config_load(example, (char *const[]){ (char *)"container.description=a ; \"b\" # c", NULL }, &config, &err), &err);
	text = config_text(config);
	assert_non_null(text);
	unit_write(place->fd, "config", text);
	second = load(place, NULL);
	assert_string_equal(second->container.description, "a ; \"b\" # c");
	again = config_text(second);
	assert_non_null(again);
	assert_string_equal(text, again);
}

#define IN_PLACE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

UNIT_MAIN(UNIT(test_read_explains_every_mistake), UNIT(test_read_takes_the_example),
	  IN_PLACE(test_read_drop_ins_change_one_section_in_name_order),
	  IN_PLACE(test_read_includes_beside_the_file_and_below_the_host_directories),
	  IN_PLACE(test_read_mistake_in_an_included_file_names_that_file), IN_PLACE(test_read_refuses_loops_and_depth),
	  IN_PLACE(test_read_refuses_what_is_no_text_file), IN_PLACE(test_read_assignments_are_laid_over_the_files),
	  IN_PLACE(test_read_settings_from_the_named_file), IN_PLACE(test_read_written_text_is_the_same_configuration))
