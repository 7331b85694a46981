/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A build without libseccomp: calls are not filtered, as lx-start and lx-checkconfig say. A policy that the configuration
 * asks for, be it the default one, is refused, because it would not hold. */
#include <errno.h>

#include "base/str.h"
#include "security/sandbox.h"

/* The key that asks for one. */
static const char *interception(const struct lx_config *config)
{
	const struct lx_config_security *security = &config->security;

	return security->intercept_mknod ? "security.intercept.mknod" :
	       security->intercept_mount ? "security.intercept.mount" : "security.intercept.sysinfo";
}

int lx_seccomp_build(const struct lx_config *config, uint64_t bounding _unused_, struct lx_seccomp_program *ret,
		     struct lx_error *err)
{
	const struct lx_config_security *security = &config->security;
	const char *policy = security->seccomp;
	char origin[512];

	if (security->intercept_mknod || security->intercept_mount || security->intercept_sysinfo)
		return lx_error_say(err, -EOPNOTSUPP, "this lx was built without libseccomp and cannot intercept system calls; remove "
				    "security.intercept.* from %s", lx_config_origin(config, interception(config), origin, sizeof(origin)));

	if (policy && !str_equal(policy, "none") && lx_config_says(config, "security.seccomp"))
		return lx_error_say(err, -EOPNOTSUPP, "this lx was built without libseccomp, and security.seccomp = %s cannot be; remove "
				    "the key from %s", policy, lx_config_origin(config, "security.seccomp", origin, sizeof(origin)));
	*ret = (struct lx_seccomp_program){ 0 };
	return 0;
}

/* Its other walls stand. */
int lx_seccomp_build_sandbox(const struct lx_sandbox *sandbox _unused_, struct lx_seccomp_program *ret, struct lx_error *err _unused_)
{
	*ret = (struct lx_seccomp_program){ 0 };
	return 0;
}

bool lx_seccomp_is_available(void)
{
	return false;
}

int lx_seccomp_build_list(const char *calls _unused_, struct lx_seccomp_program *ret)
{
	*ret = (struct lx_seccomp_program){ 0 };
	return 0;
}

enum lx_call lx_call_of(uint32_t arch _unused_, int number _unused_)
{
	return LX_CALL_NONE;
}
