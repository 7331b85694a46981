/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of mounts, and what it asks of the kernel. */
#include "unit/unit.h"

#include <errno.h>
#include <linux/mount.h>

#include "base/str.h"
#include "fake/fake.h"
#include "rootfs/rootfs.h"

static const struct lx_mounts_facts all_own = { .own_net = true, .own_pid = true, .own_ipc = true };

static const struct lx_mount *find(const struct lx_mounts *mounts, const char *target, enum lx_mount_kind kind)
{
	vec_for_each(m, &mounts->list)
		if (str_equal(m->target, target) && m->kind == kind)
			return m;

	return NULL;
}

static void build(struct lx_config_mount *wishes, size_t n, const struct lx_mounts_facts *facts, struct lx_mounts *ret)
{
	struct lx_config config = { .mounts = { wishes, n } };
	struct lx_error error = { 0 };

	*ret = (struct lx_mounts) { 0 };
	assert_done(lx_mounts_build(&config, facts, ret, &error), &error);
}

static void test_sys_is_read_only_and_the_network_writable(void **state _unused_)
{
	struct lx_mounts mounts;

	build(NULL, 0, &all_own, &mounts);
	assert_true(find(&mounts, "sys", LX_MOUNT_NEW)->attr & MOUNT_ATTR_RDONLY);
	assert_true(find(&mounts, "proc/sys", LX_MOUNT_REMOUNT)->attr & MOUNT_ATTR_RDONLY);
	assert_false(find(&mounts, "proc/sys/net", LX_MOUNT_REMOUNT)->attr & MOUNT_ATTR_RDONLY);
	assert_true(find(&mounts, "proc/sys", LX_MOUNT_REMOUNT) < find(&mounts, "proc/sys/net", LX_MOUNT_REMOUNT));
	lx_mounts_done(&mounts);
}

static void test_a_shared_network_shows_the_hosts_sysfs(void **state _unused_)
{
	struct lx_mounts mounts;

	build(NULL, 0, &(struct lx_mounts_facts){ .own_pid = true, .own_ipc = true }, &mounts);
	assert_null(find(&mounts, "sys", LX_MOUNT_NEW));
	assert_string_equal(find(&mounts, "sys", LX_MOUNT_TREE)->source, "/sys");
	assert_null(find(&mounts, "proc/sys/net", LX_MOUNT_REMOUNT));
	lx_mounts_done(&mounts);
}

static void test_mount_words(void **state _unused_)
{
	char *options[] = { (char *)"bind", (char *)"ro", (char *)"optional", (char *)"create=dir", (char *)"idmap", NULL };
	struct lx_config_mount wish = { .label = (char *)"data", .source = (char *)"/srv", .target = (char *)"srv", .options = options };
	const struct lx_mount *m;
	struct lx_mounts mounts;

	build(&wish, 1, &all_own, &mounts);
	m = find(&mounts, "srv", LX_MOUNT_TREE);
	assert_non_null(m);
	assert_int_equal(m->attr, MOUNT_ATTR_RDONLY);
	assert_true(m->optional && m->create_dir && m->idmap && !m->recursive && !m->create_file);
	lx_mounts_done(&mounts);
}

static void test_other_words_go_to_the_file_system(void **state _unused_)
{
	char *options[] = { (char *)"nosuid", (char *)"size=10M", (char *)"mode=700", NULL };
	struct lx_config_mount wish = { .label = (char *)"t", .type = (char *)"tmpfs", .source = (char *)"tmpfs", .target = (char *)"t",
					.options = options };
	struct lx_mounts mounts;

	build(&wish, 1, &all_own, &mounts);
	assert_string_equal(find(&mounts, "t", LX_MOUNT_NEW)->options, "size=10M,mode=700");
	lx_mounts_done(&mounts);
}

static void test_a_bind_takes_no_file_system_options(void **state _unused_)
{
	char *options[] = { (char *)"size=10M", NULL };
	struct lx_config_mount wish = { .label = (char *)"t", .source = (char *)"/srv", .target = (char *)"t", .options = options };
	struct lx_config config = { .mounts = { &wish, 1 } };
	struct lx_mounts mounts = { 0 };
	struct lx_error error = { 0 };

	assert_int_equal(lx_mounts_build(&config, &all_own, &mounts, &error), -EINVAL);
	assert_contains(error.text, "\"size=10M\" has no meaning for a bind mount");
	lx_mounts_done(&mounts);
}

static void test_sources_are_opened_on_the_host_with_their_attributes(void **state _unused_)
{
	struct lx_mounts mounts = { 0 };
	struct lx_error error = { 0 };
	struct lx_mount *m = lx_mounts_add(&mounts, LX_MOUNT_TREE, LX_PHASE_BASE, NULL, "srv", NULL, MOUNT_ATTR_RDONLY);

	fake_reset();
	assert_int_equal(str_set(&m->source, "/srv"), 0);
	assert_done(lx_mounts_prepare(&mounts, -EBADF, false, &error), &error);
	assert_true(m->fd >= 0);
	assert_int_equal(fake_count("sys_open_tree"), 1);
	assert_int_equal(fake_count("sys_mount_setattr"), 1);
	assert_int_equal(fake_count("sys_mount_idmap"), 0);
	lx_mounts_done(&mounts);
}

static void test_a_missing_source_names_where_it_is_written(void **state _unused_)
{
	struct lx_mounts mounts = { 0 };
	struct lx_error error = { 0 };
	struct lx_mount *m = lx_mounts_add(&mounts, LX_MOUNT_TREE, LX_PHASE_BASE, NULL, "srv", NULL, 0);

	fake_reset();
	fake_result("sys_open_tree", -ENOENT);
	assert_int_equal(str_set(&m->source, "/srv"), 0);
	assert_int_equal(str_set(&m->origin, "/var/lib/lx/web/config:9"), 0);
	assert_int_equal(lx_mounts_prepare(&mounts, -EBADF, false, &error), -ENOENT);
	assert_string_equal(error.text, "/srv: open /srv: No such file or directory; see /var/lib/lx/web/config:9");

	fake_result("sys_open_tree", -ENOENT);
	m->optional = true;
	assert_done(lx_mounts_prepare(&mounts, -EBADF, false, &error), &error);
	lx_mounts_done(&mounts);
}

UNIT_MAIN(UNIT(test_sys_is_read_only_and_the_network_writable), UNIT(test_a_shared_network_shows_the_hosts_sysfs),
	  UNIT(test_mount_words), UNIT(test_other_words_go_to_the_file_system), UNIT(test_a_bind_takes_no_file_system_options),
	  UNIT(test_sources_are_opened_on_the_host_with_their_attributes),
	  UNIT(test_a_missing_source_names_where_it_is_written))
