/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lx-checkconfig says of hosts that are made up: each fact has its row, and what is missing has its remedy. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "base/str.h"
#include "lifecycle/check-host.h"

static const struct lx_host nothing = {
	.kernel_major = 5,
	.kernel_minor = 4,
	.architecture = "x86_64",
};

#define CONTROLLERS (LX_CONTROLLER_CPU | LX_CONTROLLER_CPUSET | LX_CONTROLLER_MEMORY | LX_CONTROLLER_PIDS | LX_CONTROLLER_IO)
static const struct lx_host everything = {
	.kernel_major = 6,
	.kernel_minor = 12,
	.architecture = "x86_64",
	.cgroup_layout = LX_CGROUP_UNIFIED,
	.controllers = CONTROLLERS,
	.hierarchies = { { .point = "/sys/fs/cgroup", .controllers = CONTROLLERS, .unified = true } },
	.n_hierarchies = 1,
	.swap_limit = true,
	.cgroup_kill = true,
	.root = true,
	.capabilities = ~0ULL,
	.capability_bound = ~0ULL,
	.user_namespace = true,
	.apparmor = true,
	.selinux = true,
	.systemd = true,
};

/* The rows that a fact of struct lx_host decides. */
static const struct {
	const char *group, *name, *remedy;
} facts[] = {
	{ "kernel", "version", "5.12" },
	{ "privileges", "root", "as root" },
	{ "namespaces", "user", "CONFIG_USER_NS" },
	{ "cgroup", "layout", "mount cgroup2" },
	{ "cgroup", "memory", "memory.max" },
	{ "cgroup", "pids", "pids.max" },
	{ "cgroup", "cpu", "cpu.max" },
	{ "cgroup", "cpuset", "cpuset.cpus" },
	{ "cgroup", "io", "io.max" },
	{ "cgroup", "freezer", "lx-freeze" },
	{ "cgroup", "cgroup.kill", "5.14" },
	{ "cgroup", "swap limit", "swapaccount" },
	{ "security", "AppArmor", "security=apparmor" },
	{ "security", "SELinux", "security=selinux" },
	{ "programs", "systemd", "init of this host" },
};

static struct lx_feature *check(const struct lx_host *host, size_t *ret_n, int *ret_missing)
{
	const struct lx_settings settings = {
		.paths = { .containers = (char *)"/nonexistent/store", .libexec = (char *)"/nonexistent/libexec",
			   .config = (char *)"/nonexistent/etc" },
	};
	struct lx_feature *features;
	struct lx_error err = { 0 };

	*ret_missing = lx_check_facts(host, &settings, -EBADF, &features, ret_n, &err);
	assert_true(*ret_missing >= 0);
	return features;
}

static const struct lx_feature *find(const struct lx_feature *features, size_t n, const char *group, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_equal(features[i].group, group) && str_equal(features[i].name, name))
			return &features[i];
	fail_msg("there is no row %s/%s", group, name);
	return NULL;
}

static void test_check_host_says_what_is_there(void **state _unused_)
{
	struct lx_feature *features;
	int missing;
	size_t n;

	features = check(&everything, &n, &missing);
	for (size_t i = 0; i < array_size(facts); i++)
		if (!find(features, n, facts[i].group, facts[i].name)->available)
			fail_msg("%s is said to be missing", facts[i].name);
	assert_contains(find(features, n, "kernel", "version")->detail, "Linux 6.12 on x86_64");
	assert_contains(find(features, n, "privileges", "capabilities")->detail, "all capabilities");
	lx_features_free(features, n);
}

static void test_check_host_says_how_to_get_what_is_missing(void **state _unused_)
{
	struct lx_feature *features;
	int missing;
	size_t n;

	features = check(&nothing, &n, &missing);
	for (size_t i = 0; i < array_size(facts); i++) {
		const struct lx_feature *f = find(features, n, facts[i].group, facts[i].name);

		if (f->available)
			fail_msg("%s is said to be there", facts[i].name);
		assert_contains(f->detail, facts[i].remedy);
	}
	/* the program of monitors is not where the settings say */
	assert_false(find(features, n, "installation", "lx-monitord")->available);
	lx_features_free(features, n);
}

static void test_check_host_counts_what_is_required(void **state _unused_)
{
	struct lx_feature *features;
	int missing, count = 0;
	size_t n;

	features = check(&nothing, &n, &missing);
	for (size_t i = 0; i < n; i++) {
		count += features[i].required && !features[i].available;
		if (!features[i].available && str_empty(features[i].detail))
			fail_msg("nothing is said of %s, which is missing", features[i].name);
	}
	assert_int_equal(missing, count);
	assert_true(missing >= 4); /* kernel, root, user namespace, monitor */
	lx_features_free(features, n);
}

UNIT_MAIN(
	UNIT(test_check_host_says_what_is_there),
	UNIT(test_check_host_says_how_to_get_what_is_missing),
	UNIT(test_check_host_counts_what_is_required))
