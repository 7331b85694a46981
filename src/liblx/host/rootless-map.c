/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The map of a user's own namespace. 0 is the user; from 1 on come the subordinate ids, one span after the other. So a
 * container, whose namespace is made in this one, can get any of them, and never the user's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "host/host.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/strv.h"
#include "config/config.h"

static int add(id_ranges *map, uint64_t inside, uint64_t outside, uint64_t size)
{
	struct id_range *line = vec_add(map);

	if (!line)
		return -ENOMEM;
	*line = (struct id_range){ (uint32_t)inside, (uint32_t)outside, (uint32_t)size };
	return 0;
}

int lx_rootless_map_build(uint32_t own, const lx_subid_pool *spans, id_ranges *ret)
{
	uint64_t next = 1;
	int r = add(ret, 0, own, 1);

	vec_for_each(s, spans) {
		if (r < 0)
			return r;
		/* a span with the user's own id in it cannot be mapped beside that, nor can more ids than there are */
		if ((own >= s->base && own < s->base + s->size) || next + s->size > UINT32_MAX)
			continue;
		r = add(ret, next, s->base, s->size);
		next += s->size;
	}
	return r;
}

int lx_rootless_map_parse(const char *text, id_ranges *ret)
{
	_cleanup_strv_ char **lines = NULL;

	if (strv_split(text, "\n", &lines) < 0)
		return -ENOMEM;
	strv_for_each(line, lines) {
		uint32_t inside, outside, size;
		int r;

		if (sscanf(line, "%" SCNu32 " %" SCNu32 " %" SCNu32, &inside, &outside, &size) != 3)
			return -EINVAL;
		r = add(ret, inside, outside, size);
		if (r < 0)
			return r;
	}
	return 0;
}

static int load(const char *path, id_ranges *ret, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = file_read(AT_FDCWD, path, FILE_TEXT_MAX, &text, NULL);
	if (r >= 0)
		r = lx_rootless_map_parse(text, ret);
	return r < 0 ? lx_error_set(err, r, "read %s", path) : 0;
}

int lx_rootless_map_load(struct lx_idmap *ret, struct lx_error *err)
{
	int r = load("/proc/self/uid_map", &ret->uids, err);

	return r < 0 ? r : load("/proc/self/gid_map", &ret->gids, err);
}

int lx_rootless_map_enter(const id_ranges *map, struct id_range *range)
{
	vec_for_each(line, map) {
		if (line->inside == 0 || range->outside < line->outside ||
		    (uint64_t)range->outside + range->size > (uint64_t)line->outside + line->size)
			continue;
		range->outside = line->inside + (range->outside - line->outside);
		return 0;
	}
	return -ERANGE;
}

uint32_t lx_rootless_map_leave(const id_ranges *map, uint32_t id)
{
	vec_for_each(line, map)
		if (id >= line->inside && id - line->inside < line->size)
			return line->outside + (id - line->inside);
	return id;
}
