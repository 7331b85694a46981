/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The last step to who the program is: user, groups, what of the capabilities passes the exec, and the securebits. Together,
 * because the kernel ties them: a change from root to another user takes all capabilities unless they are kept, an ambient
 * one must be permitted and inheritable first, and a bit may forbid what the others still need.
 */
#include <errno.h>
#include <linux/securebits.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "security/security.h"
#include "sys/sys.h"

static const struct {
	const char *word;
	unsigned bit;
} bits[] = {
	{ "noroot", SECBIT_NOROOT },
	{ "noroot-locked", SECBIT_NOROOT_LOCKED },
	{ "no-setuid-fixup", SECBIT_NO_SETUID_FIXUP },
	{ "no-setuid-fixup-locked", SECBIT_NO_SETUID_FIXUP_LOCKED },
	{ "keep-caps-locked", SECBIT_KEEP_CAPS_LOCKED },
	{ "no-cap-ambient-raise", SECBIT_NO_CAP_AMBIENT_RAISE },
	{ "no-cap-ambient-raise-locked", SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED },
};

int lx_securebits_build(const struct lx_config *config, unsigned *ret, struct lx_error *err)
{
	unsigned set = 0;

	strv_for_each(word, config->security.securebits) {
		unsigned bit = 0;

		for (size_t i = 0; i < array_size(bits); i++)
			if (str_equal(bits[i].word, word))
				bit = bits[i].bit;
		if (!bit)
			return lx_error_say(err, -EINVAL, "%s is no securebit", word);
		set |= bit;
	}
	*ret = set;
	return 0;
}

static int raise_ambient(uint64_t ambient)
{
	uint64_t effective, permitted, inheritable;
	int r = sys_caps_get(&effective, &permitted, &inheritable);

	if (r >= 0) /* effective: what the change of user took, and the securebits need */
		r = sys_caps_set(permitted, permitted, ambient);
	for (int cap = 0; cap < 64 && r >= 0; cap++)
		if (ambient & (1ULL << cap))
			r = sys_caps_ambient_raise(cap);
	return r;
}

int lx_credentials_apply(const struct lx_security *security, const struct lx_credentials *who, struct lx_error *err)
{
	bool more = security->ambient || security->securebits;
	int r = 0;

	if (who->change && more)
		r = sys_set_keep_caps(true);
	if (who->change && r >= 0)
		r = sys_set_credentials(who->uid, who->gid, who->groups, who->n_groups);
	if (r < 0)
		return lx_error_set(err, r, "become user %u and group %u of the container", who->uid, who->gid);
	if (!more)
		return 0;

	r = raise_ambient(security->ambient);
	if (r < 0)
		return lx_error_set(err, r, "raise the ambient capabilities");
	/* also ends the keeping, which an exec would end too */
	r = sys_set_securebits(security->securebits);
	return r < 0 ? lx_error_set(err, r, "set the securebits") : 0;
}

void lx_credentials_predict(const struct lx_security *security, uid_t uid, struct lx_capability_sets *ret)
{
	bool root = uid == 0 && !(security->securebits & SECBIT_NOROOT);

	ret->bounding = security->bounding;
	ret->ambient = ret->inheritable = security->ambient;
	ret->permitted = ret->effective = root ? security->bounding : security->ambient;
}
