/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is on disk of containers that are no longer, or not yet. */
#pragma once

#include "container/container.h"

/* Removes all that lx keeps for the container, at rest; its lock is held. root_path is rootfs.path, whose driver may keep
 * something outside the container's directory, or NULL. The directory loses its name first, so that a container that is
 * half removed is never seen as one. What was half removed or never there is fine. */
int lx_leftover_erase(const struct lx_container *c, const char *root_path, struct lx_error *err);

/* Removes the container's runtime directory, and with it the lock file: whoever waits for that finds that it has gone. */
void lx_leftover_forget_run(const struct lx_container *c);

/* Is the container's directory what a killed create or destroy left: without configuration, or marked as partial? */
bool lx_leftover_is_partial(const struct lx_container *c);

/* Removes what killed commands left in the store. Failures are logged: the caller's command does not depend on it. */
void lx_leftover_sweep(const char *store);
