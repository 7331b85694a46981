/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A sandbox for a process of lx itself that reads what a guest says and needs nothing of the host but the descriptors that it
 * has: no capability, no file can be opened, no address reached, no process signalled, nothing executed. It is for good.
 */
#pragma once

#include "security/security.h"

enum lx_sandbox_test {
	LX_SANDBOX_ANY,             /* whatever the arguments */
	LX_SANDBOX_ARG_IS,          /* argument number arg is value */
	LX_SANDBOX_ARG_LACKS,       /* it has none of the bits of value */
};

/* A call that is allowed. Several rows of one call are alternatives; a name that this machine does not have is left out. */
struct lx_sandbox_call {
	const char *name;
	enum lx_sandbox_test test;
	unsigned arg;
	uint64_t value;
};

struct lx_sandbox {
	const struct lx_sandbox_call *calls; /* all others answer EPERM */
	size_t n_calls;
};

/* For the caller, which has one thread. A kernel without Landlock, or a build without libseccomp, goes on with the rest. */
int lx_sandbox_enter(const struct lx_sandbox *sandbox, struct lx_error *err);

/* seccomp.c, seccomp-none.c: n is 0 in a build without libseccomp */
int lx_seccomp_build_sandbox(const struct lx_sandbox *sandbox, struct lx_seccomp_program *ret, struct lx_error *err);
