/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filter of system calls: the policy that security.seccomp names, compiled. */
#include "base/cleanup.h"
#include "base/str.h"
#include "security/seccomp-policy.h"

int lx_seccomp_build(const struct lx_config *config, uint64_t bounding, struct lx_seccomp_program *ret, struct lx_error *err)
{
	_cleanup_(lx_seccomp_policy_done) struct lx_seccomp_policy policy = { 0 };
	struct lx_seccomp_program program = { 0 };
	int r;

	if (!str_equal(config->security.seccomp, "none")) {
		r = lx_seccomp_policy_default(&policy, config->container.privileged, bounding);
		if (r >= 0)
			r = lx_seccomp_compile(&policy, &program);
		if (r < 0)
			return lx_error_set(err, r, "compile the filter of system calls");
	}
	*ret = program;
	return 0;
}

bool lx_seccomp_is_available(void)
{
	return true;
}
