/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a container's configuration exposes. A layer is a row: what it is worth, the key that sets it, and a function that says
 * how much of it is there and why not all. The worth of all layers is 100, weighed by what stands open when the layer is the one
 * that is missing: without a user namespace the others only hold back who is root of the host.
 */
#include "lifecycle/audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "container/container.h"
#include "security/security.h"

struct layer {
	const char *name, *key;
	unsigned worth;
	/* How many of worth; *why says what is missing. */
	unsigned (*judge)(const struct lx_config *config, const struct layer *layer, struct buf *why);
	/* Not a layer of every host; NULL: it is. */
	bool (*is_of)(const struct lx_host *host);
};

static unsigned less(unsigned worth, unsigned loss)
{
	return worth > loss ? worth - loss : 0;
}

/* Ids below are the host's own: those of its root, its services and the people who log in. */
#define FIRST_SPARE_ID 65536

/* The lowest id of the host that somebody inside has, when the configuration says which. */
static uint32_t lowest_id(const struct lx_config *config)
{
	uint32_t lowest = UINT32_MAX;

	vec_for_each(range, &config->idmap.map.uids)
		lowest = MIN_OF(lowest, range->outside);
	vec_for_each(range, &config->idmap.map.gids)
		lowest = MIN_OF(lowest, range->outside);
	if (config->idmap.range && !str_equal(config->idmap.range, "auto"))
		lowest = MIN_OF(lowest, (uint32_t)strtoul(config->idmap.range, NULL, 10));

	return lowest;
}

static unsigned judge_ids(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	uint32_t lowest = lowest_id(config);

	if (!config->container.privileged && config->idmap.shared && lowest > 0) {
		buf_add(why, "its ids may be those of other containers too");
		return layer->worth / 2;
	}
	if (!config->container.privileged && lowest >= FIRST_SPARE_ID)
		return layer->worth;

	if (config->container.privileged || lowest == 0) {
		buf_addf(why, "%s is root of the host; the other layers can be undone from there",
			 config->container.privileged ? "root inside" : "somebody inside");
		return 0;
	}
	buf_addf(why, "id %u of the host is somebody inside; those below %u are the host's own users", lowest, FIRST_SPARE_ID);
	return layer->worth / 2;
}

static unsigned judge_sharing(const char *share, const struct layer *layer, struct buf *why)
{
	if (!share || str_equal(share, "private"))
		return layer->worth;

	buf_addf(why, "shared with %s", share);
	return str_equal(share, "host") ? 0 : layer->worth / 2;
}

static unsigned judge_pid(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	return judge_sharing(config->namespace.pid, layer, why);
}

static unsigned judge_net(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	vec_for_each(network, &config->networks)
		if (str_equal(network->type, "none")) {
			buf_add(why, "a link of type none is the network of the host, with its abstract sockets");
			return 0;
		}

	return judge_sharing(config->namespace.net, layer, why);
}

static unsigned judge_ipc(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	return judge_sharing(config->namespace.ipc, layer, why);
}

static unsigned judge_uts(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	return judge_sharing(config->namespace.uts, layer, why);
}

static unsigned judge_cgroup(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	return judge_sharing(config->namespace.cgroup, layer, why);
}

/* Capabilities that a process keeps though it is no longer root: what they cost. */
static unsigned judge_credentials(const struct lx_config *config, struct buf *why)
{
	unsigned loss = 0;

	if (config->security.capabilities_ambient && config->security.capabilities_ambient[0]) {
		buf_addf(why, "%sprograms of other users than root have capabilities", why->size ? "; " : "");
		loss++;
	}
	if (strv_contains(config->security.securebits, "no-setuid-fixup")) {
		buf_addf(why, "%sprocesses that change their user keep what root may", why->size ? "; " : "");
		loss++;
	}
	return loss;
}

/* What is there beyond the default set. */
static unsigned judge_caps(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	static const struct lx_config nothing_said = { 0 };
	const struct lx_host all = { .capability_bound = ~0ULL };
	char name[LX_CAP_NAME_MAX];
	uint64_t set, usual;
	unsigned n = 0;

	if (lx_caps_build(config, &all, &set, NULL) < 0 || lx_caps_build(&nothing_said, &all, &usual, NULL) < 0) {
		buf_add(why, "the lists cannot be read");
		return 0;
	}
	for (int cap = 0; cap < 64; cap++)
		if (set & ~usual & (1ULL << cap))
			buf_addf(why, "%s%s", n++ ? ", " : "keeps ", lx_cap_name(cap, name, sizeof(name)));

	return less(layer->worth, 2 * n + judge_credentials(config, why));
}

/* A process with rights over the host that acts for the guest; and the code of a file system, which reads what it wrote. */
static unsigned judge_interception(const struct lx_config *config, unsigned worth, struct buf *why)
{
	unsigned n = 0;

	if (config->security.intercept_mknod) {
		buf_add(why, "lx makes nodes for it");
		worth = less(worth, 1);
	}
	strv_for_each(type, config->security.intercept_mount) {
		buf_addf(why, "%s%s", n++ ? ", " : why->size ? "; lx mounts " : "lx mounts ", type);
		worth = less(worth, 2);
	}
	return worth;
}

static unsigned judge_seccomp(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	if (!lx_seccomp_is_available()) {
		buf_add(why, "this build of lx has no libseccomp");
		return 0;
	}
	if (str_equal(config->security.seccomp, "none")) {
		buf_add(why, "every system call of the kernel is open");
		return 0;
	}
	if (path_is_absolute(config->security.seccomp ?: "")) {
		buf_addf(why, "the policy is %s, which is not looked into here", config->security.seccomp);
		return layer->worth * 2 / 3;
	}

	return judge_interception(config, layer->worth, why);
}

static bool is_nesting(const struct lx_config *config)
{
	return config->security.nesting;
}

static bool has_rules_that_allow(const struct lx_config *config)
{
	strv_for_each(rule, config->security.apparmor_rules)
		if (!str_after(rule, "deny ") && !str_after(rule, "audit deny "))
			return true;
	return false;
}

static bool is_without_context(const struct lx_config *config)
{
	return str_equal(config->security.selinux, "none");
}

/* What weakens it, but leaves most of it. */
static const struct {
	bool (*is_open)(const struct lx_config *config);
	unsigned loss;
	const char *why;
} holes[] = {
	{ is_nesting, 2, "nesting: a proc and a sysfs without covers are in reach" },
	{ has_rules_that_allow, 1, "has rules that allow more, and are not looked into here" },
	{ is_without_context, 2, "no context of SELinux, not even where the host has it" },
};

static unsigned judge_profile(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	unsigned worth = layer->worth;

	if (!lx_lsm_apparmor.built) {
		buf_add(why, "this build of lx has no AppArmor");
		return 0;
	}
	if (str_equal(config->security.apparmor, "unconfined")) {
		buf_add(why, "no profile of AppArmor, not even where the host has it");
		return 0;
	}
	for (size_t i = 0; i < array_size(holes); i++)
		if (holes[i].is_open(config)) {
			buf_addf(why, "%s%s", why->size ? "; " : "", holes[i].why);
			worth = less(worth, holes[i].loss);
		}

	return worth;
}

/* In the place of a profile where the host has SELinux: one worth, since a kernel that runs one of them seldom runs both. */
static unsigned judge_context(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	if (!lx_lsm_selinux.built) {
		buf_add(why, "this build of lx has no SELinux");
		return 0;
	}
	if (str_equal(config->security.selinux, "none")) {
		buf_add(why, "no context of SELinux: it runs in that of who starts it");
		return 0;
	}
	return layer->worth;
}

static bool has_selinux(const struct lx_host *host)
{
	return host->selinux;
}

static bool has_no_selinux(const struct lx_host *host)
{
	return !host->selinux;
}

static unsigned judge_nnp(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	if (config->security.no_new_privileges)
		return layer->worth;

	buf_add(why, "programs with set-user-id bits work inside");
	return 0;
}

static unsigned judge_devices(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	unsigned n = 0;

	vec_for_each(device, &config->devices)
		buf_addf(why, "%s%s", n++ ? ", " : "opens ", device->path ?: device->label);

	return less(layer->worth, 2 * n);
}

static bool is_writable_bind(const struct lx_config_mount *m)
{
	return m->source && path_is_absolute(m->source) && (!m->type || str_equal(m->type, "bind") || str_equal(m->type, "none")) &&
	       !strv_contains(m->options, "ro");
}

/* Of the whole host: there is no safe part of these. */
static const char *const vital[] = { "/", "/etc", "/usr", "/boot", "/dev", "/proc", "/sys", "/run", "/var", "/root", "/home" };

/* USER:ID. With the set-user-id bit, a file that is USER's is a way to become USER on the host. */
static unsigned judge_owner(const char *owner, const char *source, unsigned worth, struct buf *why)
{
	int n = (int)strcspn(owner, ":");
	bool root = str_after(owner, "root:") || str_after(owner, "0:");

	buf_addf(why, "%smakes files of the host's %.*s in %s", why->size ? ", " : "", root ? 4 : n, root ? "root" : owner, source);
	return root ? worth : 1;
}

static unsigned judge_mounts(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	unsigned n = 0;

	vec_for_each(m, &config->mounts) {
		if (!is_writable_bind(m))
			continue;
		strv_for_each(owner, m->owner)
			n += judge_owner(owner, m->source, layer->worth, why);
		buf_addf(why, "%scan write to %s", why->size ? ", " : "", m->source);
		n++;
		for (size_t i = 0; i < array_size(vital); i++)
			if (str_equal(m->source, vital[i]))
				n += layer->worth;
	}

	return less(layer->worth, n);
}

static unsigned judge_limit(const char *limit, const struct layer *layer, struct buf *why)
{
	if (!str_empty(limit) && !str_equal(limit, "max"))
		return layer->worth;

	buf_add(why, "no limit: it can use up what the host has");
	return 0;
}

static unsigned judge_memory(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	return judge_limit(config->cgroup.memory_max, layer, why);
}

static unsigned judge_pids(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	return judge_limit(config->cgroup.pids_max, layer, why);
}

static unsigned judge_oom(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	if (!config->security.oom_score_adj || config->security.oom_score_adj[0] != '-')
		return layer->worth;

	buf_add(why, "the kernel kills processes of the host before those of the container");
	return 0;
}

static unsigned judge_root(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	if (config->rootfs.read_only)
		return layer->worth;

	buf_add(why, "what an attacker changes in the root file system stays over a restart");
	return 0;
}

/* auto links nothing unless the administrator has made the directory: nothing of the configuration's. */
static unsigned judge_journal(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	const char *link = config->machine.link_journal;

	if (str_equal(link, "host"))
		buf_add(why, "its journal can fill the file system of the host's /var/log");
	else if (str_equal(link, "guest"))
		buf_add(why, "the host's journalctl reads its journal, and follows links that it makes there");
	else
		return layer->worth;
	return 0;
}

static unsigned judge_monitor(const struct lx_config *config, const struct layer *layer, struct buf *why)
{
	if (config->monitor.sandbox)
		return layer->worth;

	buf_add(why, "the process that reads what the guest says is root of the host");
	return 0;
}

/* The sum on each host is 100: who adds a layer takes its worth from others, here and in doc/man/lx-audit.1.in. */
static const struct layer layers[] = {
	{ "ids", "container.privileged", 27, judge_ids },
	{ "pid namespace", "namespace.pid", 6, judge_pid },
	{ "network namespace", "namespace.net", 6, judge_net },
	{ "ipc namespace", "namespace.ipc", 3, judge_ipc },
	{ "uts namespace", "namespace.uts", 1, judge_uts },
	{ "cgroup namespace", "namespace.cgroup", 4, judge_cgroup },
	{ "capabilities", "security.capabilities.drop", 9, judge_caps },
	{ "system calls", "security.seccomp", 14, judge_seccomp },
	{ "profile", "security.apparmor", 7, judge_profile, has_no_selinux },
	{ "context", "security.selinux", 7, judge_context, has_selinux },
	{ "new privileges", "security.no-new-privileges", 2, judge_nnp },
	{ "devices", "device", 6, judge_devices },
	{ "mounts", "mount", 4, judge_mounts },
	{ "memory", "cgroup.memory.max", 3, judge_memory },
	{ "processes", "cgroup.pids.max", 3, judge_pids },
	{ "oom score", "security.oom-score-adj", 1, judge_oom },
	{ "root file system", "rootfs.read-only", 1, judge_root },
	{ "journal", "machine.link-journal", 1, judge_journal },
	{ "monitor", "monitor.sandbox", 2, judge_monitor },
};

static int judge(const struct lx_config *config, const struct layer *layer, struct lx_finding *ret, struct lx_error *err)
{
	_cleanup_buf_ struct buf why = BUF_INIT;
	unsigned points = layer->judge(config, layer, &why);

	buf_add(&why, "");
	*ret = (struct lx_finding){
		.layer = layer->name,
		.key = layer->key,
		.points = points,
		.worth = layer->worth,
		.detail = buf_steal(&why),
	};
	return ret->detail ? (int)points : lx_error_oom(err);
}

int lx_audit_config(const struct lx_config *config, const struct lx_host *host, struct lx_finding **ret, size_t *ret_n,
		    struct lx_error *err)
{
	struct lx_finding *findings = calloc(array_size(layers), sizeof(*findings));
	int score = 0, r = findings ? 0 : lx_error_oom(err);
	size_t n = 0;

	for (size_t i = 0; r >= 0 && i < array_size(layers); i++) {
		if (layers[i].is_of && !layers[i].is_of(host))
			continue;
		r = judge(config, &layers[i], &findings[n], err);
		score += r;
		n += r >= 0;
	}
	if (r < 0) {
		lx_findings_free(findings, n);
		return r;
	}

	*ret = findings;
	*ret_n = n;
	return score;
}

LX_PUBLIC int lx_audit(struct lx_container *c, struct lx_finding **ret, size_t *ret_n, struct lx_error *err)
{
	const struct lx_config *config;
	struct lx_host host;
	int r = lx_container_config(c, &config, err);

	if (r < 0)
		return r;
	r = lx_host_probe_modules(&host);
	if (r < 0)
		return lx_error_set(err, r, "look for the kernel's security modules");
	return lx_audit_config(config, &host, ret, ret_n, err);
}

LX_PUBLIC void lx_findings_free(struct lx_finding *findings, size_t n)
{
	for (size_t i = 0; findings && i < n; i++)
		free(findings[i].detail);
	free(findings);
}
