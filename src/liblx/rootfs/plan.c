/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which mounts make the tree of a container, in which order: tables for what every container has, then the
 * configuration's own. Pure; the kernel comes in apply.c. */
#include "rootfs/rootfs.h"

#include <inttypes.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "sys/missing.h"

#define NOSUID MOUNT_ATTR_NOSUID
#define NODEV MOUNT_ATTR_NODEV
#define NOEXEC MOUNT_ATTR_NOEXEC
#define RDONLY MOUNT_ATTR_RDONLY

void lx_mounts_done(struct lx_mounts *mounts)
{
	vec_for_each(m, &mounts->list) {
		free(m->type);
		free(m->source);
		free(m->target);
		free(m->options);
		free(m->context);
		free(m->origin);
		vec_done(&m->owners.uids);
		vec_done(&m->owners.gids);
		close_fd(m->fd);
	}
	vec_done(&mounts->list);
}

struct lx_mount *lx_mounts_add(struct lx_mounts *mounts, enum lx_mount_kind kind, enum lx_mount_phase phase, const char *type,
			       const char *target, const char *options, unsigned attr)
{
	struct lx_mount *m = vec_add(&mounts->list);

	if (!m)
		return NULL;

	m->kind = kind;
	m->phase = phase;
	m->attr = attr;
	m->fd = -EBADF;
	if (str_set(&m->type, type) < 0 || str_set(&m->target, target) < 0 || str_set(&m->options, options) < 0)
		return NULL;

	return m;
}

/*
 * What every container has, in this order. systemd's container interface asks for most of it
 * (https://systemd.io/CONTAINER_INTERFACE): all API file systems are there before init runs, /sys is read-only (which
 * keeps udev away), /proc/sys is read-only but for the network, /run is a tmpfs.
 */
struct preset {
	enum lx_mount_kind kind;
	enum lx_mount_phase phase;
	const char *type, *source, *target, *options;
	unsigned attr;
	enum { ALWAYS, OWN_NET, SHARED_NET, OWN_PID, SHARED_PID, OWN_IPC, NESTING, OWN_POLICY } when;
	bool optional, create_file;
};

static const struct preset presets[] = {
	{ LX_MOUNT_TREE, LX_PHASE_BASE, NULL, NULL, "dev", NULL, NOSUID | NOEXEC },
	{ LX_MOUNT_NEW, LX_PHASE_BASE, "tmpfs", NULL, "dev/shm", "mode=1777,size=10%,nr_inodes=400k", NOSUID | NODEV },
	{ LX_MOUNT_NEW, LX_PHASE_BASE, "mqueue", NULL, "dev/mqueue", NULL, NOSUID | NODEV | NOEXEC, .when = OWN_IPC },
	{ LX_MOUNT_NEW, LX_PHASE_BASE, "proc", NULL, "proc", NULL, NOSUID | NODEV | NOEXEC, .when = OWN_PID },
	{ LX_MOUNT_TREE, LX_PHASE_BASE, NULL, "/proc", "proc", NULL, NOSUID | NODEV | NOEXEC, .when = SHARED_PID },
	{ LX_MOUNT_NEW, LX_PHASE_BASE, "sysfs", NULL, "sys", NULL, NOSUID | NODEV | NOEXEC | RDONLY, .when = OWN_NET },
	/* a sysfs shows the network namespace that it is mounted in, and only that one's owner may mount it */
	{ LX_MOUNT_TREE, LX_PHASE_BASE, NULL, "/sys", "sys", NULL, NOSUID | NODEV | NOEXEC | RDONLY, .when = SHARED_NET },
	{ LX_MOUNT_TREE, LX_PHASE_BASE, NULL, "/sys/kernel/security", "sys/kernel/security", NULL, NOSUID | NODEV | NOEXEC,
	  .when = OWN_POLICY, .optional = true },
	/* who mounts a proc or a sysfs in a user namespace must see one already of which nothing is covered */
	{ LX_MOUNT_NEW, LX_PHASE_BASE, "tmpfs", NULL, "dev/.lx", "mode=0700,size=0,nr_inodes=8", NOSUID | NODEV | NOEXEC, .when = NESTING },
	{ LX_MOUNT_NEW, LX_PHASE_BASE, "proc", NULL, "dev/.lx/proc", NULL, NOSUID | NODEV | NOEXEC, .when = NESTING },
	{ LX_MOUNT_NEW, LX_PHASE_BASE, "sysfs", NULL, "dev/.lx/sys", NULL, NOSUID | NODEV | NOEXEC, .when = NESTING },
	{ LX_MOUNT_NEW, LX_PHASE_BASE, "tmpfs", NULL, "run", "mode=0755,size=20%,nr_inodes=800k", NOSUID | NODEV },
	{ LX_MOUNT_TREE, LX_PHASE_BASE, NULL, "/etc/os-release", "run/host/os-release", NULL, NOSUID | NODEV | NOEXEC | RDONLY,
	  .optional = true, .create_file = true },

	{ LX_MOUNT_REMOUNT, LX_PHASE_COVER, NULL, NULL, "proc/sys", NULL, NOSUID | NODEV | NOEXEC | RDONLY },
	{ LX_MOUNT_REMOUNT, LX_PHASE_COVER, NULL, NULL, "proc/sys/net", NULL, NOSUID | NODEV | NOEXEC, .when = OWN_NET },
	{ LX_MOUNT_REMOUNT, LX_PHASE_COVER, NULL, NULL, "proc/acpi", NULL, NOSUID | NODEV | NOEXEC | RDONLY, .optional = true },
	{ LX_MOUNT_REMOUNT, LX_PHASE_COVER, NULL, NULL, "proc/asound", NULL, NOSUID | NODEV | NOEXEC | RDONLY, .optional = true },
	{ LX_MOUNT_REMOUNT, LX_PHASE_COVER, NULL, NULL, "proc/bus", NULL, NOSUID | NODEV | NOEXEC | RDONLY, .optional = true },
	{ LX_MOUNT_REMOUNT, LX_PHASE_COVER, NULL, NULL, "proc/fs", NULL, NOSUID | NODEV | NOEXEC | RDONLY, .optional = true },
	{ LX_MOUNT_REMOUNT, LX_PHASE_COVER, NULL, NULL, "proc/irq", NULL, NOSUID | NODEV | NOEXEC | RDONLY, .optional = true },
	{ LX_MOUNT_MASK, LX_PHASE_COVER, NULL, NULL, "proc/kallsyms", .optional = true },
	{ LX_MOUNT_MASK, LX_PHASE_COVER, NULL, NULL, "proc/kcore", .optional = true },
	{ LX_MOUNT_MASK, LX_PHASE_COVER, NULL, NULL, "proc/keys", .optional = true },
	{ LX_MOUNT_MASK, LX_PHASE_COVER, NULL, NULL, "proc/kmsg", .optional = true },
	{ LX_MOUNT_MASK, LX_PHASE_COVER, NULL, NULL, "proc/latency_stats", .optional = true },
	{ LX_MOUNT_MASK, LX_PHASE_COVER, NULL, NULL, "proc/scsi", .optional = true },
	{ LX_MOUNT_MASK, LX_PHASE_COVER, NULL, NULL, "proc/sched_debug", .optional = true },
	{ LX_MOUNT_MASK, LX_PHASE_COVER, NULL, NULL, "proc/sysrq-trigger", .optional = true },
	{ LX_MOUNT_MASK, LX_PHASE_COVER, NULL, NULL, "proc/timer_list", .optional = true },
	{ LX_MOUNT_MASK, LX_PHASE_COVER, NULL, NULL, "sys/firmware", .optional = true },
};

static bool preset_wanted(const struct preset *p, const struct lx_mounts_facts *facts)
{
	switch (p->when) {
	case OWN_NET:
		return facts->own_net;
	case SHARED_NET:
		return !facts->own_net;
	case OWN_PID:
		return facts->own_pid;
	case SHARED_PID:
		return !facts->own_pid;
	case OWN_IPC:
		return facts->own_ipc;
	case NESTING:
		return facts->nesting;
	case OWN_POLICY:
		return facts->own_policy;
	default:
		return true;
	}
}

static int add_presets(struct lx_mounts *mounts, const struct lx_mounts_facts *facts, enum lx_mount_phase phase,
		       struct lx_error *err)
{
	for (size_t i = 0; i < array_size(presets); i++) {
		const struct preset *p = &presets[i];
		struct lx_mount *m;

		if (p->phase != phase || !preset_wanted(p, facts))
			continue;

		m = lx_mounts_add(mounts, p->kind, p->phase, p->type, p->target, p->options, p->attr);
		if (!m || str_set(&m->source, p->source) < 0)
			return lx_error_oom(err);
		m->optional = p->optional;
		m->create_file = p->create_file;
		m->create_dir = !p->create_file && phase == LX_PHASE_BASE;
	}

	return 0;
}

/* mount(8) words of a [mount] section: attributes, or what becomes of a missing end; the rest goes to the file system. */
struct word {
	const char *name;
	unsigned set, clear;
	size_t flag;               /* offset of a bool in struct lx_mount, when set is 0 */
};

#define FLAG(member) .flag = offsetof(struct lx_mount, member)

static const struct word words[] = {
	{ "bind" }, { "defaults" }, { "rw", 0, RDONLY },
	{ "rbind", FLAG(recursive) },
	{ "ro", RDONLY }, { "nosuid", NOSUID }, { "suid", 0, NOSUID }, { "nodev", NODEV }, { "dev", 0, NODEV },
	{ "noexec", NOEXEC }, { "exec", 0, NOEXEC }, { "noatime", MOUNT_ATTR_NOATIME }, { "nodiratime", MOUNT_ATTR_NODIRATIME },
	{ "relatime", 0, MOUNT_ATTR__ATIME }, { "nosymfollow", MOUNT_ATTR_NOSYMFOLLOW },
	{ "optional", FLAG(optional) }, { "create=dir", FLAG(create_dir) }, { "create=file", FLAG(create_file) },
	{ "idmap", FLAG(idmap) },
};

static int apply_words(struct lx_mount *m, char *const *options, struct lx_error *err)
{
	_cleanup_strv_ char **rest = NULL;

	strv_for_each(option, options) {
		const struct word *w = NULL;

		for (size_t i = 0; i < array_size(words) && !w; i++)
			if (str_equal(words[i].name, option))
				w = &words[i];
		if (!w) {
			if (strv_append(&rest, option) < 0)
				return lx_error_oom(err);
			continue;
		}
		if (w->flag)
			*(bool *)((char *)m + w->flag) = true;
		m->attr = (m->attr | w->set) & ~w->clear;
	}

	if (rest && m->kind == LX_MOUNT_TREE)
		return lx_error_say(err, -EINVAL, "%s: option \"%s\" has no meaning for a bind mount; see %s", m->target, rest[0],
				    m->origin);
	if (rest && !(m->options = strv_join(rest, ",")))
		return lx_error_oom(err);

	return 0;
}

static int add_owners(struct lx_mount *m, const struct lx_config_mount *wish, const struct lx_mounts_facts *facts, struct lx_error *err)
{
	int r;

	if (!wish->owner)
		return 0;
	r = lx_owners_build(wish, facts, &m->owners, err);
	if (r < 0) {
		lx_error_prefix(err, "/%s", m->target);
		lx_error_advise(err, "see %s", m->origin);
	}
	return r;
}

static int add_configured(struct lx_mounts *mounts, const struct lx_config *config, const struct lx_mounts_facts *facts,
			  const struct lx_config_mount *wish, struct lx_error *err)
{
	bool bind = !wish->type || str_equal(wish->type, "bind") || str_equal(wish->type, "none");
	char origin[1024], key[300];
	struct lx_mount *m;
	int r;

	m = lx_mounts_add(mounts, bind ? LX_MOUNT_TREE : LX_MOUNT_NEW, LX_PHASE_BASE, bind ? NULL : wish->type, wish->target, NULL, 0);
	if (!m)
		return lx_error_oom(err);

	snprintf(key, sizeof(key), "mount.%s.source", wish->label);
	if (str_set(&m->source, wish->source) < 0 ||
	    str_set(&m->origin, lx_config_origin(config, key, origin, sizeof(origin))) < 0)
		return lx_error_oom(err);

	r = apply_words(m, wish->options, err);
	return r < 0 ? r : add_owners(m, wish, facts, err);
}

/* [security] masked-paths and read-only-paths: over everything, so that nothing of the container covers them again. */
static int add_covers(struct lx_mounts *mounts, char *const *paths, enum lx_mount_kind kind, unsigned attr, struct lx_error *err)
{
	strv_for_each(path, paths) {
		struct lx_mount *m = lx_mounts_add(mounts, kind, LX_PHASE_COVER, NULL, path + strspn(path, "/"), NULL, attr);

		if (!m)
			return lx_error_oom(err);
		m->optional = true;
	}

	return 0;
}

int lx_mounts_build(const struct lx_config *config, const struct lx_mounts_facts *facts, struct lx_mounts *ret, struct lx_error *err)
{
	int r;

	r = add_presets(ret, facts, LX_PHASE_BASE, err);
	if (r < 0)
		return r;

	if (facts->rootless) {
		r = lx_dev_add_binds(ret, config, err);
		if (r < 0)
			return r;
	}
	vec_for_each(wish, &config->mounts) {
		r = add_configured(ret, config, facts, wish, err);
		if (r < 0)
			return r;
	}

	r = add_presets(ret, facts, LX_PHASE_COVER, err);
	if (r < 0)
		return r;
	r = add_covers(ret, config->security.read_only_paths, LX_MOUNT_REMOUNT, RDONLY, err);
	return r < 0 ? r : add_covers(ret, config->security.masked_paths, LX_MOUNT_MASK, 0, err);
}

static void print_owners(const id_ranges *ranges, const char *what, struct buf *out)
{
	vec_for_each(range, ranges)
		buf_addf(out, " %s %" PRIu32 " -> %" PRIu32, what, range->inside, range->outside);
}

/* Those that are born with the mount: a mqueue is the namespace's, and the kernel keeps the label that it has. */
static const char *const labelled[] = { "tmpfs", "ramfs" };

int lx_mounts_label(struct lx_mounts *mounts, const char *context, struct lx_error *err)
{
	vec_for_each(m, &mounts->list)
		for (size_t i = 0; i < array_size(labelled) && m->kind == LX_MOUNT_NEW; i++)
			if (str_equal(m->type, labelled[i]) && str_set(&m->context, context) < 0)
				return lx_error_oom(err);

	return 0;
}

void lx_mounts_print(const struct lx_mounts *mounts, struct buf *out)
{
	static const struct {
		unsigned attr;
		const char *word;
	} attrs[] = {
		{ RDONLY, "ro" }, { NOSUID, "nosuid" }, { NODEV, "nodev" }, { NOEXEC, "noexec" }, { MOUNT_ATTR_NOATIME, "noatime" },
	};
	static const char *const kinds[] = { "new", "tree", "again", "seal", "mask" };

	vec_for_each(m, &mounts->list) {
		buf_addf(out, "  %-6s /%-28s %s", kinds[m->kind], m->target, m->type ?: m->source ?: "-");
		for (size_t i = 0; i < array_size(attrs); i++)
			if (m->attr & attrs[i].attr)
				buf_addf(out, " %s", attrs[i].word);
		if (m->options)
			buf_addf(out, " %s", m->options);
		if (m->context)
			buf_addf(out, " context=%s", m->context);
		if (m->idmap)
			buf_add(out, " idmap");
		print_owners(&m->owners.uids, "user", out);
		print_owners(&m->owners.gids, "group", out);
		if (m->optional)
			buf_add(out, " optional");
		buf_add_char(out, '\n');
	}
}
