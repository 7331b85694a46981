/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [monitor]: the process that watches the container. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_monitor, f)

static const char *const levels[] = { "error", "warn", "notice", "info", "debug", "trace", NULL };

static const struct lx_key keys[] = {
	{ "log-file", &lx_type_path, FIELD(log_file), .unset = "NAME.log in the log directory",
	  .example = "/var/log/lx/web.log", .doc = "Log of the monitor." },
	{ "log-level", &lx_type_word, FIELD(log_level), .words = levels, .unset = "the log level of lx.conf",
	  .example = "debug", .doc = "The least important messages that are logged." },
};

const struct lx_section lx_section_monitor = {
	.name = "monitor",
	.offset = offsetof(struct lx_config, monitor),
	.keys = keys,
	.n_keys = array_size(keys),
	.doc = "The process that watches the container.",
};
