/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names and numbers of system calls: libseccomp, of which nothing else is used. */
#include <seccomp.h>

#include "base/library.h"
#include "security/seccomp-policy.h"

#define FUNCTIONS(X) X(seccomp_arch_native) X(seccomp_syscall_resolve_name_arch) X(seccomp_syscall_resolve_num_arch)

static struct { FUNCTIONS(LIBRARY_MEMBER) } library;
static const char *const functions[] = { FUNCTIONS(LIBRARY_NAME) };

int lx_seccomp_names_load(struct lx_error *err)
{
	return library_load("libseccomp.so.2", functions, array_size(functions), &library, err);
}

uint32_t lx_seccomp_native(void)
{
	return library.seccomp_arch_native();
}

int lx_seccomp_number(uint32_t arch, const char *name)
{
	return library.seccomp_syscall_resolve_name_arch(arch, name);
}

char *lx_seccomp_name(uint32_t arch, int number)
{
	return library.seccomp_syscall_resolve_num_arch(arch, number);
}
