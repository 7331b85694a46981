/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole of it: decided together, applied in the one order that works. */
#include "security/security.h"

#include <errno.h>
#include <linux/capability.h>

#include "base/log.h"
#include "base/str.h"
#include "sys/sys.h"

void lx_security_init(struct lx_security *security)
{
	*security = (struct lx_security){ 0 };
	lx_lsm_init(&security->lsm);
}

/* No node can be made, and no such file system mounted, but by root of the host. */
static int check_interception(const struct lx_config *config, const struct lx_host *host, struct lx_error *err)
{
	if (!host->rootless || (!config->security.intercept_mknod && !config->security.intercept_mount))
		return 0;
	return lx_error_say(err, -EPERM, "[security] intercept.mknod and intercept.mount need root of the host; remove them");
}

/* Root in a user namespace may fill the policy namespace that is the container's own, and no other. */
static void allow_policy(const struct lx_config *config, const struct lx_host *host, struct lx_security *security)
{
	const struct lx_config_security *wish = &config->security;

	for (size_t i = 0; i < LX_LSM_MAX; i++)
		if (security->lsm.parts[i].own_namespace && !config->container.privileged && !wish->capabilities_drop &&
		    !wish->capabilities_keep)
			security->bounding |= host->capability_bound & (1ULL << CAP_MAC_ADMIN);
}

int lx_security_build(const struct lx_lsm_facts *facts, struct lx_security *ret, struct lx_error *err)
{
	const struct lx_config *config = facts->config;
	_cleanup_(lx_security_done) struct lx_security security;
	int r;

	lx_security_init(&security);
	security.no_new_privileges = config->security.no_new_privileges;

	r = lx_caps_build(config, facts->host, &security.bounding, err);
	if (r < 0)
		return r;
	r = lx_caps_build_ambient(config, security.bounding, &security.ambient, err);
	if (r < 0)
		return r;
	r = lx_securebits_build(config, &security.securebits, err);
	if (r < 0)
		return r;
	r = lx_core_build(config, &security.core_scheduling, err);
	if (r < 0)
		return r;
	r = lx_lsm_build(facts, &security.lsm, err);
	if (r < 0)
		return r;
	allow_policy(config, facts->host, &security);
	r = lx_rlimits_build(config, &security.rlimits, err);
	if (r < 0)
		return r;
	r = check_interception(config, facts->host, err);
	if (r < 0)
		return r;
	r = lx_seccomp_build(config, security.bounding, &security.seccomp, err);
	if (r < 0)
		return r;

	*ret = security;
	lx_security_init(&security);
	return 0;
}

size_t lx_security_missing(const struct lx_config *config, const struct lx_host *host, bool filters,
			   const char *ret[static LX_SECURITY_MISSING_MAX])
{
	size_t n = 0;

	if (!filters && !str_equal(config->security.seccomp, "none"))
		ret[n++] = "this lx was built without libseccomp: system calls of the container are not filtered";
	for (size_t i = 0; i < LX_LSM_MAX; i++) {
		const char *sentence = lx_lsm_drivers[i]->absence ? lx_lsm_drivers[i]->absence(config, host) : NULL;

		if (sentence)
			ret[n++] = sentence;
	}
	return n;
}

void lx_security_warn(const struct lx_config *config, const struct lx_host *host, const char *prefix)
{
	const char *sentences[LX_SECURITY_MISSING_MAX];
	size_t n = lx_security_missing(config, host, lx_seccomp_is_available(), sentences);

	for (size_t i = 0; i < n; i++)
		log_warn("%s%s", prefix, sentences[i]);
}

void lx_security_done(struct lx_security *security)
{
	lx_rlimits_done(&security->rlimits);
	lx_seccomp_done(&security->seccomp);
	lx_lsm_done(&security->lsm);
}

int lx_security_apply(const struct lx_security *security, unsigned skip, int *ret_listener, struct lx_error *err)
{
	int r;

	*ret_listener = -EBADF;
	r = lx_keyring_apply(err);
	if (r < 0)
		return r;
	r = lx_rlimits_apply(&security->rlimits, 0, err);
	if (r < 0)
		return r;
	if (!(skip & LX_SECURITY_SKIP_CAPS)) {
		r = lx_caps_apply(security->bounding, err);
		if (r < 0)
			return r;
	}
	r = lx_lsm_apply(&security->lsm, err);
	if (r < 0)
		return r;
	if (security->no_new_privileges) {
		r = sys_set_no_new_privs();
		if (r < 0)
			return lx_error_set(err, r, "give up new privileges");
	}
	return skip & LX_SECURITY_SKIP_SECCOMP ? 0 : lx_seccomp_apply(&security->seccomp, ret_listener, err);
}
