/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filter of system calls: the policy that security.seccomp names, compiled. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "security/sandbox.h"
#include "security/seccomp-policy.h"

static int load_policy(const struct lx_config *config, uint64_t bounding, struct lx_seccomp_policy *policy,
		       struct lx_error *err)
{
	const char *name = config->security.seccomp;
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	if (str_equal(name, "none")) {
		lx_seccomp_policy_init(policy, SECCOMP_RET_ALLOW);
		return 0;
	}
	if (!name || str_equal(name, "default")) {
		r = lx_seccomp_policy_default(policy, config->container.privileged, bounding);
		return r < 0 ? lx_error_set(err, r, "make the default policy of system calls") : 0;
	}

	r = file_read(AT_FDCWD, name, FILE_TEXT_MAX, &text, &size);
	if (r < 0) {
		char origin[512];

		r = lx_error_set(err, r, "read the policy of system calls %s", name);
		lx_error_advise(err, "it is named in %s", lx_config_origin(config, "security.seccomp", origin, sizeof(origin)));
		return r;
	}
	return lx_seccomp_policy_parse(policy, name, text, size, bounding, err);
}

int lx_seccomp_build(const struct lx_config *config, uint64_t bounding, struct lx_seccomp_program *ret, struct lx_error *err)
{
	_cleanup_(lx_seccomp_policy_done) struct lx_seccomp_policy policy = { 0 };
	struct lx_seccomp_program program = { 0 };
	int r;

	if (!str_equal(config->security.seccomp, "none") || lx_seccomp_intercepts(config)) {
		r = lx_seccomp_names_load(err);
		if (r >= 0)
			r = load_policy(config, bounding, &policy, err);
		if (r < 0)
			return r;
		r = lx_seccomp_policy_intercept(&policy, config);
		if (r >= 0)
			r = lx_seccomp_compile(&policy, &program);
		if (r == -E2BIG)
			return lx_error_say(err, r, "%s: too many rules for the kernel's filter", config->security.seccomp);
		if (r < 0)
			return lx_error_set(err, r, "compile the filter of system calls");
	}
	*ret = program;
	return 0;
}

int lx_seccomp_build_list(const char *calls, struct lx_seccomp_program *ret)
{
	_cleanup_(lx_seccomp_policy_done) struct lx_seccomp_policy policy = { 0 };
	_cleanup_strv_ char **names = NULL;
	int r = lx_seccomp_names_load(NULL);

	if (r < 0)
		return r;
	lx_seccomp_policy_init(&policy, SECCOMP_RET_ERRNO | EPERM);
	for (size_t i = 1; i < policy.n_arches; i++)
		policy.arches[i].wanted = false;
	r = strv_split(calls, " ", &names);
	for (size_t i = 0; r >= 0 && names && names[i]; i++) {
		r = lx_seccomp_policy_add(&policy, 0, names[i], SECCOMP_RET_ALLOW, NULL, 0);
		if (r == -ENOENT) /* another machine's, or of a time after this libseccomp */
			r = 0;
	}
	return r < 0 ? r : lx_seccomp_compile(&policy, ret);
}

static int allow(struct lx_seccomp_policy *policy, const struct lx_sandbox_call *call)
{
	const struct lx_seccomp_arg arg = {
		.index = call->arg,
		.op = LX_SECCOMP_MASKED_EQ,
		.mask = call->test == LX_SANDBOX_ARG_LACKS ? call->value : UINT64_MAX,
		.value = call->test == LX_SANDBOX_ARG_LACKS ? 0 : call->value,
	};
	size_t n_args = call->test == LX_SANDBOX_ANY ? 0 : 1;

	return lx_seccomp_policy_add(policy, policy->arches[0].token, call->name, SECCOMP_RET_ALLOW, &arg, n_args);
}

int lx_seccomp_build_sandbox(const struct lx_sandbox *sandbox, struct lx_seccomp_program *ret, struct lx_error *err)
{
	_cleanup_(lx_seccomp_policy_done) struct lx_seccomp_policy policy = { 0 };
	struct lx_seccomp_program program = { 0 };
	int r = lx_seccomp_names_load(err);

	if (r < 0)
		return r;
	lx_seccomp_policy_init(&policy, SECCOMP_RET_ERRNO | EPERM);
	for (size_t i = 0; i < sandbox->n_calls && r >= 0; i++)
		r = allow(&policy, &sandbox->calls[i]);
	if (r >= 0)
		r = lx_seccomp_compile(&policy, &program);
	if (r < 0)
		return lx_error_set(err, r, "make the filter of a sandbox");

	*ret = program;
	return 0;
}

bool lx_seccomp_is_available(void)
{
	return true;
}
