/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a hook is told, as text. Pure. */
#pragma once

#include "hook/hook.h"

/* The whole environment of a hook: NAME=VALUE. */
int lx_hook_environment(enum lx_hook_stage stage, const struct lx_hook_facts *facts, char ***ret);
/* The state as JSON, one object and a newline: the members of the OCI runtime's state, and ours below "lx". NULL when
 * memory is short. */
char *lx_hook_state(enum lx_hook_stage stage, const struct lx_hook_facts *facts);
