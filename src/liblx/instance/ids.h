/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ids of a container, in the forms that the kernel and the ledger want. */
#pragma once

#include "container/container.h"
#include "host/host.h"
#include "sys/sys.h"

/* [idmap] range of the container: as written, or what is allotted to it. */
int lx_idmap_range(const struct lx_container *c, const struct lx_config *config, struct lx_subids *ret, struct lx_error *err);
/* For a user who is not root: the map as seen in the user's namespace, which this process must be in. -EPERM when the
 * configuration names ids that are not the user's. */
int lx_idmap_rootless(const struct lx_container *c, const struct lx_config *config, struct lx_idmap *ret, struct lx_error *err);
/* One more line on each side: the user, at an id that the container has not. -ENOMEM. */
int lx_idmap_add_own(struct lx_idmap *map);

/* What [idmap] names by hand is this container's alone, or shared. range: as above. */
int lx_idmap_claim(const struct lx_container *c, const struct lx_config *config, struct lx_subids *range, struct lx_error *err);

/* Writes the maps of a new process's user namespace. */
int lx_idmap_write(const struct lx_idmap *map, pid_t pid, struct lx_error *err);
/* A user namespace of that map, for id mapped mounts. */
int lx_idmap_open(const struct lx_idmap *map, int *ret_userns_fd, struct lx_error *err);
