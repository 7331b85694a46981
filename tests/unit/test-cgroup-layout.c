/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which groups a container gets, what a guest is shown, and where a process is. */
#include "unit.h"

#include "base/str.h"
#include "base/strv.h"
#include "cgroup/driver.h"

#include "cgroup-host.h"

static void test_cgroup_leaves_are_where_entering_is_cheap(void **state _unused_)
{
	assert_string_equal(lx_cgroup_leaves_hierarchy(&host_hybrid)->options, "none,name=systemd");
	assert_true(lx_cgroup_leaves_hierarchy(&host_unified)->unified);
	assert_string_equal(lx_cgroup_leaves_hierarchy(&host_legacy)->options, "freezer");
	assert_null(lx_cgroup_leaves_hierarchy(&host_none));
}

static void test_cgroup_paths_is_one_name(void **state _unused_)
{
	_cleanup_strv_ char **paths = NULL, **none = NULL;

	assert_int_equal(lx_cgroup_paths(&host_hybrid, "web", &paths, NULL), 0);
	assert_int_equal(strv_length(paths), 1);
	assert_string_equal(paths[0], "/lx/web");
	assert_int_equal(lx_cgroup_paths(&host_none, "web", &none, NULL), 0);
	assert_int_equal(strv_length(none), 0);
}

static void test_cgroup_hierarchies_shows_only_own_groups(void **state _unused_)
{
	static const char *const shown[] = { "memory", "devices", "blkio", "pids", "systemd", "unified" };
	struct lx_cgroup_hierarchy *h;
	size_t n;

	assert_int_equal(lx_cgroup_hierarchies(&host_hybrid, &h, &n, NULL), 0);
	assert_int_equal(n, array_size(shown));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(h[i].directory, shown[i]);
	lx_cgroup_hierarchies_free(h, n);
}

static void test_cgroup_view_follows_systemd(void **state _unused_)
{
	static const struct {
		const struct lx_host *host;
		unsigned version;
		enum lx_cgroup_view view;
	} rows[] = {
		{ &host_hybrid, 0, LX_VIEW_HYBRID },     { &host_hybrid, 219, LX_VIEW_LEGACY },
		{ &host_hybrid, 232, LX_VIEW_LEGACY },   { &host_hybrid, 233, LX_VIEW_HYBRID },
		{ &host_hybrid, 252, LX_VIEW_HYBRID },   { &host_hybrid, 255, LX_VIEW_HYBRID },
		{ &host_hybrid, 256, LX_VIEW_UNIFIED },  { &host_hybrid, 260, LX_VIEW_UNIFIED },
		{ &host_unified, 0, LX_VIEW_UNIFIED },   { &host_unified, 231, LX_VIEW_UNIFIED },
		{ &host_unified, 257, LX_VIEW_UNIFIED }, { &host_legacy, 0, LX_VIEW_LEGACY },
		{ &host_legacy, 252, LX_VIEW_LEGACY },   { &host_none, 252, LX_VIEW_NONE },
	};
	enum lx_cgroup_view view;

	for (size_t i = 0; i < array_size(rows); i++) {
		assert_int_equal(lx_cgroup_choose_view("auto", rows[i].host, rows[i].version, &view, NULL), 0);
		assert_int_equal(view, rows[i].view);
	}
}

static void test_cgroup_view_says_what_cannot_be(void **state _unused_)
{
	struct lx_host v2_with_v1 = host_unified;
	enum lx_cgroup_view view;
	struct lx_error err = { 0 };

	assert_int_equal(lx_cgroup_choose_view("auto", &host_legacy, 257, &view, &err), -EOPNOTSUPP);
	assert_contains(err.text, "systemd 257");
	assert_int_equal(lx_cgroup_choose_view(NULL, &host_unified, 219, &view, &err), -EOPNOTSUPP);
	assert_contains(err.text, "cgroup v1");
	v2_with_v1.cgroup_v1 = true;
	assert_int_equal(lx_cgroup_choose_view(NULL, &v2_with_v1, 219, &view, NULL), 0);
	assert_int_equal(view, LX_VIEW_LEGACY);
}

static void test_cgroup_view_can_be_wished(void **state _unused_)
{
	enum lx_cgroup_view view;

	for (int v = LX_VIEW_NONE; v <= LX_VIEW_UNIFIED; v++) {
		assert_int_equal(lx_cgroup_choose_view(lx_cgroup_view_name((enum lx_cgroup_view)v), &host_hybrid, 252, &view, NULL), 0);
		assert_int_equal((int)view, v);
	}
	assert_int_equal(lx_cgroup_choose_view("hybrid", &host_unified, 0, &view, NULL), -EOPNOTSUPP);
	assert_int_equal(lx_cgroup_choose_view("v3", &host_unified, 0, &view, NULL), -EINVAL);
}

static void assert_path(const char *text, const struct lx_host_hierarchy *h, const char *wanted)
{
	_cleanup_free_ char *path = NULL;

	assert_int_equal(lx_cgroup_self_path(text, h, &path), 0);
	if (wanted)
		assert_string_equal(path, wanted);
	else
		assert_null(path);
}

static void test_cgroup_self_finds_each_hierarchy(void **state _unused_)
{
	static const char text[] = "9:name=systemd:/lx/web/payload\n8:cpu,cpuacct:/a\n4:memory:/b:c\n0::/lx/web\n";
	static const struct lx_host_hierarchy systemd = { .options = "none,name=systemd" }, cpu = { .options = "cpu,cpuacct" },
					      half = { .options = "cpu" }, memory = { .options = "memory" },
					      v2 = { .unified = true };

	assert_path(text, &systemd, "/lx/web/payload");
	assert_path(text, &cpu, "/a");
	assert_path(text, &half, NULL);
	assert_path(text, &memory, "/b:c");
	assert_path(text, &v2, "/lx/web");
	assert_path("", &v2, NULL);
	assert_path("broken\n0::/", &v2, "/");
}

UNIT_MAIN(UNIT(test_cgroup_leaves_are_where_entering_is_cheap), UNIT(test_cgroup_paths_is_one_name),
	  UNIT(test_cgroup_hierarchies_shows_only_own_groups), UNIT(test_cgroup_view_follows_systemd),
	  UNIT(test_cgroup_view_says_what_cannot_be), UNIT(test_cgroup_view_can_be_wished),
	  UNIT(test_cgroup_self_finds_each_hierarchy))
