/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [security]: what the processes of the container may do. */
#include <errno.h>
#include <string.h>

#include "base/macro.h"
#include "base/parse.h"
#include "config/types.h"
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

static const char *const securebit_words[] = {
	"noroot", "noroot-locked", "no-setuid-fixup", "no-setuid-fixup-locked", "keep-caps-locked", "no-cap-ambient-raise",
	"no-cap-ambient-raise-locked", NULL,
};

static const char *const core_words[] = { "no", "auto", "yes", NULL };

static int normal_securebit(const struct lx_key *key, const char *text, char **ret)
{
	return lx_type_word.normal(key, text, ret);
}

static const struct lx_type securebits_type = {
	.name = "securebits",
	.syntax = "words of capabilities(7), such as noroot,noroot-locked",
	.size = sizeof(char **),
	.list = true,
	.parse = lx_type_parse_words,
	.format = lx_type_format_words,
	.done = lx_type_done_list,
	.normal = normal_securebit,
};

/* Those that can be mounted with an id map. */
static const char *const mountable[] = { "ext2", "ext3", "ext4", "xfs", "erofs", "squashfs", "vfat", NULL };

static const char *const profiles[] = { "default", "none", NULL };

static int normal_policy(const struct lx_key *key, const char *text, char **ret)
{
	return *text == '/' ? lx_type_path.normal(key, text, ret) : lx_type_word.normal(key, text, ret);
}

static const struct lx_type policy_type = LX_TYPE_TEXT("policy", "default, none, or the absolute path of a policy", normal_policy);

/* What AppArmor takes as a label: no white space, nothing that could end the word in the kernel's file. */
static int normal_profile(const struct lx_key *key _unused_, const char *text, char **ret)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:&";

	return *text && text[strspn(text, name)] == '\0' ? lx_type_keep(text, ret) : -EINVAL;
}

static const char *const apparmor_words[] = { "generated", "unconfined", NULL };
static const struct lx_type profile_type = LX_TYPE_TEXT("profile", "generated, unconfined, or the name of a loaded profile", normal_profile);

static int normal_rule(const struct lx_key *key _unused_, const char *text, char **ret)
{
	size_t n = strlen(text);

	return n > 0 && (text[n - 1] == ',' || text[n - 1] == '}') ? lx_type_keep(text, ret) : -EINVAL;
}

static const struct lx_type rules_type = LX_TYPE_LIST("rule", "a rule of apparmor.d(5), with its comma", normal_rule);

/* Whether the policy knows it is asked at the start; here only that it can be one. */
static int normal_context(const struct lx_key *key _unused_, const char *text, char **ret)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
	const char *rest = text;

	for (unsigned i = 0; i < 3; i++) {
		size_t size = strspn(rest, name);

		if (size == 0 || (i < 2 && rest[size] != ':'))
			return -EINVAL;
		rest += size + (i < 2);
	}

	if (*rest == ':' && rest[1])
		rest += 1 + strspn(rest + 1, "sc0123456789:.,-");
	return *rest ? -EINVAL : lx_type_keep(text, ret);
}

static const char *const selinux_words[] = { "auto", "none", NULL };

static int normal_selinux(const struct lx_key *key, const char *text, char **ret)
{
	return strchr(text, ':') ? normal_context(key, text, ret) : lx_type_word.normal(key, text, ret);
}

static const struct lx_type selinux_type = LX_TYPE_TEXT("selinux", "auto, none, or USER:ROLE:TYPE:LEVEL", normal_selinux);
static const struct lx_type context_type = LX_TYPE_TEXT("context", "USER:ROLE:TYPE:LEVEL", normal_context);

static int normal_sysctl(const struct lx_key *key _unused_, const char *text, char **ret)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./@";
	size_t size = strspn(text, name);

	return size > 0 && text[size] == '=' ? lx_type_keep(text, ret) : -EINVAL;
}

static const struct lx_type sysctl_type = LX_TYPE_LIST("sysctl", "NAME=VALUE", normal_sysctl);

static int normal_score(const struct lx_key *key _unused_, const char *text, char **ret)
{
	uint64_t value;

	if (parse_uint(*text == '-' ? text + 1 : text, &value) < 0)
		return -EINVAL;
	return value > 1000 ? -ERANGE : lx_type_keep(text, ret);
}

static const struct lx_type score_type = LX_TYPE_TEXT("score", "a number from -1000 to 1000", normal_score);

static int normal_covered(const struct lx_key *key, const char *text, char **ret)
{
	return lx_type_path.normal(key, text, ret);
}

static const struct lx_type paths_type = LX_TYPE_LIST("paths", "an absolute path", normal_covered);

static const struct lx_key keys[] = {
	{ "capabilities.drop", &lx_type_capabilities, FIELD(capabilities_drop), .words = capabilities,
	  .unset = "sys_module, sys_rawio, sys_time, syslog, wake_alarm, block_suspend, mac_admin, mac_override, audit_control, "
		   "audit_read, and net_admin of a privileged container in the host's network; those of a list that is set take their place",
	  .example = "sys_time,sys_module", .doc = "Capabilities that nothing in the container can have." },
	{ "capabilities.keep", &lx_type_capabilities, FIELD(capabilities_keep), .words = capabilities,
	  .example = "chown,net_bind_service", .doc = "When set, all other capabilities are dropped." },
	{ "capabilities.ambient", &lx_type_capabilities, FIELD(capabilities_ambient), .words = capabilities,
	  .example = "net_bind_service",
	  .doc = "Capabilities that the program has although its user is not root (lx-execute -u), and passes on to what it executes.\n"
		 "They must be in the bounding set. A command that lx-attach brings in has none of them." },
	{ "securebits", &securebits_type, FIELD(securebits), .words = securebit_words, .example = "noroot,noroot-locked",
	  .doc = "What root and changes of the user mean for capabilities, as capabilities(7) has it; -locked: for good.\n"
		 "With noroot even root has only the ambient capabilities. Of commands of lx-attach as well." },
	{ "core-scheduling", &lx_type_word, FIELD(core_scheduling), .fallback = "no", .words = core_words,
	  .doc = "Nothing but the container runs on a core of the processor while the container does, on any of the core's threads: "
		 "against attackers that measure what another thread leaves behind.\n"
		 "auto: where kernel and processor have it; yes: or the container does not start." },
	{ "no-new-privileges", &lx_type_bool, FIELD(no_new_privileges), .fallback = "no",
	  .doc = "Programs with set-user-id bits or file capabilities give no more than their caller has." },
	{ "seccomp", &policy_type, FIELD(seccomp), .fallback = "default", .words = profiles, .example = "none",
	  .doc = "Filter of system calls: lx's own list of what is allowed, none, or the absolute path of a policy in LXC's "
		 "format (version 1 or 2) or in the JSON of OCI runtimes and docker. lx answers to rules that notify itself, for mknod, "
		 "mknodat, mount, fsopen and sysinfo; for other calls they are refused." },
	{ "intercept.mknod", &lx_type_bool, FIELD(intercept_mknod), .fallback = "no",
	  .doc = "Lets the root of an unprivileged container make the nodes of null, zero, full, random, urandom and tty, which image "
		 "builders and package scripts do; lx makes them in its place. Other devices stay refused." },
	{ "intercept.mount", &lx_type_words, FIELD(intercept_mount), .words = mountable, .example = "ext4,erofs",
	  .doc = "File systems that the root of an unprivileged container may mount from block devices which a [device] section gives "
		 "it. The kernel then reads what the guest has written to the device: a mistake in that file system's code is a way out." },
	{ "intercept.sysinfo", &lx_type_bool, FIELD(intercept_sysinfo), .fallback = "no",
	  .doc = "The call sysinfo(2) tells the limits and the use of the container's control groups, and the time since its start, in place of "
		 "the host's figures. free(1) of busybox and some runtimes of languages ask it." },
	{ "apparmor", &profile_type, FIELD(apparmor), .words = apparmor_words, .example = "unconfined",
	  .unset = "generated, where AppArmor and apparmor_parser are there",
	  .doc = "AppArmor profile of all processes of the container: one that is made for it (generated), unconfined, or the name of "
		 "one that is loaded already, which has to let init receive signals. What is asked for is refused where AppArmor is not enabled." },
	{ "apparmor.rules", &rules_type, FIELD(apparmor_rules), .example = "deny /etc/shadow w,",
	  .doc = "Rule that is added to the generated profile as it is, in the language of apparmor.d(5)." },
	{ "nesting", &lx_type_bool, FIELD(nesting), .fallback = "no",
	  .doc = "Containers can be run inside: a second proc and sysfs without covers are at /dev/.lx, which the kernel wants to "
		 "see before it lets a container without privileges mount its own, and the generated profile of AppArmor lets them "
		 "be mounted anywhere." },
	{ "selinux", &selinux_type, FIELD(selinux), .words = selinux_words,
	  .unset = "auto where SELinux is enabled and its policy has types for containers, otherwise none",
	  .example = "system_u:system_r:lx_container_t:s0:c1,c2",
	  .doc = "SELinux context of all processes of the container: none leaves it to the policy; auto is the policy's type for "
		 "containers with a pair of categories that no other container of the host has. lx brings types for a policy that "
		 "has none: semodule -i DATADIR/lx/selinux/lx.cil." },
	{ "selinux.mount-context", &context_type, FIELD(selinux_mount_context),
	  .unset = "the policy's type for files of containers, with the categories of the processes",
	  .example = "system_u:object_r:lx_file_t:s0:c1,c2",
	  .doc = "SELinux context of the file systems that are made for the container: an overlay as its root, /dev, tmpfs. A root "
		 "that is a plain directory and what is bound into the container keep the labels that they have on disk." },
	{ "rlimit", &lx_type_rlimits, FIELD(rlimits), .words = resources, .unset = "what the kernel gives its first process, with 524288 as the hard limit of nofile",
	  .example = "nofile=1024:4096",
	  .doc = "Resource limit of init as setrlimit(2) has it, soft and hard; unlimited is a value too." },
	{ "sysctl", &sysctl_type, FIELD(sysctls), .example = "net.ipv4.ip_forward=1",
	  .doc = "Parameter of the kernel, set before init runs. Only those that the container's own namespaces have: net.*, "
		 "fs.mqueue.*, kernel.shm*, kernel.msg*, kernel.sem* and kernel.domainname; any other is refused." },
	{ "oom-score-adj", &score_type, FIELD(oom_score_adj), .example = "500",
	  .unset = "0; of a user's container, that of the user's processes where it is higher",
	  .doc = "How readily the kernel kills processes of the container when the host is short of memory, as proc(5) has it. "
		 "Negative values protect them at the cost of the host." },
	{ "masked-paths", &paths_type, FIELD(masked_paths), .example = "/proc/cpuinfo",
	  .doc = "Files or directories that are made inaccessible, beside those of every container. One that is missing is fine." },
	{ "read-only-paths", &paths_type, FIELD(read_only_paths), .example = "/usr",
	  .doc = "Files or directories that are made read-only, without what is mounted below. One that is missing is fine." },
};

const struct lx_section lx_section_security = {
	.name = "security",
	.offset = offsetof(struct lx_config, security),
	.keys = keys,
	.n_keys = array_size(keys),
	.doc = "What the processes of the container may do.",
};
