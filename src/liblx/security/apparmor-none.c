/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A build without AppArmor: no profile is made or taken. A configuration that asks for one is refused. */
#include <errno.h>

#include "base/str.h"
#include "security/lsm.h"

static bool is_enabled(const struct lx_host *host)
{
	return host->apparmor;
}

static int build(const struct lx_lsm_facts *facts, struct lx_lsm_part *ret _unused_, struct lx_error *err)
{
	const char *wish = facts->config->security.apparmor;

	return wish && !str_equal(wish, "unconfined") ? lx_lsm_refuse(&lx_lsm_apparmor, facts->config, err) : 0;
}

static const char *absence(const struct lx_config *config, const struct lx_host *host)
{
	return host->apparmor && !config->security.apparmor ?
		"this lx was built without AppArmor, which is enabled here: the container runs without a profile" : NULL;
}

const struct lx_lsm_driver lx_lsm_apparmor = {
	.name = "AppArmor",
	.word = "apparmor",
	.key = "security.apparmor",
	.is_enabled = is_enabled,
	.build = build,
	.absence = absence,
};
