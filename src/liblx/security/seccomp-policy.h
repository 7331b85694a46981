/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A policy of system calls, as data: which answer each call gets on each instruction set that the machine's kernel runs.
 * It is filled from the default table or from a file, and compiled to the program that the kernel takes. Of the rules of
 * one call the first that matches decides; a call without one gets the fallback.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/vec.h"
#include "security/security.h"

enum lx_seccomp_op {
	LX_SECCOMP_NE,
	LX_SECCOMP_LT,
	LX_SECCOMP_LE,
	LX_SECCOMP_EQ,
	LX_SECCOMP_GE,
	LX_SECCOMP_GT,
	LX_SECCOMP_MASKED_EQ,       /* argument & mask == value */
	LX_SECCOMP_OP_MAX,
};
/* "SCMP_CMP_EQ" or "=="; -EINVAL. */
int lx_seccomp_op_find(const char *word);

#define LX_SECCOMP_ARGS_MAX 6
struct lx_seccomp_arg {
	unsigned index;
	enum lx_seccomp_op op;
	uint64_t value, mask;
};

/* Actions are the kernel's SECCOMP_RET_* with their data. */
struct lx_seccomp_rule {
	uint32_t call;              /* as this instruction set numbers it */
	uint32_t action;
	uint32_t first_arg, n_args; /* all of them must match */
	uint32_t order;
};

struct lx_seccomp_arch {
	uint32_t token;             /* SCMP_ARCH_* */
	bool wanted;                /* otherwise all of its calls get LX_SECCOMP_FOREIGN */
	VEC(struct lx_seccomp_rule) rules;
};

#define LX_SECCOMP_ARCHES_MAX 3
struct lx_seccomp_policy {
	uint32_t fallback;
	struct lx_seccomp_arch arches[LX_SECCOMP_ARCHES_MAX]; /* the native one first */
	size_t n_arches;
	VEC(struct lx_seccomp_arg) args;
	bool notifies;              /* a rule does */
};

/* What the calls of an instruction set answer that nobody has looked at: ENOSYS. */
#define LX_SECCOMP_FOREIGN (0x00050000U | 38U)

/* seccomp-names.c: libseccomp, which has to be loaded before a policy is made; -EOPNOTSUPP. Numbers as that gives them. */
int lx_seccomp_names_load(struct lx_error *err);
uint32_t lx_seccomp_native(void);
int lx_seccomp_number(uint32_t arch, const char *name);
char *lx_seccomp_name(uint32_t arch, int number); /* the caller's; NULL */

/* seccomp-policy.c */
void lx_seccomp_policy_init(struct lx_seccomp_policy *policy, uint32_t fallback);
void lx_seccomp_policy_done(struct lx_seccomp_policy *policy);
/* arch: a SCMP_ARCH_* token, 0 = all. -ENOENT: no instruction set has a call of that name; a call that only others have
 * than the machine's is none of its business and no error. */
int lx_seccomp_policy_add(struct lx_seccomp_policy *policy, uint32_t arch, const char *name, uint32_t action,
			  const struct lx_seccomp_arg *args, size_t n_args);
/* As lx_seccomp_policy_add, for lists that people write: a name that is not known is left out where the fallback refuses the
 * call, which is how a list is newer than the system; where it would let the call pass it is -ENOENT. */
int lx_seccomp_policy_add_known(struct lx_seccomp_policy *policy, uint32_t arch, const char *name, uint32_t action,
				const struct lx_seccomp_arg *args, size_t n_args);
/* A call by its number on the native instruction set. */
int lx_seccomp_policy_add_number(struct lx_seccomp_policy *policy, uint32_t call, uint32_t action);

/* As lx_seccomp_policy_add(), to come before all rules that the call has. */
int lx_seccomp_policy_put_first(struct lx_seccomp_policy *policy, const char *name, uint32_t action,
				const struct lx_seccomp_arg *args, size_t n_args);

/* seccomp-notify.c: rules that hand over what security.intercept.* asks for. */
int lx_seccomp_policy_intercept(struct lx_seccomp_policy *policy, const struct lx_config *config);
bool lx_seccomp_intercepts(const struct lx_config *config);

/* seccomp-default.c: those that need a capability which is not in bounding are refused. */
int lx_seccomp_policy_default(struct lx_seccomp_policy *policy, bool privileged, uint64_t bounding);

/* seccomp-file.c: LXC's or OCI's format, whichever the text is in; the name is for messages. */
int lx_seccomp_policy_parse(struct lx_seccomp_policy *policy, const char *name, const char *text, size_t size,
			    uint64_t bounding, struct lx_error *err);
/* seccomp-lxc.c, seccomp-json.c */
int lx_seccomp_parse_lxc(struct lx_seccomp_policy *policy, const char *name, const char *text, struct lx_error *err);
int lx_seccomp_parse_json(struct lx_seccomp_policy *policy, const char *name, const char *text, uint64_t bounding,
			  struct lx_error *err);
/* seccomp-compile.c: as one binary search over ranges of numbers for each instruction set. -E2BIG: more than the kernel
 * takes. */
int lx_seccomp_compile(struct lx_seccomp_policy *policy, struct lx_seccomp_program *ret);
