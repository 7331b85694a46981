/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which parameters of the kernel a container may set, and how they are set. */
#include "unit.h"

#include "base/str.h"
#include "fake/fake.h"
#include "security/security.h"
#include "sys/sys.h"

static int check(const char *assignment, char *const *share, struct lx_error *err)
{
	char *list[] = { (char *)assignment, NULL };
	struct lx_config config = { .security.sysctls = list };

	return lx_sysctls_check(&config, share, err);
}

static void test_sysctl_takes_those_of_namespaces(void **state _unused_)
{
	static const char *const good[] = {
		"net.ipv4.ip_forward=1", "net/ipv4/conf/eth0.5/rp_filter=0", "net.ipv4.conf.eth0/5.rp_filter=0",
		"fs.mqueue.msg_max=20", "kernel.shmmax=1000", "kernel.shm_rmid_forced=1", "kernel.sem=1 2 3 4",
		"kernel.domainname=example.org",
	};
	char *share[SYS_NS_MAX] = { 0 };

	for (size_t i = 0; i < array_size(good); i++) {
		struct lx_error err = { 0 };

		assert_done(check(good[i], share, &err), &err);
	}
}

static void test_sysctl_refuses_the_hosts_by_name(void **state _unused_)
{
	static const char *const bad[] = {
		"kernel.core_pattern", "kernel.modprobe", "vm.swappiness", "kernel.hostname", "kernel.sem_next_id", "kernel.semx",
		"net", "net.", "kernel", "fs.file-max", "fs.mqueue", "/net/ipv4/ip_forward", "kernel.random.boot_id",
	};
	char *share[SYS_NS_MAX] = { 0 };

	for (size_t i = 0; i < array_size(bad); i++) {
		_cleanup_free_ char *assignment = str_format("%s=1", bad[i]);
		struct lx_error err = { 0 };

		assert_int_equal(check(assignment, share, &err), -EPERM);
		assert_contains(err.text, bad[i]);
		assert_null(strstr(err.text, "=1"));
	}
}

static void test_sysctl_refuses_those_of_a_shared_namespace(void **state _unused_)
{
	char *share[SYS_NS_MAX] = { [SYS_NS_NET] = (char *)"host" };
	struct lx_error err = { 0 };

	assert_int_equal(check("net.ipv4.ip_forward=1", share, &err), -EPERM);
	assert_contains(err.text, "net namespace");
	assert_int_equal(check("kernel.shmmax=1", share, NULL), 0);
}

static void test_sysctl_returns_from_the_namespace_when_a_value_is_refused(void **state _unused_)
{
	char *list[] = { (char *)"kernel.domainname=x", NULL };
	int ns_fds[SYS_NS_MAX] = { [SYS_NS_UTS] = 42 };
	struct lx_error err = { 0 };

	fake_reset();
	fake_result("sys_open_beneath", -EACCES);
	assert_int_equal(lx_sysctls_apply(list, ns_fds, 0, &err), -EACCES);
	assert_contains(err.text, "kernel.domainname");
	assert_int_equal(fake_count("sys_setns"), 2); /* there and back */
}

UNIT_MAIN(
	UNIT(test_sysctl_takes_those_of_namespaces),
	UNIT(test_sysctl_refuses_the_hosts_by_name),
	UNIT(test_sysctl_refuses_those_of_a_shared_namespace),
	UNIT(test_sysctl_returns_from_the_namespace_when_a_value_is_refused))
