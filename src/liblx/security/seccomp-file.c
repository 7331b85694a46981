/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A policy from a file: JSON begins with a brace, LXC's lists with their version. */
#include <errno.h>
#include <string.h>

#include "security/seccomp-policy.h"

int lx_seccomp_policy_parse(struct lx_seccomp_policy *policy, const char *name, const char *text, size_t size,
			    uint64_t bounding, struct lx_error *err)
{
	const char *first = text + strspn(text, " \t\r\n");

	if (strlen(text) != size)
		return lx_error_say(err, -EINVAL, "%s is not a text: it has a byte 0", name);
	if (*first == '{')
		return lx_seccomp_parse_json(policy, name, text, bounding, err);
	return lx_seccomp_parse_lxc(policy, name, text, err);
}
