/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules that tie keys together. */
#pragma once

#include "config/config.h"

enum {
	LX_RULE_INCOMPLETE = 1 << 0, /* something is still missing; one can get there by setting keys one after the other */
	LX_RULE_CONFLICT = 1 << 1,   /* two settings cannot both be meant */
	LX_RULE_ALL = ~0,
};

/* The rules of these kinds: the first broken one is the error; with problems all are appended and 0 is returned. */
int lx_config_check_rules(const struct lx_config *config, unsigned kinds, char ***problems, struct lx_error *err);
