/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A policy becomes a program of the kernel's filter machine. Each instruction set gets a binary search over its call
 * numbers, in which neighbours with the same answer are one range: the default policy needs seven comparisons for any call,
 * where a list of them needs hundreds.
 *
 * Instructions are emitted from the last to the first, so that the target of every jump, which only goes forward, is there
 * when the jump is made. An "at" is the number of an instruction in that backward order.
 */
#include "security/seccomp-policy.h"

#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/macro.h"

#define X32_FIRST 0x40000000U
#define REACH 250       /* a conditional jump has 8 bits; two instructions may come between looking and jumping */
#define NO_CALL UINT32_MAX /* what a tracer sets to skip a call: it has given the result already */

struct code {
	struct sock_filter *items;
	size_t n;
	bool failed;
};

/* Calls from start up to the next range's start. */
struct range {
	uint32_t start;
	const struct lx_seccomp_rule *rules; /* NULL: action for all of them */
	size_t n_rules;
	uint32_t action;
};
struct ranges {
	struct range *items;
	size_t n;
};

static size_t emit(struct code *c, uint16_t code, size_t jt, size_t jf, uint32_t k)
{
	struct sock_filter *f = vec_add(c);

	if (!f) {
		c->failed = true;
		return 0;
	}
	*f = (struct sock_filter){ code, (uint8_t)jt, (uint8_t)jf, k };
	return c->n - 1;
}

/* An instruction that answers action, in reach of the next. */
static size_t answer(struct code *c, uint32_t action)
{
	for (size_t at = c->n; at > 0 && c->n - at < REACH / 2; at--) {
		if (c->items[at - 1].code == (BPF_RET | BPF_K) && c->items[at - 1].k == action)
			return at - 1;
	}
	return emit(c, BPF_RET | BPF_K, 0, 0, action);
}

static size_t in_reach(struct code *c, size_t at)
{
	return c->n - at <= REACH ? at : emit(c, BPF_JMP | BPF_JA, 0, 0, (uint32_t)(c->n - at - 1));
}

static size_t jump(struct code *c, uint16_t test, uint32_t k, size_t yes, size_t no)
{
	yes = in_reach(c, yes);
	no = in_reach(c, no);
	return emit(c, BPF_JMP | test | BPF_K, c->n - yes - 1, c->n - no - 1, k);
}

/* Runs into the instruction at next. */
static size_t before(struct code *c, size_t next, uint16_t code, uint32_t k)
{
	if (next + 1 != c->n)
		emit(c, BPF_JMP | BPF_JA, 0, 0, (uint32_t)(c->n - next - 1));
	return emit(c, code, 0, 0, k);
}

static size_t load(struct code *c, uint32_t offset, size_t next)
{
	return before(c, next, BPF_LD | BPF_W | BPF_ABS, offset);
}

static uint32_t low_offset(unsigned index)
{
	return (uint32_t)(offsetof(struct seccomp_data, args) + 8 * index + (__BYTE_ORDER == __BIG_ENDIAN ? 4 : 0));
}

static uint32_t high_offset(unsigned index)
{
	return (uint32_t)(offsetof(struct seccomp_data, args) + 8 * index + (__BYTE_ORDER == __BIG_ENDIAN ? 0 : 4));
}

static size_t half_equals(struct code *c, uint32_t offset, uint32_t mask, uint32_t value, size_t yes, size_t no)
{
	size_t at;

	if (mask == 0)
		return value == 0 ? yes : no;
	at = jump(c, BPF_JEQ, value, yes, no);
	if (mask != UINT32_MAX)
		at = before(c, at, BPF_ALU | BPF_AND | BPF_K, mask);
	return load(c, offset, at);
}

/* wide: the instruction set has arguments of 64 bits */
static size_t equals(struct code *c, const struct lx_seccomp_arg *arg, bool wide, size_t yes, size_t no)
{
	uint64_t mask = arg->op == LX_SECCOMP_MASKED_EQ ? arg->mask : UINT64_MAX;
	size_t at = half_equals(c, low_offset(arg->index), (uint32_t)mask, (uint32_t)arg->value, yes, no);

	if (wide)
		at = half_equals(c, high_offset(arg->index), (uint32_t)(mask >> 32), (uint32_t)(arg->value >> 32), at, no);
	return at;
}

/* argument > value, or with BPF_JGE >= */
static size_t above(struct code *c, const struct lx_seccomp_arg *arg, bool wide, uint16_t test, size_t yes, size_t no)
{
	uint32_t high = (uint32_t)(arg->value >> 32);
	size_t at = load(c, low_offset(arg->index), jump(c, test, (uint32_t)arg->value, yes, no));

	if (!wide)
		return at;
	at = jump(c, BPF_JEQ, high, at, no);
	at = jump(c, BPF_JGT, high, yes, at);
	return load(c, high_offset(arg->index), at);
}

static size_t compare(struct code *c, const struct lx_seccomp_arg *arg, bool wide, size_t yes, size_t no)
{
	switch (arg->op) {
	case LX_SECCOMP_NE:
		return equals(c, arg, wide, no, yes);
	case LX_SECCOMP_GT:
		return above(c, arg, wide, BPF_JGT, yes, no);
	case LX_SECCOMP_GE:
		return above(c, arg, wide, BPF_JGE, yes, no);
	case LX_SECCOMP_LT:
		return above(c, arg, wide, BPF_JGE, no, yes);
	case LX_SECCOMP_LE:
		return above(c, arg, wide, BPF_JGT, no, yes);
	case LX_SECCOMP_EQ:
	case LX_SECCOMP_MASKED_EQ:
	default:
		return equals(c, arg, wide, yes, no);
	}
}

/* The rules of one call, one after the other. */
static size_t chain(struct code *c, const struct lx_seccomp_policy *policy, const struct range *range, bool wide)
{
	size_t next = answer(c, policy->fallback);

	for (size_t i = range->n_rules; i > 0; i--) {
		const struct lx_seccomp_rule *rule = &range->rules[i - 1];
		size_t at = answer(c, rule->action);

		for (size_t n = rule->n_args; n > 0; n--)
			at = compare(c, &policy->args.items[rule->first_arg + n - 1], wide, at, next);
		next = at;
	}
	return next;
}

static size_t search(struct code *c, const struct lx_seccomp_policy *policy, const struct range *ranges, size_t n, bool wide)
{
	size_t high, low;

	if (n == 1)
		return ranges->rules ? chain(c, policy, ranges, wide) : answer(c, ranges->action);
	high = search(c, policy, ranges + n / 2, n - n / 2, wide);
	low = search(c, policy, ranges, n / 2, wide);
	return jump(c, BPF_JGE, ranges[n / 2].start, high, low);
}

static int by_call(const void *a, const void *b)
{
	const struct lx_seccomp_rule *x = a, *y = b;

	if (x->call != y->call)
		return x->call < y->call ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static int add_range(struct ranges *ranges, struct range range)
{
	struct range *last = ranges->n > 0 ? &ranges->items[ranges->n - 1] : NULL, *slot;

	if (last && last->start == range.start) /* what was meant for a gap that is none */
		last = --ranges->n > 0 ? &ranges->items[ranges->n - 1] : NULL;
	if (last && !last->rules && !range.rules && last->action == range.action)
		return 0;
	slot = vec_add(ranges);
	if (!slot)
		return -ENOMEM;
	*slot = range;
	return 0;
}

/* The whole line of numbers, cut where the answer changes. */
static int cut(struct lx_seccomp_arch *arch, uint32_t fallback, struct ranges *ranges)
{
	const struct lx_seccomp_rule *rules = arch->rules.items;
	size_t n = arch->rules.n, same;
	int r;

	if (n > 0)
		qsort(arch->rules.items, n, sizeof(*rules), by_call);
	r = add_range(ranges, (struct range){ .start = 0, .action = fallback });
	for (size_t i = 0; r >= 0 && i < n && rules[i].call != NO_CALL; i += same) {
		struct range range = { .start = rules[i].call };

		for (same = 1; i + same < n && rules[i + same].call == rules[i].call;)
			same++;
		if (rules[i].n_args == 0) {
			range.action = rules[i].action;
		} else {
			range.rules = &rules[i];
			range.n_rules = same;
		}
		r = add_range(ranges, range);
		if (r >= 0)
			r = add_range(ranges, (struct range){ .start = rules[i].call + 1, .action = fallback });
	}
	return r >= 0 ? add_range(ranges, (struct range){ .start = NO_CALL, .action = SECCOMP_RET_ALLOW }) : r;
}

static bool is_wide(uint32_t token)
{
	return token & __AUDIT_ARCH_64BIT;
}

static int emit_arch(struct code *c, const struct lx_seccomp_policy *policy, struct lx_seccomp_arch *arch, size_t *ret)
{
	struct lx_seccomp_arch none = { 0 };
	struct ranges ranges = { 0 };
	int r = arch->wanted ? cut(arch, policy->fallback, &ranges) : cut(&none, LX_SECCOMP_FOREIGN, &ranges);

	if (r >= 0) /* x32 has pointers of 32 bits, but passes 64 */
		*ret = search(c, policy, ranges.items, ranges.n, is_wide(arch->token) || arch->token == SCMP_ARCH_X32);
	vec_done(&ranges);
	return r;
}

/* x32 says that it is x86_64; its numbers have a bit set. */
static int emit_all(struct code *c, struct lx_seccomp_policy *policy)
{
	size_t next = answer(c, LX_SECCOMP_FOREIGN), x32 = 0, at = 0;
	bool has_x32 = false;

	for (size_t i = policy->n_arches; i > 0; i--) {
		struct lx_seccomp_arch *arch = &policy->arches[i - 1];
		int r = emit_arch(c, policy, arch, &at);

		if (r < 0)
			return r;
		if (arch->token == SCMP_ARCH_X32) {
			x32 = at;
			has_x32 = true;
			continue;
		}
		if (arch->token == SCMP_ARCH_X86_64 && has_x32)
			at = jump(c, BPF_JGE, X32_FIRST, x32, at);
		at = load(c, offsetof(struct seccomp_data, nr), at);
		next = jump(c, BPF_JEQ, arch->token, at, next);
	}
	load(c, offsetof(struct seccomp_data, arch), next);
	return 0;
}

static void code_done(struct code *c)
{
	vec_done(c);
}

int lx_seccomp_compile(struct lx_seccomp_policy *policy, struct lx_seccomp_program *ret)
{
	_cleanup_(code_done) struct code c = { 0 };
	int r = emit_all(&c, policy);

	if (r < 0 || c.failed)
		return -ENOMEM;
	if (c.n > BPF_MAXINSNS)
		return -E2BIG;
	for (size_t i = 0; i < c.n / 2; i++) {
		struct sock_filter f = c.items[i];

		c.items[i] = c.items[c.n - 1 - i];
		c.items[c.n - 1 - i] = f;
	}
	ret->n = c.n;
	ret->notifies = policy->notifies;
	ret->filter = take_ptr(c.items);
	return 0;
}
