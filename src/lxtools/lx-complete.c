/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lx-complete: what may be typed at one place of a command line, one word on each line, from the same option rows that
 * parse it. The shells' completion functions (config/completion/) call it: "lx complete INDEX WORD...", where WORD are the
 * words of the line and INDEX says which of them is being typed. The shell picks those that begin with what is there. A
 * line ":file", ":directory" or ":command" asks the shell for its own completion.
 *
 * Errors are silent: nothing useful can be said in the middle of somebody's typing.
 */
#include <stdlib.h>

#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"

#include "command.h"

/* What the words before the place say. */
struct line {
	const struct lx_command *command;
	char **words;                     /* words[0] is the command */
	size_t index;                     /* of the word being typed; may be one past the end */
	const struct lx_option *wants;    /* the option whose value is being typed */
	const char *path, *template_name; /* values of --path and --template */
	size_t operands;
	bool after_dashes;
};

static const char *current_word(const struct line *l)
{
	const char *word = l->words[l->index];

	return word && !str_equal(word, "=") ? word : "";
}

/* ---- dynamic words ------------------------------------------------------------------------------------------- */

static bool fits(enum lx_completion kind, enum lx_state state)
{
	switch (kind) {
	case LX_COMPLETE_STOPPED:
		return state == LX_STATE_STOPPED;
	case LX_COMPLETE_ACTIVE:
		return state != LX_STATE_STOPPED;
	case LX_COMPLETE_RUNNING:
		return state == LX_STATE_RUNNING;
	case LX_COMPLETE_FROZEN:
		return state == LX_STATE_FROZEN;
	default:
		return true;
	}
}

static void print_containers(const struct line *l, enum lx_completion kind)
{
	_cleanup_strv_ char **names = NULL;

	if (lx_store_list(l->path, &names, NULL) < 0)
		return;
	strv_for_each(name, names) {
		_cleanup_container_ struct lx_container *c = NULL;
		enum lx_state state;

		if (kind != LX_COMPLETE_CONTAINER &&
		    (lx_container_open(l->path, name, &c, NULL) < 0 || lx_container_get_state(c, &state, NULL) < 0 ||
		     !fits(kind, state)))
			continue;
		puts(name);
	}
}

static void print_list(char *const *words)
{
	strv_for_each(word, words)
		puts(word);
}

static void print_templates(void)
{
	_cleanup_strv_ char **names = NULL;

	if (lx_template_list(&names, NULL) >= 0)
		print_list(names);
}

static void print_template_words(const char *name)
{
	_cleanup_strv_ char **words = NULL;

	if (name && lx_template_words(name, &words, NULL) >= 0)
		print_list(words);
}

static void print_keys(const char *what)
{
	_cleanup_free_ char *text = NULL;

	if (lx_config_describe(what, NULL, &text, NULL) >= 0)
		fputs(text, stdout);
}

static void print_commands(void)
{
	for (const struct lx_command *const *c = lx_commands; *c; c++)
		if (!(*c)->hidden)
			puts(lx_command_verb(*c));
	puts("help");
}

static void print_kind(const struct line *l, enum lx_completion kind)
{
	switch (kind) {
	case LX_COMPLETE_NOTHING:
		return;
	case LX_COMPLETE_FILE:
		puts(":file");
		return;
	case LX_COMPLETE_DIRECTORY:
		puts(":directory");
		return;
	case LX_COMPLETE_TEMPLATE:
		print_templates();
		return;
	case LX_COMPLETE_KEY:
		print_keys("keys");
		return;
	case LX_COMPLETE_COMMAND:
		print_commands();
		return;
	default:
		print_containers(l, kind);
	}
}

/* ---- the place ----------------------------------------------------------------------------------------------- */

/* The option that a word before the place is, and in *ret_open whether its value is the next word. */
static const struct lx_option *read_option(const struct lx_command *command, const char *word, bool *ret_open)
{
	const struct lx_option *o = NULL;
	const char *name = str_after(word, "--");

	*ret_open = false;
	if (name) {
		_cleanup_free_ char *copy = strndup(name, strcspn(name, "="));

		o = copy ? lx_option_find(command, copy) : NULL;
		*ret_open = o && o->argument && !o->optional && !strchr(name, '=');
	} else if (word[0] == '-' && word[1]) {
		o = lx_option_find_letter(command, word[1]);
		*ret_open = o && o->argument && !o->optional && !word[2];
	}

	return o;
}

static const char *joined_value(const char *word)
{
	const char *equals = str_after(word, "--") ? strchr(word, '=') : NULL;

	return equals ? equals + 1 : str_after(word, "--") || !word[1] || !word[2] ? NULL : word + 2;
}

static void note_value(struct line *l, const struct lx_option *o, const char *value)
{
	if (str_equal(o->name, "path"))
		l->path = value;
	else if (str_equal(o->name, "template"))
		l->template_name = value;
	else if (str_equal(o->name, "name"))
		l->operands++;
}

/* bash hands "--wait=run" over as three words: --wait = run. */
static size_t skip_equals(const struct line *l, size_t i)
{
	return i + 1 < l->index && str_equal(l->words[i + 1], "=") ? i + 1 : i;
}

static void read_words(struct line *l)
{
	for (size_t i = 1; i < l->index; i++) {
		const char *word = l->words[i], *value;
		const struct lx_option *o;
		bool open;

		if (str_equal(word, "--")) {
			l->after_dashes = true;
			return;
		}
		if (word[0] != '-' || !word[1]) {
			l->operands++;
			continue;
		}
		o = read_option(l->command, word, &open);
		value = joined_value(word);
		if (o && value)
			note_value(l, o, value);
		if (!open && !(o && o->argument && str_equal(l->words[i + 1], "=")))
			continue;
		i = skip_equals(l, i) + 1;
		if (i < l->index)
			note_value(l, o, l->words[i]);
		else
			l->wants = o;
	}
}

/* ---- answers ------------------------------------------------------------------------------------------------- */

static void print_values(const struct line *l, const struct lx_option *o, const char *before)
{
	if (!o->words) {
		print_kind(l, o->complete);
		return;
	}
	for (const struct lx_word *w = o->words; w->name; w++)
		printf("%s%s\n", before, w->name);
}

static void print_options(const struct lx_command *command)
{
	const struct lx_option *o;

	for (size_t i = 0; (o = lx_option_at(command, i)); i++) {
		if (o->letter)
			printf("-%c\n", o->letter);
		printf("--%s%s\n", o->name, o->argument && !o->optional ? "=" : "");
	}
}

/* "--wait=r" in one word, as zsh hands it over. */
static bool print_joined(const struct line *l, const char *word)
{
	_cleanup_free_ char *before = NULL;
	const char *value = joined_value(word);
	const struct lx_option *o;
	bool open;

	if (!value || !str_after(word, "--"))
		return false;
	o = read_option(l->command, word, &open);
	before = strndup(word, value - word);
	if (o && o->words && before)
		print_values(l, o, before);

	return true;
}

static void print_operands(const struct line *l)
{
	const struct lx_command *command = l->command;
	size_t verbs = command->verbs ? 1 : 0;

	if (verbs && l->operands == 0)
		for (const struct lx_word *w = command->verbs; w->name; w++)
			puts(w->name);
	else if (command->takes_command && l->operands > 0)
		puts(":command");
	else if (command->complete == LX_COMPLETE_KEY && l->operands == verbs && !str_equal(l->words[1], "describe"))
		print_containers(l, LX_COMPLETE_CONTAINER);
	else if (command->operands != LX_OPERANDS_NAME || l->operands == 0)
		print_kind(l, command->complete);
}

static void print_answer(const struct line *l)
{
	const char *word = current_word(l);

	if (l->after_dashes && l->command->takes_command)
		puts(":command");
	else if (l->after_dashes)
		print_template_words(l->template_name);
	else if (l->wants)
		print_values(l, l->wants, "");
	else if (word[0] == '-' && !print_joined(l, word))
		print_options(l->command);
	else if (word[0] != '-')
		print_operands(l);
}

static const struct lx_command *find_command(const char *word)
{
	const char *slash = strrchr(word, '/');

	return lx_command_find(slash ? slash + 1 : word);
}

static int run(const void *values, struct lx_error *err)
{
	const struct lx_common *common = values;
	size_t n = strv_length(common->tail);
	struct line line = { .words = common->tail };
	uint64_t index;

	if (!common->words || parse_uint(common->words[0], &index) < 0 || n == 0 || index == 0 || index > n)
		return lx_error_say(err, -EINVAL, "wanted: INDEX WORD...");
	if (str_equal(line.words[0], "lx")) {
		if (index == 1 || str_equal(line.words[1], "help")) {
			print_commands();
			return 0;
		}
		line.words++;
		index--;
	}
	line.index = index;
	line.command = find_command(line.words[0]);
	if (!line.command)
		return EXIT_FAILURE;

	read_words(&line);
	print_answer(&line);
	return 0;
}

const struct lx_command lx_complete_command = {
	.name = "lx-complete",
	.summary = "say what may be typed at a place of a command line",
	.synopsis = "INDEX WORD...",
	.operands = LX_OPERANDS_WORDS,
	.takes_command = true,
	.hidden = true,
	.size = sizeof(struct lx_no_values),
	.run = run,
};
