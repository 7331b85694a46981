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

/* A run in a unit of this host, in all of its hierarchies. */
static struct lx_host in_unit(const struct lx_host *host)
{
	struct lx_host copy = *host;

	strcpy(copy.unit, "/machine.slice/lx@web.service");
	for (size_t i = 0; i < copy.n_hierarchies; i++)
		copy.hierarchies[i].in_unit = true;
	return copy;
}

/* The siblings of the payload's group are not those that are meant. */
static void test_cgroup_limits_weights_are_for_the_run(void **state _unused_)
{
	const struct lx_config config = { .cgroup = { .memory_max = (char *)"1G", .cpu_weight = (char *)"200", .io_weight = (char *)"50" } };
	_cleanup_(lx_limits_done) struct lx_limit_writes writes = { 0 };

	assert_done(lx_limits_build(&config, &host_unified, &writes, &err), &err);
	assert_int_equal(writes.list.n, 3);
	vec_for_each(w, &writes.list)
		assert_int_equal(w->siblings, !str_equal(w->key, "memory.max"));
}

static void test_cgroup_limits_systemd_is_told_of_weights(void **state _unused_)
{
	const struct lx_config config = { .cgroup = { .cpu_weight = (char *)"200" } };
	const struct lx_host unified = in_unit(&host_unified), hybrid = in_unit(&host_hybrid);
	struct lx_cgroup_properties list;

	assert_writes(&unified, CGROUP(.cpu_weight = (char *)"200", .io_weight = (char *)"default 50", .pids_max = (char *)"9"),
		      "pids.max=9\n");
	assert_writes(&hybrid, CGROUP(.cpu_weight = (char *)"200"), "");
	assert_refused(&unified, CGROUP(.cpu_weight = (char *)"20000"), "not a weight");

	assert_done(lx_cgroup_properties_build(&config, &unified, &list, &err), &err);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.items[0].name, "CPUWeight");
	assert_true(list.items[0].is_set && list.items[0].value == 200);
	assert_string_equal(list.items[1].name, "IOWeight");
	assert_false(list.items[1].is_set);
}

/* Where the controller is not the unit's, the siblings are ours. */
static void test_cgroup_limits_systemd_is_told_of_its_own_only(void **state _unused_)
{
	const struct lx_config config = { .cgroup = { .cpu_weight = (char *)"200", .io_weight = (char *)"default 50" } };
	struct lx_host host = in_unit(&host_hybrid);
	struct lx_cgroup_properties list;

	for (size_t i = 0; i < host.n_hierarchies; i++)
		host.hierarchies[i].in_unit = !(host.hierarchies[i].controllers & LX_CONTROLLER_CPU);
	assert_writes(&host, CGROUP(.cpu_weight = (char *)"200", .io_weight = (char *)"default 50"), "cpu.shares=2048\n");
	assert_done(lx_cgroup_properties_build(&config, &host, &list, &err), &err);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.items[0].key, "io.weight");
	assert_int_equal(list.items[0].value, 50);

	assert_done(lx_cgroup_properties_build(&config, &host_unified, &list, &err), &err);
	assert_int_equal(list.n, 0);
}

static void test_cgroup_limits_units_lack_what_they_were_not_given(void **state _unused_)
{
	struct lx_host host = in_unit(&host_unified);

	host.hierarchies[0].controllers &= ~(unsigned)LX_CONTROLLER_CPU;
	assert_refused(&host, CGROUP(.cpu_max = (char *)"50%"), "systemd gave this unit no cpu controller");
}

UNIT_MAIN(UNIT(test_cgroup_limits_nothing_is_nothing), UNIT(test_cgroup_limits_memory), UNIT(test_cgroup_limits_swap),
	  UNIT(test_cgroup_limits_cpu), UNIT(test_cgroup_limits_sets_and_pids), UNIT(test_cgroup_limits_io),
	  UNIT(test_cgroup_limits_compare_numbers), UNIT(test_cgroup_limits_compare_sets),
	  UNIT(test_cgroup_limits_compare_devices),
	  UNIT(test_cgroup_limits_weights_are_for_the_run), UNIT(test_cgroup_limits_systemd_is_told_of_weights),
	  UNIT(test_cgroup_limits_systemd_is_told_of_its_own_only), UNIT(test_cgroup_limits_units_lack_what_they_were_not_given))
