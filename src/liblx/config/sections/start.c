/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [start]: what lx-autostart does with the container. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_start, f)

static const struct lx_key keys[] = {
	{ "auto", &lx_type_bool, FIELD(automatic), .fallback = "no",
	  .doc = "The container is one of those that lx-autostart starts, as it is run when the host boots." },
	{ "order", &lx_type_uint, FIELD(order), .fallback = "0", .min = 0, .max = 1000000,
	  .doc = "Containers of a lower order are started first; those of the same order together. container.after says it\n"
		 "better where one needs another." },
	{ "delay", &lx_type_duration, FIELD(delay), .fallback = "0",
	  .doc = "How long to wait once it has started, before those that come after it are started." },
	{ "timeout", &lx_type_duration, FIELD(timeout), .fallback = "1min 30s",
	  .doc = "How long its start may take when others wait for it to be ready; then they are not started." },
};

const struct lx_section lx_section_start = {
	.name = "start",
	.offset = offsetof(struct lx_config, start),
	.keys = keys,
	.n_keys = array_size(keys),
	.doc = "What lx-autostart does with the container.",
};
