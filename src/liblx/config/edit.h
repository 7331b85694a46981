/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changing one key in the text of a file. */
#pragma once

#include "config/schema.h"

/* The text with key set to values (NULL: removed), all else byte for byte. With clear a list is emptied first, so that it
 * gets nothing from included files. A name without key removes the whole section. */
struct lx_edit {
	const struct lx_key_name *name;
	char *const *values;
	bool add;                    /* one more for a list */
	bool clear;
};
int lx_edit_apply(const char *file, const char *text, const struct lx_edit *edit, char **ret, struct lx_error *err);
