/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may have how many links, on which bridges: the sections of lx.users.conf(5) that are about one user, taken together. */
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/str.h"
#include "config/config.h"
#include "net/usernet.h"

#define GROUPS_MAX 65536

const char *lx_usernet_directory(void)
{
	return secure_getenv("LX_POLICY") ?: LX_SYSCONFDIR;
}

void lx_usernet_grant_done(struct lx_usernet_grant *grant)
{
	free(grant->user);
	strv_free(grant->bridges);
	*grant = (struct lx_usernet_grant){ 0 };
}

static int merge(struct lx_usernet_grant *grant, const struct lx_config_user *row)
{
	strv_for_each(bridge, row->bridges)
		if (!strv_contains(grant->bridges, bridge) && strv_append(&grant->bridges, bridge) < 0)
			return -ENOMEM;
	grant->links = MAX_OF(grant->links, row->links);

	return 0;
}

/* All groups of the account, not those of the process: a user can keep a group that was taken away. */
static int load_groups(const struct passwd *account, gid_t **ret, int *ret_n)
{
	_cleanup_free_ gid_t *groups = NULL;
	int n = 64;

	for (;;) {
		gid_t *more = reallocarray(groups, (size_t)n, sizeof(*groups));
		int size = n;

		if (!more)
			return -ENOMEM;
		groups = more;
		if (getgrouplist(account->pw_name, account->pw_gid, groups, &size) >= 0) {
			*ret = take_ptr(groups);
			*ret_n = size;
			return 0;
		}
		n = size > n ? size : 2 * n;
		if (n > GROUPS_MAX)
			return -E2BIG;
	}
}

static bool is_member(const char *name, const gid_t *groups, int n)
{
	const struct group *group = getgrnam(name);

	for (int i = 0; group && i < n; i++)
		if (groups[i] == group->gr_gid)
			return true;

	return false;
}

static int collect(const struct lx_user_rules *rules, const struct passwd *account, struct lx_usernet_grant *grant)
{
	_cleanup_free_ gid_t *groups = NULL;
	int n = 0, r;

	r = load_groups(account, &groups, &n);
	vec_for_each(row, &rules->users)
		if (r >= 0 && str_equal(row->label, grant->user))
			r = merge(grant, row);
	vec_for_each(row, &rules->groups)
		if (r >= 0 && is_member(row->label, groups, n))
			r = merge(grant, row);

	return r;
}

static int check_trusted(const char *path, struct lx_error *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? 0 : lx_error_set(err, -errno, "look at %s", path);
	if (st.st_uid != 0 || (st.st_mode & 022))
		return lx_error_say(err, -EPERM, "%s must belong to root, and nobody else may write to it", path);

	return 0;
}

/* What others can write is no policy of the administrator's. */
static int check_files(const char *directory, struct lx_error *err)
{
	_cleanup_free_ char *file = path_join(directory, "users"), *more = path_join(directory, "users.d");
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int r;

	if (!file || !more)
		return lx_error_oom(err);
	r = check_trusted(directory, err);
	r = r < 0 ? r : check_trusted(file, err);
	r = r < 0 ? r : check_trusted(more, err);

	dir = r < 0 ? NULL : opendir(more);
	while (r >= 0 && dir && (entry = readdir(dir))) {
		_cleanup_free_ char *path = path_join(more, entry->d_name);

		if (!path)
			return lx_error_oom(err);
		if (str_ends_with(path, ".conf"))
			r = check_trusted(path, err);
	}

	return r;
}

int lx_usernet_grant(const char *directory, uid_t uid, struct lx_usernet_grant *ret, struct lx_error *err)
{
	_cleanup_grant_ struct lx_usernet_grant grant = { 0 };
	_cleanup_user_rules_ struct lx_user_rules *rules = NULL;
	const struct passwd *account = getpwuid(uid);
	int r;

	if (!account)
		return lx_error_say(err, -EACCES, "user %u has no account", (unsigned)uid);
	r = check_files(directory, err);
	r = r < 0 ? r : lx_user_rules_load(directory, &rules, err);
	if (r < 0)
		return r;
	if (str_set(&grant.user, account->pw_name) < 0 || collect(rules, account, &grant) < 0)
		return lx_error_oom(err);

	grant.links = MIN_OF(grant.links, (uint32_t)LX_USERNET_LINKS_MAX);
	if (grant.links == 0 || !grant.bridges)
		return lx_error_say(err, -EACCES,
				    "user %s may have no link on a bridge; the administrator can allow it in %s/users.d, and type = user needs no "
				    "permission",
				    grant.user, directory);

	*ret = grant;
	grant = (struct lx_usernet_grant){ 0 };
	return 0;
}
