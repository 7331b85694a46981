/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Capabilities and resource limits: what is decided, and what is asked of the kernel. */
#include "unit.h"

#include <errno.h>
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

static void test_ambient_is_part_of_the_bounding_set(void **state _unused_)
{
	char *ambient[] = { (char *)"chown", (char *)"kill", NULL };
	struct lx_config config = { .security.capabilities_ambient = ambient };
	struct lx_error err = { 0 };
	uint64_t set = 0;

	assert_done(lx_caps_build_ambient(&config, BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_FOWNER), &set, &err), &err);
	assert_int_equal(set, BIT(CAP_CHOWN) | BIT(CAP_KILL));
	assert_int_equal(lx_caps_build_ambient(&config, BIT(CAP_CHOWN), &set, &err), -EPERM);
	assert_contains(err.text, "ambient capability kill");
}

/* What systemd-nspawn 252 leaves a container with a network of its own. */
static const int nspawn[] = {
	CAP_AUDIT_CONTROL, CAP_AUDIT_WRITE, CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_FSETID,
	CAP_IPC_OWNER, CAP_KILL, CAP_LEASE, CAP_LINUX_IMMUTABLE, CAP_MKNOD, CAP_NET_ADMIN, CAP_NET_BIND_SERVICE,
	CAP_NET_BROADCAST, CAP_NET_RAW, CAP_SETFCAP, CAP_SETGID, CAP_SETPCAP, CAP_SETUID, CAP_SYS_ADMIN, CAP_SYS_BOOT,
	CAP_SYS_CHROOT, CAP_SYS_NICE, CAP_SYS_PTRACE, CAP_SYS_RESOURCE, CAP_SYS_TTY_CONFIG,
};

static void test_caps_next_to_nspawns(void **state _unused_)
{
	/* locking memory is bounded by the cgroup; sys_admin is bpf, perfmon and checkpoint_restore as well; accounting is per
	 * pid namespace */
	const uint64_t more = BIT(CAP_IPC_LOCK) | BIT(CAP_BPF) | BIT(CAP_PERFMON) | BIT(CAP_CHECKPOINT_RESTORE) | BIT(CAP_SYS_PACCT);
	const uint64_t less = BIT(CAP_AUDIT_CONTROL); /* the host's audit rules */
	struct lx_config config = { .container.privileged = true };
	uint64_t theirs = 0;

	for (size_t i = 0; i < array_size(nspawn); i++)
		theirs |= BIT(nspawn[i]);
	assert_int_equal(bounding(&config, &full), (theirs | more) & ~less);
	config.namespace.net = (char *)"host";
	assert_int_equal(bounding(&config, &full), (theirs | more) & ~less & ~BIT(CAP_NET_ADMIN));
	config.container.privileged = false;
	assert_int_equal(bounding(&config, &full), (theirs | more) & ~less);
}

static void test_credentials_keep_what_is_ambient(void **state _unused_)
{
	const struct lx_security security = { .ambient = BIT(CAP_KILL), .securebits = 2 };
	const struct lx_security none = { .ambient = 0 };
	const struct lx_credentials who = { .change = true, .uid = 1000, .gid = 1000 };
	struct lx_error err = { 0 };

	fake_reset();
	fake_value("sys_caps_get", 0xff);
	assert_done(lx_credentials_apply(&security, &who, &err), &err);
	assert_string_equal(fake_log(), "sys_set_keep_caps(1) = 0\n"
					"sys_set_credentials(1000, 1000, 0 groups) = 0\n"
					"sys_caps_get() = 0\n"
					"sys_caps_set(0xff, 0xff, 0x20) = 0\n"
					"sys_caps_ambient_raise(5) = 0\n"
					"sys_set_securebits(0x2) = 0\n");
	fake_reset();
	assert_done(lx_credentials_apply(&none, &who, &err), &err);
	assert_string_equal(fake_log(), "sys_set_credentials(1000, 1000, 0 groups) = 0\n");
	fake_reset();
	assert_done(lx_credentials_apply(&none, &(struct lx_credentials){ 0 }, &err), &err);
	assert_string_equal(fake_log(), "");
}

static void test_core_scheduling_is_refused_or_left_out(void **state _unused_)
{
	struct lx_config config = { .security.core_scheduling = (char *)"yes" };
	struct lx_error err = { 0 };
	bool used = true;

	fake_reset();
	fake_result_always("sys_sched_core_cookie", -ENODEV);
	assert_int_equal(lx_core_build(&config, &used, &err), -EOPNOTSUPP);
	assert_contains(err.text, "one thread for each core");
	config.security.core_scheduling = (char *)"auto";
	assert_done(lx_core_build(&config, &used, &err), &err);
	assert_false(used);
	fake_reset();
	assert_done(lx_core_build(&config, &used, &err), &err);
	assert_true(used);
	config.security.core_scheduling = (char *)"no";
	assert_done(lx_core_build(&config, &used, &err), &err);
	assert_false(used);
}

static void test_a_missing_filter_is_said(void **state _unused_)
{
	struct lx_config config = { .security.seccomp = (char *)"default" };
	const char *lines[LX_SECURITY_MISSING_MAX];
	struct lx_host host = { 0 };

	assert_int_equal(lx_security_missing(&config, &host, true, lines), 0);
	assert_int_equal(lx_security_missing(&config, &host, false, lines), 1);
	assert_contains(lines[0], "not filtered");
	config.security.seccomp = (char *)"none";
	assert_int_equal(lx_security_missing(&config, &host, false, lines), 0);
}

/* What a build has not is said where the host has it, and not where the configuration does without; asked for, it is refused. */
static void test_a_layer_that_is_not_built_is_said(void **state _unused_)
{
	static const struct lx_host host = { .apparmor = true, .apparmor_parser = true, .selinux = true,
					     .selinux_process = "u:r:t", .selinux_file = "u:r:f" };
	struct lx_config config = { .security.seccomp = (char *)"none" };
	struct lx_config without = { .security = { .seccomp = (char *)"none", .apparmor = (char *)"unconfined",
						   .selinux = (char *)"none" } };
	struct lx_config wanted = { .security = { .apparmor = (char *)"generated", .selinux = (char *)"auto" } };
	const char *lines[LX_SECURITY_MISSING_MAX];
	size_t n = 0;

	assert_int_equal(lx_security_missing(&without, &host, true, lines), 0);
	assert_int_equal(lx_security_missing(&config, &host, true, lines),
			 !lx_lsm_apparmor.built + !lx_lsm_selinux.built);
	for (size_t i = 0; i < LX_LSM_MAX; i++) {
		const struct lx_lsm_facts facts = { .config = &wanted, .host = &host };
		struct lx_lsm_part part = LX_LSM_PART_INIT;
		struct lx_error err = { 0 };

		if (lx_lsm_drivers[i]->built)
			continue;
		assert_contains(lines[n], "was built without");
		assert_contains(lines[n++], lx_lsm_drivers[i]->name);
		assert_int_equal(lx_lsm_drivers[i]->build(&facts, &part, &err), -EOPNOTSUPP);
		assert_contains(err.text, "is not in this build of lx; remove the key from");
	}
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

/* In a guest's root directory, where nothing may be loaded for a name. */
static void test_caps_apply_needs_no_names(void **state _unused_)
{
	struct lx_error err = { 0 };

	fake_reset();
	fake_result("sys_caps_bound_drop", -EPERM);
	assert_int_equal(lx_caps_apply(~BIT(CAP_SYS_MODULE), &err), -EPERM);
	assert_string_equal(err.text, "drop capability 16: Operation not permitted");
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

static void test_rlimits_as_text_and_back(void **state _unused_)
{
	char *words[] = { (char *)"nofile=1024:4096", (char *)"nproc=unlimited", NULL };
	_cleanup_(lx_rlimits_done) struct lx_rlimits limits = limits_of(words), back = { 0 };
	_cleanup_buf_ struct buf text = BUF_INIT;

	fake_reset();
	fake_value("sys_rlimit_get", 77);
	lx_rlimits_format(&limits, "rlimit.", &text);
	assert_contains(text.data, "rlimit.nofile=1024:4096\n");
	assert_contains(text.data, "rlimit.nproc=18446744073709551615:18446744073709551615\n");
	assert_contains(text.data, "rlimit.sigpending=77:77\n");

	assert_int_equal(lx_rlimits_take(&back, "nofile=1024:4096"), 0);
	assert_int_equal(lx_rlimits_take(&back, "nproc=18446744073709551615:18446744073709551615"), 0);
	assert_int_equal(lx_rlimits_take(&back, "future=1:2"), 0);
	assert_int_equal(back.list.n, 2);
	assert_int_equal(find(&back, RLIMIT_NOFILE)->limit.rlim_max, 4096);
	assert_true(find(&back, RLIMIT_NPROC)->limit.rlim_cur == RLIM_INFINITY);
	assert_int_equal(lx_rlimits_take(&back, "nofile=5:4"), -EPROTO);
	assert_int_equal(lx_rlimits_take(&back, "nofile=5"), -EPROTO);
	assert_int_equal(lx_rlimits_take(&back, "nofile=5:6x"), -EPROTO);
}

UNIT_MAIN(UNIT(test_ambient_is_part_of_the_bounding_set), UNIT(test_caps_next_to_nspawns), UNIT(test_credentials_keep_what_is_ambient),
	  UNIT(test_core_scheduling_is_refused_or_left_out), UNIT(test_rlimits_as_text_and_back), UNIT(test_a_missing_filter_is_said),
	  UNIT(test_a_layer_that_is_not_built_is_said),
	  UNIT(test_caps_names_go_both_ways), UNIT(test_caps_default_drops_what_is_the_hosts),
	  UNIT(test_caps_never_more_than_the_host), UNIT(test_caps_lists_replace_the_default), UNIT(test_caps_apply_drops_all_others),
	  UNIT(test_caps_apply_needs_no_names),
	  UNIT(test_rlimits_words_replace_defaults), UNIT(test_rlimits_refuses_nonsense), UNIT(test_rlimits_defaults_give_way))
