/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Capabilities and resource limits: what is decided, and what is asked of the kernel. */
#include "unit.h"

#include <linux/capability.h>

#include "base/str.h"
#include "fake/fake.h"
#include "security/security.h"

#define BIT(cap) (1ULL << (cap))

static const struct lx_host full = { .capability_bound = (1ULL << 41) - 1 };

static uint64_t bounding(struct lx_config *config, const struct lx_host *host)
{
	struct lx_error err = { 0 };
	uint64_t set = 0;

	assert_done(lx_caps_build(config, host, &set, &err), &err);
	return set;
}

static void test_caps_names_go_both_ways(void **state _unused_)
{
	char name[LX_CAP_NAME_MAX];

	for (int cap = 0; cap <= CAP_CHECKPOINT_RESTORE; cap++)
		assert_int_equal(lx_cap_find(lx_cap_name(cap, name, sizeof(name))), cap);
	assert_string_equal(lx_cap_name(CAP_SYS_ADMIN, name, sizeof(name)), "sys_admin");
	assert_string_equal(lx_cap_name(63, name, sizeof(name)), "63");
	assert_int_equal(lx_cap_find("CAP_SYS_ADMIN"), CAP_SYS_ADMIN);
	assert_int_equal(lx_cap_find("sys_admins"), -EINVAL);
}

static void test_caps_default_drops_what_is_the_hosts(void **state _unused_)
{
	struct lx_config config = { 0 };
	uint64_t set = bounding(&config, &full);

	assert_false(set & (BIT(CAP_SYS_MODULE) | BIT(CAP_SYS_TIME) | BIT(CAP_SYS_RAWIO) | BIT(CAP_SYSLOG) | BIT(CAP_WAKE_ALARM) |
			    BIT(CAP_BLOCK_SUSPEND) | BIT(CAP_MAC_ADMIN) | BIT(CAP_MAC_OVERRIDE)));
	assert_true(set & BIT(CAP_SYS_ADMIN));
	assert_true(set & BIT(CAP_MKNOD));
	assert_true(set & BIT(CAP_SYS_BOOT));
}

static void test_caps_never_more_than_the_host(void **state _unused_)
{
	const struct lx_host poor = { .capability_bound = BIT(CAP_CHOWN) | BIT(CAP_SYS_TIME) };
	char *keep[] = { (char *)"chown", (char *)"sys_admin", NULL };
	struct lx_config config = { 0 };

	assert_int_equal(bounding(&config, &poor), BIT(CAP_CHOWN));
	config.security.capabilities_keep = keep;
	assert_int_equal(bounding(&config, &poor), BIT(CAP_CHOWN));
}

static void test_caps_lists_replace_the_default(void **state _unused_)
{
	char *drop[] = { (char *)"chown", NULL }, *keep[] = { (char *)"chown", (char *)"sys_time", NULL };
	struct lx_config config = { 0 };

	config.security.capabilities_drop = drop;
	assert_int_equal(bounding(&config, &full), full.capability_bound & ~BIT(CAP_CHOWN));
	config.security.capabilities_keep = keep;
	assert_int_equal(bounding(&config, &full), BIT(CAP_SYS_TIME));
	config.security.capabilities_drop = NULL;
	assert_int_equal(bounding(&config, &full), BIT(CAP_CHOWN) | BIT(CAP_SYS_TIME));
}

static void test_caps_apply_drops_all_others(void **state _unused_)
{
	struct lx_error err = { 0 };

	fake_reset();
	assert_done(lx_caps_apply(BIT(CAP_CHOWN) | BIT(CAP_KILL), &err), &err);
	assert_null(strstr(fake_log(), "sys_caps_bound_drop(0)"));
	assert_null(strstr(fake_log(), "sys_caps_bound_drop(5)"));
	assert_contains(fake_log(), "sys_caps_bound_drop(21)");
	assert_contains(fake_log(), "sys_caps_ambient_clear");
}

static struct lx_rlimits limits_of(char **words)
{
	struct lx_config config = { 0 };
	struct lx_rlimits limits;
	struct lx_error err = { 0 };

	config.security.rlimits = words;
	assert_done(lx_rlimits_build(&config, &limits, &err), &err);
	return limits;
}

static const struct lx_rlimit *find(const struct lx_rlimits *limits, int resource)
{
	vec_for_each(l, &limits->list)
		if (l->resource == resource)
			return l;
	return NULL;
}

static void test_rlimits_words_replace_defaults(void **state _unused_)
{
	char *words[] = { (char *)"nofile=1024:4096", (char *)"core=1M", (char *)"nproc=unlimited", NULL };
	_cleanup_(lx_rlimits_done) struct lx_rlimits limits = limits_of(words);

	assert_int_equal(find(&limits, RLIMIT_NOFILE)->limit.rlim_cur, 1024);
	assert_int_equal(find(&limits, RLIMIT_NOFILE)->limit.rlim_max, 4096);
	assert_int_equal(find(&limits, RLIMIT_CORE)->limit.rlim_max, 1048576);
	assert_true(find(&limits, RLIMIT_NPROC)->limit.rlim_cur == RLIM_INFINITY);
	assert_false(find(&limits, RLIMIT_STACK)->configured);
	assert_int_equal(find(&limits, RLIMIT_STACK)->limit.rlim_cur, 8388608);
}

static void test_rlimits_refuses_nonsense(void **state _unused_)
{
	static const char *const wrong[] = { "nofile", "files=1", "nofile=x", "nofile=5:4", "nofile=1:2:3" };

	for (size_t i = 0; i < array_size(wrong); i++) {
		char *words[] = { (char *)wrong[i], NULL };
		struct lx_config config = { 0 };
		struct lx_rlimits limits;
		struct lx_error err = { 0 };

		config.security.rlimits = words;
		assert_true(lx_rlimits_build(&config, &limits, &err) < 0);
		assert_contains(err.text, wrong[i]);
	}
}

/* A default gives way to what we may set, a configured one does not. */
static void test_rlimits_defaults_give_way(void **state _unused_)
{
	struct lx_rlimit one = { RLIMIT_NOFILE, { 1024, 524288 }, false };
	struct lx_rlimits limits = { .list = { &one, 1 } };
	struct lx_error err = { 0 };

	fake_reset();
	fake_result("sys_rlimit_set", -EPERM);
	fake_value("sys_rlimit_get", 4096);
	assert_done(lx_rlimits_apply(&limits, 0, &err), &err);
	assert_contains(fake_log(), "1024, 4096)");

	one.configured = true;
	fake_reset();
	fake_result("sys_rlimit_set", -EPERM);
	fake_value("sys_rlimit_get", 4096);
	assert_int_equal(lx_rlimits_apply(&limits, 0, &err), -EPERM);
	assert_contains(err.text, "nofile");
}

UNIT_MAIN(UNIT(test_caps_names_go_both_ways), UNIT(test_caps_default_drops_what_is_the_hosts),
	  UNIT(test_caps_never_more_than_the_host), UNIT(test_caps_lists_replace_the_default), UNIT(test_caps_apply_drops_all_others),
	  UNIT(test_rlimits_words_replace_defaults), UNIT(test_rlimits_refuses_nonsense), UNIT(test_rlimits_defaults_give_way))
