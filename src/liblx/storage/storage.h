/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the root file system lives. A driver answers with a detached mount of it, so that nothing is ever mounted where
 * another process could see it; with an id map the files keep plain owners on disk.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"

struct lx_storage_driver;

/* One root file system, parsed from "driver:source" (no driver: dir). */
struct lx_storage {
	const struct lx_storage_driver *driver;
	char *source;               /* after the colon, as written */
};

struct lx_storage_driver {
	const char *name;           /* "dir", "overlay" */
	const char *summary;
	/* Is the source well formed and there? Sentence in err. */
	int (*check)(const struct lx_storage *s, struct lx_error *err);
	/* Detached mount of the root. uids/gids of map may be NULL (privileged): no id map. Runs in a mount namespace of its own. */
	int (*open)(const struct lx_storage *s, const struct lx_idmap *map, bool read_only, int *ret_mount_fd, struct lx_error *err);
	/* Makes the storage of a new container in its directory from an image tree; returns what rootfs.path shall say. */
	int (*create)(int directory_fd, const char *directory, const char *image_tree, char **ret_path, struct lx_error *err);
	/* Removes what create() made. */
	int (*destroy)(const struct lx_storage *s, int directory_fd, const char *directory, struct lx_error *err);
	/* Bytes that belong to this container alone. */
	int (*usage)(const struct lx_storage *s, uint64_t *ret, struct lx_error *err);
};

extern const struct lx_storage_driver *const lx_storage_drivers[]; /* NULL-terminated, first = preferred */

const struct lx_storage_driver *lx_storage_find(const char *name);
int lx_storage_parse(const char *path, struct lx_storage *ret, struct lx_error *err);
void lx_storage_done(struct lx_storage *s);
