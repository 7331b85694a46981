/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resource limits of the container's first process, setrlimit(2). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macro.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"
#include "security/security.h"
#include "sys/sys.h"

#define KIB 1024ULL
#define MIB (1024 * KIB)

/*
 * Words of the configuration, and what the kernel gives its own first process (include/asm-generic/resource.h); nofile has
 * the larger hard limit that inits have raised for long. nproc and sigpending depend on the machine's memory: there the
 * monitor's stay.
 */
static const struct {
	const char *word;
	int resource;
	bool has_default;
	rlim_t soft, hard;
} resources[] = {
	{ "as", RLIMIT_AS, true, RLIM_INFINITY, RLIM_INFINITY },
	{ "core", RLIMIT_CORE, true, 0, RLIM_INFINITY },
	{ "cpu", RLIMIT_CPU, true, RLIM_INFINITY, RLIM_INFINITY },
	{ "data", RLIMIT_DATA, true, RLIM_INFINITY, RLIM_INFINITY },
	{ "fsize", RLIMIT_FSIZE, true, RLIM_INFINITY, RLIM_INFINITY },
	{ "locks", RLIMIT_LOCKS, true, RLIM_INFINITY, RLIM_INFINITY },
	{ "memlock", RLIMIT_MEMLOCK, true, 8 * MIB, 8 * MIB },
	{ "msgqueue", RLIMIT_MSGQUEUE, true, 800 * KIB, 800 * KIB },
	{ "nice", RLIMIT_NICE, true, 0, 0 },
	{ "nofile", RLIMIT_NOFILE, true, 1024, 512 * KIB },
	{ "nproc", RLIMIT_NPROC, false, 0, 0 },
	{ "rss", RLIMIT_RSS, true, RLIM_INFINITY, RLIM_INFINITY },
	{ "rtprio", RLIMIT_RTPRIO, true, 0, 0 },
	{ "rttime", RLIMIT_RTTIME, true, RLIM_INFINITY, RLIM_INFINITY },
	{ "sigpending", RLIMIT_SIGPENDING, false, 0, 0 },
	{ "stack", RLIMIT_STACK, true, 8 * MIB, RLIM_INFINITY },
};

static const char *resource_word(int resource)
{
	for (size_t i = 0; i < array_size(resources); i++)
		if (resources[i].resource == resource)
			return resources[i].word;
	return "resource";
}

static int find_resource(const char *word)
{
	for (size_t i = 0; i < array_size(resources); i++)
		if (str_equal(resources[i].word, word))
			return resources[i].resource;
	return -EINVAL;
}

static int parse_limit(const char *text, rlim_t *ret)
{
	uint64_t value;
	int r;

	if (str_equal(text, "unlimited") || str_equal(text, "infinity")) {
		*ret = RLIM_INFINITY;
		return 0;
	}
	r = parse_size(text, &value);
	if (r < 0)
		return r;
	*ret = (rlim_t)value;
	return 0;
}

/* "nofile=1024:4096", "core=0" */
static int parse_rlimit(const char *text, struct lx_rlimit *ret)
{
	_cleanup_free_ char *copy = strdup(text);
	struct lx_rlimit limit = { .configured = true };
	char *value, *hard;
	int r;

	if (!copy)
		return -ENOMEM;
	value = strchr(copy, '=');
	if (!value)
		return -EINVAL;
	*value++ = '\0';
	hard = strchr(value, ':');
	if (hard)
		*hard++ = '\0';

	r = limit.resource = find_resource(copy);
	if (r >= 0)
		r = parse_limit(value, &limit.limit.rlim_cur);
	if (r >= 0)
		r = parse_limit(hard ? hard : value, &limit.limit.rlim_max);
	if (r < 0)
		return r;
	if (limit.limit.rlim_cur > limit.limit.rlim_max)
		return -ERANGE;
	*ret = limit;
	return 0;
}

static struct lx_rlimit *find_limit(struct lx_rlimits *limits, int resource)
{
	vec_for_each(l, &limits->list)
		if (l->resource == resource)
			return l;
	return vec_add(&limits->list);
}

static int add_defaults(struct lx_rlimits *limits)
{
	for (size_t i = 0; i < array_size(resources); i++) {
		struct lx_rlimit *added;

		if (!resources[i].has_default)
			continue;
		added = vec_add(&limits->list);
		if (!added)
			return -ENOMEM;
		*added = (struct lx_rlimit){ resources[i].resource, { resources[i].soft, resources[i].hard }, false };
	}
	return 0;
}

int lx_rlimits_build(const struct lx_config *config, struct lx_rlimits *ret, struct lx_error *err)
{
	_cleanup_(lx_rlimits_done) struct lx_rlimits limits = { 0 };
	char place[512];

	if (add_defaults(&limits) < 0)
		return lx_error_oom(err);

	strv_for_each(word, config->security.rlimits) {
		struct lx_rlimit parsed, *limit;
		int r = parse_rlimit(word, &parsed);

		if (r < 0)
			return lx_error_say(err, r, "%s is not a resource limit such as nofile=1024:4096 (%s)", word,
					    lx_config_origin(config, "security.rlimit", place, sizeof(place)));
		limit = find_limit(&limits, parsed.resource);
		if (!limit)
			return lx_error_oom(err);
		*limit = parsed;
	}

	*ret = limits;
	limits = (struct lx_rlimits){ 0 };
	return 0;
}

void lx_rlimits_done(struct lx_rlimits *limits)
{
	vec_done(&limits->list);
}

void lx_rlimits_format(const struct lx_rlimits *limits, const char *prefix, struct buf *out)
{
	for (size_t i = 0; i < array_size(resources); i++) {
		struct rlimit limit = { 0 };
		bool known = sys_rlimit_get(0, resources[i].resource, &limit) >= 0;

		vec_for_each(l, &limits->list)
			if (l->resource == resources[i].resource) {
				limit = l->limit;
				known = true;
			}
		if (known)
			buf_addf(out, "%s%s=%llu:%llu\n", prefix, resources[i].word, (unsigned long long)limit.rlim_cur,
				 (unsigned long long)limit.rlim_max);
	}
}

int lx_rlimits_take(struct lx_rlimits *limits, const char *text)
{
	unsigned long long soft, hard;
	struct lx_rlimit *limit;
	char word[16], end;
	int resource;

	if (sscanf(text, "%15[a-z]=%llu:%llu%c", word, &soft, &hard, &end) != 3 || soft > hard)
		return -EPROTO;
	resource = find_resource(word);
	if (resource < 0)
		return 0; /* of a newer monitor */
	limit = find_limit(limits, resource);
	if (!limit)
		return -ENOMEM;
	*limit = (struct lx_rlimit){ resource, { (rlim_t)soft, (rlim_t)hard }, false };
	return 0;
}

/* A default that is above what we may give becomes what we may give; a configured one is refused. */
static int apply_limit(const struct lx_rlimit *l, pid_t pid, struct lx_error *err)
{
	struct rlimit wanted = l->limit, now;
	int r;

	r = sys_rlimit_set(pid, l->resource, &wanted);
	if (r != -EPERM)
		return r < 0 ? lx_error_set(err, r, "set resource limit %s", resource_word(l->resource)) : 0;

	r = sys_rlimit_get(pid, l->resource, &now);
	if (r < 0)
		return lx_error_set(err, r, "read resource limit %s", resource_word(l->resource));
	if (now.rlim_cur == wanted.rlim_cur && now.rlim_max == wanted.rlim_max)
		return 0;
	if (l->configured)
		return lx_error_say(err, -EPERM, "resource limit %s cannot be raised above %llu here", resource_word(l->resource),
				    (unsigned long long)now.rlim_max);

	wanted.rlim_max = MIN_OF(wanted.rlim_max, now.rlim_max);
	wanted.rlim_cur = MIN_OF(wanted.rlim_cur, wanted.rlim_max);
	r = sys_rlimit_set(pid, l->resource, &wanted);
	return r < 0 ? lx_error_set(err, r, "set resource limit %s", resource_word(l->resource)) : 0;
}

int lx_rlimits_apply(const struct lx_rlimits *limits, pid_t pid, struct lx_error *err)
{
	vec_for_each(l, &limits->list) {
		int r = apply_limit(l, pid, err);

		if (r < 0)
			return r;
	}
	return 0;
}
