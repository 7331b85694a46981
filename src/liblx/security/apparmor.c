/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* AppArmor: init runs under the profile that security.apparmor names. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "security/lsm.h"

#define SECURITYFS "/sys/kernel/security/apparmor"
#define PROFILES_MAX (4 * 1024 * 1024)

static bool is_enabled(const struct lx_host *host)
{
	return host->apparmor;
}

static int build(const struct lx_lsm_facts *facts, struct lx_lsm_part *ret, struct lx_error *err)
{
	const char *wish = facts->config->security.apparmor;

	if (!wish || str_equal(wish, "unconfined"))
		return 0;
	if (!is_enabled(facts->host))
		return lx_lsm_refuse(&lx_lsm_apparmor, facts->config, err);
	return str_set(&ret->label, wish) < 0 ? lx_error_oom(err) : 0;
}

/* Lines "NAME (MODE)". */
static bool is_loaded(char *const *profiles, const char *name)
{
	strv_for_each(line, profiles) {
		const char *rest = str_after(line, name);

		if (rest && str_after(rest, " ("))
			return true;
	}

	return false;
}

static int load(const struct lx_lsm_part *part, const struct lx_settings *settings _unused_, struct lx_error *err)
{
	_cleanup_strv_ char **profiles = NULL;
	_cleanup_free_ char *text = NULL;
	int r;

	r = file_read(AT_FDCWD, SECURITYFS "/profiles", PROFILES_MAX, &text, NULL);
	if (r >= 0)
		r = strv_split(text, "\n", &profiles);
	if (r < 0)
		return lx_error_set(err, r, "read " SECURITYFS "/profiles");

	return is_loaded(profiles, part->label) ? 0 :
		lx_error_say(err, -ENOENT, "no profile %s is loaded; load it with apparmor_parser -r", part->label);
}

const struct lx_lsm_driver lx_lsm_apparmor = {
	.name = "AppArmor",
	.word = "apparmor",
	.key = "security.apparmor",
	.built = true,
	.is_enabled = is_enabled,
	.build = build,
	.load = load,
	.attribute = "apparmor/exec",
	.prefix = "exec ",
};
