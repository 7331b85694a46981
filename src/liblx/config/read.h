/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a file and what belongs to it into the target of any schema. */
#pragma once

#include "config/schema.h"

struct lx_read {
	const char *file;            /* the main file; its drop-ins are in FILE.d */
	const char *below;           /* read before it, with its drop-ins; a missing one is fine; NULL */
	const char *text;            /* in place of what the main file holds; NULL: read it */
	bool of_root;                /* the main file and its drop-ins must be; what they include is their word */
	bool optional;               /* a missing main file is an empty one */
	char *const *assignments;    /* "key=value" laid over all files */
	char ***problems;            /* not NULL: walk on and append every mistake */
};
/* With problems, 0 also when there were mistakes; *ret is what could be read. */
int lx_schema_read(const struct lx_schema *schema, const struct lx_read *options, void **ret, struct lx_error *err);
