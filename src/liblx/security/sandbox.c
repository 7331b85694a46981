/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sandbox for a process of lx itself. */
#include "security/sandbox.h"

#include <errno.h>

#include "sys/sys.h"

/* What each version of Landlock can take away, all of it: the number of rights that it knows of files, of TCP, and of other
 * processes (abstract sockets, signals). */
static const struct {
	int abi;
	unsigned fs, net, scoped;
} landlock_abis[] = {
	{ 6, 16, 2, 2 },
	{ 5, 16, 2, 0 },
	{ 4, 15, 2, 0 },
	{ 3, 15, 0, 0 },
	{ 2, 14, 0, 0 },
	{ 1, 13, 0, 0 },
};

static uint64_t first_bits(unsigned n)
{
	return (1ULL << n) - 1;
}

static int deny_files(struct lx_error *err)
{
	int abi = sys_landlock_abi(), r;

	for (size_t i = 0; i < array_size(landlock_abis); i++) {
		if (abi < landlock_abis[i].abi)
			continue;
		r = sys_landlock_deny(first_bits(landlock_abis[i].fs), first_bits(landlock_abis[i].net),
				      first_bits(landlock_abis[i].scoped));
		return r < 0 ? lx_error_set(err, r, "give up all files (Landlock)") : 0;
	}

	return 0; /* the kernel has none */
}

static int drop_capabilities(struct lx_error *err)
{
	int r;

	r = lx_caps_apply(0, err);
	if (r < 0)
		return r;
	r = sys_caps_set(0, 0, 0);
	return r < 0 ? lx_error_set(err, r, "give up capabilities") : 0;
}

int lx_sandbox_enter(const struct lx_sandbox *sandbox, struct lx_error *err)
{
	_cleanup_(lx_seccomp_done) struct lx_seccomp_program program = { 0 };
	int listener_fd, r;

	r = lx_seccomp_build_sandbox(sandbox, &program, err);
	if (r < 0)
		return r;
	r = drop_capabilities(err);
	if (r < 0)
		return r;
	r = sys_set_no_new_privs();
	if (r < 0)
		return lx_error_set(err, r, "give up new privileges");
	r = deny_files(err);
	if (r < 0)
		return r;

	return lx_seccomp_apply(&program, &listener_fd, err);
}
