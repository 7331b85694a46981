/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A policy of system calls in either format: what is accepted compiles to a program that ends, whatever it is asked. */
#include <errno.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "security/seccomp-policy.h"

/* Jumps go forward, and the last instruction answers. */
static void check(const struct lx_seccomp_program *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct sock_filter *f = &p->filter[i];
		size_t jump = f->jt > f->jf ? f->jt : f->jf;

		if (f->code == (BPF_JMP | BPF_JA))
			jump = f->k;
		else if (BPF_CLASS(f->code) != BPF_JMP)
			jump = 0;
		if (i + 1 + jump >= p->n && BPF_CLASS(f->code) != BPF_RET)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lx_seccomp_policy policy = { 0 };
	struct lx_seccomp_program program = { 0 };
	_cleanup_free_ char *text = malloc(size + 1);
	struct lx_error err = { 0 };
	int r;

	if (!text || lx_seccomp_names_load(NULL) < 0)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	r = lx_seccomp_policy_parse(&policy, "policy", text, size, 1, &err);
	if ((r < 0) != (err.code < 0))
		abort();
	if (r >= 0 && lx_seccomp_compile(&policy, &program) >= 0)
		check(&program);
	lx_seccomp_done(&program);
	lx_seccomp_policy_done(&policy);
	return 0;
}
