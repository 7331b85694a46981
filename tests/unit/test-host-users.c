/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Users and groups of the host, found in the texts of passwd(5) and group(5). */
#include "unit.h"

#include <errno.h>

#include "host/host.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
			     "broken:x:12\n"
			     "alice:x:1000:1200:Alice:/home/alice:/bin/sh\n"
			     "huge:x:4294967295:0::/:/bin/sh\n"
			     "7777:x:1001:1001::/:/bin/sh\n"
			     "+nis::::::\n";

static void user_is(const char *word, uint32_t wanted_uid, uint32_t wanted_gid)
{
	uint32_t uid = 0, gid = 0;

	assert_int_equal(lx_user_lookup(passwd, word, &uid, &gid), 0);
	assert_int_equal(uid, wanted_uid);
	assert_int_equal(gid, wanted_gid);
}

static void test_users_by_name_and_number(void **state _unused_)
{
	user_is("root", 0, 0);
	user_is("alice", 1000, 1200);
	user_is("1000", 1000, 1200);
	user_is("1234", 1234, 1234);
}

static void test_what_is_no_user(void **state _unused_)
{
	static const char *const words[] = { "bob", "huge", "broken", "+nis", "", "4294967295" };
	uint32_t uid, gid;

	for (size_t i = 0; i < array_size(words); i++)
		assert_int_equal(lx_user_lookup(passwd, words[i], &uid, &gid), -ENOENT);
	assert_int_equal(lx_user_lookup(NULL, "alice", &uid, &gid), -ENOENT);
}

static void test_groups(void **state _unused_)
{
	static const char group[] = "root:x:0:\nusers:x:100:alice,bob\nbroken\n";
	uint32_t gid = 0;

	assert_int_equal(lx_group_lookup(group, "users", &gid), 0);
	assert_int_equal(gid, 100);
	assert_int_equal(lx_group_lookup(group, "4711", &gid), 0);
	assert_int_equal(gid, 4711);
	assert_int_equal(lx_group_lookup(group, "wheel", &gid), -ENOENT);
	assert_int_equal(lx_group_lookup(NULL, "users", &gid), -ENOENT);
}

UNIT_MAIN(UNIT(test_users_by_name_and_number), UNIT(test_what_is_no_user), UNIT(test_groups))
