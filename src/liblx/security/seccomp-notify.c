/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls that lx answers in the kernel's place: which there are, and the rules that hand them over. A filter sees numbers and
 * not what pointers lead to, so each rule takes as little as numbers can tell, and the agent decides on the rest.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/names.h"
#include "base/str.h"
#include "security/seccomp-policy.h"

#define X32_BIT 0x40000000

static const char *const call_names[] = {
	[LX_CALL_MKNOD] = "mknod",   [LX_CALL_MKNODAT] = "mknodat", [LX_CALL_MOUNT] = "mount",
	[LX_CALL_FSOPEN] = "fsopen", [LX_CALL_SYSINFO] = "sysinfo",
};

enum lx_call lx_call_find(const char *name)
{
	for (int call = LX_CALL_NONE + 1; call < LX_CALL_MAX; call++)
		if (str_equal(call_names[call], name))
			return (enum lx_call)call;
	return LX_CALL_NONE;
}

enum lx_call lx_call_of(uint32_t arch, int number)
{
	_cleanup_free_ char *name = NULL;

	if (lx_seccomp_names_load(NULL) < 0)
		return LX_CALL_NONE;
	if (arch == SCMP_ARCH_X86_64 && number & X32_BIT)
		arch = SCMP_ARCH_X32;
	name = lx_seccomp_name(arch, number);
	return lx_call_find(name);
}

static bool wants_mknod(const struct lx_config *config)
{
	return config->security.intercept_mknod;
}

static bool wants_mount(const struct lx_config *config)
{
	return config->security.intercept_mount && config->security.intercept_mount[0];
}

static bool wants_sysinfo(const struct lx_config *config)
{
	return config->security.intercept_sysinfo;
}

#define CHARACTER_DEVICE(i) { i, LX_SECCOMP_MASKED_EQ, S_IFCHR, S_IFMT }
/* What changes a mount that is there. Propagation is not among them: the upper half of the flags can be an old magic number. */
#define OLD_MOUNT (MS_REMOUNT | MS_BIND | MS_MOVE)

static const struct {
	bool (*wanted)(const struct lx_config *config);
	const char *call;
	unsigned n_args;
	struct lx_seccomp_arg args[2];
} interceptions[] = {
	/* device 0:0, the mark of overlayfs for a removed file, the guest can make itself */
	{ wants_mknod, "mknod", 2, { CHARACTER_DEVICE(1), { 2, LX_SECCOMP_NE, 0, 0 } } },
	{ wants_mknod, "mknodat", 2, { CHARACTER_DEVICE(2), { 3, LX_SECCOMP_NE, 0, 0 } } },
	{ wants_mount, "mount", 1, { { 3, LX_SECCOMP_MASKED_EQ, 0, OLD_MOUNT } } },
	{ wants_mount, "fsopen", 0, { { 0 } } },
	{ wants_sysinfo, "sysinfo", 0, { { 0 } } },
};

bool lx_seccomp_intercepts(const struct lx_config *config)
{
	for (size_t i = 0; i < array_size(interceptions); i++)
		if (interceptions[i].wanted(config))
			return true;
	return false;
}

int lx_seccomp_policy_intercept(struct lx_seccomp_policy *policy, const struct lx_config *config)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < array_size(interceptions); i++)
		if (interceptions[i].wanted(config))
			r = lx_seccomp_policy_put_first(policy, interceptions[i].call, SECCOMP_RET_USER_NOTIF,
							interceptions[i].args, interceptions[i].n_args);
	return r;
}
