/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "instance/ids.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"

int lx_idmap_range(const struct lx_container *c, const struct lx_config *config, struct lx_subids *ret, struct lx_error *err)
{
	const char *text = config->idmap.range ?: "auto";
	struct id_range range = { .size = c->settings->idmap.range };

	if (str_equal(text, "auto"))
		return lx_subid_allot(c->settings, c->store, c->name, ret, err);

	/* the reader has checked the form BASE[:SIZE] */
	if (sscanf(text, "%" SCNu32 ":%" SCNu32, &range.outside, &range.size) < 1)
		return lx_error_say(err, -EINVAL, "[idmap] range \"%s\" is not auto, BASE or BASE:SIZE", text);

	*ret = (struct lx_subids){ range, range };
	return 0;
}

int lx_idmap_claim(const struct lx_container *c, const struct lx_config *config, struct lx_subids *range, struct lx_error *err)
{
	const struct lx_idmap whole = { { &range->uids, 1 }, { &range->gids, 1 } }, *map = &config->idmap.map;

	if (map->uids.n == 0 && str_equal(config->idmap.range ?: "auto", "auto"))
		return 0; /* the allotted one is nobody else's */
	return lx_subid_claim(c->settings, c->store, c->name, map->uids.n ? map : &whole, config->idmap.shared, err);
}

/* One end of a map: lines in ids of the host become lines in those of the user's namespace. */
static int enter_lines(const id_ranges *own, id_ranges *lines, const char *what, struct lx_error *err)
{
	vec_for_each(line, lines)
		if (lx_rootless_map_enter(own, line) < 0)
			return lx_error_say(err, -EPERM, "[idmap]: %ss %" PRIu32 " to %" PRIu32 " of the host are not all among your "
					    "subordinate ids; /etc/sub%s has them", what, line->outside,
					    line->outside + line->size - 1, what);
	return 0;
}

static int add_subids(const struct lx_subids *ids, struct lx_idmap *ret, struct lx_error *err)
{
	struct id_range *uids = vec_add(&ret->uids), *gids = vec_add(&ret->gids);

	if (!uids || !gids)
		return lx_error_oom(err);
	*uids = ids->uids;
	*gids = ids->gids;
	return 0;
}

static int explicit_map(const struct lx_container *c, const struct lx_config *config, struct lx_idmap *ret, struct lx_error *err)
{
	_cleanup_(lx_idmap_done) struct lx_idmap own = { 0 };
	struct lx_subids ids;
	int r;

	if (config->idmap.map.uids.n > 0 || config->idmap.map.gids.n > 0) {
		r = lx_idmap_copy(&config->idmap.map, ret) < 0 ? lx_error_oom(err) : 0;
	} else {
		r = lx_idmap_range(c, config, &ids, err);
		if (r >= 0)
			r = add_subids(&ids, ret, err);
	}
	if (r >= 0)
		r = lx_rootless_map_load(&own, err);
	if (r >= 0)
		r = enter_lines(&own.uids, &ret->uids, "uid", err);
	return r < 0 ? r : enter_lines(&own.gids, &ret->gids, "gid", err);
}

int lx_idmap_rootless(const struct lx_container *c, const struct lx_config *config, struct lx_idmap *ret, struct lx_error *err)
{
	struct lx_subids ids;
	int r;

	if (config->idmap.map.uids.n > 0 || config->idmap.map.gids.n > 0 ||
	    (config->idmap.range && !str_equal(config->idmap.range, "auto")))
		return explicit_map(c, config, ret, err);

	r = lx_subid_allot(c->settings, c->store, c->name, &ids, err);
	return r < 0 ? r : add_subids(&ids, ret, err);
}

static int add_own(id_ranges *map)
{
	struct id_range *line;
	uint64_t next = 0;

	vec_for_each(l, map)
		next = MAX_OF(next, (uint64_t)l->inside + l->size);
	line = next < UINT32_MAX ? vec_add(map) : NULL;
	if (!line)
		return -ENOMEM;
	*line = (struct id_range){ .inside = (uint32_t)next, .outside = 0, .size = 1 };
	return 0;
}

int lx_idmap_add_own(struct lx_idmap *map)
{
	int r = add_own(&map->uids);

	return r < 0 ? r : add_own(&map->gids);
}

int lx_idmap_write(const struct lx_idmap *map, pid_t pid, struct lx_error *err)
{
	int r = sys_userns_write_maps(pid, map->uids.items, map->uids.n, map->gids.items, map->gids.n);

	return r < 0 ? lx_error_set(err, r, "write the id maps of the container") : 0;
}

int lx_idmap_open(const struct lx_idmap *map, int *ret_userns_fd, struct lx_error *err)
{
	int r = sys_userns_open(map->uids.items, map->uids.n, map->gids.items, map->gids.n);

	if (r < 0)
		return lx_error_set(err, r, "make a user namespace for id mapped mounts");

	*ret_userns_fd = r;
	return 0;
}
