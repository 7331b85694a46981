/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [hook]: programs of the administrator that run on the way. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_hook, f)
#define STAGE(stage) FIELD(commands[stage])

static const struct lx_key keys[] = {
	{ "pre-start", &lx_type_commands, STAGE(LX_HOOK_PRE_START), .example = "/etc/lx/hooks/notify",
	  .doc = "On the host, before anything of the container is made." },
	{ "pre-mount", &lx_type_commands, STAGE(LX_HOOK_PRE_MOUNT), .example = "/etc/lx/hooks/unlock",
	  .doc = "In the container's mount namespace, before its root file system is mounted." },
	{ "mount", &lx_type_commands, STAGE(LX_HOOK_MOUNT), .example = "/etc/lx/hooks/bind-home",
	  .doc = "In the container's mount namespace, after all its mounts are there and before it becomes the root." },
	{ "start-host", &lx_type_commands, STAGE(LX_HOOK_START_HOST), .example = "/etc/lx/hooks/route",
	  .doc = "On the host, when the container's process and its links exist and before init runs." },
	{ "start", &lx_type_commands, STAGE(LX_HOOK_START), .example = "/usr/local/sbin/prepare",
	  .doc = "Inside the container, immediately before init; the program is one of the container." },
	{ "stop", &lx_type_commands, STAGE(LX_HOOK_STOP), .example = "/etc/lx/hooks/save",
	  .doc = "On the host, after init has ended, while the namespaces are still there." },
	{ "post-stop", &lx_type_commands, STAGE(LX_HOOK_POST_STOP), .example = "/etc/lx/hooks/notify",
	  .doc = "On the host, after everything of the run is gone." },
	{ "clone", &lx_type_commands, STAGE(LX_HOOK_CLONE), .example = "/etc/lx/hooks/new-keys",
	  .doc = "On the host, when this container was copied, for the copy." },
	{ "destroy", &lx_type_commands, STAGE(LX_HOOK_DESTROY), .example = "/etc/lx/hooks/forget",
	  .doc = "On the host, before the container is destroyed." },
	{ "timeout", &lx_type_duration, FIELD(timeout), .fallback = "1min", .min = 1,
	  .doc = "How long one hook may run before it is killed, which is a failure." },
};

const struct lx_section lx_section_hook = {
	.name = "hook",
	.offset = offsetof(struct lx_config, hook),
	.keys = keys,
	.n_keys = array_size(keys),
	.doc = "Programs of the administrator that run at stages of the container's life, several of a stage in the order of\n"
	       "the lines.\n"
	       "A hook that fails ends the start; those of stop and later are only logged.",
};
