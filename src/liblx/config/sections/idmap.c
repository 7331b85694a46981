/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [idmap]: which ids of the host the ids of the container are. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_idmap, f)

static const struct lx_key keys[] = {
	{ "range", &lx_type_id_range, FIELD(range), .fallback = "auto",
	  .doc = "Ids of the host that the container's ids from 0 on are.\n"
		 "auto is a range that no other container has; BASE or BASE:SIZE names one, of 65536 ids when SIZE is not given." },
	{ "map", &lx_type_idmap, FIELD(map), .example = "both 0 200000 65536",
	  .doc = "One line of an explicit map, in place of range: uid, gid or both, the first id inside, the first id on the\n"
		 "host, and how many.\n"
		 "Several lines may not meet, inside or on the host, and id 0 of the container must be in one. They need not be root's in "
		 "/etc/subuid: host users can be mapped, and are then within the guest's reach." },
	{ "shared", &lx_type_bool, FIELD(shared), .fallback = "no",
	  .doc = "Ids that range or map names may be those of other containers too.\n"
		 "Containers that share ids can signal each other's processes and open each other's files, where they meet them. Without "
		 "it a start is refused when another container has one of the ids." },
};

const struct lx_section lx_section_idmap = {
	.name = "idmap",
	.offset = offsetof(struct lx_config, idmap),
	.keys = keys,
	.n_keys = array_size(keys),
	.doc = "Which ids of the host the ids of the container are.\n"
	       "Files keep their plain ids on disk: the root file system is mapped when it is mounted.\n"
	       "A privileged container has no map.",
};
