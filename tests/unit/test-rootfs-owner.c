/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Maps of bind mounts with owners: what they say, and which namespaces they take. */
#include "unit/unit.h"

#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "fake/fake.h"
#include "rootfs/rootfs.h"

static struct id_range first = { 0, 100000, 2000 }, home = { 2000, 500000, 10 };
static const struct lx_users users = {
	.passwd = (char *)"alice:x:1000:100::/:/bin/sh\nbob:x:1001:100::/:/bin/sh\ncarol:x:1002:1002::/:/bin/sh\n",
	.group = (char *)"users:x:100:\nstaff:x:50:\n",
};

/* "u DISK>HOST ..." or the error's sentence */
static void owners_are(const char *owners, const char *groups, bool privileged, const char *wanted)
{
	struct id_range both[] = { first, home };
	const struct lx_idmap map = { .uids = { both, 2 }, .gids = { both, 2 } };
	const struct lx_mounts_facts facts = { .privileged = privileged, .map = &map, .users = &users };
	struct lx_config_mount wish = { .target = (char *)"srv" };
	struct lx_idmap got = { 0 };
	struct lx_error error = { 0 };
	char text[512] = "";

	assert_int_equal(strv_split(owners, " ", &wish.owner), 0);
	assert_int_equal(strv_split(groups, " ", &wish.group), 0);
	if (lx_owners_build(&wish, &facts, &got, &error) < 0) {
		assert_contains(error.text, wanted);
	} else {
		vec_for_each(r, &got.uids)
			sprintf(text + strlen(text), "u%u>%u ", r->inside, r->outside);
		vec_for_each(r, &got.gids)
			sprintf(text + strlen(text), "g%u>%u ", r->inside, r->outside);
		assert_string_equal(text, wanted);
	}
	vec_done(&got.uids);
	vec_done(&got.gids);
	strv_free(wish.owner);
	strv_free(wish.group);
}

static void test_owners(void **state _unused_)
{
	owners_are("carol:1000", "", false, "u1002>101000 g1002>101000 ");
	owners_are("alice:2003", "", false, "u1000>500003 g100>500003 ");
	owners_are("4711:0", "", false, "u4711>100000 g4711>100000 ");
	owners_are("carol:1000", "", true, "u1002>1000 g1002>1000 ");
	owners_are("alice:1000 carol:1001", "staff:50", false, "u1000>101000 u1002>101001 g50>100050 g100>101000 g1002>101001 ");
}

static void test_group_takes_the_place_of_what_owner_says(void **state _unused_)
{
	owners_are("alice:1000 bob:1001", "users:100", false, "u1000>101000 u1001>101001 g100>100100 ");
	owners_are("alice:1000", "staff:1000", false, "u1000>101000 g50>101000 ");
	owners_are("alice:1000 bob:1001", "", false, "group 100 of the host would be both 1000 and 1001 of the container; say which");
}

static void test_owners_that_cannot_be(void **state _unused_)
{
	owners_are("dave:1000", "", false, "no user dave in /etc/passwd");
	owners_are("alice:1000", "wheel:10", false, "no group wheel in /etc/group");
	owners_are("alice:3000", "", false, "the container has no user 3000");
	owners_are("alice:1000", "users:3000", false, "the container has no group 3000");
	owners_are("alice:1000 1000:1001", "", false, "user 1000 of the host would be both 1000 and 1001");
	owners_are("alice:1000 carol:1000", "", false, "user 1000 of the container would be both 1000 and 1002 of the host");
}

static struct lx_mount *add(struct lx_mounts *mounts, const char *target, struct id_range *owner)
{
	struct lx_mount *m = lx_mounts_add(mounts, LX_MOUNT_TREE, LX_PHASE_BASE, NULL, target, NULL, 0);
	struct id_range *uid = vec_add(&m->owners.uids), *gid = vec_add(&m->owners.gids);

	assert_int_equal(str_set(&m->source, "/srv"), 0);
	*uid = *gid = *owner;
	return m;
}

static void test_equal_maps_share_a_namespace(void **state _unused_)
{
	struct id_range alice = { 1000, 101000, 1 }, bob = { 1001, 101000, 1 };
	struct lx_mounts mounts = { 0 };
	struct lx_error error = { 0 };

	fake_reset();
	add(&mounts, "a", &alice);
	add(&mounts, "b", &bob);
	add(&mounts, "c", &alice);
	assert_done(lx_mounts_prepare(&mounts, -EBADF, true, &error), &error);
	assert_int_equal(fake_count("sys_userns_open"), 2);
	assert_int_equal(fake_count("sys_mount_idmap"), 3);
	assert_int_equal(fake_count("sys_mount_lock"), 0);
	lx_mounts_done(&mounts);
}

static void test_a_file_system_without_maps_is_named(void **state _unused_)
{
	struct id_range alice = { 1000, 101000, 1 };
	struct lx_mounts mounts = { 0 };
	struct lx_error error = { 0 };

	fake_reset();
	fake_result("sys_mount_idmap", -EINVAL);
	add(&mounts, "a", &alice);
	assert_int_equal(lx_mounts_prepare(&mounts, -EBADF, true, &error), -EINVAL);
	assert_contains(error.text, "/a: map owners of /srv: Invalid argument; its file system has no id mapped mounts");
	lx_mounts_done(&mounts);
}

UNIT_MAIN(UNIT(test_owners), UNIT(test_group_takes_the_place_of_what_owner_says), UNIT(test_owners_that_cannot_be),
	  UNIT(test_equal_maps_share_a_namespace), UNIT(test_a_file_system_without_maps_is_named))
