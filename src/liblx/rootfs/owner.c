/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bind mount between a user of the host and one of the container.
 *
 * The kernel translates ids in two places. The container's user namespace makes the guest's 1000 some number of the host, H.
 * An idmapped mount makes the owner of a file on disk, alice, another number of the host for those who come through it. With
 * the map "alice is H" on the mount the two meet: alice's files are 1000's inside, and what 1000 writes is alice's on disk.
 * Who has no line has no number in the mount: files of others are nobody's, and others can make none.
 */
#include "rootfs/rootfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"

/* Lines with ids of the disk on the left and of the container on the right; the latter become the host's at the end. */
static int add_pair(id_ranges *to, uint32_t disk, uint32_t guest, const char *what, struct lx_error *err)
{
	struct id_range *range;

	vec_for_each(other, to) {
		if (other->inside == disk)
			return lx_error_say(err, -EINVAL, "%s %" PRIu32 " of the host would be both %" PRIu32 " and %" PRIu32
					    " of the container", what, disk, other->outside, guest);
		if (other->outside == guest)
			return lx_error_say(err, -EINVAL, "%s %" PRIu32 " of the container would be both %" PRIu32 " and %" PRIu32
					    " of the host", what, guest, other->inside, disk);
	}
	range = vec_add(to);
	if (!range)
		return lx_error_oom(err);
	*range = (struct id_range){ disk, guest, 1 };
	return 0;
}

static bool has_pair_of(const id_ranges *pairs, size_t n, uint32_t disk, uint32_t guest)
{
	for (size_t i = 0; i < n; i++)
		if (pairs->items[i].inside == disk || pairs->items[i].outside == guest)
			return true;
	return false;
}

/* "alice:1000" to its halves; the form is the value type's business. */
static int split(const char *text, char **ret_word, uint32_t *ret_guest)
{
	const char *colon = strrchr(text, ':');
	uint64_t guest;

	if (!colon || parse_uint(colon + 1, &guest) < 0 || guest >= UINT32_MAX)
		return -EINVAL;
	*ret_guest = (uint32_t)guest;
	*ret_word = strndup(text, (size_t)(colon - text));
	return *ret_word ? 0 : -ENOMEM;
}

static int add_group(const char *text, const struct lx_users *users, id_ranges *gids, struct lx_error *err)
{
	_cleanup_free_ char *word = NULL;
	uint32_t guest, gid;
	int r;

	r = split(text, &word, &guest);
	if (r >= 0)
		r = lx_group_lookup(users ? users->group : NULL, word, &gid);
	if (r == -ENOENT)
		return lx_error_say(err, r, "there is no group %s in /etc/group of the host; a number will do", word);
	if (r < 0)
		return lx_error_set(err, r, "group %s", text);
	return add_pair(gids, gid, guest, "group", err);
}

/* n_explicit: how many groups of the map are from lines of their own, which go first. */
static int add_owner(const char *text, const struct lx_users *users, struct lx_idmap *map, size_t n_explicit, struct lx_error *err)
{
	_cleanup_free_ char *word = NULL;
	uint32_t guest, uid, gid;
	int r;

	r = split(text, &word, &guest);
	if (r >= 0)
		r = lx_user_lookup(users ? users->passwd : NULL, word, &uid, &gid);
	if (r == -ENOENT)
		return lx_error_say(err, r, "there is no user %s in /etc/passwd of the host; a number will do", word);
	if (r < 0)
		return lx_error_set(err, r, "owner %s", text);

	r = add_pair(&map->uids, uid, guest, "user", err);
	if (r < 0 || has_pair_of(&map->gids, n_explicit, gid, guest))
		return r;
	r = add_pair(&map->gids, gid, guest, "group", err);
	if (r < 0)
		lx_error_advise(err, "say which with group = %" PRIu32 ":ID", gid);
	return r;
}

/* Ids of the container to the host's. */
static int translate(id_ranges *pairs, const id_ranges *map, const char *what, struct lx_error *err)
{
	vec_for_each(pair, pairs) {
		const struct id_range *at = NULL;

		vec_for_each(range, map)
			if (pair->outside >= range->inside && pair->outside - range->inside < range->size)
				at = range;
		if (!at)
			return lx_error_say(err, -ERANGE, "the container has no %s %" PRIu32 "; see [idmap]", what, pair->outside);
		pair->outside = at->outside + (pair->outside - at->inside);
	}
	return 0;
}

int lx_owners_build(const struct lx_config_mount *wish, const struct lx_mounts_facts *facts, struct lx_idmap *ret, struct lx_error *err)
{
	size_t n_explicit;
	int r;

	strv_for_each(text, wish->group) {
		r = add_group(text, facts->users, &ret->gids, err);
		if (r < 0)
			return r;
	}
	n_explicit = ret->gids.n;
	strv_for_each(text, wish->owner) {
		r = add_owner(text, facts->users, ret, n_explicit, err);
		if (r < 0)
			return r;
	}
	if (facts->privileged)
		return 0;

	r = translate(&ret->uids, &facts->map->uids, "user", err);
	return r < 0 ? r : translate(&ret->gids, &facts->map->gids, "group", err);
}

bool lx_mounts_have_owners(const struct lx_config *config)
{
	vec_for_each(m, &config->mounts)
		if (m->owner || m->group)
			return true;
	return false;
}
