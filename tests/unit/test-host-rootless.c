/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A user who is not root: the map of the user's namespace, whose ids are whose, and where the user's files are. */
#include "unit.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/rootless.h"
#include "base/str.h"
#include "base/tree.h"
#include "config/config.h"
#include "config/schema.h"
#include "host/host.h"

static void map_is(const char *subid, uint32_t own, const char *expected)
{
	lx_subid_pool spans = { 0 };
	id_ranges map = { 0 };
	char text[256] = "";

	assert_int_equal(lx_subid_spans_parse(subid, "alice", own, &spans), 0);
	assert_int_equal(lx_rootless_map_build(own, &spans, &map), 0);
	vec_for_each(line, &map)
		sprintf(text + strlen(text), "%u:%u+%u ", line->inside, line->outside, line->size);
	vec_done(&spans);
	vec_done(&map);
	assert_string_equal(text, expected);
}

static void test_rootless_map_is_the_user_and_then_the_spans(void **state)
{
	(void)state;
	map_is("", 1000, "0:1000+1 ");
	map_is("alice:100000:65536\n", 1000, "0:1000+1 1:100000+65536 ");
	map_is("1000:100000:65536\n", 1000, "0:1000+1 1:100000+65536 ");
	map_is("bob:5:5\nalice:300000:10\nroot:1:5\n1000:200000:20\n", 1000, "0:1000+1 1:300000+10 11:200000+20 ");
}

/* The kernel maps no id twice. */
static void test_rootless_map_leaves_out_a_span_with_the_user_in_it(void **state)
{
	(void)state;
	map_is("alice:900:200\nalice:200000:20\n", 1000, "0:1000+1 1:200000+20 ");
	map_is("alice:1000:1\n", 1000, "0:1000+1 ");
	map_is("alice:1:4294967290\nalice:1:4294967290\n", 0, "0:0+1 1:1+4294967290 ");
}

static void load(const char *text, id_ranges *ret)
{
	assert_int_equal(lx_rootless_map_parse(text, ret), 0);
}

static int64_t entered(const id_ranges *map, uint32_t outside, uint32_t size)
{
	struct id_range range = { 0, outside, size };
	int r = lx_rootless_map_enter(map, &range);

	return r < 0 ? r : (int64_t)range.outside;
}

static void test_rootless_map_enters_with_subordinate_ids_only(void **state)
{
	id_ranges map = { 0 };

	(void)state;
	load("         0       1000          1\n         1     100000      65536\n     65537     300000         10\n", &map);
	assert_int_equal(map.n, 3);
	assert_int_equal(entered(&map, 100000, 65536), 1);
	assert_int_equal(entered(&map, 100005, 1), 6);
	assert_int_equal(entered(&map, 300000, 10), 65537);
	/* the user, a neighbour, one too many, none at all */
	assert_int_equal(entered(&map, 1000, 1), -ERANGE);
	assert_int_equal(entered(&map, 99999, 2), -ERANGE);
	assert_int_equal(entered(&map, 300000, 11), -ERANGE);
	assert_int_equal(entered(&map, 0, 1), -ERANGE);
	assert_int_equal(entered(&map, 4294967295U, 4294967295U), -ERANGE);
	vec_done(&map);
}

static void test_rootless_map_leaves_by_the_way_it_entered(void **state)
{
	id_ranges map = { 0 };

	(void)state;
	load("0 1000 1\n1 100000 65536\n", &map);
	assert_int_equal(lx_rootless_map_leave(&map, 0), 1000);
	assert_int_equal(lx_rootless_map_leave(&map, 1), 100000);
	assert_int_equal(lx_rootless_map_leave(&map, 65536), 165535);
	assert_int_equal(lx_rootless_map_leave(&map, 65537), 65537);
	vec_done(&map);
}

static void test_rootless_map_refuses_what_is_no_map(void **state)
{
	id_ranges map = { 0 };

	(void)state;
	assert_int_equal(lx_rootless_map_parse("0 1000\n", &map), -EINVAL);
	vec_done(&map);
}

/* ---- where files are ----------------------------------------------------------------------------------------- */

static int with_home(void **state)
{
	static const char *const variables[] = { "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME",
						 "XDG_RUNTIME_DIR" };

	(void)state;
	for (size_t i = 0; i < array_size(variables); i++)
		unsetenv(variables[i]);
	return setenv("HOME", "/home/alice", 1);
}

static void path_is(enum lx_user_path which, const char *name, const char *expected)
{
	_cleanup_free_ char *path = NULL;
	struct lx_error err = { 0 };

	assert_done(lx_user_path(which, name, &path, &err), &err);
	assert_string_equal(path, expected);
}

static void test_user_paths_are_those_of_the_specification(void **state)
{
	(void)state;
	path_is(LX_USER_CONFIG, "lx.conf", "/home/alice/.config/lx/lx.conf");
	path_is(LX_USER_DATA, "containers", "/home/alice/.local/share/lx/containers");
	path_is(LX_USER_CACHE, "images", "/home/alice/.cache/lx/images");
	path_is(LX_USER_STATE, "log", "/home/alice/.local/state/lx/log");
	path_is(LX_USER_RUN, "", "/home/alice/.local/state/lx/run");

	setenv("XDG_RUNTIME_DIR", "/run/user/1000", 1);
	setenv("XDG_DATA_HOME", "not/absolute", 1);
	setenv("XDG_CACHE_HOME", "/scratch", 1);
	path_is(LX_USER_RUN, "", "/run/user/1000/lx");
	path_is(LX_USER_DATA, "containers", "/home/alice/.local/share/lx/containers");
	path_is(LX_USER_CACHE, "images", "/scratch/lx/images");
}

static void test_user_paths_need_a_home(void **state)
{
	struct lx_error err = { 0 };
	char *path;

	(void)state;
	unsetenv("HOME");
	assert_int_equal(lx_user_path(LX_USER_DATA, "", &path, &err), -ENOENT);
	assert_string_equal(err.text, "neither XDG_DATA_HOME nor HOME says where a user's containers are");
}

static void settings_are(const char *key, const char *file, const char *host_file, const char *expected)
{
	struct lx_settings s = { .paths.containers = strdup("/set") };
	struct lx_error err = { 0 };

	if (file)
		assert_int_equal(lx_origins_set(&s.origins, key, file, 1), 0);
	assert_done(lx_settings_use_user_paths(&s, host_file, &err), &err);
	assert_string_equal(s.paths.containers, expected);
	free(s.paths.containers);
	free(s.paths.images);
	free(s.paths.cache);
	free(s.paths.run);
	free(s.paths.log);
	free(s.paths.config);
	lx_origins_done(&s.origins);
}

/* What the host's file says of paths is for root; what the user says holds. */
static void test_user_settings_beat_those_of_the_host(void **state)
{
	static const char theirs[] = "/home/alice/.local/share/lx/containers";

	(void)state;
	settings_are("paths.containers", NULL, "/etc/lx/lx.conf", theirs);
	settings_are("paths.containers", "/etc/lx/lx.conf", "/etc/lx/lx.conf", theirs);
	settings_are("paths.containers", "/etc/lx/lx.conf.d/a.conf", "/etc/lx/lx.conf", theirs);
	settings_are("paths.containers", "/home/alice/.config/lx/lx.conf", "/etc/lx/lx.conf", "/set");
	settings_are("paths.containers", "/tmp/lx.conf", NULL, "/set");
}

/* ---- control groups ------------------------------------------------------------------------------------------ */

#define POINT "/sys/fs/cgroup"

/* The group at path, with its cgroup.procs; owner -1: ours. */
static void make_group(int root_fd, const char *path, int owner)
{
	_cleanup_free_ char *group = str_format("sys/fs/cgroup%s", path);
	_cleanup_free_ char *procs = str_format("%s/cgroup.procs", group);

	assert_int_equal(file_mkdir_parents(root_fd, group, 0755), 0);
	unit_write(root_fd, procs, "");
	assert_int_equal(fchownat(root_fd, group, (uid_t)owner, (gid_t)-1, 0), 0);
	assert_int_equal(fchownat(root_fd, procs, (uid_t)owner, (gid_t)-1, 0), 0);
}

static void delegated_is(int root_fd, const char *own, const char *expected)
{
	struct lx_host host = {
		.cgroup_layout = LX_CGROUP_HYBRID,
		.hierarchies = { { .point = "/v1", .options = "memory" }, { .point = POINT, .unified = true } },
		.n_hierarchies = 2,
	};

	unit_write(root_fd, "proc/self/cgroup", own);
	lx_host_keep_delegated(root_fd, &host);
	if (!expected) {
		assert_int_equal(host.cgroup_layout, LX_CGROUP_NONE);
		assert_int_equal(host.n_hierarchies, 0);
		return;
	}
	assert_int_equal(host.cgroup_layout, LX_CGROUP_UNIFIED);
	assert_int_equal(host.n_hierarchies, 1);
	assert_string_equal(host.hierarchies[0].base, expected);
	assert_string_equal(host.hierarchies[0].point + strlen(POINT), expected);
}

static void test_rootless_has_the_topmost_group_that_is_its_own(void **state)
{
	char path[UNIT_PATH_MAX];
	_cleanup_close_ int root_fd = unit_directory(path);

	(void)state;
	if (geteuid() != 0) /* others cannot make groups of others */
		skip();
	assert_int_equal(file_mkdir_parents(root_fd, "proc/self", 0755), 0);
	make_group(root_fd, "/user.slice", 12345);
	make_group(root_fd, "/user.slice/session-1.scope", 12345);
	make_group(root_fd, "/user.slice/user@1.service", -1);
	make_group(root_fd, "/user.slice/user@1.service/app.slice", -1);
	make_group(root_fd, "/user.slice/user@1.service/app.slice/shell", -1);
	make_group(root_fd, "/user.slice/user@1.service/theirs", 12345);
	make_group(root_fd, "/user.slice/user@1.service/theirs/ours", -1);

	delegated_is(root_fd, "3:memory:/x\n0::/user.slice/user@1.service/app.slice/shell\n", "/user.slice/user@1.service");
	delegated_is(root_fd, "0::/user.slice/user@1.service\n", "/user.slice/user@1.service");
	/* with a gap, the part below it */
	delegated_is(root_fd, "0::/user.slice/user@1.service/theirs/ours\n", "/user.slice/user@1.service/theirs/ours");
	delegated_is(root_fd, "0::/user.slice/user@1.service/theirs\n", NULL);
	delegated_is(root_fd, "0::/user.slice/session-1.scope\n", NULL);
	delegated_is(root_fd, "0::/\n", NULL);
	delegated_is(root_fd, "0::/gone\n", NULL);
	delegated_is(root_fd, "3:memory:/user.slice/user@1.service\n", NULL);
	delegated_is(root_fd, "", NULL);
	tree_remove(AT_FDCWD, path, NULL);
}

/* The mark counts in one namespace, which its inode names; never in the first one, where most who run this are. */
static void test_rootless_is_who_is_not_root(void **state)
{
	bool first;

	(void)state;
	setenv("LX_USER_NAMESPACE", "1", 1);
	assert_false(rootless_inside());
	assert_int_equal(rootless(), geteuid() != 0);
	assert_int_equal(rootless_mark(), 0);
	first = strcmp(getenv("LX_USER_NAMESPACE"), "4026531837") == 0;
	assert_int_equal(rootless_inside(), !first);
	assert_int_equal(rootless(), !first || geteuid() != 0);
	unsetenv("LX_USER_NAMESPACE");
	assert_false(rootless_inside());
}

#define AT_HOME(f) cmocka_unit_test_setup(f, with_home)

UNIT_MAIN(
	UNIT(test_rootless_map_is_the_user_and_then_the_spans),
	UNIT(test_rootless_map_leaves_out_a_span_with_the_user_in_it),
	UNIT(test_rootless_map_enters_with_subordinate_ids_only),
	UNIT(test_rootless_map_leaves_by_the_way_it_entered),
	UNIT(test_rootless_map_refuses_what_is_no_map),
	AT_HOME(test_user_paths_are_those_of_the_specification),
	AT_HOME(test_user_paths_need_a_home),
	AT_HOME(test_user_settings_beat_those_of_the_host),
	UNIT(test_rootless_has_the_topmost_group_that_is_its_own),
	UNIT(test_rootless_is_who_is_not_root))
