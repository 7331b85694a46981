/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A container among the images of machinectl: a link to its root file system, where systemd looks for images. While the
 * container runs we hold the locks that systemd-nspawn and systemd-machined take, so that neither boots nor removes what is
 * in use. What is not in use machinectl can remove: up to systemd 257 that takes the link alone, in newer releases the directory.
 */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

/* Directories, so that a test can have its own. */
struct lx_image_places {
	const char *images, *locks;
};
extern const struct lx_image_places lx_image_places; /* systemd's */

/* Makes the link, or leaves it as it is. -EEXIST: the name is that of another image. */
int lx_machine_image_link(const struct lx_image_places *places, const char *name, const char *root, struct lx_error *err);
/* Removes the link when it leads to root. */
void lx_machine_image_unlink(const struct lx_image_places *places, const char *name, const char *root);
/* Removes links to what was in this store and is no more. */
void lx_machine_image_sweep(const struct lx_image_places *places, const char *store);

#define LX_IMAGE_LOCKS 3
struct lx_image_lock {
	char *path;
	int fd;
};
struct lx_image_locks {
	struct lx_image_lock items[LX_IMAGE_LOCKS];
	size_t n;
};
/* -EBUSY: systemd uses it. */
int lx_machine_image_lock(const struct lx_image_places *places, const char *name, const char *root, struct lx_image_locks *ret,
			  struct lx_error *err);
/* The kernel gives back those of a process that has died. */
void lx_machine_image_unlock(struct lx_image_locks *locks);
