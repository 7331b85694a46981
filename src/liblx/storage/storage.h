/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the root file system lives. A driver answers with a detached mount of it, so that nothing is ever mounted where
 * another process could see it; with an id map the files keep plain owners on disk.
 *
 * Plain owners mean that a program which is setuid root in the guest is setuid root on disk: the directories that hold
 * root file systems (the store's NAME/, the image cache) must have mode 0700.
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
	const char *context;        /* SELinux label of a file system that open() makes; NULL; not owned */
	bool shifted;               /* files have the owners on disk that the container's are outside: nothing is to be mapped */
};

struct lx_storage_driver {
	const char *name;           /* "dir", "overlay" */
	const char *summary;
	/* Can this host do it at all? Sentence in err. */
	int (*probe)(struct lx_error *err);
	/* Is the source well formed and there? Sentence in err. */
	int (*check)(const struct lx_storage *s, struct lx_error *err);
	/* Detached mount of the root. map NULL or empty (privileged): no id map. The caller is root in a mount namespace of
	 * its own that does not propagate to others: drivers may mount there for a moment. */
	int (*open)(const struct lx_storage *s, const struct lx_idmap *map, bool read_only, int *ret_mount_fd, struct lx_error *err);
	/* Makes the storage of a new container in its directory from an image tree; returns what rootfs.path shall say.
	 * owners: what those of the image (inside) are to be (outside); NULL: the same. */
	int (*create)(int directory_fd, const char *directory, const char *image_tree, const struct lx_idmap *owners,
		      char **ret_path, struct lx_error *err);
	/* Removes what create() made: only what lies in the container's directory, never what the source names elsewhere. */
	int (*destroy)(const struct lx_storage *s, int directory_fd, const char *directory, struct lx_error *err);
	/* The directory of the host in which files appear that the container makes. NULL: no memory. */
	char *(*own_tree)(const struct lx_storage *s);
	/* Bytes that belong to this container alone. */
	int (*usage)(const struct lx_storage *s, uint64_t *ret, struct lx_error *err);
};

extern const struct lx_storage_driver lx_storage_dir;
extern const struct lx_storage_driver lx_storage_overlay;
extern const struct lx_storage_driver *const lx_storage_drivers[]; /* NULL-terminated, first = preferred */

const struct lx_storage_driver *lx_storage_find(const char *name);
int lx_storage_parse(const char *path, struct lx_storage *ret, struct lx_error *err);
void lx_storage_done(struct lx_storage *s);
#define _cleanup_storage_ _cleanup_(lx_storage_done)

/* As driver->open, for a caller that must keep its own mount namespace: a child makes one of its own, opens the root
 * there and hands the descriptor back. Detached mounts stay usable through it. */
int lx_storage_open_aside(const struct lx_storage *s, const struct lx_idmap *map, int *ret_mount_fd, struct lx_error *err);
