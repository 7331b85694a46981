/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where ranges of ids for containers come from: /etc/subuid and /etc/subgid, so that other tools which honour these files keep
 * away. For root it is what they give to root, the same numbers of both or, where they differ, users of the one and groups of
 * the other; where one of them names nothing for root it is idmap.base and idmap.size of lx.conf.
 */
#include <errno.h>
#include <fcntl.h>

#include "host/host.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"
#include "config/config.h"

/* Owners are named, or numbered. */
static bool is_owner(const char *word, const char *name, uint32_t id)
{
	uint64_t number;

	return (name && str_equal(word, name)) || (parse_uint(word, &number) >= 0 && number == id);
}

static int parse_subid_line(char *line, const char *name, uint32_t id, struct lx_subid_span *ret)
{
	_cleanup_strv_ char **words = NULL;
	uint64_t base, size;

	if (strv_split(line, ":", &words) < 0)
		return -ENOMEM;
	if (strv_length(words) != 3 || !is_owner(words[0], name, id))
		return 0;
	if (parse_uint(words[1], &base) < 0 || parse_uint(words[2], &size) < 0)
		return 0;
	if (base == 0 || base >= UINT32_MAX || size == 0 || size > UINT32_MAX - base)
		return 0;

	*ret = (struct lx_subid_span){ base, size };
	return 1;
}

int lx_subid_spans_parse(const char *text, const char *name, uint32_t id, lx_subid_pool *ret)
{
	_cleanup_strv_ char **lines = NULL;

	if (strv_split(text, "\n", &lines) < 0)
		return -ENOMEM;

	strv_for_each(line, lines) {
		struct lx_subid_span span, *s;
		int r = parse_subid_line(line, name, id, &span);

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		s = vec_add(ret);
		if (!s)
			return -ENOMEM;
		*s = span;
	}
	return 0;
}

static int intersect(const lx_subid_pool *uids, const lx_subid_pool *gids, lx_subid_pool *ret)
{
	vec_for_each(u, uids) {
		vec_for_each(g, gids) {
			uint64_t from = MAX_OF(u->base, g->base);
			uint64_t to = MIN_OF(u->base + u->size, g->base + g->size);
			struct lx_subid_span *s;

			if (from >= to)
				continue;
			s = vec_add(ret);
			if (!s)
				return -ENOMEM;
			*s = (struct lx_subid_span){ from, to - from };
		}
	}
	return 0;
}

int lx_subid_pools_parse(const char *subuid, const char *subgid, struct lx_subid_pools *ret)
{
	_cleanup_(lx_subid_pools_done) struct lx_subid_pools pools = { 0 };

	if (lx_subid_spans_parse(subuid, "root", 0, &pools.uids) < 0 || lx_subid_spans_parse(subgid, "root", 0, &pools.gids) < 0 ||
	    intersect(&pools.uids, &pools.gids, &pools.both) < 0)
		return -ENOMEM;

	*ret = pools;
	pools = (struct lx_subid_pools){ 0 };
	return 0;
}

void lx_subid_pools_done(struct lx_subid_pools *pools)
{
	vec_done(&pools->both);
	vec_done(&pools->uids);
	vec_done(&pools->gids);
}

static int read_or_empty(const char *path, char **ret)
{
	int r = file_read(AT_FDCWD, path, FILE_TEXT_MAX, ret, NULL);

	if (r != -ENOENT)
		return r;
	*ret = strdup("");
	return *ret ? 0 : -ENOMEM;
}

int lx_subid_pool_of_user(lx_subid_pool *ret, struct lx_error *err)
{
	_cleanup_(lx_idmap_done) struct lx_idmap map = { 0 };
	uint64_t uids = 0, gids = 0;
	struct lx_subid_span *s;
	int r;

	r = lx_rootless_map_load(&map, err);
	if (r < 0)
		return r;
	vec_for_each(u, &map.uids)
		uids += u->inside > 0 ? u->size : 0;
	vec_for_each(g, &map.gids)
		gids += g->inside > 0 ? g->size : 0;

	s = vec_add(ret);
	if (!s)
		return lx_error_oom(err);
	*s = (struct lx_subid_span){ 1, MIN_OF(uids, gids) };
	return 0;
}

int lx_subid_pools_of_host(const struct lx_settings *settings, struct lx_subid_pools *ret, struct lx_error *err)
{
	_cleanup_free_ char *subuid = NULL, *subgid = NULL;
	struct lx_subid_span *s;
	int r;

	r = read_or_empty("/etc/subuid", &subuid);
	if (r < 0)
		return lx_error_set(err, r, "read /etc/subuid");
	r = read_or_empty("/etc/subgid", &subgid);
	if (r < 0)
		return lx_error_set(err, r, "read /etc/subgid");

	r = lx_subid_pools_parse(subuid, subgid, ret);
	if (r < 0)
		return lx_error_oom(err);
	if (ret->uids.n > 0 && ret->gids.n > 0)
		return 0;

	s = vec_add(&ret->both);
	if (!s)
		return lx_error_oom(err);
	*s = (struct lx_subid_span){ settings->idmap.base, settings->idmap.size };
	return 0;
}
