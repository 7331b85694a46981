/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Options of the commands, as rows. From one row come the parser, --help, the synopsis and the options of the manual page,
 * and completion; so they cannot disagree. A row says where its value goes: an offset into the command's struct of values,
 * which begins with struct lx_common.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

struct lx_command;

enum lx_option_kind {
	LX_OPTION_FLAG,   /* bool: true */
	LX_OPTION_BITS,   /* unsigned: |= .value */
	LX_OPTION_TEXT,   /* const char *: the argument */
	LX_OPTION_LIST,   /* char **: the argument is added, as "<prefix>=ARGUMENT" where the row has a prefix */
	LX_OPTION_NUMBER, /* int64_t: zero or more */
	LX_OPTION_TIME,   /* uint64_t: microseconds; "-1" is "infinity" */
	LX_OPTION_WORD,   /* unsigned: the value of one of .words */
	LX_OPTION_SET,    /* unsigned: |= the values of several of .words, A|B or A,B; a missing optional argument is all of them */
};

/* What may be typed at a place; dynamic kinds are answered by lx-complete. */
enum lx_completion {
	LX_COMPLETE_NOTHING,
	LX_COMPLETE_FILE,
	LX_COMPLETE_DIRECTORY,
	LX_COMPLETE_CONTAINER,
	LX_COMPLETE_STOPPED,  /* containers in this state */
	LX_COMPLETE_ACTIVE,   /* containers that are not stopped */
	LX_COMPLETE_RUNNING,
	LX_COMPLETE_FROZEN,
	LX_COMPLETE_TEMPLATE,
	LX_COMPLETE_KEY,      /* configuration keys of a container */
	LX_COMPLETE_COMMAND,  /* verbs of lx */
};

struct lx_word {
	const char *name;
	unsigned value;
};

struct lx_option {
	char letter;                  /* 0: long form only */
	const char *name;
	const char *alias;            /* another long form that is understood but not shown */
	const char *argument;         /* its name in the help; NULL: takes none */
	bool optional;                /* the argument may be missing */
	enum lx_option_kind kind;
	size_t offset;
	unsigned value;
	const char *prefix;
	const struct lx_word *words;  /* ends with a NULL name */
	enum lx_completion complete;
	const char *doc;
};

/* .words of an option of kind WORD or SET accept any case. */
const struct lx_word *lx_word_find(const struct lx_word *words, const char *name);

/* The i-th row of a command: its own rows, then the common ones that it does not define itself. NULL at the end. */
const struct lx_option *lx_option_at(const struct lx_command *command, size_t i);
/* The row for "--name" (an alias too) or for a letter; NULL. */
const struct lx_option *lx_option_find(const struct lx_command *command, const char *name);
const struct lx_option *lx_option_find_letter(const struct lx_command *command, char letter);

/* Fills values from argv (argv[0] is skipped). Usage errors are -EINVAL with a sentence. */
int lx_option_parse(const struct lx_command *command, int argc, char **argv, void *values, struct lx_error *err);
/* Frees what parsing allocated in values. */
void lx_option_done(const struct lx_command *command, void *values);

/* "-t, --timeout=SECONDS", as the help and the manual show it; the caller frees it. */
char *lx_option_form(const struct lx_option *o);
void lx_option_print_usage(const struct lx_command *command, FILE *out);
void lx_option_print_help(const struct lx_command *command, FILE *out);
