/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SELinux: the processes of a container run in a type of the policy that is for containers, with a pair of categories that no
 * other container has; and the file systems that lx makes for it are mounted with a type and categories to match.
 *
 * The kernel's files are all that it takes, /sys/fs/selinux/context and /proc/PID/attr/exec, so libselinux is not needed. Who
 * starts a container must be in a domain that the policy lets transit to the context: the kernel says so at the exec.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "host/selinux.h"
#include "security/lsm.h"
#include "sys/sys.h"

static bool is_enabled(const struct lx_host *host)
{
	return host->selinux;
}

static int no_types(struct lx_error *err)
{
	return lx_error_say(err, -ENOENT, "the SELinux policy of this host has no types for containers; load those of lx with "
			    "\"semodule -i " LX_DATADIR "/selinux/lx.cil\", or set [security] selinux = none");
}

/* What follows the third colon of a context, or "". */
static const char *level_of(const char *context)
{
	for (unsigned i = 0; i < 3 && context; i++) {
		context = strchr(context, ':');
		context = context ? context + 1 : NULL;
	}
	return context ?: "";
}

/* A context of the administrator's: files to match are known only for the policy's own type. */
static int build_given(const struct lx_lsm_facts *facts, const char *context, struct lx_lsm_part *ret, struct lx_error *err)
{
	const struct lx_host *host = facts->host;
	const char *level = level_of(context), *rest = str_after(context, host->selinux_process);

	if (str_set(&ret->label, context) < 0)
		return lx_error_oom(err);
	if (!host->selinux_process[0] || !rest || *rest != ':' || !*level)
		return 0;

	ret->mount_context = str_format("%s:%s", host->selinux_file, level);
	return ret->mount_context ? 0 : lx_error_oom(err);
}

static int build_auto(const struct lx_lsm_facts *facts, struct lx_lsm_part *ret, struct lx_error *err)
{
	const struct lx_host *host = facts->host;
	const char *level = str_empty(facts->selinux_level) ? "s0" : facts->selinux_level;

	ret->label = str_format("%s:%s", host->selinux_process, level);
	ret->mount_context = str_format("%s:%s", host->selinux_file, level);
	return ret->label && ret->mount_context ? 0 : lx_error_oom(err);
}

static int build(const struct lx_lsm_facts *facts, struct lx_lsm_part *ret, struct lx_error *err)
{
	const struct lx_config_security *wish = &facts->config->security;
	const char *mount_context = wish->selinux_mount_context;
	bool wanted = (wish->selinux && !str_equal(wish->selinux, "none")) || mount_context;
	int r = 0;

	if (!is_enabled(facts->host))
		return wanted ? lx_lsm_refuse(&lx_lsm_selinux, facts->config, err) : 0;

	if (lx_lsm_wants_level(facts->config, facts->host))
		r = build_auto(facts, ret, err);
	else if (wish->selinux && str_equal(wish->selinux, "auto"))
		r = no_types(err);
	else if (wish->selinux && !str_equal(wish->selinux, "none"))
		r = build_given(facts, wish->selinux, ret, err);
	if (r < 0)
		return r;

	return mount_context && str_set(&ret->mount_context, mount_context) < 0 ? lx_error_oom(err) : 0;
}

static const char *absence(const struct lx_config *config, const struct lx_host *host)
{
	if (config->security.selinux || !host->selinux || host->selinux_process[0])
		return NULL;
	return "the SELinux policy of this host has no types for containers: it runs in the context of who starts it; those of lx are "
	       "loaded with semodule -i " LX_DATADIR "/selinux/lx.cil";
}

static int check_context(const char *key, const char *context, struct lx_error *err)
{
	int r = context ? sys_selinux_check(context) : 0;

	if (r == -EINVAL)
		return lx_error_say(err, r, "the policy of this host has no context %s; see [security] %s", context, key);
	return r < 0 ? lx_error_set(err, r, "ask the policy for the context %s", context) : 0;
}

static int check(const struct lx_lsm_part *part, struct lx_error *err)
{
	int r = check_context("selinux", part->label, err);

	return r < 0 ? r : check_context("selinux.mount-context", part->mount_context, err);
}

/* Only its top is looked at; init's exec tells of the rest. */
static int check_root(const struct lx_lsm_part *part, int root_fd, const char *path, struct lx_error *err)
{
	_cleanup_free_ char *label = NULL;
	bool may = true;
	int r;

	if (!sys_selinux_is_enforcing())
		return 0;
	r = sys_selinux_label(root_fd, &label);
	if (r >= 0)
		r = sys_selinux_may(part->label, label, "dir", "search", &may);
	if (r == -ENOMEM)
		return lx_error_oom(err);
	if (r < 0 || may) /* what cannot be asked here the kernel decides later */
		return 0;
	if (!part->mount_context)
		return lx_error_say(err, -EACCES, "%s may not use files with the label %s, which %s has", part->label, label, path);
	return lx_error_say(err, -EACCES, "%s has the label %s, which is not for containers; give it one that is with \"chcon -R %s %s\"", path,
			    label, part->mount_context, path);
}

static int forget(const struct lx_settings *settings, const char *run_id, struct lx_error *err)
{
	return lx_selinux_level_release(settings, run_id, err);
}

const struct lx_lsm_driver lx_lsm_selinux = {
	.name = "SELinux",
	.word = "selinux",
	.key = "security.selinux",
	.built = true,
	.is_enabled = is_enabled,
	.build = build,
	.absence = absence,
	.check = check,
	.check_root = check_root,
	.forget = forget,
	.attribute = "exec",
	.prefix = "",
};
