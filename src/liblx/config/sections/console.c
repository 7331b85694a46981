/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [console]: where the output of the container's console is kept. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_console, f)

static const struct lx_key keys[] = {
	{ "log-file", &lx_type_path, FIELD(log_file), .unset = "NAME.console in the log directory",
	  .example = "/var/log/lx/web.console", .doc = "File that gets everything that is written to the console." },
	{ "log-size", &lx_type_size, FIELD(log_size), .fallback = "10M",
	  .doc = "Size at which the log file is renamed to FILE.1 and begun anew; 0 is no log file. While the monitor is busy, with "
		 "a hook for example, that waits, and a file grows to twice the size, not further." },
	{ "buffer-size", &lx_type_size, FIELD(buffer_size), .fallback = "128K", .min = 4096, .max = 16777216,
	  .doc = "How much of the last output the monitor keeps in memory for lx-console." },
};

const struct lx_section lx_section_console = {
	.name = "console",
	.offset = offsetof(struct lx_config, console),
	.keys = keys,
	.n_keys = array_size(keys),
	.doc = "Where the output of the container's console is kept.",
};
