/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A build without libseccomp: calls are not filtered. The default policy is then no policy, as lx-checkconfig says. */
#include "security/security.h"

int lx_seccomp_build(const struct lx_config *config _unused_, uint64_t bounding _unused_, struct lx_seccomp_program *ret,
		     struct lx_error *err _unused_)
{
	*ret = (struct lx_seccomp_program){ 0 };
	return 0;
}

bool lx_seccomp_is_available(void)
{
	return false;
}
