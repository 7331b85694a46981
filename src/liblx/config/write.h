/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A target as text. */
#pragma once

#include "config/schema.h"

/* What differs from the defaults, as a file that reads back to the same values. */
int lx_schema_write(const struct lx_schema *schema, const void *target, char **ret, struct lx_error *err);
