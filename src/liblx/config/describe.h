/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The schema as text: for people, for manual pages, for completion, for programs. */
#pragma once

#include "base/buf.h"
#include "config/schema.h"

/* what: "text", "man-container", "man-host", "man-users", "keys", "host-keys", "sample-host" (lx.conf), "json". key narrows "text" and "json" to a key
 * (section.key, the label may be left out) or a section; NULL: all. */
int lx_describe(const char *what, const char *key, char **ret, struct lx_error *err);

/* What the forms are made of. */
struct lx_key_description {
	char *syntax;
	char *fallback;              /* sentence after "Default: "; NULL: none */
};
void lx_key_description_done(struct lx_key_description *d);
int lx_key_describe(const struct lx_key *key, struct lx_key_description *ret);

/* describe-man.c */
int lx_describe_man(const struct lx_schema *schema, struct buf *out);
/* describe-json.c; section and key NULL: all */
int lx_describe_json(const struct lx_schema *const *schemas, const struct lx_section *section, const struct lx_key *key, struct buf *out);
