/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [monitor]: the process that watches the container. */
#include "base/log.h"
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_monitor, f)

static const struct lx_key keys[] = {
	{ "log-file", &lx_type_path, FIELD(log_file),
	  .unset = "the journal of a host with systemd, where journalctl CONTAINER=NAME finds it; NAME.log in the log directory elsewhere",
	  .example = "/var/log/lx/web.log", .doc = "Log of the monitor. A file that is named here is written beside the journal." },
	{ "log-level", &lx_type_word, FIELD(log_level), .words = lx_log_level_words, .unset = "the log level of lx.conf",
	  .example = "debug", .doc = "The least important messages that are logged." },
	{ "sandbox", &lx_type_bool, FIELD(sandbox), .fallback = "yes",
	  .doc = "Does the process that talks to callers and to the guest give up capabilities, files, and all system calls that it "
		 "does not need? no is for debugging lx." },
};

const struct lx_section lx_section_monitor = {
	.name = "monitor",
	.offset = offsetof(struct lx_config, monitor),
	.keys = keys,
	.n_keys = array_size(keys),
	.doc = "The process that watches the container.",
};
