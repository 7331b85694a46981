/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits: what the keys come to on v1 and v2, what is refused, and how the kernel's answer is compared. */
#include "unit.h"

#include "base/buf.h"
#include "base/str.h"
#include "cgroup/limits.h"

#include "cgroup-host.h"

static struct lx_error err;

/* "file=value" lines, or NULL when it is refused. */
static char *build(const struct lx_host *host, const struct lx_config_cgroup *cgroup)
{
	_cleanup_(lx_limits_done) struct lx_limit_writes writes = { 0 };
	const struct lx_config config = { .cgroup = *cgroup };
	struct buf text = BUF_INIT;

	err = (struct lx_error){ 0 };
	if (lx_limits_build(&config, host, &writes, &err) < 0)
		return NULL;
	vec_for_each(w, &writes.list)
		buf_addf(&text, "%s=%s\n", w->file, w->value);
	return buf_steal(&text);
}

#define CGROUP(...) (&(struct lx_config_cgroup){ __VA_ARGS__ })

static void assert_writes(const struct lx_host *host, const struct lx_config_cgroup *cgroup, const char *wanted)
{
	_cleanup_free_ char *text = build(host, cgroup);

	if (!text)
		fail_msg("refused: %s", err.text);
	assert_string_equal(text, wanted);
}

static void assert_refused(const struct lx_host *host, const struct lx_config_cgroup *cgroup, const char *part)
{
	_cleanup_free_ char *text = build(host, cgroup);

	assert_null(text);
	assert_contains(err.text, part);
}

static void test_cgroup_limits_nothing_is_nothing(void **state _unused_)
{
	assert_writes(&host_none, CGROUP(0), "");
	assert_writes(&host_hybrid, CGROUP(.memory_max = (char *)""), "");
}

static void test_cgroup_limits_memory(void **state _unused_)
{
	assert_writes(&host_hybrid, CGROUP(.memory_max = (char *)"512M"), "memory.limit_in_bytes=536870912\n");
	assert_writes(&host_hybrid, CGROUP(.memory_max = (char *)"max"), "memory.limit_in_bytes=-1\n");
	assert_writes(&host_unified, CGROUP(.memory_max = (char *)"512M", .memory_high = (char *)"256M"),
		      "memory.max=536870912\nmemory.high=268435456\n");
	assert_refused(&host_hybrid, CGROUP(.memory_high = (char *)"256M"), "memory.high cannot be applied");
	assert_refused(&host_none, CGROUP(.memory_max = (char *)"1G"), "no memory controller");
}

static void test_cgroup_limits_swap(void **state _unused_)
{
	struct lx_host without = host_hybrid;

	assert_writes(&host_hybrid, CGROUP(.memory_max = (char *)"64M", .memory_swap_max = (char *)"16M"),
		      "memory.limit_in_bytes=67108864\nmemory.memsw.limit_in_bytes=83886080\n");
	assert_writes(&host_hybrid, CGROUP(.memory_swap_max = (char *)"max"), "memory.memsw.limit_in_bytes=-1\n");
	assert_writes(&host_unified, CGROUP(.memory_swap_max = (char *)"0"), "memory.swap.max=0\n");
	assert_refused(&host_hybrid, CGROUP(.memory_swap_max = (char *)"16M"), "set memory.max as well");
	without.swap_limit = false;
	assert_refused(&without, CGROUP(.memory_swap_max = (char *)"max"), "swapaccount=1");
}

static void test_cgroup_limits_cpu(void **state _unused_)
{
	assert_writes(&host_hybrid, CGROUP(.cpu_max = (char *)"50%"), "cpu.cfs_period_us=100000\ncpu.cfs_quota_us=50000\n");
	assert_writes(&host_unified, CGROUP(.cpu_max = (char *)"150%"), "cpu.max=150000 100000\n");
	assert_writes(&host_unified, CGROUP(.cpu_max = (char *)"20000 50000"), "cpu.max=20000 50000\n");
	assert_writes(&host_legacy, CGROUP(.cpu_max = (char *)"max"), "cpu.cfs_period_us=100000\ncpu.cfs_quota_us=-1\n");
	assert_writes(&host_unified, CGROUP(.cpu_max = (char *)"max 50000"), "cpu.max=max 50000\n");
	assert_writes(&host_hybrid, CGROUP(.cpu_weight = (char *)"100"), "cpu.shares=1024\n");
	assert_writes(&host_hybrid, CGROUP(.cpu_weight = (char *)"10000"), "cpu.shares=102400\n");
	assert_writes(&host_hybrid, CGROUP(.cpu_weight = (char *)"1"), "cpu.shares=10\n");
	assert_writes(&host_unified, CGROUP(.cpu_weight = (char *)"200"), "cpu.weight=200\n");
	assert_refused(&host_unified, CGROUP(.cpu_max = (char *)"0.5%"), "no less than 1000");
	assert_refused(&host_unified, CGROUP(.cpu_weight = (char *)"0"), "not a weight");
}

static void test_cgroup_limits_sets_and_pids(void **state _unused_)
{
	assert_writes(&host_hybrid,
		      CGROUP(.cpuset_cpus = (char *)"0-1", .cpuset_mems = (char *)"0", .pids_max = (char *)"4096"),
		      "cpuset.cpus=0-1\ncpuset.mems=0\npids.max=4096\n");
	assert_refused(&host_legacy, CGROUP(.cpuset_cpus = (char *)"0"), "no cpuset controller");
}

static void test_cgroup_limits_io(void **state _unused_)
{
	char *lines[] = { (char *)"8:0 rbps=1048576 wiops=max", NULL };
	char *wrong[] = { (char *)"8:0 fast=1", NULL };
	struct lx_host without = host_hybrid;

	assert_writes(&host_hybrid, CGROUP(.io_max = lines),
		      "blkio.throttle.read_bps_device=8:0 1048576\nblkio.throttle.write_iops_device=8:0 0\n");
	assert_writes(&host_unified, CGROUP(.io_max = lines), "io.max=8:0 rbps=1048576 wiops=max\n");
	assert_refused(&host_hybrid, CGROUP(.io_max = wrong), "fast=1");
	assert_writes(&host_hybrid, CGROUP(.io_weight = (char *)"default 100"), "blkio.bfq.weight=100\n");
	assert_writes(&host_hybrid, CGROUP(.io_weight = (char *)"10000"), "blkio.bfq.weight=1000\n");
	assert_writes(&host_unified, CGROUP(.io_weight = (char *)"50"), "io.weight=default 50\n");
	without.io_weight = false;
	assert_refused(&without, CGROUP(.io_weight = (char *)"50"), "bfq");
}

static bool matches(enum lx_limit_form form, const char *value, const char *text)
{
	const struct lx_limit_write w = { .form = form, .value = (char *)value };

	return lx_limit_matches(&w, text);
}

static void test_cgroup_limits_compare_numbers(void **state _unused_)
{
	assert_true(matches(LX_LIMIT_BYTES, "5000", "4096\n"));
	assert_false(matches(LX_LIMIT_BYTES, "5000", "8192\n"));
	assert_true(matches(LX_LIMIT_BYTES, "-1", "9223372036854771712\n"));
	assert_true(matches(LX_LIMIT_BYTES, "max", "max\n"));
	assert_false(matches(LX_LIMIT_BYTES, "max", "4096\n"));
	assert_true(matches(LX_LIMIT_TEXT, "50000 100000", "50000 100000\n"));
	assert_false(matches(LX_LIMIT_TEXT, "50000", "500\n"));
	assert_true(matches(LX_LIMIT_TEXT, "default 50", "default 50\n8:0 10\n"));
}

static void test_cgroup_limits_compare_sets(void **state _unused_)
{
	assert_true(matches(LX_LIMIT_SET, "0,1,3", "0-1,3\n"));
	assert_false(matches(LX_LIMIT_SET, "0-3", "0-1\n"));
	assert_false(matches(LX_LIMIT_SET, "0", "\n"));
	assert_false(matches(LX_LIMIT_SET, "0-99999", "0-1\n"));
}

static void test_cgroup_limits_compare_devices(void **state _unused_)
{
	assert_true(matches(LX_LIMIT_DEVICE, "8:0 100", "8:16 5\n8:0 100\n"));
	assert_false(matches(LX_LIMIT_DEVICE, "8:0 100", "8:0 1000\n"));
	assert_true(matches(LX_LIMIT_DEVICE, "8:0 0", "8:16 5\n"));
	assert_true(matches(LX_LIMIT_DEVICE_MAX, "8:0 rbps=100 wiops=max", "8:0 rbps=100 wbps=max riops=max wiops=max\n"));
	assert_false(matches(LX_LIMIT_DEVICE_MAX, "8:0 rbps=100", "8:0 rbps=max wbps=1 riops=max wiops=max\n"));
	assert_true(matches(LX_LIMIT_DEVICE_MAX, "8:0 rbps=max", ""));
	assert_false(matches(LX_LIMIT_DEVICE_MAX, "8:0 rbps=1", ""));
}

UNIT_MAIN(UNIT(test_cgroup_limits_nothing_is_nothing), UNIT(test_cgroup_limits_memory), UNIT(test_cgroup_limits_swap),
	  UNIT(test_cgroup_limits_cpu), UNIT(test_cgroup_limits_sets_and_pids), UNIT(test_cgroup_limits_io),
	  UNIT(test_cgroup_limits_compare_numbers), UNIT(test_cgroup_limits_compare_sets),
	  UNIT(test_cgroup_limits_compare_devices))
