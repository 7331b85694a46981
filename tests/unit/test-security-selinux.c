/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which context a container gets, what is refused, and that the policy is asked first. */
#include "unit.h"

#include <errno.h>

#include "base/str.h"
#include "fake/fake.h"
#include "security/lsm.h"

static const struct lx_host without = { 0 };
static const struct lx_host no_types = { .selinux = true };
static const struct lx_host with_types = {
	.selinux = true,
	.selinux_process = "system_u:system_r:lx_container_t",
	.selinux_file = "system_u:object_r:lx_file_t",
};

static int build(const struct lx_host *host, const char *context, const char *mount_context, struct lx_lsm *ret, struct lx_error *err)
{
	struct lx_config config = {
		.security.selinux = (char *)context,
		.security.selinux_mount_context = (char *)mount_context,
		.security.apparmor = (char *)"unconfined",
	};
	const struct lx_lsm_facts facts = { .config = &config, .host = host, .run_id = "web", .selinux_level = "s0:c1,c2" };

	return lx_lsm_build(&facts, ret, err);
}

static void gives(const struct lx_host *host, const char *context, const char *mount_context, const char *label, const char *mounts)
{
	_cleanup_(lx_lsm_done) struct lx_lsm lsm = LX_LSM_INIT;
	struct lx_error err = { 0 };

	assert_done(build(host, context, mount_context, &lsm, &err), &err);
	assert_string_equal(lsm.parts[LX_LSM_SELINUX].label ?: "-", label);
	assert_string_equal(lx_lsm_mount_context(&lsm) ?: "-", mounts);
}

static void test_selinux_auto_is_the_policys_type_with_own_categories(void **state _unused_)
{
	gives(&with_types, NULL, NULL, "system_u:system_r:lx_container_t:s0:c1,c2", "system_u:object_r:lx_file_t:s0:c1,c2");
	gives(&with_types, "auto", NULL, "system_u:system_r:lx_container_t:s0:c1,c2", "system_u:object_r:lx_file_t:s0:c1,c2");
}

static void test_selinux_nothing_is_done_where_there_is_nothing(void **state _unused_)
{
	gives(&without, NULL, NULL, "-", "-");
	gives(&without, "none", NULL, "-", "-");
	gives(&no_types, NULL, NULL, "-", "-");
	gives(&with_types, "none", NULL, "-", "-");
}

static void test_selinux_takes_a_given_context(void **state _unused_)
{
	gives(&with_types, "system_u:system_r:lx_container_t:s0:c7,c8", NULL, "system_u:system_r:lx_container_t:s0:c7,c8",
	      "system_u:object_r:lx_file_t:s0:c7,c8");
	gives(&with_types, "system_u:system_r:lx_container_too_t:s0:c7", NULL, "system_u:system_r:lx_container_too_t:s0:c7", "-");
	gives(&no_types, "a:b:c_t:s0", "a:b:d_t:s0", "a:b:c_t:s0", "a:b:d_t:s0");
	gives(&with_types, NULL, "a:b:d_t:s0", "system_u:system_r:lx_container_t:s0:c1,c2", "a:b:d_t:s0");
}

static void test_selinux_refuses_what_is_asked_for_and_not_there(void **state _unused_)
{
	_cleanup_(lx_lsm_done) struct lx_lsm lsm = LX_LSM_INIT;
	struct lx_error err = { 0 };

	assert_int_equal(build(&without, "auto", NULL, &lsm, &err), -EOPNOTSUPP);
	assert_contains(err.text, "not enabled on this host");
	lx_error_clear(&err);
	assert_int_equal(build(&without, NULL, "a:b:d_t:s0", &lsm, &err), -EOPNOTSUPP);
	lx_error_clear(&err);
	assert_int_equal(build(&no_types, "auto", NULL, &lsm, &err), -ENOENT);
	assert_contains(err.text, "semodule -i");
	assert_null(lsm.parts[LX_LSM_SELINUX].label);
}

static void test_selinux_asks_the_policy_for_both_contexts(void **state _unused_)
{
	_cleanup_(lx_lsm_done) struct lx_lsm lsm = LX_LSM_INIT;
	struct lx_error err = { 0 };

	fake_reset();
	assert_done(build(&no_types, "a:b:c_t:s0", "a:b:d_t:s0", &lsm, &err), &err);
	assert_done(lx_lsm_check(&lsm, &err), &err);
	assert_string_equal(fake_log(), "sys_selinux_check(a:b:c_t:s0) = 0\nsys_selinux_check(a:b:d_t:s0) = 0\n");

	fake_result("sys_selinux_check", 0);
	fake_result("sys_selinux_check", -EINVAL);
	assert_int_equal(lx_lsm_check(&lsm, &err), -EINVAL);
	assert_contains(err.text, "no context a:b:d_t:s0; see [security] selinux.mount-context");
}

static void test_selinux_mount_context_alone_is_asked_for_too(void **state _unused_)
{
	_cleanup_(lx_lsm_done) struct lx_lsm lsm = LX_LSM_INIT;
	struct lx_error err = { 0 };

	fake_reset();
	assert_done(build(&with_types, "none", "a:b:d_t:s0", &lsm, &err), &err);
	assert_done(lx_lsm_check(&lsm, &err), &err);
	assert_string_equal(fake_log(), "sys_selinux_check(a:b:d_t:s0) = 0\n");
}

static int check_root(bool enforcing, int may, struct lx_error *err)
{
	_cleanup_(lx_lsm_done) struct lx_lsm lsm = LX_LSM_INIT;

	fake_reset();
	fake_result_always("sys_selinux_is_enforcing", enforcing);
	fake_result_always("sys_selinux_may", may);
	assert_done(build(&with_types, "auto", NULL, &lsm, err), err);
	return lx_lsm_check_root(&lsm, 7, "/srv/web", err);
}

static void test_selinux_a_root_with_a_label_of_the_hosts_is_refused(void **state _unused_)
{
	struct lx_error err = { 0 };

	assert_done(check_root(true, 0, &err), &err);
	assert_contains(fake_log(), "sys_selinux_may(system_u:system_r:lx_container_t:s0:c1,c2, u:r:disk_t:s0, dir, search)");
	assert_done(check_root(true, -ENOENT, &err), &err);
	assert_done(check_root(false, -EACCES, &err), &err);
	assert_int_equal(check_root(true, -EACCES, &err), -EACCES);
	assert_contains(err.text, "/srv/web has the label u:r:disk_t:s0, ");
	assert_contains(err.text, "chcon -R system_u:object_r:lx_file_t:s0:c1,c2 /srv/web");
}

static void test_selinux_categories_are_wanted_for_auto_only(void **state _unused_)
{
	struct lx_config config = { 0 };

	assert_true(lx_lsm_wants_level(&config, &with_types));
	assert_false(lx_lsm_wants_level(&config, &no_types));
	assert_false(lx_lsm_wants_level(&config, &without));
	config.security.selinux = (char *)"none";
	assert_false(lx_lsm_wants_level(&config, &with_types));
	config.security.selinux = (char *)"a:b:c:s0";
	assert_false(lx_lsm_wants_level(&config, &with_types));
}

UNIT_MAIN(
	UNIT(test_selinux_auto_is_the_policys_type_with_own_categories),
	UNIT(test_selinux_nothing_is_done_where_there_is_nothing),
	UNIT(test_selinux_takes_a_given_context),
	UNIT(test_selinux_refuses_what_is_asked_for_and_not_there),
	UNIT(test_selinux_asks_the_policy_for_both_contexts),
	UNIT(test_selinux_mount_context_alone_is_asked_for_too),
	UNIT(test_selinux_a_root_with_a_label_of_the_hosts_is_refused),
	UNIT(test_selinux_categories_are_wanted_for_auto_only))
