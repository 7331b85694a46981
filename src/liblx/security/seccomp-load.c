/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The filter as the kernel takes it: no library is needed to load it. */
#include <errno.h>
#include <linux/filter.h>
#include <stdlib.h>

#include "security/security.h"
#include "sys/sys.h"

void lx_seccomp_done(struct lx_seccomp_program *program)
{
	free(program->filter);
	*program = (struct lx_seccomp_program){ 0 };
}

int lx_seccomp_apply(const struct lx_seccomp_program *program, int *ret_listener, struct lx_error *err)
{
	int r;

	*ret_listener = -EBADF;
	if (program->n == 0)
		return 0;
	if (program->notifies)
		r = *ret_listener = sys_seccomp_listen(program->filter, program->n);
	else
		r = sys_seccomp_load(program->filter, program->n, 0);
	return r < 0 ? lx_error_set(err, r, "load the filter of system calls") : 0;
}
