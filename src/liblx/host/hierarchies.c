/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which cgroup hierarchies this host has mounted, and so its layout. The mounts decide, never a version: a kernel that
 * knows v2 says nothing about what its administrator uses. Of several mounts of one hierarchy the first counts, and only
 * mounts of a hierarchy's root: a part of one, as containers get to see it, has other paths.
 */
#include "host/host.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "base/str.h"
#include "base/strv.h"
#include "sys/sys.h"

/* v1 names of what a hierarchy can hold. */
static const struct {
	const char *word;
	unsigned bit;
} controllers[] = {
	{ "cpu", LX_CONTROLLER_CPU },
	{ "cpuacct", LX_CONTROLLER_CPUACCT },
	{ "cpuset", LX_CONTROLLER_CPUSET },
	{ "memory", LX_CONTROLLER_MEMORY },
	{ "pids", LX_CONTROLLER_PIDS },
	{ "blkio", LX_CONTROLLER_IO },
	{ "devices", LX_CONTROLLER_DEVICES },
	{ "freezer", LX_CONTROLLER_FREEZER },
	{ "name=systemd", LX_CONTROLLER_SYSTEMD },
};

/* Words of super options that name what is attached, not how it was mounted. */
static const char *const other_controllers[] = {
	"net_cls", "net_prio", "perf_event", "hugetlb", "rdma", "misc", "debug", NULL,
};

static unsigned find_controller(const char *word)
{
	for (size_t i = 0; i < array_size(controllers); i++)
		if (str_equal(controllers[i].word, word))
			return controllers[i].bit;
	return 0;
}

static bool is_attached(const char *word)
{
	if (find_controller(word) != 0 || str_after(word, "name="))
		return true;
	for (const char *const *p = other_controllers; *p; p++)
		if (str_equal(*p, word))
			return true;
	return false;
}

/* "rw,cpu,cpuacct" to the options that mount the same hierarchy again. */
static int parse_v1_options(const char *super_options, struct lx_host_hierarchy *h)
{
	_cleanup_strv_ char **words = NULL;
	int r;

	r = strv_split(super_options, ",", &words);
	if (r < 0)
		return r;

	strv_for_each(word, words) {
		size_t used = strlen(h->options);
		int n;

		if (!is_attached(word))
			continue;
		h->controllers |= find_controller(word);
		n = snprintf(h->options + used, sizeof(h->options) - used, "%s%s%s", used ? "," : "",
			     str_after(word, "name=") ? "none," : "", word);
		if (n < 0 || (size_t)n >= sizeof(h->options) - used)
			return -E2BIG;
	}
	return 0;
}

static bool is_known(const struct lx_host *host, const struct lx_host_hierarchy *h)
{
	for (size_t i = 0; i < host->n_hierarchies; i++)
		if (host->hierarchies[i].unified == h->unified && str_equal(host->hierarchies[i].options, h->options))
			return true;
	return false;
}

/* 1: a hierarchy; 0: something else, or one that we have. */
static int parse_mount(const struct sys_mount_entry *m, const struct lx_host *host, struct lx_host_hierarchy *ret)
{
	struct lx_host_hierarchy h = { .unified = str_equal(m->type, "cgroup2") };
	int r;

	if (!h.unified && !str_equal(m->type, "cgroup"))
		return 0;
	if (!str_equal(m->root, "/") || strlen(m->point) >= sizeof(h.point))
		return 0;
	strcpy(h.point, m->point);

	if (!h.unified) {
		r = parse_v1_options(m->super_options, &h);
		if (r == -E2BIG)
			return 0;
		if (r < 0)
			return r;
	}
	if (is_known(host, &h))
		return 0;

	*ret = h;
	return 1;
}

static enum lx_cgroup_layout find_layout(const struct lx_host *host)
{
	bool v1 = false, v2 = false;

	for (size_t i = 0; i < host->n_hierarchies; i++) {
		v1 |= !host->hierarchies[i].unified;
		v2 |= host->hierarchies[i].unified;
	}
	if (v1)
		return v2 ? LX_CGROUP_HYBRID : LX_CGROUP_LEGACY;
	return v2 ? LX_CGROUP_UNIFIED : LX_CGROUP_NONE;
}

/* Of hundreds of mounts these few matter to everyone who asks. */
static char *cgroup_lines(const char *mountinfo)
{
	static const char mark[] = " - cgroup";
	struct buf lines = BUF_INIT;
	size_t n;

	for (const char *line = mountinfo; *line; line += n) {
		n = (size_t)(strchrnul(line, '\n') - line);
		n += line[n] == '\n';
		if (memmem(line, n, mark, strlen(mark)))
			buf_add_mem(&lines, line, n);
	}
	return buf_steal(&lines);
}

int lx_host_parse_hierarchies(const char *mountinfo, struct lx_host *ret)
{
	_cleanup_(sys_mountinfo_done) struct sys_mountinfo mounts = { 0 };
	_cleanup_free_ char *lines = cgroup_lines(mountinfo);
	int r;

	r = lines ? sys_mountinfo_parse(lines, &mounts) : -ENOMEM;
	if (r < 0)
		return r;

	ret->n_hierarchies = 0;
	vec_for_each(m, &mounts) {
		struct lx_host_hierarchy h;

		if (ret->n_hierarchies == LX_HOST_HIERARCHIES_MAX)
			break;
		r = parse_mount(m, ret, &h);
		if (r < 0)
			return r;
		if (r > 0)
			ret->hierarchies[ret->n_hierarchies++] = h;
	}

	ret->cgroup_layout = find_layout(ret);
	return 0;
}
