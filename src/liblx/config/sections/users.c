/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [user NAME] and [group NAME] of the policy for users who are not root. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_user, f)

static const struct lx_key keys[] = {
	{ "bridge", &lx_type_interfaces, FIELD(bridges), .unset = "none", .example = "lxbr0",
	  .doc = "A bridge that links may be put into." },
	{ "links", &lx_type_uint, FIELD(links), .fallback = "0", .max = 100, .example = "4",
	  .doc = "How many links a user may have at the same time, on all bridges together." },
};

const struct lx_section lx_section_user = {
	.name = "user",
	.labelled = true,
	.offset = offsetof(struct lx_user_rules, users),
	.element_size = sizeof(struct lx_config_user),
	.keys = keys,
	.n_keys = array_size(keys),
	.label = "the name of the user",
	.doc = "What one user may have.",
};

const struct lx_section lx_section_group = {
	.name = "group",
	.labelled = true,
	.offset = offsetof(struct lx_user_rules, groups),
	.element_size = sizeof(struct lx_config_user),
	.keys = keys,
	.n_keys = array_size(keys),
	.label = "the name of the group",
	.doc = "What each member of a group may have, by the groups of the account.",
};
