/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Capabilities of a container: which of them its processes can ever have. */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/macro.h"
#include "base/str.h"
#include "base/strv.h"
#include "security/security.h"
#include "sys/sys.h"

/* The kernel's names without CAP_, by number. */
static const char *const names[] = {
	[CAP_CHOWN] = "chown",
	[CAP_DAC_OVERRIDE] = "dac_override",
	[CAP_DAC_READ_SEARCH] = "dac_read_search",
	[CAP_FOWNER] = "fowner",
	[CAP_FSETID] = "fsetid",
	[CAP_KILL] = "kill",
	[CAP_SETGID] = "setgid",
	[CAP_SETUID] = "setuid",
	[CAP_SETPCAP] = "setpcap",
	[CAP_LINUX_IMMUTABLE] = "linux_immutable",
	[CAP_NET_BIND_SERVICE] = "net_bind_service",
	[CAP_NET_BROADCAST] = "net_broadcast",
	[CAP_NET_ADMIN] = "net_admin",
	[CAP_NET_RAW] = "net_raw",
	[CAP_IPC_LOCK] = "ipc_lock",
	[CAP_IPC_OWNER] = "ipc_owner",
	[CAP_SYS_MODULE] = "sys_module",
	[CAP_SYS_RAWIO] = "sys_rawio",
	[CAP_SYS_CHROOT] = "sys_chroot",
	[CAP_SYS_PTRACE] = "sys_ptrace",
	[CAP_SYS_PACCT] = "sys_pacct",
	[CAP_SYS_ADMIN] = "sys_admin",
	[CAP_SYS_BOOT] = "sys_boot",
	[CAP_SYS_NICE] = "sys_nice",
	[CAP_SYS_RESOURCE] = "sys_resource",
	[CAP_SYS_TIME] = "sys_time",
	[CAP_SYS_TTY_CONFIG] = "sys_tty_config",
	[CAP_MKNOD] = "mknod",
	[CAP_LEASE] = "lease",
	[CAP_AUDIT_WRITE] = "audit_write",
	[CAP_AUDIT_CONTROL] = "audit_control",
	[CAP_SETFCAP] = "setfcap",
	[CAP_MAC_OVERRIDE] = "mac_override",
	[CAP_MAC_ADMIN] = "mac_admin",
	[CAP_SYSLOG] = "syslog",
	[CAP_WAKE_ALARM] = "wake_alarm",
	[CAP_BLOCK_SUSPEND] = "block_suspend",
	[CAP_AUDIT_READ] = "audit_read",
	[CAP_PERFMON] = "perfmon",
	[CAP_BPF] = "bpf",
	[CAP_CHECKPOINT_RESTORE] = "checkpoint_restore",
};

/*
 * Dropped from every container that says nothing else. In a user namespace most of these give no power over the host, but
 * units of a guest ask for them (ConditionCapability=) and skip themselves only when they are gone. What is not here but
 * concerns the whole host (perfmon, bpf, sys_pacct) is part of sys_admin, which init needs.
 */
static const int dropped[] = {
	CAP_SYS_MODULE,    /* the host's kernel */
	CAP_SYS_RAWIO,     /* the host's hardware */
	CAP_SYS_TIME,      /* the host's clock: timesyncd, chrony */
	CAP_SYSLOG,        /* the host's kernel log */
	CAP_WAKE_ALARM,    /* the host's sleep */
	CAP_BLOCK_SUSPEND,
	CAP_MAC_ADMIN,     /* the host's policy */
	CAP_MAC_OVERRIDE,
	CAP_AUDIT_CONTROL, /* the host's audit: one daemon may listen, and it is not the guest's journald */
	CAP_AUDIT_READ,
};

int lx_cap_find(const char *name)
{
	const char *word = strncasecmp(name, "cap_", 4) == 0 ? name + 4 : name;

	for (size_t i = 0; i < array_size(names); i++)
		if (strcasecmp(names[i], word) == 0)
			return (int)i;
	return -EINVAL;
}

const char *lx_cap_name(int cap)
{
	return cap >= 0 && (size_t)cap < array_size(names) ? names[cap] : NULL;
}

static int parse_set(const struct lx_config *config, const char *key, char *const *words, uint64_t *ret, struct lx_error *err)
{
	uint64_t set = 0;
	char place[512];

	strv_for_each(word, words) {
		int cap = lx_cap_find(word);

		if (cap < 0)
			return lx_error_say(err, cap, "%s is not a capability (%s)", word,
					    lx_config_origin(config, key, place, sizeof(place)));
		set |= 1ULL << cap;
	}
	*ret = set;
	return 0;
}

static uint64_t default_drops(void)
{
	uint64_t set = 0;

	for (size_t i = 0; i < array_size(dropped); i++)
		set |= 1ULL << dropped[i];
	return set;
}

int lx_caps_build(const struct lx_config *config, const struct lx_host *host, uint64_t *ret_bounding, struct lx_error *err)
{
	const struct lx_config_security *security = &config->security;
	uint64_t keep = ~0ULL, drop = default_drops();
	int r;

	if (security->capabilities_keep) {
		drop = 0;
		r = parse_set(config, "security.capabilities.keep", security->capabilities_keep, &keep, err);
		if (r < 0)
			return r;
	}
	if (security->capabilities_drop) {
		r = parse_set(config, "security.capabilities.drop", security->capabilities_drop, &drop, err);
		if (r < 0)
			return r;
	}

	*ret_bounding = host->capability_bound & keep & ~drop;
	return 0;
}

int lx_caps_apply(uint64_t bounding, struct lx_error *err)
{
	uint64_t effective, permitted, inheritable;
	int last = sys_caps_last(), r;

	for (int cap = 0; cap <= last; cap++) {
		if (cap < 64 && (bounding & (1ULL << cap)))
			continue;
		r = sys_caps_bound_drop(cap);
		if (r < 0)
			return lx_error_set(err, r, "drop capability %s", lx_cap_name(cap) ? lx_cap_name(cap) : "of this kernel");
	}

	r = sys_caps_get(&effective, &permitted, &inheritable);
	if (r >= 0)
		r = sys_caps_set(effective, permitted, 0);
	if (r >= 0)
		r = sys_caps_ambient_clear();
	return r < 0 ? lx_error_set(err, r, "clear the inheritable capabilities") : 0;
}
