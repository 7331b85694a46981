/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any text as the policy of users: what is read has names of bridges, and numbers in their bounds. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "config/config.h"
#include "config/read.h"
#include "fuzz.h"
#include "net/usernet.h"

static void check(const struct lx_config_user *row)
{
	if (!lx_section_label_ok(row->label) || row->links > LX_USERNET_LINKS_MAX)
		abort();
	strv_for_each(bridge, row->bridges)
		if (!*bridge || strlen(bridge) >= LX_IFNAME_SIZE || strchr(bridge, '/') || strchr(bridge, ' '))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	struct lx_read options = { .file = "/nonexistent/users", .text = text };
	struct lx_user_rules *rules;
	void *target = NULL;

	if (!text || lx_schema_read(&lx_schema_users, &options, &target, NULL) < 0)
		return 0;
	rules = target;
	vec_for_each(row, &rules->users)
		check(row);
	vec_for_each(row, &rules->groups)
		check(row);
	lx_user_rules_free(rules);
	return 0;
}
