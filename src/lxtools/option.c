/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Option rows, read: getopt_long() gets its two tables from them and each kind has one small function that stores a value.
 *
 * Words are taken in order (getopt's "-"), so that "lx-attach web ls -l" hands "-l" to ls: for a command that runs another
 * one, the first word that is not the name ends the parsing.
 */
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"

#include "command.h"

#define COMMON(m) .offset = offsetof(struct lx_common, m)

static const struct lx_option common_options[] = {
	{ 'n', "name", .argument = "NAME", .kind = LX_OPTION_TEXT, COMMON(name), .complete = LX_COMPLETE_CONTAINER,
	  .doc = "The container. The first word does the same." },
	{ 'P', "path", .alias = "lxcpath", .argument = "DIRECTORY", .kind = LX_OPTION_TEXT, COMMON(path),
	  .complete = LX_COMPLETE_DIRECTORY, .doc = "Where containers are kept, in place of paths.containers of lx.conf." },
	{ 'o', "logfile", .argument = "FILE", .kind = LX_OPTION_TEXT, COMMON(log_file), .complete = LX_COMPLETE_FILE,
	  .doc = "Write log messages to this file." },
	{ 'l', "logpriority", .argument = "LEVEL", .kind = LX_OPTION_TEXT, COMMON(log_level),
	  .doc = "Least important messages that are logged: ERROR, WARN, NOTICE, INFO, DEBUG or TRACE." },
	{ 'q', "quiet", .kind = LX_OPTION_FLAG, COMMON(quiet), .doc = "Say nothing on standard error." },
	{ 0, "rcfile", .argument = "FILE", .kind = LX_OPTION_TEXT, COMMON(rcfile), .complete = LX_COMPLETE_FILE,
	  .doc = "Read this file in place of the container's own configuration." },
	{ 'h', "help", .kind = LX_OPTION_FLAG, COMMON(help), .doc = "Show this text. -? does the same." },
	{ 0, "usage", .kind = LX_OPTION_FLAG, COMMON(usage), .doc = "Show the usage line." },
	{ 0, "version", .kind = LX_OPTION_FLAG, COMMON(version), .doc = "Show the version." },
};

const struct lx_word *lx_word_find(const struct lx_word *words, const char *name)
{
	for (; words->name; words++)
		if (strcasecmp(words->name, name) == 0)
			return words;

	return NULL;
}

/* A common row is left out where the command has a row of that name or letter. */
static bool is_replaced(const struct lx_command *command, const struct lx_option *common)
{
	for (size_t i = 0; i < command->n_options; i++) {
		const struct lx_option *o = &command->options[i];

		if (str_equal(o->name, common->name) || (o->letter && o->letter == common->letter))
			return true;
	}

	return false;
}

const struct lx_option *lx_option_at(const struct lx_command *command, size_t i)
{
	if (i < command->n_options)
		return &command->options[i];

	i -= command->n_options;
	for (size_t k = 0; k < array_size(common_options); k++)
		if (!is_replaced(command, &common_options[k]) && i-- == 0)
			return &common_options[k];

	return NULL;
}

#define for_each_option(o, command) \
	for (size_t _i = 0; (o = lx_option_at(command, _i)); _i++)

const struct lx_option *lx_option_find(const struct lx_command *command, const char *name)
{
	const struct lx_option *o;

	for_each_option(o, command)
		if (str_equal(o->name, name) || (o->alias && str_equal(o->alias, name)))
			return o;

	return NULL;
}

const struct lx_option *lx_option_find_letter(const struct lx_command *command, char letter)
{
	const struct lx_option *o;

	if (letter == '?')
		letter = 'h';
	for_each_option(o, command)
		if (o->letter && o->letter == letter)
			return o;

	return NULL;
}

/* ---- one function for each kind ------------------------------------------------------------------------------ */

static int store_flag(const struct lx_option *o _unused_, const char *text _unused_, void *field)
{
	*(bool *)field = true;
	return 0;
}

static int store_bits(const struct lx_option *o, const char *text _unused_, void *field)
{
	*(unsigned *)field |= o->value;
	return 0;
}

static int store_text(const struct lx_option *o _unused_, const char *text, void *field)
{
	*(const char **)field = text;
	return 0;
}

static int store_list(const struct lx_option *o, const char *text, void *field)
{
	if (o->prefix)
		return strv_appendf(field, "%s=%s", o->prefix, text);

	return strv_append(field, text);
}

static int store_number(const struct lx_option *o _unused_, const char *text, void *field)
{
	uint64_t number;
	int r;

	r = parse_uint(text, &number);
	if (r < 0)
		return r;
	if (number > INT64_MAX)
		return -ERANGE;

	*(int64_t *)field = (int64_t)number;
	return 0;
}

static int store_time(const struct lx_option *o _unused_, const char *text, void *field)
{
	return time_parse(str_equal(text, "-1") ? "infinity" : text, field);
}

static int store_word(const struct lx_option *o, const char *text, void *field)
{
	const struct lx_word *word = lx_word_find(o->words, text);

	if (!word)
		return -EINVAL;

	*(unsigned *)field = word->value;
	return 0;
}

static int store_set(const struct lx_option *o, const char *text, void *field)
{
	_cleanup_strv_ char **names = NULL;
	unsigned all = 0, chosen = 0;
	int r;

	for (const struct lx_word *w = o->words; w->name; w++)
		all |= w->value;

	r = strv_split(text ?: "", "|,", &names);
	if (r < 0)
		return r;
	strv_for_each(name, names) {
		const struct lx_word *word = lx_word_find(o->words, name);

		if (!word)
			return -EINVAL;
		chosen |= word->value;
	}
	if (text && !chosen)
		return -EINVAL;

	*(unsigned *)field |= text ? chosen : all;
	return 0;
}

static int (*const store[])(const struct lx_option *o, const char *text, void *field) = {
	[LX_OPTION_FLAG] = store_flag,
	[LX_OPTION_BITS] = store_bits,
	[LX_OPTION_TEXT] = store_text,
	[LX_OPTION_LIST] = store_list,
	[LX_OPTION_NUMBER] = store_number,
	[LX_OPTION_TIME] = store_time,
	[LX_OPTION_WORD] = store_word,
	[LX_OPTION_SET] = store_set,
};

static const char *const expected[] = {
	[LX_OPTION_NUMBER] = "a number",
	[LX_OPTION_TIME] = "a time such as 30 or 1min",
};

static int say_bad_value(const struct lx_option *o, const char *text, int code, struct lx_error *err)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_free_ char *list = NULL;

	if (code == -ENOMEM)
		return lx_error_oom(err);
	for (const struct lx_word *w = o->words; w && w->name; w++)
		if (strv_append(&names, w->name) < 0)
			return lx_error_oom(err);
	list = strv_join(names, ", ");
	if (!list)
		return lx_error_oom(err);

	return lx_error_say(err, -EINVAL, "option --%s: \"%s\" is not %s%s", o->name, text,
			    o->words ? "one of " : expected[o->kind], list);
}

static int store_value(const struct lx_option *o, const char *text, void *values, struct lx_error *err)
{
	int r;

	r = store[o->kind](o, text, (char *)values + o->offset);
	if (r < 0)
		return say_bad_value(o, text, r, err);

	return 0;
}

/* ---- the line ------------------------------------------------------------------------------------------------ */

/* What getopt_long() wants, made of the rows. Long options answer with LONG_BASE + the index of the row. */
enum { LONG_BASE = 256, OPTIONS_MAX = 64 };

struct getopt_tables {
	char letters[2 + 3 * OPTIONS_MAX + 2];
	struct option longs[2 * OPTIONS_MAX + 1];
};

static void make_tables(const struct lx_command *command, struct getopt_tables *t)
{
	static const int modes[] = { no_argument, required_argument, optional_argument };
	struct option *next = t->longs;
	char *letter = t->letters;
	const struct lx_option *o;

	/* Words in order, errors told by us. */
	*letter++ = '-';
	*letter++ = ':';
	for (int i = 0; i < OPTIONS_MAX && (o = lx_option_at(command, i)); i++) {
		int takes = !o->argument ? 0 : o->optional ? 2 : 1;

		if (o->letter) {
			*letter++ = o->letter;
			for (int k = 0; k < takes; k++)
				*letter++ = ':';
		}
		*next++ = (struct option){ o->name, modes[takes], NULL, LONG_BASE + i };
		if (o->alias)
			*next++ = (struct option){ o->alias, modes[takes], NULL, LONG_BASE + i };
	}
	*letter = '\0';
	*next = (struct option){ 0 };
}

static const struct lx_option *option_of(const struct lx_command *command, int found)
{
	return found >= LONG_BASE ? lx_option_at(command, found - LONG_BASE) : lx_option_find_letter(command, found);
}

/* The long name nearest to a mistyped "--name" or "--name=value". */
static const char *nearest_name(const struct lx_command *command, const char *word)
{
	_cleanup_free_ char *name = strndup(word + 2, strcspn(word + 2, "="));
	const char *names[OPTIONS_MAX + 1] = { NULL };
	const struct lx_option *o;

	for (size_t i = 0; i < OPTIONS_MAX && (o = lx_option_at(command, i)); i++)
		names[i] = o->name;

	return name ? str_nearest(name, names) : NULL;
}

static int say_unknown(const struct lx_command *command, char *const *argv, struct lx_error *err)
{
	const char *word = argv[optind - 1], *nearest;

	if (optopt >= LONG_BASE)
		return lx_error_say(err, -EINVAL, "option --%s takes no value", option_of(command, optopt)->name);
	if (optopt > 0)
		return lx_error_say(err, -EINVAL, "there is no option -%c", optopt);

	lx_error_say(err, -EINVAL, "there is no option %s", word);
	nearest = nearest_name(command, word);
	if (nearest)
		lx_error_advise(err, "the nearest is --%s", nearest);
	return -EINVAL;
}

static int say_no_value(const struct lx_command *command, struct lx_error *err)
{
	const struct lx_option *o = option_of(command, optopt);

	return lx_error_say(err, -EINVAL, "option --%s needs a value: %s", o->name, o->argument);
}

/* One word that is not an option: the name, an operand, or the start of a command. Positive when parsing ends here. */
static int take_word(const struct lx_command *command, char **argv, struct lx_common *common, struct lx_error *err)
{
	char **rest = argv + optind - 1;

	if (command->takes_command && (common->name || common->words)) {
		common->tail = rest;
		return 1;
	}
	if (strv_append(&common->words, optarg) < 0)
		return lx_error_oom(err);

	return 0;
}

/* One answer of getopt_long(). Positive when parsing ends here. */
static int take(const struct lx_command *command, int found, char **argv, void *values, struct lx_error *err)
{
	if (found == 1)
		return take_word(command, argv, values, err);
	if (found == ':')
		return say_no_value(command, err);
	if (found == '?' && optopt != '?')
		return say_unknown(command, argv, err);

	return store_value(option_of(command, found), optarg, values, err);
}

static int parse_line(const struct lx_command *command, int argc, char **argv, void *values, struct lx_error *err)
{
	struct lx_common *common = values;
	struct getopt_tables tables;
	int found, r;

	make_tables(command, &tables);
	optind = 0; /* start over, glibc's way: parsing may happen more than once in a process */
	opterr = 0;
	while ((found = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1) {
		r = take(command, found, argv, values, err);
		if (r != 0)
			return MIN_OF(r, 0);
	}
	if (optind < argc)
		common->tail = argv + optind;

	return 0;
}

/* Do the words fit what the command takes? */
static int check_operands(const struct lx_command *command, const struct lx_common *common, struct lx_error *err)
{
	size_t n = strv_length(common->words);
	bool named = common->name || n > 0;

	if (common->help || common->usage || common->version || command->operands == LX_OPERANDS_WORDS)
		return 0;
	if (common->tail && !command->takes_tail && !command->takes_command)
		return lx_error_say(err, -EINVAL, "\"%s\": this command takes nothing after --", common->tail[0]);
	if (command->operands == LX_OPERANDS_NONE)
		return n == 0 ? 0 : lx_error_say(err, -EINVAL, "\"%s\": this command takes no such word", common->words[0]);
	if (!named)
		return lx_error_say(err, -EINVAL, "no container is named; give its name as the first word or with -n");
	if (command->operands == LX_OPERANDS_NAME && n > (common->name ? 0 : 1))
		return lx_error_say(err, -EINVAL, "\"%s\": one container only", common->words[n - 1]);

	return 0;
}

int lx_option_parse(const struct lx_command *command, int argc, char **argv, void *values, struct lx_error *err)
{
	struct lx_common *common = values;
	int r;

	r = parse_line(command, argc, argv, values, err);
	if (r < 0)
		return r;
	r = check_operands(command, common, err);
	if (r < 0)
		return r;

	if (command->operands == LX_OPERANDS_NAME && !common->name && common->words)
		common->name = common->words[0];
	return 0;
}

void lx_option_done(const struct lx_command *command, void *values)
{
	struct lx_common *common = values;
	const struct lx_option *o;

	for_each_option(o, command)
		if (o->kind == LX_OPTION_LIST) {
			char ***list = (char ***)((char *)values + o->offset);

			strv_free(take_ptr(*list));
		}
	strv_free(take_ptr(common->words));
}
