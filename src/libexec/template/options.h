/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options that a template declares, and the words of a command line that give them values. Knows no Lua. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/vec.h"

enum template_option_type {
	TEMPLATE_STRING,
	TEMPLATE_BOOL,              /* --name, --no-name, --name=yes|no; values are "yes" and "no" */
	TEMPLATE_LIST,              /* words separated by commas; given twice, both count */
	TEMPLATE_PATH,              /* of the host; made absolute */
	TEMPLATE_OPTION_TYPE_MAX,
};
/* "string" ..., or -EINVAL. */
int template_option_type_find(const char *word);

struct template_option {
	char *name;                 /* without dashes */
	char letter;                /* short form, 0 = none */
	enum template_option_type type;
	char *help;
	char *word;                 /* what stands for the value in the help: SUITE; NULL = from the type */
	char *fallback;             /* for the help; NULL when there is none or it is computed */
	char **choices;             /* NULL = any value */
	bool configure_only;        /* not part of the image's key */
	char *value;                /* after template_options_parse(); NULL = not given */
};
typedef VEC(struct template_option) template_options;

void template_options_done(template_options *options);
struct template_option *template_options_find(template_options *options, const char *name);

/* Gives values to options from args (NULL-terminated). A word that is no option, a missing value or one that is not among
 * the choices is an error. */
int template_options_parse(template_options *options, char *const *args, struct lx_error *err);
/* One line for each option. */
void template_options_print_help(const template_options *options, FILE *f);
/* "--name", one on a line. */
void template_options_print_words(const template_options *options, FILE *f);
