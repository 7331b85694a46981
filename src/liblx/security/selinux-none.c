/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A build without SELinux: containers run in the context that the policy gives them. A configuration that asks for one is
 * refused. */
#include <errno.h>

#include "base/str.h"
#include "security/lsm.h"

static bool is_enabled(const struct lx_host *host)
{
	return host->selinux;
}

static int build(const struct lx_lsm_facts *facts, struct lx_lsm_part *ret _unused_, struct lx_error *err)
{
	const struct lx_config_security *wish = &facts->config->security;
	bool wanted = (wish->selinux && !str_equal(wish->selinux, "none")) || wish->selinux_mount_context;

	return wanted ? lx_lsm_refuse(&lx_lsm_selinux, facts->config, err) : 0;
}

static const char *absence(const struct lx_config *config, const struct lx_host *host)
{
	return !config->security.selinux && host->selinux ?
		"this lx was built without SELinux, which is enabled here: the container runs in the context of who starts it" : NULL;
}

const struct lx_lsm_driver lx_lsm_selinux = {
	.name = "SELinux",
	.word = "selinux",
	.key = "security.selinux",
	.is_enabled = is_enabled,
	.build = build,
	.absence = absence,
};
