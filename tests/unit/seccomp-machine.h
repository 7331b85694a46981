/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small machine that runs a compiled filter, and asks it as the kernel would. */
#pragma once

#include "unit.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>

#include "security/security.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#define NATIVE 0 /* not looked at here */
#endif

static inline uint32_t machine_load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t value;

	assert_true(offset + sizeof(value) <= sizeof(*data));
	memcpy(&value, (const char *)data + offset, sizeof(value));
	return value;
}

static inline bool machine_holds(uint16_t code, uint32_t a, uint32_t k)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return a == k;
	case BPF_JGT:
		return a > k;
	case BPF_JGE:
		return a >= k;
	case BPF_JSET:
		return a & k;
	default:
		fail_msg("jump %#x", code);
		return false;
	}
}

static inline uint32_t machine_run(const struct lx_seccomp_program *p, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct sock_filter *f = &p->filter[i];

		if (f->code == (BPF_LD | BPF_W | BPF_ABS))
			a = machine_load(data, f->k);
		else if (f->code == (BPF_ALU | BPF_AND | BPF_K))
			a &= f->k;
		else if (f->code == (BPF_JMP | BPF_JA))
			i += f->k;
		else if (BPF_CLASS(f->code) == BPF_JMP)
			i += machine_holds(f->code, a, f->k) ? f->jt : f->jf;
		else if (f->code == (BPF_RET | BPF_K))
			return f->k;
		else
			fail_msg("instruction %zu has code %#x", i, f->code);
	}
	fail_msg("the filter does not end");
	return 0;
}

/* 0: allowed; otherwise the errno. */
static inline int ask_as(const struct lx_seccomp_program *p, uint32_t arch, int call, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	const struct seccomp_data data = { .nr = call, .arch = arch, .args = { a0, a1, a2, a3 } };
	uint32_t answer = machine_run(p, &data);

	if (answer == SECCOMP_RET_ALLOW)
		return 0;
	assert_int_equal(answer & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
	return (int)(answer & SECCOMP_RET_DATA);
}

static inline int ask(const struct lx_seccomp_program *p, int call, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
	return ask_as(p, NATIVE, call, a0, a1, a2, a3);
}
