/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [security]: what the processes of the container may do. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_security, f)

static const char *const capabilities[] = {
	"audit_control", "audit_read", "audit_write", "block_suspend", "bpf", "checkpoint_restore", "chown", "dac_override",
	"dac_read_search", "fowner", "fsetid", "ipc_lock", "ipc_owner", "kill", "lease", "linux_immutable", "mac_admin",
	"mac_override", "mknod", "net_admin", "net_bind_service", "net_broadcast", "net_raw", "perfmon", "setfcap", "setgid",
	"setpcap", "setuid", "sys_admin", "sys_boot", "sys_chroot", "sys_module", "sys_nice", "sys_pacct", "sys_ptrace",
	"sys_rawio", "sys_resource", "sys_time", "sys_tty_config", "syslog", "wake_alarm", NULL,
};

static const char *const resources[] = {
	"as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
	"rttime", "sigpending", "stack", NULL,
};

static const char *const profiles[] = { "default", "none", NULL };

static int normal_policy(const struct lx_key *key, const char *text, char **ret)
{
	return *text == '/' ? lx_type_path.normal(key, text, ret) : lx_type_word.normal(key, text, ret);
}

static const struct lx_type policy_type = LX_TYPE_TEXT("policy", "default, none, or the absolute path of a policy", normal_policy);

static const struct lx_key keys[] = {
	{ "capabilities.drop", &lx_type_capabilities, FIELD(capabilities_drop), .words = capabilities,
	  .unset = "sys_module, sys_rawio, sys_time, syslog, wake_alarm, block_suspend, mac_admin, mac_override, audit_control, "
		   "audit_read; those of a list that is set take their place",
	  .example = "sys_time,sys_module", .doc = "Capabilities that nothing in the container can have." },
	{ "capabilities.keep", &lx_type_capabilities, FIELD(capabilities_keep), .words = capabilities,
	  .example = "chown,net_bind_service", .doc = "When set, all other capabilities are dropped." },
	{ "no-new-privileges", &lx_type_bool, FIELD(no_new_privileges), .fallback = "no",
	  .doc = "Programs with set-user-id bits or file capabilities give no more than their caller has." },
	{ "seccomp", &policy_type, FIELD(seccomp), .fallback = "default", .words = profiles, .example = "none",
	  .doc = "Filter of system calls: lx's own list of what is allowed, none, or the absolute path of a policy in LXC's "
		 "format (version 1 or 2) or in the JSON of OCI runtimes and docker. Rules that notify are refused." },
	{ "rlimit", &lx_type_rlimits, FIELD(rlimits), .words = resources, .unset = "what the kernel gives its first process, with 524288 as the hard limit of nofile",
	  .example = "nofile=1024:4096",
	  .doc = "Resource limit of init as setrlimit(2) has it, soft and hard; unlimited is a value too." },
};

const struct lx_section lx_section_security = {
	.name = "security",
	.offset = offsetof(struct lx_config, security),
	.keys = keys,
	.n_keys = array_size(keys),
	.doc = "What the processes of the container may do.",
};
