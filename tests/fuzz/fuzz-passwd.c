/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest's /etc/passwd, behind a byte that is the uid: who that is, and the environment made of it. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "fuzz.h"
#include "instance/attach-user.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *const caller[] = { (char *)"TERM=vt100", (char *)"A=b", NULL };
	static const struct lx_attach_options options = { .keep_env = true };
	_cleanup_(lx_user_done) struct lx_user user = { 0 };
	_cleanup_free_ char *text = NULL;
	_cleanup_strv_ char **env = NULL;

	if (size == 0)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	if (!text || lx_user_find(text, data[0], &user) < 0)
		return 0;
	if (!user.name || !user.home || user.home[0] != '/' || !user.shell || user.shell[0] != '/')
		abort();
	if (lx_attach_env(&options, caller, &user, &env) < 0)
		return 0;
	strv_for_each(variable, env)
		if (!strchr(variable, '=') || strchr(variable, '\n'))
			abort();
	return 0;
}
