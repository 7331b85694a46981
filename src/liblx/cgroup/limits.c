/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Limits: one table from the kernel's v2 names, which are our keys, to what has to be written on v1 and on v2. What a host
 * cannot do as it is meant is an error that names the key, before anything starts; nothing is approximated silently.
 */
#include "cgroup/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/driver.h"

#define CPU_PERIOD_USEC 100000ULL
#define CPU_QUOTA_MIN_USEC 1000ULL

struct limit;

/* One key being built. */
struct build {
	const struct lx_config *config;
	const struct lx_host *host;
	const struct limit *limit;
	struct lx_limit_writes *writes;
	struct lx_error *err;
};

typedef int (*build_fn)(struct build *b, const char *value);

struct limit {
	const char *key;
	size_t offset;       /* of char *, or of char ** for lists, in struct lx_config_cgroup */
	bool list;
	unsigned controller;
	build_fn v1, v2;
	const char *v1_refusal; /* why v1 cannot do it, when v1 is NULL */
	const char *property; /* of a unit: what counts among siblings only. NULL: it holds where the payload is */
};

static int refuse(struct build *b, int code, const char *format, ...) _printf_(3, 4);

static int refuse(struct build *b, int code, const char *format, ...)
{
	char reason[512], key[64], place[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(reason, sizeof(reason), format, ap);
	va_end(ap);
	snprintf(key, sizeof(key), "cgroup.%s", b->limit->key);
	return lx_error_say(b->err, code, "%s cannot be applied: %s (%s)", b->limit->key, reason,
			    lx_config_origin(b->config, key, place, sizeof(place)));
}

static int add_write(struct build *b, const char *file, enum lx_limit_form form, const char *format, ...) _printf_(4, 5);

static int add_write(struct build *b, const char *file, enum lx_limit_form form, const char *format, ...)
{
	struct lx_limit_write *w = vec_add(&b->writes->list);
	va_list ap;

	if (!w)
		return lx_error_oom(b->err);
	w->key = b->limit->key;
	w->siblings = b->limit->property;
	w->controller = b->limit->controller;
	w->file = file;
	w->form = form;
	va_start(ap, format);
	if (vasprintf(&w->value, format, ap) < 0)
		w->value = NULL;
	va_end(ap);
	return w->value ? 0 : lx_error_oom(b->err);
}

static bool is_max(const char *value)
{
	return str_equal(value, "max");
}

static int parse_bytes(struct build *b, const char *value, uint64_t *ret)
{
	int r = parse_size(value, ret);

	return r < 0 ? refuse(b, r, "%s is not a size", value) : 0;
}

static int build_bytes(struct build *b, const char *value, const char *file, const char *unlimited)
{
	uint64_t bytes;
	int r;

	if (is_max(value))
		return add_write(b, file, LX_LIMIT_BYTES, "%s", unlimited);
	r = parse_bytes(b, value, &bytes);
	return r < 0 ? r : add_write(b, file, LX_LIMIT_BYTES, "%" PRIu64, bytes);
}

static int build_memory_v1(struct build *b, const char *value)
{
	return build_bytes(b, value, "memory.limit_in_bytes", "-1");
}

/* v1 limits memory and swap together, by their sum. */
static int build_swap_v1(struct build *b, const char *value)
{
	const char *memory = b->config->cgroup.memory_max;
	uint64_t swap_bytes, memory_bytes;
	int r;

	if (is_max(value))
		return add_write(b, "memory.memsw.limit_in_bytes", LX_LIMIT_BYTES, "-1");
	if (str_empty(memory) || is_max(memory))
		return refuse(b, -EINVAL, "cgroup v1 limits swap together with memory; set memory.max as well");

	r = parse_bytes(b, value, &swap_bytes);
	if (r < 0)
		return r;
	r = parse_bytes(b, memory, &memory_bytes);
	if (r < 0)
		return r;
	if (swap_bytes > UINT64_MAX - memory_bytes)
		return refuse(b, -ERANGE, "its sum with memory.max is too large");
	return add_write(b, "memory.memsw.limit_in_bytes", LX_LIMIT_BYTES, "%" PRIu64, memory_bytes + swap_bytes);
}

static int build_bytes_v2(struct build *b, const char *value)
{
	return build_bytes(b, value, b->limit->key, "max");
}

static int build_text(struct build *b, const char *value)
{
	return add_write(b, b->limit->key, LX_LIMIT_TEXT, "%s", value);
}

static int build_set(struct build *b, const char *value)
{
	return add_write(b, b->limit->key, LX_LIMIT_SET, "%s", value);
}

/* quota UINT64_MAX: none */
static int parse_cpu(struct build *b, const char *value, uint64_t *ret_quota, uint64_t *ret_period)
{
	_cleanup_strv_ char **words = NULL;
	uint64_t quota, period = CPU_PERIOD_USEC, hundredths;

	if (parse_percent(value, &hundredths) >= 0) {
		quota = hundredths > UINT64_MAX / period ? UINT64_MAX - 1 : hundredths * period / 10000;
	} else {
		if (strv_split(value, " \t", &words) < 0)
			return lx_error_oom(b->err);
		if (strv_length(words) < 1 || strv_length(words) > 2)
			return refuse(b, -EINVAL, "\"%s\" is not of the form 50%% or QUOTA PERIOD", value);
		if (is_max(words[0]))
			quota = UINT64_MAX;
		else if (parse_uint(words[0], &quota) < 0)
			return refuse(b, -EINVAL, "\"%s\" is not a quota", words[0]);
		if (words[1] && parse_uint(words[1], &period) < 0)
			return refuse(b, -EINVAL, "\"%s\" is not a period", words[1]);
	}
	if (quota < CPU_QUOTA_MIN_USEC)
		return refuse(b, -ERANGE, "the kernel gives no less than %llu microseconds of a period of %" PRIu64,
			      CPU_QUOTA_MIN_USEC, period);
	*ret_quota = quota;
	*ret_period = period;
	return 0;
}

static int build_cpu_v1(struct build *b, const char *value)
{
	uint64_t quota, period;
	int r;

	r = parse_cpu(b, value, &quota, &period);
	if (r < 0)
		return r;
	r = add_write(b, "cpu.cfs_period_us", LX_LIMIT_TEXT, "%" PRIu64, period);
	if (r < 0)
		return r;
	if (quota == UINT64_MAX)
		return add_write(b, "cpu.cfs_quota_us", LX_LIMIT_TEXT, "-1");
	return add_write(b, "cpu.cfs_quota_us", LX_LIMIT_TEXT, "%" PRIu64, quota);
}

static int build_cpu_v2(struct build *b, const char *value)
{
	uint64_t quota, period;
	int r;

	r = parse_cpu(b, value, &quota, &period);
	if (r < 0)
		return r;
	if (quota == UINT64_MAX)
		return add_write(b, "cpu.max", LX_LIMIT_TEXT, "max %" PRIu64, period);
	return add_write(b, "cpu.max", LX_LIMIT_TEXT, "%" PRIu64 " %" PRIu64, quota, period);
}

static int parse_weight(struct build *b, const char *value, uint64_t *ret)
{
	if (parse_uint(value, ret) < 0 || *ret < 1 || *ret > 10000)
		return refuse(b, -ERANGE, "\"%s\" is not a weight from 1 to 10000", value);
	return 0;
}

/* Weight 100 is 1024 shares, both the kernel's defaults. */
static int build_shares_v1(struct build *b, const char *value)
{
	uint64_t weight;
	int r;

	r = parse_weight(b, value, &weight);
	return r < 0 ? r : add_write(b, "cpu.shares", LX_LIMIT_TEXT, "%" PRIu64, MAX_OF(weight * 1024 / 100, UINT64_C(2)));
}

static int build_weight_v2(struct build *b, const char *value)
{
	uint64_t weight;
	int r;

	r = parse_weight(b, value, &weight);
	return r < 0 ? r : add_write(b, b->limit->key, LX_LIMIT_TEXT, "%" PRIu64, weight);
}

static const char *without_default(const char *value)
{
	const char *number = str_after(value, "default ");

	return number ? number : value;
}

/* bfq knows 1 to 1000 around the same default of 100; above it the scale is compressed as far as bfq's end is nearer. */
static int build_io_weight_v1(struct build *b, const char *value)
{
	uint64_t weight;
	int r;

	r = parse_weight(b, without_default(value), &weight);
	if (r < 0)
		return r;
	if (weight > 100)
		weight = 100 + (weight - 100) * (1000 - 100) / (10000 - 100);
	return add_write(b, "blkio.bfq.weight", LX_LIMIT_TEXT, "%" PRIu64, weight);
}

static int build_io_weight_v2(struct build *b, const char *value)
{
	uint64_t weight;
	int r;

	r = parse_weight(b, without_default(value), &weight);
	return r < 0 ? r : add_write(b, "io.weight", LX_LIMIT_TEXT, "default %" PRIu64, weight);
}

static const struct {
	const char *word, *file;
} throttles[] = {
	{ "rbps=", "blkio.throttle.read_bps_device" },
	{ "wbps=", "blkio.throttle.write_bps_device" },
	{ "riops=", "blkio.throttle.read_iops_device" },
	{ "wiops=", "blkio.throttle.write_iops_device" },
};

static int build_throttle(struct build *b, const char *device, const char *word)
{
	for (size_t i = 0; i < array_size(throttles); i++) {
		const char *number = str_after(word, throttles[i].word);
		uint64_t value = 0;

		if (!number)
			continue;
		if (!is_max(number) && (parse_uint(number, &value) < 0 || value == 0))
			break;
		return add_write(b, throttles[i].file, LX_LIMIT_DEVICE, "%s %" PRIu64, device, value);
	}
	return refuse(b, -EINVAL, "\"%s\" is none of rbps=N wbps=N riops=N wiops=N", word);
}

static int build_io_max_v1(struct build *b, const char *value)
{
	_cleanup_strv_ char **words = NULL;
	int r;

	if (strv_split(value, " \t", &words) < 0)
		return lx_error_oom(b->err);
	if (strv_length(words) < 2)
		return refuse(b, -EINVAL, "\"%s\" is not of the form MAJOR:MINOR rbps=N", value);
	strv_for_each(word, words + 1) {
		r = build_throttle(b, words[0], word);
		if (r < 0)
			return r;
	}
	return 0;
}

static int build_io_max_v2(struct build *b, const char *value)
{
	return add_write(b, "io.max", LX_LIMIT_DEVICE_MAX, "%s", value);
}

/* The order is that of the writes: v1 wants memory.max before the sum with swap when a limit shrinks. */
static const struct limit limits[] = {
#define FIELD(name) offsetof(struct lx_config_cgroup, name)
	{ "memory.max", FIELD(memory_max), false, LX_CONTROLLER_MEMORY, build_memory_v1, build_bytes_v2 },
	{ "memory.high", FIELD(memory_high), false, LX_CONTROLLER_MEMORY, NULL, build_bytes_v2,
	  "cgroup v1 has nothing that slows a group down at a limit (its soft limit only counts when the whole host is short)" },
	{ "memory.swap.max", FIELD(memory_swap_max), false, LX_CONTROLLER_MEMORY, build_swap_v1, build_bytes_v2 },
	{ "cpu.max", FIELD(cpu_max), false, LX_CONTROLLER_CPU, build_cpu_v1, build_cpu_v2 },
	{ "cpu.weight", FIELD(cpu_weight), false, LX_CONTROLLER_CPU, build_shares_v1, build_weight_v2, NULL, "CPUWeight" },
	{ "cpuset.cpus", FIELD(cpuset_cpus), false, LX_CONTROLLER_CPUSET, build_set, build_set },
	{ "cpuset.mems", FIELD(cpuset_mems), false, LX_CONTROLLER_CPUSET, build_set, build_set },
	{ "pids.max", FIELD(pids_max), false, LX_CONTROLLER_PIDS, build_text, build_text },
	{ "io.weight", FIELD(io_weight), false, LX_CONTROLLER_IO, build_io_weight_v1, build_io_weight_v2, NULL, "IOWeight" },
	{ "io.max", FIELD(io_max), true, LX_CONTROLLER_IO, build_io_max_v1, build_io_max_v2 },
#undef FIELD
};

/* Facts of the host beyond the controller itself. */
static const struct {
	const char *key;
	size_t fact;         /* bool in struct lx_host that must hold */
	const char *reason;
} needs[] = {
	{ "memory.swap.max", offsetof(struct lx_host, swap_limit),
	  "this kernel does not account swap; boot it with swapaccount=1" },
	{ "io.weight", offsetof(struct lx_host, io_weight), "this kernel has no bfq, which weights are for on cgroup v1" },
};

static const char *controller_name(unsigned controller)
{
	switch (controller) {
	case LX_CONTROLLER_CPU:
		return "cpu";
	case LX_CONTROLLER_CPUSET:
		return "cpuset";
	case LX_CONTROLLER_PIDS:
		return "pids";
	case LX_CONTROLLER_IO:
		return "io (blkio)";
	default:
		return "memory";
	}
}

static const struct lx_host_hierarchy *find_hierarchy(const struct lx_host *host, unsigned controller)
{
	for (size_t i = 0; i < host->n_hierarchies; i++)
		if (host->hierarchies[i].controllers & controller)
			return &host->hierarchies[i];
	return NULL;
}

static int check_needs(struct build *b)
{
	for (size_t i = 0; i < array_size(needs); i++)
		if (str_equal(needs[i].key, b->limit->key) && !*(const bool *)((const char *)b->host + needs[i].fact))
			return refuse(b, -EOPNOTSUPP, "%s", needs[i].reason);
	return 0;
}

/* A weight of ours is one of systemd's. */
static int check_property(struct build *b, const char *value)
{
	uint64_t number;

	return parse_weight(b, without_default(value), &number);
}

static int build_value(struct build *b, const char *value)
{
	const struct lx_host_hierarchy *h = find_hierarchy(b->host, b->limit->controller);
	build_fn build;
	int r;

	if (!h && *b->host->unit && b->host->cgroup_layout == LX_CGROUP_UNIFIED)
		return refuse(b, -EOPNOTSUPP, "systemd gave this unit no %s controller; see Delegate= and DisableControllers=",
			      controller_name(b->limit->controller));
	if (!h && b->host->rootless)
		return refuse(b, -EPERM, "this session has no control group of its own with the %s controller; start the container by "
			      "systemd-run --user --scope -p Delegate=yes", controller_name(b->limit->controller));
	if (!h)
		return refuse(b, -EOPNOTSUPP, "this host has no %s controller", controller_name(b->limit->controller));
	build = h->unified ? b->limit->v2 : b->limit->v1;
	if (!build)
		return refuse(b, -EOPNOTSUPP, "%s", b->limit->v1_refusal);
	r = check_needs(b);
	if (r < 0)
		return r;
	/* the unit's siblings are not ours: lx_cgroup_properties_build() */
	return b->limit->property && h->in_unit ? check_property(b, value) : build(b, value);
}

static int build_limit(struct build *b)
{
	const char *field = (const char *)&b->config->cgroup + b->limit->offset;
	int r;

	if (!b->limit->list) {
		const char *value = *(char *const *)field;

		return str_empty(value) ? 0 : build_value(b, value);
	}
	strv_for_each(value, *(char **const *)field) {
		r = build_value(b, value);
		if (r < 0)
			return r;
	}
	return 0;
}

int lx_limits_build(const struct lx_config *config, const struct lx_host *host, struct lx_limit_writes *ret, struct lx_error *err)
{
	_cleanup_(lx_limits_done) struct lx_limit_writes writes = { 0 };

	for (size_t i = 0; i < array_size(limits); i++) {
		struct build b = { config, host, &limits[i], &writes, err };
		int r = build_limit(&b);

		if (r < 0)
			return r;
	}
	*ret = writes;
	writes = (struct lx_limit_writes){ 0 };
	return 0;
}

static int add_property(struct build *b, struct lx_cgroup_properties *ret)
{
	const struct lx_host_hierarchy *h = find_hierarchy(b->host, b->limit->controller);
	const char *value = *(char *const *)((const char *)&b->config->cgroup + b->limit->offset);
	struct lx_cgroup_property property = { b->limit->key, b->limit->property, .is_set = !str_empty(value) };
	int r;

	if (!b->limit->property || !h || !h->in_unit || ret->n == array_size(ret->items))
		return 0;
	r = property.is_set ? parse_weight(b, without_default(value), &property.value) : 0;
	if (r >= 0)
		ret->items[ret->n++] = property;
	return r;
}

int lx_cgroup_properties_build(const struct lx_config *config, const struct lx_host *host, struct lx_cgroup_properties *ret,
			       struct lx_error *err)
{
	*ret = (struct lx_cgroup_properties){ 0 };
	for (size_t i = 0; i < array_size(limits); i++) {
		struct build b = { config, host, &limits[i], NULL, err };
		int r = add_property(&b, ret);

		if (r < 0)
			return r;
	}
	return 0;
}

void lx_limits_done(struct lx_limit_writes *writes)
{
	vec_for_each(w, &writes->list)
		free(w->value);
	vec_done(&writes->list);
}

int lx_cgroup_check_limits(const struct lx_config *config, const struct lx_host *host, struct lx_error *err)
{
	_cleanup_(lx_limits_done) struct lx_limit_writes writes = { 0 };

	return lx_limits_build(config, host, &writes, err);
}
