/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What store.c and container.c share; the interface of the folder is container/container.h. */
#pragma once

#include "container/container.h"

/* The directory that path (NULL: the configured one) means. The configured store has one spelling: however path writes it,
 * the answer is that of lx.conf. */
int lx_store_resolve(const struct lx_settings *settings, const char *path, char **ret, struct lx_error *err);
/* Is name a whole container of the store? */
bool lx_store_has(int store_fd, const char *name);
