/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "instance/ids.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "host/host.h"

int lx_idmap_range(const struct lx_container *c, const struct lx_config *config, struct id_range *ret, struct lx_error *err)
{
	const char *text = config->idmap.range ?: "auto";

	if (str_equal(text, "auto"))
		return lx_subid_allot(c->settings, c->store, c->name, ret, err);

	/* the reader has checked the form BASE[:SIZE] */
	*ret = (struct id_range) { .size = c->settings->idmap.range };
	if (sscanf(text, "%" SCNu32 ":%" SCNu32, &ret->outside, &ret->size) < 1)
		return lx_error_say(err, -EINVAL, "[idmap] range \"%s\" is not auto, BASE or BASE:SIZE", text);

	return 0;
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
