/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Core scheduling: nothing but the container runs on a core while the container does, on whichever of its threads, so that
 * what one thread leaves in the caches and buffers of the core tells nobody else's. Children inherit it.
 */
#include <errno.h>

#include "base/str.h"
#include "security/security.h"
#include "sys/sys.h"

static const char *reason(int code)
{
	return code == -ENODEV ? "the processor has one thread for each core, which needs none" :
	       code == -EINVAL ? "the kernel has none (CONFIG_SCHED_CORE, Linux 5.14)" : "the kernel refuses";
}

int lx_core_probe(const char **ret_reason)
{
	uint64_t cookie;
	int r = sys_sched_core_cookie(&cookie);

	if (r < 0 && ret_reason)
		*ret_reason = reason(r);
	return r;
}

int lx_core_build(const struct lx_config *config, bool *ret, struct lx_error *err)
{
	const char *wish = config->security.core_scheduling, *why;
	char place[512];
	int r;

	*ret = false;
	if (str_empty(wish) || str_equal(wish, "no"))
		return 0;
	r = lx_core_probe(&why);
	if (r < 0 && str_equal(wish, "yes"))
		return lx_error_say(err, -EOPNOTSUPP, "no core scheduling here: %s; set core-scheduling = auto or no; see %s", why,
				    lx_config_origin(config, "security.core-scheduling", place, sizeof(place)));
	*ret = r >= 0;
	return 0;
}

int lx_core_create(struct lx_error *err)
{
	int r = sys_sched_core_create();

	return r < 0 ? lx_error_set(err, r, "keep the processor's cores apart") : 0;
}

int lx_core_join(pid_t pid, struct lx_error *err)
{
	int r = sys_sched_core_join(pid);

	return r < 0 ? lx_error_set(err, r, "share the processor's cores with the container") : 0;
}
