/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A command is a const object: its words for people, its option rows, and what it does. main.c finds it by the name it
 * was called by, parses the line by its rows, and calls it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

#include "lx.h"
#include "option.h"

DEFINE_CLEANUP(struct lx_container *, lx_container_close)
#define _cleanup_container_ _cleanup_(lx_container_closep)

enum lx_operands {
	LX_OPERANDS_NONE,  /* no word but the ones of the options */
	LX_OPERANDS_NAME,  /* one container, by -n or the first word */
	LX_OPERANDS_NAMES, /* one or more containers; patterns with * ? [ ] stand for those that match */
	LX_OPERANDS_WORDS, /* words that the command reads itself */
};

/* What every command understands; the first member of each struct of values. */
struct lx_common {
	const char *name;
	const char *path;
	const char *log_file;
	const char *log_level;
	const char *rcfile;
	char **define;        /* rows of commands that can lay values over the configuration */
	bool quiet;
	bool help, usage, version;
	char **words;         /* operands; the name is the first of them when it was not given by -n */
	char **tail;          /* the words after "--", or a command with its arguments; into argv, NULL when there is none */
};

/* Values of commands without options of their own. */
struct lx_no_values {
	struct lx_common common;
};

enum lx_rootless {
	LX_ROOTLESS_AS_IS, /* works with the user's rights */
	LX_ROOTLESS_JOIN,  /* in the namespace of the user's containers, if any runs */
	LX_ROOTLESS_ENTER, /* in it; made when nobody is */
};

struct lx_command {
	const char *name;                 /* "lx-start" */
	const char *summary;              /* one line, lower case, no full stop */
	const char *synopsis;             /* what follows the options in the usage line: "NAME [-- COMMAND [ARGUMENT...]]" */
	const struct lx_option *options;
	size_t n_options;
	enum lx_operands operands;
	enum lx_completion complete;      /* of the operands */
	const struct lx_word *verbs;      /* first words that a command of LX_OPERANDS_WORDS understands, for completion */
	bool takes_command;               /* a word after the name starts a command that is not ours to parse */
	bool takes_tail;                  /* words after "--" mean something */
	enum lx_rootless rootless;        /* for a user who is not root */
	bool hidden;                      /* not typed by people: in no list */
	size_t size;                      /* of the struct of values */
	const void *defaults;             /* a struct of values; NULL: all zero */

	/* Exactly one of the two. Exit code, or a negative errno with *err filled, which becomes one line and exit code 1.
	 * verb is called for each container that the operands name, run once. */
	int (*verb)(struct lx_container *c, const void *values, struct lx_error *err);
	int (*run)(const void *values, struct lx_error *err);
	/* Exit code for an error of verb or run; NULL: always 1. */
	int (*exit_code)(int r);
	/* Prints more help after --help when it returns; NULL: nothing more. */
	int (*more_help)(const void *values, struct lx_error *err);
};

#define LX_ROWS(rows) .options = rows, .n_options = sizeof(rows) / sizeof((rows)[0])

/* command.c: all commands by name, NULL at the end. */
extern const struct lx_command *const lx_commands[];
/* "lx-start" or "start"; NULL. */
const struct lx_command *lx_command_find(const char *name);
/* The name without "lx-": the word after "lx". */
const char *lx_command_verb(const struct lx_command *command);
/* Parses the line, sets up messages, runs, reports. Returns the exit code. */
int lx_command_run(const struct lx_command *command, int argc, char **argv);

/* Puts "<name>: " before the sentence, unless it begins with the name or with "container <name>". */
void lx_command_name_error(struct lx_error *err, const char *name);
/* One line on stderr, unless quiet: "lx-start: <sentence>". */
void lx_command_report(const struct lx_command *command, const struct lx_common *common, const struct lx_error *err);

/* select.c: containers by name or pattern. */
int lx_select_names(const char *path, char *const *words, char ***ret, struct lx_error *err);
/* Opens one and lays what the common options say over it. */
int lx_select_open(const struct lx_common *common, const char *name, struct lx_container **ret, struct lx_error *err);
/* Calls the command's verb for each container that is named; the highest exit code. */
int lx_select_each(const struct lx_command *command, const void *values, struct lx_error *err);

/* The commands, one file each. */
extern const struct lx_command lx_attach_command, lx_audit_command, lx_autostart_command, lx_checkconfig_command, lx_complete_command,
	lx_config_command, lx_console_command, lx_create_command, lx_destroy_command, lx_execute_command, lx_freeze_command, lx_gc_command,
	lx_info_command, lx_ls_command, lx_net_command, lx_start_command, lx_stop_command, lx_unfreeze_command,
	lx_wait_command;
