/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Detached clones of directories, with or without an id map: what drivers build roots from. */
#pragma once

#include "base/error.h"
#include "config/config.h"

/*
 * A user namespace that carries map, for mount_setattr(2); -EBADF in *ret_fd when there is nothing to map.
 *
 * writer: the clone will be the upper layer of an overlay. The overlay writes there with the credentials of whoever
 * mounted it, host id 0, which the container's map does not hold: making the work directory would fail with EOVERFLOW, and
 * the overlay would silently be read-only (seen on 6.18). So the map gets one more line that ties host id 0 to the first
 * id on disk beyond the container's. Only whiteouts and the work directory get that owner, both are invisible in the
 * guest; what the guest owns has plain ids.
 */
int lx_layer_userns(const struct lx_idmap *map, bool writer, int *ret_fd, struct lx_error *err);

/* Clones the directory behind dir_fd as a detached mount; userns_fd may be negative. what names it in messages. */
int lx_layer_clone(int dir_fd, int userns_fd, const char *what, int *ret_mount_fd, struct lx_error *err);

/* Attributes (MOUNT_ATTR_*) of the root's mount. A root with an id map belongs to somebody who may not make device nodes: it
 * must not find any in an image either, for they would be usable through our mount. */
uint64_t lx_layer_attributes(const struct lx_idmap *map, bool read_only);
