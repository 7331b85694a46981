/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Filter of system calls, compiled by libseccomp. The default policy is a table of calls that a container has no use for
 * or that reach the host, each with the answer its programs can live with; everything else passes. A call that is to look
 * as if the kernel did not have it says ENOSYS, one that is merely forbidden EPERM: systemd and glibc fall back on either.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/macro.h"
#include "base/str.h"
#include "security/security.h"

#define FILTER_MAX (1024 * 1024)
#define NO_CAP (-1)

/* The kernel takes the low half of such an argument only; a comparison of all 64 bits could be slipped by. */
#define LOW_HALF SCMP_CMP_MASKED_EQ, 0xffffffffU

enum when {
	ALWAYS,
	UNPRIVILEGED,           /* in a user namespace */
	WITHOUT_CAP,            /* the bounding set lacks the row's capability */
};

static const struct rule {
	int call;
	int answer;             /* errno; 0: the policy's default */
	enum when when;
	int cap;
	unsigned n_args;
	struct scmp_arg_cmp args[2];
} default_policy[] = {
	/* another kernel, or a part of it */
	{ SCMP_SYS(kexec_load), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(kexec_file_load), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(init_module), EPERM, WITHOUT_CAP, CAP_SYS_MODULE, 0, { { 0 } } },
	{ SCMP_SYS(finit_module), EPERM, WITHOUT_CAP, CAP_SYS_MODULE, 0, { { 0 } } },
	{ SCMP_SYS(delete_module), EPERM, WITHOUT_CAP, CAP_SYS_MODULE, 0, { { 0 } } },
	{ SCMP_SYS(create_module), ENOSYS, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(get_kernel_syms), ENOSYS, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(query_module), ENOSYS, ALWAYS, NO_CAP, 0, { { 0 } } },
	/* files by handle, past every mount and directory above them */
	{ SCMP_SYS(open_by_handle_at), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	/* keys are in no namespace that we make; KeyringMode= fails softly */
	{ SCMP_SYS(add_key), ENOSYS, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(keyctl), ENOSYS, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(request_key), ENOSYS, ALWAYS, NO_CAP, 0, { { 0 } } },
	/* large and often broken parts of the kernel that a guest boots without */
	{ SCMP_SYS(bpf), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(perf_event_open), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(userfaultfd), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(io_uring_setup), ENOSYS, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(io_uring_enter), ENOSYS, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(io_uring_register), ENOSYS, ALWAYS, NO_CAP, 0, { { 0 } } },
	/* the machine as a whole */
	{ SCMP_SYS(swapon), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(swapoff), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(acct), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(quotactl), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(quotactl_fd), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(settimeofday), EPERM, WITHOUT_CAP, CAP_SYS_TIME, 0, { { 0 } } },
	{ SCMP_SYS(clock_settime), EPERM, WITHOUT_CAP, CAP_SYS_TIME, 0, { { 0 } } },
	{ SCMP_SYS(clock_settime64), EPERM, WITHOUT_CAP, CAP_SYS_TIME, 0, { { 0 } } },
	{ SCMP_SYS(stime), EPERM, WITHOUT_CAP, CAP_SYS_TIME, 0, { { 0 } } },
	{ SCMP_SYS(iopl), EPERM, WITHOUT_CAP, CAP_SYS_RAWIO, 0, { { 0 } } },
	{ SCMP_SYS(ioperm), EPERM, WITHOUT_CAP, CAP_SYS_RAWIO, 0, { { 0 } } },
	{ SCMP_SYS(pciconfig_read), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(pciconfig_write), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(syslog), EPERM, WITHOUT_CAP, CAP_SYSLOG, 0, { { 0 } } },
	{ SCMP_SYS(lookup_dcookie), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(nfsservctl), ENOSYS, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(uselib), ENOSYS, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(sysfs), ENOSYS, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(vm86), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	{ SCMP_SYS(vm86old), EPERM, ALWAYS, NO_CAP, 0, { { 0 } } },
	/* words put into a terminal that the container shares with its caller */
	{ SCMP_SYS(ioctl), EPERM, ALWAYS, NO_CAP, 1, { SCMP_A1_64(LOW_HALF, TIOCSTI) } },
	{ SCMP_SYS(ioctl), EPERM, ALWAYS, NO_CAP, 1, { SCMP_A1_64(LOW_HALF, TIOCLINUX) } },
	/* the host's audit: guests then believe that there is none */
	{ SCMP_SYS(socket), EAFNOSUPPORT, ALWAYS, NO_CAP, 2,
	  { SCMP_A0_64(LOW_HALF, AF_NETLINK), SCMP_A2_64(LOW_HALF, NETLINK_AUDIT) } },
	/* Nodes can be made in a user namespace, on some file systems, but not used. EPERM is what lets PrivateDevices= and
	 * package scripts go on. Device 0:0 is how overlayfs marks a removed file. */
	{ SCMP_SYS(mknod), EPERM, UNPRIVILEGED, NO_CAP, 2,
	  { SCMP_A1_64(SCMP_CMP_MASKED_EQ, S_IFMT, S_IFCHR), SCMP_A2_64(SCMP_CMP_NE, 0, 0) } },
	{ SCMP_SYS(mknod), EPERM, UNPRIVILEGED, NO_CAP, 1, { SCMP_A1_64(SCMP_CMP_MASKED_EQ, S_IFMT, S_IFBLK) } },
	{ SCMP_SYS(mknodat), EPERM, UNPRIVILEGED, NO_CAP, 2,
	  { SCMP_A2_64(SCMP_CMP_MASKED_EQ, S_IFMT, S_IFCHR), SCMP_A3_64(SCMP_CMP_NE, 0, 0) } },
	{ SCMP_SYS(mknodat), EPERM, UNPRIVILEGED, NO_CAP, 1, { SCMP_A2_64(SCMP_CMP_MASKED_EQ, S_IFMT, S_IFBLK) } },
};

/* Other instruction sets that the machine's kernel runs too. */
static const struct {
	uint32_t native, other;
} architectures[] = {
	{ SCMP_ARCH_X86_64, SCMP_ARCH_X86 },
	{ SCMP_ARCH_X86_64, SCMP_ARCH_X32 },
	{ SCMP_ARCH_AARCH64, SCMP_ARCH_ARM },
	{ SCMP_ARCH_S390X, SCMP_ARCH_S390 },
	{ SCMP_ARCH_PPC64, SCMP_ARCH_PPC },
};

static int add_architectures(scmp_filter_ctx ctx)
{
	uint32_t native = seccomp_arch_native();

	for (size_t i = 0; i < array_size(architectures); i++) {
		int r;

		if (architectures[i].native != native)
			continue;
		r = seccomp_arch_add(ctx, architectures[i].other);
		if (r < 0 && r != -EEXIST)
			return r;
	}
	return 0;
}

static bool rule_counts(const struct rule *rule, bool privileged, uint64_t bounding)
{
	switch (rule->when) {
	case UNPRIVILEGED:
		return !privileged;
	case WITHOUT_CAP:
		return !(bounding & (1ULL << rule->cap));
	case ALWAYS:
	default:
		return true;
	}
}

static int add_rules(scmp_filter_ctx ctx, bool privileged, uint64_t bounding)
{
	for (size_t i = 0; i < array_size(default_policy); i++) {
		const struct rule *rule = &default_policy[i];
		int r;

		if (!rule_counts(rule, privileged, bounding))
			continue;
		r = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO((uint32_t)rule->answer), rule->call, rule->n_args, rule->args);
		if (r < 0)
			return r;
	}
	return 0;
}

static void release(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

/* The instructions, by way of a file in memory: the form that every libseccomp can give. */
static int export_program(scmp_filter_ctx ctx, struct lx_seccomp_program *ret)
{
	_cleanup_close_ int fd = memfd_create("lx-seccomp", MFD_CLOEXEC);
	_cleanup_free_ char *bytes = NULL;
	size_t size;
	int r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	r = file_read_fd(fd, FILTER_MAX, &bytes, &size);
	if (r < 0)
		return r;
	if (size == 0 || size % sizeof(struct sock_filter) != 0)
		return -EIO;
	ret->filter = (struct sock_filter *)(void *)take_ptr(bytes);
	ret->n = size / sizeof(struct sock_filter);
	return 0;
}

static int compile(bool privileged, uint64_t bounding, struct lx_seccomp_program *ret)
{
	_cleanup_(release) scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int r;

	if (!ctx)
		return -ENOMEM;
	/* a foreign instruction set is one whose calls were not looked at */
	r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	if (r >= 0)
		r = add_architectures(ctx);
	if (r >= 0)
		r = add_rules(ctx, privileged, bounding);
	return r < 0 ? r : export_program(ctx, ret);
}

int lx_seccomp_build(const struct lx_config *config, uint64_t bounding, struct lx_seccomp_program *ret, struct lx_error *err)
{
	struct lx_seccomp_program program = { 0 };
	int r;

	if (!str_equal(config->security.seccomp, "none")) {
		r = compile(config->container.privileged, bounding, &program);
		if (r < 0)
			return lx_error_set(err, r, "compile the filter of system calls");
	}
	*ret = program;
	return 0;
}

bool lx_seccomp_is_available(void)
{
	return true;
}
