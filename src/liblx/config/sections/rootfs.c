/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [rootfs]: where the root file system lives. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_rootfs, f)

static const struct lx_key keys[] = {
	{ "path", &lx_type_rootfs, FIELD(path), .unset = "none: the container cannot be started",
	  .example = "overlay:/var/cache/lx/images/debian:/var/lib/lx/web/rootfs",
	  .doc = "The root file system: the name of a storage driver, a colon and what that driver takes.\n"
		 "An absolute path is a directory that is used as it is." },
	{ "read-only", &lx_type_bool, FIELD(read_only), .fallback = "no",
	  .doc = "Nothing in the root file system can be changed from inside." },
};

const struct lx_section lx_section_rootfs = {
	.name = "rootfs",
	.offset = offsetof(struct lx_config, rootfs),
	.keys = keys,
	.n_keys = array_size(keys),
	.doc = "Where the root file system lives.",
};
