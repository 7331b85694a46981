/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AppArmor: init runs under a profile that is written for the container, or under a loaded one that the configuration names.
 *
 * The written one is stacked with the profile "unconfined" of a policy namespace of the container's own: both have to allow what
 * is done, and what the guest loads goes to its namespace. Nothing here needs libapparmor, since the kernel's interface is files.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/strv.h"
#include "security/apparmor.h"
#include "security/lsm.h"

static bool is_enabled(const struct lx_host *host)
{
	return host->apparmor;
}

static char *policy_name(const char *run_id)
{
	return str_format("lx-%s", run_id);
}

/* Kernels before 6.2 have no permission for a lock on a socket, so that none can be given where sockets are looked at; systemd takes
 * one for DynamicUser= and PrivateNetwork=. All sockets are allowed, so nothing is lost, unless a rule speaks of them. */
static bool need_sockets(const struct lx_host *host, char *const *rules)
{
	if (host->apparmor_newer)
		return true;
	strv_for_each(rule, rules)
		if (strstr(rule, "network") || strstr(rule, "unix") || strstr(rule, "include"))
			return true;
	return false;
}

static int build_generated(const struct lx_lsm_facts *facts, struct lx_lsm_part *ret, struct lx_error *err)
{
	const struct lx_host *host = facts->host;
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct lx_apparmor_wish wish = {
		.own_namespace = host->apparmor_stack,
		.newer_classes = host->apparmor_newer,
		.nesting = facts->config->security.nesting,
		.rules = facts->config->security.apparmor_rules,
	};

	wish.sockets = ret->sockets = need_sockets(host, wish.rules);
	wish.name = ret->policy_name = policy_name(facts->run_id);
	if (!wish.name)
		return lx_error_oom(err);
	lx_apparmor_profile_write(&wish, &text);
	ret->policy = buf_steal(&text);
	ret->label = wish.own_namespace ? str_format("%s//&:%s:unconfined", wish.name, wish.name) : str_format("%s", wish.name);
	ret->own_namespace = wish.own_namespace;
	return ret->policy && ret->label ? 0 : lx_error_oom(err);
}

static int build(const struct lx_lsm_facts *facts, struct lx_lsm_part *ret, struct lx_error *err)
{
	const char *wish = facts->config->security.apparmor;

	if (str_equal(wish, "unconfined"))
		return 0;
	/* nothing was said, and nothing can be done: absence() tells */
	if (!wish && (!is_enabled(facts->host) || !facts->host->apparmor_parser || facts->host->rootless))
		return 0;
	if (!is_enabled(facts->host))
		return lx_lsm_refuse(&lx_lsm_apparmor, facts->config, err);
	if (str_equal(wish, "generated") && facts->host->rootless)
		return lx_error_say(err, -EPERM, "only root can load a profile into the kernel; remove security.apparmor = generated");
	if (!wish || str_equal(wish, "generated"))
		return build_generated(facts, ret, err);
	return str_set(&ret->label, wish) < 0 ? lx_error_oom(err) : 0;
}

static const char *absence(const struct lx_config *config, const struct lx_host *host)
{
	return host->apparmor && !host->apparmor_parser && !config->security.apparmor ?
		"AppArmor is enabled here, but apparmor_parser is not installed: the container runs without a profile" : NULL;
}

static char *cache_directory(const struct lx_settings *settings)
{
	return str_format("%s/apparmor", settings->paths.cache);
}

static int unload(const char *name, struct lx_error *err)
{
	int r = lx_apparmor_namespace_remove(name, err);

	return r < 0 ? r : lx_apparmor_remove(name, err);
}

static int load_generated(const struct lx_lsm_part *part, const struct lx_settings *settings, struct lx_error *err)
{
	_cleanup_free_ char *directory = cache_directory(settings), *compiled = NULL;
	size_t size;
	int r;

	if (!directory)
		return lx_error_oom(err);
	r = lx_apparmor_compile(directory, part->policy_name, part->policy, part->sockets, &compiled, &size, err);
	if (r >= 0)
		r = lx_apparmor_replace(compiled, size, err);
	if (r >= 0 && part->own_namespace)
		r = lx_apparmor_namespace_create(part->policy_name, err);
	if (r < 0)
		(void)unload(part->policy_name, NULL);
	return r;
}

static int load(const struct lx_lsm_part *part, const struct lx_settings *settings, struct lx_error *err)
{
	if (part->policy)
		return load_generated(part, settings, err);
	return lx_apparmor_is_loaded(part->label) ? 0 :
		lx_error_say(err, -ENOENT, "no profile %s is loaded; load it with apparmor_parser -r", part->label);
}

static int forget(const struct lx_settings *settings, const char *run_id, struct lx_error *err)
{
	_cleanup_free_ char *directory = cache_directory(settings), *name = policy_name(run_id);

	return directory && name ? lx_apparmor_forget(directory, name, err) : lx_error_oom(err);
}

const struct lx_lsm_driver lx_lsm_apparmor = {
	.name = "AppArmor",
	.word = "apparmor",
	.key = "security.apparmor",
	.built = true,
	.is_enabled = is_enabled,
	.build = build,
	.absence = absence,
	.load = load,
	.unload = unload,
	.forget = forget,
	.attribute = "apparmor/exec",
	.prefix = "exec ",
};
