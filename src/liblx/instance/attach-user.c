/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who a joined command is in the container, and the environment that it finds. */
#include "instance/attach-user.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum { PASSWD_NAME, PASSWD_PASSWORD, PASSWD_UID, PASSWD_GID, PASSWD_GECOS, PASSWD_HOME, PASSWD_SHELL, PASSWD_FIELDS };

void lx_user_done(struct lx_user *user)
{
	free(user->name);
	free(user->home);
	free(user->shell);
	*user = (struct lx_user){ 0 };
}

/* Splits a line in place; false when it is not one of passwd. */
static bool split_line(char *line, char *ret[PASSWD_FIELDS])
{
	for (int i = 0; i < PASSWD_FIELDS; i++) {
		ret[i] = line ? strsep(&line, ":") : NULL;
		if (!ret[i])
			return false;
	}
	return true;
}

static bool is_user(char *fields[PASSWD_FIELDS], uid_t uid)
{
	uint64_t number;

	return parse_uint(fields[PASSWD_UID], &number) >= 0 && number == uid;
}

static int fill_user(char *fields[PASSWD_FIELDS], struct lx_user *user)
{
	uint64_t gid;

	if (parse_uint(fields[PASSWD_GID], &gid) >= 0 && gid < UINT32_MAX)
		user->gid = (gid_t)gid;
	if (str_set(&user->name, fields[PASSWD_NAME]) < 0)
		return -ENOMEM;
	if (fields[PASSWD_HOME][0] == '/' && str_set(&user->home, fields[PASSWD_HOME]) < 0)
		return -ENOMEM;
	if (fields[PASSWD_SHELL][0] == '/' && str_set(&user->shell, fields[PASSWD_SHELL]) < 0)
		return -ENOMEM;
	return 0;
}

static int fill_missing(uid_t uid, struct lx_user *user)
{
	if (!user->name)
		user->name = uid == 0 ? strdup("root") : str_format("%u", uid);
	if (!user->home)
		user->home = strdup(uid == 0 ? "/root" : "/");
	if (!user->shell)
		user->shell = strdup("/bin/sh");
	return user->name && user->home && user->shell ? 0 : -ENOMEM;
}

int lx_user_find(const char *passwd, uid_t uid, struct lx_user *ret)
{
	_cleanup_(lx_user_done) struct lx_user user = { 0 };
	_cleanup_free_ char *copy = passwd ? strdup(passwd) : NULL;
	char *rest = copy, *line, *fields[PASSWD_FIELDS];
	int r;

	if (passwd && !copy)
		return -ENOMEM;
	while ((line = strsep(&rest, "\n"))) {
		if (!split_line(line, fields) || !is_user(fields, uid))
			continue;
		r = fill_user(fields, &user);
		if (r < 0)
			return r;
		break;
	}
	r = fill_missing(uid, &user);
	if (r < 0)
		return r;

	*ret = user;
	user = (struct lx_user){ 0 };
	return 0;
}

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strncmp(a, b, n) == 0 && b[n] == '=';
}

/* Takes over assignment; what has its name is replaced. */
static int set(char ***env, char *assignment)
{
	if (!assignment)
		return -ENOMEM;
	for (char **old = *env; old && *old; old++)
		if (same_name(assignment, *old)) {
			free(*old);
			*old = assignment;
			return 0;
		}
	return strv_consume(env, assignment);
}

static const char *lookup(char *const *env, const char *name)
{
	size_t n = strlen(name);

	for (; env && *env; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}

/* Passes name on when the caller has it. */
static int keep(char ***env, char *const *caller, const char *name)
{
	const char *value = lookup(caller, name);

	return value ? set(env, str_format("%s=%s", name, value)) : 0;
}

static int set_defaults(char ***env, char *const *caller, const struct lx_user *user)
{
	int r = 0;

	if (!lookup(*env, "PATH"))
		r = set(env, strdup("PATH=" DEFAULT_PATH));
	r = r ?: keep(env, caller, "TERM");
	r = r ?: set(env, str_format("HOME=%s", user->home));
	r = r ?: set(env, str_format("USER=%s", user->name));
	r = r ?: set(env, str_format("LOGNAME=%s", user->name));
	r = r ?: set(env, str_format("SHELL=%s", user->shell));
	return r ?: set(env, strdup("container=lx"));
}

int lx_attach_env(const struct lx_attach_options *options, char *const *caller, const struct lx_user *user, char ***ret)
{
	_cleanup_strv_ char **env = NULL;
	int r = 0;

	if (options->keep_env)
		r = strv_extend(&env, caller);
	r = r ?: set_defaults(&env, caller, user);
	for (char *const *name = options->keep_var; r >= 0 && name && *name; name++)
		r = keep(&env, caller, *name);
	for (char *const *assignment = options->set_var; r >= 0 && assignment && *assignment; assignment++)
		r = set(&env, strdup(*assignment));
	if (r < 0)
		return r;

	*ret = take_ptr(env);
	return 0;
}
