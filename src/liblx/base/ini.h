/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * INI text, line by line:
 *
 *     ; comment, # comment        [section]   [section label]        key = value      key =
 *
 * A value runs to the end of the line, white space at both ends removed; "..." keeps inner white space; a comment
 * starts with ";" or "#" at the beginning of a line or with " ;" or " #" after a value. A backslash at the end of a
 * line joins the next.
 */
#pragma once

#include "base/error.h"

struct ini_line {
	const char *file;    /* as given, for messages */
	unsigned line;       /* 1-based, of the key */
	const char *section; /* NULL before the first header */
	const char *label;   /* NULL when the header has none */
	const char *key;     /* NULL: this is the header itself */
	const char *value;   /* "" when empty */
};

/* Called for every header and every key. A negative return ends the walk and is returned. */
typedef int (*ini_fn)(const struct ini_line *line, void *userdata, struct lx_error *err);

/* Malformed text is reported as "<file>:<line>: ...". When errors is set, syntax errors are passed there and the walk goes on. */
typedef void (*ini_error_fn)(const struct lx_error *err, void *userdata);
int ini_parse(const char *file, const char *text, ini_fn fn, ini_error_fn errors, void *userdata, struct lx_error *err);

/* Quotes a value where it must be quoted to be read back as it is; new memory. */
char *ini_quote(const char *value);
