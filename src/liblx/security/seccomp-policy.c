/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policies of system calls: names become the numbers of each instruction set, by libseccomp's tables. Compiling is ours
 * (seccomp-compile.c): libseccomp takes 11 to 27 ms for a list as long as the default one, where this takes 0.5 ms.
 */
#include "security/seccomp-policy.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>

#include "base/str.h"

_Static_assert(LX_SECCOMP_FOREIGN == (SECCOMP_RET_ERRNO | ENOSYS) || ENOSYS != 38, "ENOSYS differs here");

/* Other instruction sets that the machine's kernel runs too. */
static const struct {
	uint32_t native, other;
} companions[] = {
	{ SCMP_ARCH_X86_64, SCMP_ARCH_X86 },
	{ SCMP_ARCH_X86_64, SCMP_ARCH_X32 },
	{ SCMP_ARCH_AARCH64, SCMP_ARCH_ARM },
};

/* Calls that a kernel may have and an older libseccomp does not know. Since 403 all instruction sets number alike. */
static const struct {
	const char *name;
	uint32_t call;
} newer[] = {
	{ "set_mempolicy_home_node", 450 }, { "cachestat", 451 },         { "fchmodat2", 452 },
	{ "map_shadow_stack", 453 },        { "futex_wake", 454 },        { "futex_wait", 455 },
	{ "futex_requeue", 456 },           { "statmount", 457 },         { "listmount", 458 },
	{ "lsm_get_self_attr", 459 },       { "lsm_set_self_attr", 460 }, { "lsm_list_modules", 461 },
	{ "mseal", 462 },                   { "setxattrat", 463 },        { "getxattrat", 464 },
	{ "listxattrat", 465 },             { "removexattrat", 466 },     { "open_tree_attr", 467 },
	{ "file_getattr", 468 },            { "file_setattr", 469 },
};
#define X32_BIT 0x40000000U

/* i386 has some calls only, or also, as a word to one of two others, which is their first argument. */
enum { I386_SOCKETCALL = 102, I386_IPC = 117 };
static const struct joint {
	const char *name;
	uint32_t call;              /* of its own; 0: none */
	uint32_t through, word;
} joints[] = {
	{ "socket", 359, I386_SOCKETCALL, 1 },       { "bind", 361, I386_SOCKETCALL, 2 },
	{ "connect", 362, I386_SOCKETCALL, 3 },      { "listen", 363, I386_SOCKETCALL, 4 },
	{ "accept", 0, I386_SOCKETCALL, 5 },         { "getsockname", 367, I386_SOCKETCALL, 6 },
	{ "getpeername", 368, I386_SOCKETCALL, 7 },  { "socketpair", 360, I386_SOCKETCALL, 8 },
	{ "send", 0, I386_SOCKETCALL, 9 },           { "recv", 0, I386_SOCKETCALL, 10 },
	{ "sendto", 369, I386_SOCKETCALL, 11 },      { "recvfrom", 371, I386_SOCKETCALL, 12 },
	{ "shutdown", 373, I386_SOCKETCALL, 13 },    { "setsockopt", 366, I386_SOCKETCALL, 14 },
	{ "getsockopt", 365, I386_SOCKETCALL, 15 },  { "sendmsg", 370, I386_SOCKETCALL, 16 },
	{ "recvmsg", 372, I386_SOCKETCALL, 17 },     { "accept4", 364, I386_SOCKETCALL, 18 },
	{ "recvmmsg", 337, I386_SOCKETCALL, 19 },    { "sendmmsg", 345, I386_SOCKETCALL, 20 },
	{ "semop", 0, I386_IPC, 1 },                 { "semget", 393, I386_IPC, 2 },
	{ "semctl", 394, I386_IPC, 3 },              { "semtimedop", 0, I386_IPC, 4 },
	{ "msgsnd", 400, I386_IPC, 11 },             { "msgrcv", 401, I386_IPC, 12 },
	{ "msgget", 399, I386_IPC, 13 },             { "msgctl", 402, I386_IPC, 14 },
	{ "shmat", 397, I386_IPC, 21 },              { "shmdt", 398, I386_IPC, 22 },
	{ "shmget", 395, I386_IPC, 23 },             { "shmctl", 396, I386_IPC, 24 },
};

static const char *const op_names[][2] = {
	[LX_SECCOMP_NE] = { "SCMP_CMP_NE", "!=" },
	[LX_SECCOMP_LT] = { "SCMP_CMP_LT", "<" },
	[LX_SECCOMP_LE] = { "SCMP_CMP_LE", "<=" },
	[LX_SECCOMP_EQ] = { "SCMP_CMP_EQ", "==" },
	[LX_SECCOMP_GE] = { "SCMP_CMP_GE", ">=" },
	[LX_SECCOMP_GT] = { "SCMP_CMP_GT", ">" },
	[LX_SECCOMP_MASKED_EQ] = { "SCMP_CMP_MASKED_EQ", "&=" },
};

int lx_seccomp_op_find(const char *word)
{
	for (int op = 0; op < LX_SECCOMP_OP_MAX; op++) {
		if (str_equal(op_names[op][0], word) || str_equal(op_names[op][1], word))
			return op;
	}
	return -EINVAL;
}

void lx_seccomp_policy_init(struct lx_seccomp_policy *policy, uint32_t fallback)
{
	uint32_t native = lx_seccomp_native();

	*policy = (struct lx_seccomp_policy){ .fallback = fallback, .n_arches = 1 };
	policy->arches[0] = (struct lx_seccomp_arch){ .token = native, .wanted = true };
	for (size_t i = 0; i < array_size(companions); i++) {
		if (companions[i].native == native)
			policy->arches[policy->n_arches++] = (struct lx_seccomp_arch){ companions[i].other, true };
	}
}

void lx_seccomp_policy_done(struct lx_seccomp_policy *policy)
{
	for (size_t i = 0; i < policy->n_arches; i++)
		vec_done(&policy->arches[i].rules);
	vec_done(&policy->args);
}

static int keep_args(struct lx_seccomp_policy *policy, const struct lx_seccomp_arg *args, size_t n, uint32_t *ret_first)
{
	*ret_first = (uint32_t)policy->args.n;
	for (size_t i = 0; i < n; i++) {
		struct lx_seccomp_arg *arg = vec_add(&policy->args);

		if (!arg)
			return -ENOMEM;
		*arg = args[i];
	}
	return 0;
}

static int add_rule(struct lx_seccomp_arch *arch, uint32_t call, uint32_t action, uint32_t first_arg, size_t n_args)
{
	struct lx_seccomp_rule *rule = vec_add(&arch->rules);

	if (!rule)
		return -ENOMEM;
	*rule = (struct lx_seccomp_rule){ call, action, first_arg, (uint32_t)n_args, (uint32_t)arch->rules.n };
	return 0;
}

/* What the word is passed in has more in its upper half for ipc: the version of the call. */
static int add_joint(struct lx_seccomp_policy *policy, struct lx_seccomp_arch *arch, const struct joint *joint,
		     uint32_t action)
{
	const struct lx_seccomp_arg word = { 0, LX_SECCOMP_MASKED_EQ, joint->word,
					     joint->through == I386_IPC ? 0xffff : UINT32_MAX };
	uint32_t first;
	int r = keep_args(policy, &word, 1, &first);

	return r < 0 ? r : add_rule(arch, joint->through, action, first, 1);
}

static const struct joint *find_joint(const struct lx_seccomp_arch *arch, const char *name)
{
	if (arch->token != SCMP_ARCH_X86)
		return NULL;
	for (size_t i = 0; i < array_size(joints); i++) {
		if (str_equal(joints[i].name, name))
			return &joints[i];
	}
	return NULL;
}

/* 1: call is its number; 0: known, but not to this instruction set; -ENOENT. */
static int find_call(const struct lx_seccomp_arch *arch, const char *name, uint32_t *ret_call)
{
	int call = lx_seccomp_number(arch->token, name);

	if (call != __NR_SCMP_ERROR) {
		*ret_call = (uint32_t)call;
		return call >= 0;
	}
	for (size_t i = 0; i < array_size(newer); i++) {
		if (!str_equal(newer[i].name, name))
			continue;
		*ret_call = newer[i].call | (arch->token == SCMP_ARCH_X32 ? X32_BIT : 0);
		return 1;
	}
	return -ENOENT;
}

/* The arguments of a call that goes through another lie in memory, where a filter cannot see them: rules that look at
 * arguments are for the call of its own only. */
static int add_to_arch(struct lx_seccomp_policy *policy, struct lx_seccomp_arch *arch, const char *name, uint32_t action,
		       uint32_t first_arg, size_t n_args)
{
	const struct joint *joint = find_joint(arch, name);
	uint32_t call;
	int r;

	if (!joint) {
		r = find_call(arch, name, &call);
		return r <= 0 ? r : add_rule(arch, call, action, first_arg, n_args);
	}
	if (joint->call) {
		r = add_rule(arch, joint->call, action, first_arg, n_args);
		if (r < 0)
			return r;
	}
	return n_args == 0 ? add_joint(policy, arch, joint, action) : 0;
}

int lx_seccomp_policy_add(struct lx_seccomp_policy *policy, uint32_t token, const char *name, uint32_t action,
			  const struct lx_seccomp_arg *args, size_t n_args)
{
	uint32_t first_arg, unused;
	int r;

	r = find_call(&policy->arches[0], name, &unused);
	if (r < 0)
		return r;
	policy->notifies |= action == SECCOMP_RET_USER_NOTIF;
	r = keep_args(policy, args, n_args, &first_arg);
	if (r < 0)
		return r;
	for (size_t i = 0; i < policy->n_arches; i++) {
		if (token != 0 && token != policy->arches[i].token)
			continue;
		r = add_to_arch(policy, &policy->arches[i], name, action, first_arg, n_args);
		if (r < 0)
			return r;
	}
	return 0;
}

int lx_seccomp_policy_put_first(struct lx_seccomp_policy *policy, const char *name, uint32_t action,
				const struct lx_seccomp_arg *args, size_t n_args)
{
	size_t before[LX_SECCOMP_ARCHES_MAX];
	int r;

	for (size_t i = 0; i < policy->n_arches; i++)
		before[i] = policy->arches[i].rules.n;
	r = lx_seccomp_policy_add(policy, 0, name, action, args, n_args);
	/* the orders of other rules begin with 1 */
	for (size_t i = 0; i < policy->n_arches; i++)
		for (size_t n = before[i]; n < policy->arches[i].rules.n; n++)
			policy->arches[i].rules.items[n].order = 0;
	return r;
}

int lx_seccomp_policy_add_number(struct lx_seccomp_policy *policy, uint32_t call, uint32_t action)
{
	_cleanup_free_ char *name = lx_seccomp_name(policy->arches[0].token, (int)call);

	if (name)
		return lx_seccomp_policy_add(policy, 0, name, action, NULL, 0);
	return add_rule(&policy->arches[0], call, action, 0, 0);
}

static bool lets_pass(uint32_t action)
{
	action &= SECCOMP_RET_ACTION_FULL;
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

int lx_seccomp_policy_add_known(struct lx_seccomp_policy *policy, uint32_t arch, const char *name, uint32_t action,
				const struct lx_seccomp_arg *args, size_t n_args)
{
	int r = lx_seccomp_policy_add(policy, arch, name, action, args, n_args);

	return r == -ENOENT && !lets_pass(policy->fallback) ? 0 : r;
}
