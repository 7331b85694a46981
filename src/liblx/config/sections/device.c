/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [device LABEL]: nodes of the host that the container may use. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_device, f)

static const struct lx_key keys[] = {
	{ "path", &lx_type_path, FIELD(path), .unset = "none; a device needs it", .example = "/dev/fuse",
	  .doc = "Device node of the host." },
	{ "access", &lx_type_access, FIELD(access), .fallback = "rw",
	  .doc = "What the container may do with it: r to read, w to write, m to make nodes of it." },
	{ "target", &lx_type_path, FIELD(target), .unset = "the same path", .example = "/dev/fuse",
	  .doc = "Path of the node inside." },
	{ "mode", &lx_type_mode, FIELD(mode), .fallback = "0666", .doc = "Permissions of the node inside." },
};

const struct lx_section lx_section_device = {
	.name = "device",
	.labelled = true,
	.offset = offsetof(struct lx_config, devices),
	.element_size = sizeof(struct lx_config_device),
	.keys = keys,
	.n_keys = array_size(keys),
	.label = "any word",
	.doc = "A device node of the host that the container may use: the node is made and the device rule opened.\n"
	       "All other devices but the harmless ones (null, zero, full, random, urandom, tty, ptys) are closed.",
};
