/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "instance/plan.h"

#include <linux/mount.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/str.h"
#include "base/strv.h"

/* Namespaces in the words of the configuration. The user and mount namespaces are never shared, time has offsets instead. */
static const struct {
	int ns;
	const char *word;
	size_t field; /* in struct lx_config_namespace */
} sharable[] = {
	{ SYS_NS_NET, "net", offsetof(struct lx_config_namespace, net) },
	{ SYS_NS_PID, "pid", offsetof(struct lx_config_namespace, pid) },
	{ SYS_NS_IPC, "ipc", offsetof(struct lx_config_namespace, ipc) },
	{ SYS_NS_UTS, "uts", offsetof(struct lx_config_namespace, uts) },
	{ SYS_NS_CGROUP, "cgroup", offsetof(struct lx_config_namespace, cgroup) },
};

static const char *share_wish(const struct lx_plan_wish *wish, const char *word)
{
	strv_for_each(share, wish->share) {
		const char *value = str_after(share, word);

		if (value && *value == '=')
			return value + 1;
	}

	return NULL;
}

static int plan_namespaces(struct lx_plan *plan, const struct lx_plan_wish *wish, struct lx_error *err)
{
	plan->clone_flags = CLONE_NEWNS;
	if (plan->user_namespace)
		plan->clone_flags |= CLONE_NEWUSER;

	for (size_t i = 0; i < array_size(sharable); i++) {
		const char *share = share_wish(wish, sharable[i].word);
		int ns = sharable[i].ns;

		if (!share)
			share = *(char *const *)((const char *)&plan->config->namespace + sharable[i].field);
		if (share && !str_equal(share, "private")) {
			if (str_set(&plan->share[ns], share) < 0)
				return lx_error_oom(err);
			continue;
		}
		if (ns != SYS_NS_CGROUP) /* made by the process itself, once it is in its groups */
			plan->clone_flags |= (unsigned)sys_namespaces[ns].flag;
	}

	for (int ns = 0; ns < SYS_NS_MAX && wish->map; ns++)
		if (plan->share[ns] && !str_equal(plan->share[ns], "host"))
			return lx_error_say(err, -EPERM, "to share the %s namespace of %s needs root", sys_namespaces[ns].name,
					    plan->share[ns]);

	/* mounting /proc for a pid namespace takes privilege over the user namespace that owns it */
	if (plan->share[SYS_NS_PID] && plan->user_namespace)
		return lx_error_say(err, -EINVAL, "a shared pid namespace needs [container] privileged = yes");

	return 0;
}

/* The host id of the container's id 0. */
static uint32_t root_id(const struct id_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ranges[i].inside == 0)
			return ranges[i].outside;

	return UINT32_MAX;
}

static int plan_ids(struct lx_plan *plan, const struct lx_subids *range, const struct lx_plan_wish *wish, struct lx_error *err)
{
	const struct lx_idmap *explicit = wish->map ? wish->map : &plan->config->idmap.map;
	struct id_range *uids, *gids;

	plan->user_namespace = !plan->config->container.privileged;
	if (wish->map && !plan->user_namespace)
		return lx_error_say(err, -EPERM, "[container] privileged = yes needs root: a user's container has ids of the user only");
	if (!plan->user_namespace)
		return 0;

	if (explicit->uids.n > 0 || explicit->gids.n > 0) {
		if (lx_idmap_copy(explicit, &plan->map) < 0)
			return lx_error_oom(err);
	} else {
		uids = vec_add(&plan->map.uids);
		gids = vec_add(&plan->map.gids);
		if (!uids || !gids)
			return lx_error_oom(err);
		*uids = range->uids;
		*gids = range->gids;
	}

	plan->root_uid = root_id(plan->map.uids.items, plan->map.uids.n);
	plan->root_gid = root_id(plan->map.gids.items, plan->map.gids.n);
	if (plan->root_uid == UINT32_MAX || plan->root_gid == UINT32_MAX)
		return lx_error_say(err, -EINVAL, "[idmap] map has no line for user and group 0 of the container");

	return 0;
}

/* The same container on the same host has the same id at every start; a copy under another name has another. */
static void derive_uuid(char uuid[static 37], const char *machine_id, const char *name)
{
	uint64_t a = hash_word(hash_word(hash_word(HASH_INIT, "lx uuid"), machine_id), name);
	uint64_t b = hash_word(hash_word(a, name), machine_id);

	/* version 8 of RFC 9562: bits of our own, with version and variant in their places */
	snprintf(uuid, 37, "%08" PRIx32 "-%04x-8%03x-%04x-%012llx", (uint32_t)(a >> 32), (unsigned)(a >> 16) & 0xffff,
		 (unsigned)a & 0xfff, 0x8000 | ((unsigned)(b >> 48) & 0x3fff), b & 0xffffffffffffULL);
}

static int plan_argv(struct lx_plan *plan, const struct lx_plan_wish *wish, struct lx_error *err)
{
	int r;

	plan->execute = wish->execute;
	plan->uid = wish->execute ? wish->uid : 0;
	if (wish->argv)
		r = strv_extend(&plan->argv, wish->argv);
	else
		r = strv_split_words(plan->config->container.init, &plan->argv);
	if (r < 0)
		return lx_error_set(err, r, "[container] init");
	if (!plan->argv || !plan->argv[0])
		return lx_error_say(err, -EINVAL, "[container] init is empty");

	return 0;
}

/* What PID 1 finds in its environment, and nothing else: https://systemd.io/CONTAINER_INTERFACE. */
static int plan_env(struct lx_plan *plan, struct lx_error *err)
{
	int r = 0;

	r = r ?: strv_append(&plan->env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	r = r ?: strv_append(&plan->env, "container=lx");
	r = r ?: strv_appendf(&plan->env, "container_uuid=%s", plan->uuid);
	r = r ?: strv_append(&plan->env, "HOME=/root");
	r = r ?: strv_append(&plan->env, "USER=root");
	r = r ?: strv_append(&plan->env, "LOGNAME=root");
	r = r ?: strv_append(&plan->env, "TERM=vt220");
	if (!plan->execute)
		r = r ?: strv_append(&plan->env, "NOTIFY_SOCKET=/run/host/notify");
	r = r ?: strv_extend(&plan->env, plan->config->container.environment);

	return r < 0 ? lx_error_oom(err) : 0;
}

static int plan_mounts(struct lx_plan *plan, const struct lx_host *host, struct lx_error *err)
{
	_cleanup_(lx_users_done) struct lx_users users = { 0 };
	struct lx_mounts_facts facts = {
		.own_net = !plan->share[SYS_NS_NET],
		.own_pid = !plan->share[SYS_NS_PID],
		.own_ipc = !plan->share[SYS_NS_IPC],
		.privileged = !plan->user_namespace,
		.map = &plan->map,
		.users = &users,
		.rootless = host->rootless,
		.nesting = plan->config->security.nesting && !plan->share[SYS_NS_NET] && !plan->share[SYS_NS_PID],
	};
	int r = lx_mounts_have_owners(plan->config) ? lx_users_load(&users, err) : 0;

	/* root of the host, who a privileged container's root is, would find more there than that */
	for (size_t i = 0; i < LX_LSM_MAX && plan->user_namespace; i++)
		facts.own_policy |= plan->security.lsm.parts[i].own_namespace;

	return r < 0 ? r : lx_mounts_build(plan->config, &facts, &plan->mounts, err);
}

/* "none" as the only link: the host's network, in LXC's words. */
static int plan_links(struct lx_plan *plan, const struct lx_container *c, const struct lx_host *host, struct lx_error *err)
{
	int r;

	if (plan->share[SYS_NS_NET])
		return 0;

	r = lx_links_build(plan->config, c->settings, host, plan->run_id, &plan->links, err);
	if (r < 0)
		return r;
	if (plan->links.own_namespace)
		return 0;

	plan->clone_flags &= ~(uint64_t)CLONE_NEWNET;
	return str_set(&plan->share[SYS_NS_NET], "host") < 0 ? lx_error_oom(err) : 0;
}

int lx_plan_build(const struct lx_container *c, const struct lx_config *config, const struct lx_host *host,
		  const struct lx_subids *range, const struct lx_plan_wish *wish, struct lx_plan **ret, struct lx_error *err)
{
	_cleanup_(lx_plan_freep) struct lx_plan *plan = calloc(1, sizeof(*plan));
	struct lx_lsm_facts lsm;
	int r;

	if (!plan)
		return lx_error_oom(err);

	plan->config = config;
	lx_security_init(&plan->security);
	if (str_set(&plan->name, c->name) < 0 || str_set(&plan->run_id, c->run_id) < 0 ||
	    str_set(&plan->hostname, config->container.hostname ?: c->name) < 0)
		return lx_error_oom(err);
	if (config->container.uuid)
		snprintf(plan->uuid, sizeof(plan->uuid), "%s", config->container.uuid);
	else
		derive_uuid(plan->uuid, host->machine_id, c->run_id);

	r = lx_cgroup_check_limits(config, host, err);
	if (r < 0)
		return r;
	r = plan_ids(plan, range, wish, err);
	if (r < 0)
		return r;
	r = plan_namespaces(plan, wish, err);
	if (r < 0)
		return r;
	r = plan_links(plan, c, host, err);
	if (r < 0)
		return r;
	r = plan_argv(plan, wish, err);
	if (r < 0)
		return r;
	r = plan_env(plan, err);
	if (r < 0)
		return r;
	lsm = (struct lx_lsm_facts){ .config = config, .host = host, .run_id = plan->run_id, .selinux_level = wish->selinux_level };
	r = lx_security_build(&lsm, &plan->security, err);
	if (r < 0)
		return r;
	r = lx_sysctls_check(config, plan->share, err);
	if (r < 0)
		return r;
	r = plan_mounts(plan, host, err);
	if (r < 0)
		return r;

	*ret = take_ptr(plan);
	return 0;
}

#define API_FS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

static int settle_unified(struct lx_plan *plan, struct lx_error *err)
{
	struct lx_mount *m = lx_mounts_add(&plan->mounts, LX_MOUNT_NEW, LX_PHASE_CGROUP, "cgroup2", "sys/fs/cgroup", NULL, API_FS);

	return m ? 0 : lx_error_oom(err);
}

/*
 * The v1 way: a tmpfs with one directory for each hierarchy. Controllers are read-only, since the kernel cannot hand them
 * to somebody less privileged; name=systemd and the v2 tree of a hybrid host are writable.
 */
static bool add_hierarchy(struct lx_plan *plan, const char *directory, const char *type, const char *options, bool writable)
{
	char target[256];
	struct lx_mount *m;

	snprintf(target, sizeof(target), "sys/fs/cgroup/%s", directory);
	m = lx_mounts_add(&plan->mounts, LX_MOUNT_NEW, LX_PHASE_CGROUP, type, target, options,
			  API_FS | (writable ? 0 : MOUNT_ATTR_RDONLY));
	if (m)
		m->create_dir = true;
	return m;
}

static int settle_v1(struct lx_plan *plan, const struct lx_host *host, bool with_unified, struct lx_error *err)
{
	struct lx_cgroup_hierarchy *h = NULL;
	size_t n = 0;
	int r;

	r = lx_cgroup_hierarchies(host, &h, &n, err);
	if (r < 0)
		return r;

	if (!lx_mounts_add(&plan->mounts, LX_MOUNT_NEW, LX_PHASE_CGROUP, "tmpfs", "sys/fs/cgroup", "mode=0755,size=4M,nr_inodes=1k", API_FS))
		r = -ENOMEM;

	for (size_t i = 0; i < n && r >= 0; i++) {
		if (h[i].unified && !with_unified)
			continue;
		if (!add_hierarchy(plan, h[i].directory, h[i].unified ? "cgroup2" : "cgroup", h[i].unified ? NULL : h[i].options,
				   h[i].unified || strstr(h[i].options, "name=")))
			r = -ENOMEM;
	}
	if (r >= 0 && plan->private_systemd && !add_hierarchy(plan, "systemd", "cgroup", "none,name=systemd", true))
		r = -ENOMEM;

	if (r >= 0 &&
	    !lx_mounts_add(&plan->mounts, LX_MOUNT_SEAL, LX_PHASE_CGROUP, NULL, "sys/fs/cgroup", NULL, API_FS | MOUNT_ATTR_RDONLY))
		r = -ENOMEM;

	lx_cgroup_hierarchies_free(h, n);
	return r < 0 ? lx_error_oom(err) : 0;
}

static int settle_view(struct lx_plan *plan, const struct lx_host *host, struct lx_error *err)
{
	switch (plan->view) {
	case LX_VIEW_UNIFIED:
		return settle_unified(plan, err);
	case LX_VIEW_HYBRID:
		return settle_v1(plan, host, true, err);
	case LX_VIEW_LEGACY:
		return settle_v1(plan, host, false, err);
	default:
		return 0;
	}
}

/* What makes each init shut down cleanly, or start again. An init that is none of these gets SIGPWR and SIGINT. */
static const struct {
	enum lx_init_kind init;
	int stop, reboot; /* SIGRTMIN is not a constant: negative = SIGRTMIN + -n */
} signals[] = {
	{ LX_INIT_SYSTEMD, -3, SIGINT },
	{ LX_INIT_BUSYBOX, SIGUSR2, SIGTERM },
	{ LX_INIT_OTHER, SIGPWR, SIGINT },
};

static void settle_signals(struct lx_plan *plan)
{
	size_t i = 0;

	while (signals[i].init != plan->guest.init && signals[i].init != LX_INIT_OTHER)
		i++;

	plan->stop_signal = plan->execute ? SIGTERM : plan->config->container.stop_signal; /* the key is about the guest's init */
	if (plan->stop_signal == 0)
		plan->stop_signal = signals[i].stop < 0 ? SIGRTMIN - signals[i].stop : signals[i].stop;
	plan->reboot_signal = plan->config->container.reboot_signal;
	if (plan->reboot_signal == 0)
		plan->reboot_signal = signals[i].reboot;
}

static int settle_cgroups(struct lx_plan *plan, const struct lx_host *host, const struct lx_guest *guest, struct lx_error *err)
{
	int r;

	if (plan->share[SYS_NS_CGROUP])
		return 0;
	if (host->rootless && host->cgroup_layout == LX_CGROUP_NONE && guest->init == LX_INIT_SYSTEMD)
		return lx_error_say(err, -EPERM, "the guest's systemd needs a control group, and this session has none of its own; start the "
				    "container by systemd-run --user --scope -p Delegate=yes");
	r = lx_cgroup_choose_view(plan->config->cgroup.view, host, guest->systemd_version, &plan->view, err);
	if (r < 0)
		return r;

	plan->private_systemd = plan->view == LX_VIEW_LEGACY && host->cgroup_layout == LX_CGROUP_UNIFIED;
	return settle_view(plan, host, err);
}

int lx_plan_settle(struct lx_plan *plan, const struct lx_host *host, const struct lx_guest *guest, struct lx_error *err)
{
	const char *context = lx_lsm_mount_context(&plan->security.lsm);
	int r;

	plan->guest = *guest;
	settle_signals(plan);

	r = settle_cgroups(plan, host, guest, err);
	if (r >= 0 && context) /* of all, now that the list is complete */
		r = lx_mounts_label(&plan->mounts, context, err);
	return r;
}

void lx_plan_free(struct lx_plan *plan)
{
	if (!plan)
		return;

	for (size_t i = 0; i < SYS_NS_MAX; i++)
		free(plan->share[i]);
	free(plan->name);
	free(plan->run_id);
	free(plan->hostname);
	vec_done(&plan->map.uids);
	vec_done(&plan->map.gids);
	lx_mounts_done(&plan->mounts);
	lx_links_done(&plan->links);
	lx_security_done(&plan->security);
	strv_free(plan->argv);
	strv_free(plan->env);
	free(plan);
}

static void print_ranges(struct buf *out, const char *what, const struct id_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "  %s %" PRIu32 " -> %" PRIu32 " x %" PRIu32 "\n", what, ranges[i].inside, ranges[i].outside, ranges[i].size);
}

static void print_strv(struct buf *out, const char *title, char *const *v)
{
	buf_addf(out, "%s\n", title);
	strv_for_each(s, v)
		buf_addf(out, "  %s\n", s);
}

static void print_namespaces(const struct lx_plan *plan, struct buf *out)
{
	buf_add(out, "namespaces\n");
	for (int i = 0; i < SYS_NS_MAX; i++) {
		const char *how = plan->share[i] ?: "private";

		if (i == SYS_NS_USER && !plan->user_namespace)
			how = "host";
		if (i == SYS_NS_TIME)
			how = plan->config->namespace.boottime_usec || plan->config->namespace.monotonic_usec ? "private" : "host";
		buf_addf(out, "  %-6s %s\n", sys_namespaces[i].name, how);
	}
}

static void print_links(const struct lx_plan *plan, struct buf *out)
{
	buf_add(out, "links\n");
	vec_for_each(link, &plan->links.list) {
		buf_addf(out, "  %s %s", link->driver->name, link->name);
		if (!str_empty(link->host_name))
			buf_addf(out, " host %s bridge %s", link->host_name, str_empty(link->bridge) ? "-" : link->bridge);
		if (link->mac[0])
			buf_addf(out, " mac %s", link->mac);
		strv_for_each(address, link->addresses)
			buf_addf(out, " address %s", address);
		buf_add_char(out, '\n');
	}
}

/* In the words and numbers of /proc/PID/status. */
static void print_security(const struct lx_plan *plan, struct buf *out)
{
	struct lx_capability_sets sets;

	lx_credentials_predict(&plan->security, plan->uid, &sets);
	buf_addf(out, "rights\n  CapInh %016" PRIx64 "\n  CapPrm %016" PRIx64 "\n  CapEff %016" PRIx64 "\n  CapBnd %016" PRIx64
		 "\n  CapAmb %016" PRIx64 "\n", sets.inheritable, sets.permitted, sets.effective, sets.bounding, sets.ambient);
	buf_addf(out, "  NoNewPrivs %d\n  Seccomp %d\n", plan->security.no_new_privileges, plan->security.seccomp.n > 0 ? 2 : 0);
	if (plan->security.securebits)
		buf_addf(out, "  securebits 0x%x\n", plan->security.securebits);
	if (plan->security.core_scheduling)
		buf_add(out, "  cores of its own\n");
}

void lx_plan_print(const struct lx_plan *plan, struct buf *out)
{
	buf_addf(out, "container %s\n  hostname %s\n  uuid %s\n", plan->name, plan->hostname, plan->uuid);
	buf_addf(out, "root %s%s\n", plan->config->rootfs.path, plan->config->rootfs.read_only ? " (read-only)" : "");
	buf_addf(out, "init %s", lx_init_kind_name(plan->guest.init));
	if (plan->guest.systemd_version)
		buf_addf(out, " %u", plan->guest.systemd_version);
	buf_addf(out, "\n  stop signal %d, reboot signal %d, timeout %llu s\n", plan->stop_signal, plan->reboot_signal,
		 (unsigned long long)(plan->config->container.stop_timeout / USEC_PER_SEC));
	print_namespaces(plan, out);
	buf_addf(out, "ids%s\n", plan->user_namespace ? "" : " of the host (privileged)");
	print_ranges(out, "user ", plan->map.uids.items, plan->map.uids.n);
	print_ranges(out, "group", plan->map.gids.items, plan->map.gids.n);
	print_security(plan, out);
	lx_lsm_print(&plan->security.lsm, out);
	buf_addf(out, "cgroup view %s\n", lx_cgroup_view_name(plan->view));
	buf_add(out, "mounts\n");
	lx_mounts_print(&plan->mounts, out);
	print_links(plan, out);
	print_strv(out, "command", plan->argv);
	print_strv(out, "environment", plan->env);
}
