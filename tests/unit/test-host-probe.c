/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The facts of a host, from pretended trees of /proc, /sys, /run and /etc. */
#include "unit.h"

#include "base/str.h"
#include "fake/fake.h"
#include "host/host.h"

static struct lx_host probe(const char *name)
{
	const char *top = getenv("top_srcdir");
	struct lx_error err = { 0 };
	struct lx_host host;
	char path[512];

	fake_reset();
	snprintf(path, sizeof(path), "%s/tests/data/host/%s", top ? top : ".", name);
	assert_done(lx_host_probe_at(path, &host, &err), &err);
	return host;
}

static const struct lx_host_hierarchy *find(const struct lx_host *host, const char *point)
{
	for (size_t i = 0; i < host->n_hierarchies; i++)
		if (str_equal(host->hierarchies[i].point, point))
			return &host->hierarchies[i];
	return NULL;
}

static void test_host_probe_sees_hybrid(void **state _unused_)
{
	struct lx_host host = probe("hybrid");

	assert_int_equal(host.cgroup_layout, LX_CGROUP_HYBRID);
	assert_int_equal(host.n_hierarchies, 10);
	assert_int_equal(find(&host, "/sys/fs/cgroup/memory")->controllers, LX_CONTROLLER_MEMORY);
	assert_string_equal(find(&host, "/sys/fs/cgroup/systemd")->options, "none,name=systemd");
	assert_true(find(&host, "/sys/fs/cgroup/unified")->unified);
	assert_true(host.systemd_hierarchy && host.cgroup_v1 && host.swap_limit);
	assert_false(host.io_weight || host.systemd || host.apparmor);
	assert_true(host.time_namespace && host.user_namespace);
	assert_string_equal(host.machine_id, "3d1219c7c4c5404aaa1f6d2a48adfda4");
}

/* A part of a hierarchy, or a second mount of it, is not one more. */
static void test_host_probe_takes_each_hierarchy_once(void **state _unused_)
{
	struct lx_host host = probe("hybrid");

	assert_null(find(&host, "/srv/part"));
	assert_null(find(&host, "/srv/again"));
}

static void test_host_probe_sees_unified(void **state _unused_)
{
	struct lx_host host = probe("unified");

	assert_int_equal(host.cgroup_layout, LX_CGROUP_UNIFIED);
	assert_int_equal(host.n_hierarchies, 1);
	assert_int_equal(host.controllers, LX_CONTROLLER_CPU | LX_CONTROLLER_CPUACCT | LX_CONTROLLER_CPUSET |
						   LX_CONTROLLER_MEMORY | LX_CONTROLLER_PIDS | LX_CONTROLLER_IO);
	assert_true(host.swap_limit && host.io_weight && host.systemd && host.apparmor);
	assert_false(host.cgroup_v1 || host.systemd_hierarchy);
}

static void test_host_probe_sees_legacy(void **state _unused_)
{
	struct lx_host host = probe("legacy");
	const struct lx_host_hierarchy *h = find(&host, "/sys/fs/cgroup/cpu,cpuacct");

	assert_int_equal(host.cgroup_layout, LX_CGROUP_LEGACY);
	assert_int_equal(h->controllers, LX_CONTROLLER_CPU | LX_CONTROLLER_CPUACCT);
	assert_string_equal(h->options, "cpu,cpuacct");
	assert_string_equal(find(&host, "/sys/fs/cgroup/systemd")->options, "none,name=systemd");
	assert_string_equal(find(&host, "/sys/fs/cgroup/net_cls,net_prio")->options, "net_cls,net_prio");
	assert_false(host.cgroup_kill || host.swap_limit);
}

static void test_host_probe_lives_without_cgroups(void **state _unused_)
{
	struct lx_host host = probe("none");

	assert_int_equal(host.cgroup_layout, LX_CGROUP_NONE);
	assert_int_equal(host.n_hierarchies, 0);
	assert_false(host.cgroup_v1 || host.time_namespace);
	assert_string_equal(host.machine_id, "");
}

/* Root of a user namespace is not the host's root. */
static void test_host_probe_knows_user_namespaces(void **state _unused_)
{
	assert_false(probe("none").root);
	assert_int_equal(probe("hybrid").root, geteuid() == 0);
}

static void test_host_kernel_compares_versions(void **state _unused_)
{
	const struct lx_host host = { .kernel_major = 6, .kernel_minor = 1 };

	assert_true(lx_host_kernel_is(&host, 5, 12));
	assert_true(lx_host_kernel_is(&host, 6, 1));
	assert_false(lx_host_kernel_is(&host, 6, 2));
	assert_false(lx_host_kernel_is(&host, 7, 0));
}

UNIT_MAIN(UNIT(test_host_probe_sees_hybrid), UNIT(test_host_probe_takes_each_hierarchy_once), UNIT(test_host_probe_sees_unified),
	  UNIT(test_host_probe_sees_legacy), UNIT(test_host_probe_lives_without_cgroups),
	  UNIT(test_host_probe_knows_user_namespaces), UNIT(test_host_kernel_compares_versions))
