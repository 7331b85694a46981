/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-config: the configuration of a container, and settings of the host. */
#include <stdlib.h>

#include "base/str.h"
#include "base/strv.h"

#include "command.h"
#include "print.h"

struct config {
	struct lx_common common;
	bool list_host, all, origins, add;
	unsigned format;
};

#define FIELD(m) .offset = offsetof(struct config, m)

static const struct lx_option options[] = {
	{ 'l', "list", .kind = LX_OPTION_FLAG, FIELD(list_host), .doc = "Print the keys of lx.conf." },
	{ 'a', "all", .kind = LX_OPTION_FLAG, FIELD(all), .doc = "With list: the defaults too." },
	{ 0, "origins", .kind = LX_OPTION_FLAG, FIELD(origins), .doc = "With list: where each value comes from." },
	{ 0, "add", .kind = LX_OPTION_FLAG, FIELD(add), .doc = "With set: one more value of a list, the others stay." },
	LX_FORMAT_ROW(struct config),
	/* The letter is taken by LXC's -l above. */
	{ 0, "logpriority", .argument = "LEVEL", .kind = LX_OPTION_TEXT, FIELD(common.log_level),
	  .doc = "Least important messages that are logged: ERROR, WARN, NOTICE, INFO, DEBUG or TRACE." },
};

#undef FIELD

/* ---- verbs on a container ------------------------------------------------------------------------------------ */

static int get(struct lx_container *c, const struct config *v _unused_, char *const *words, struct lx_error *err)
{
	strv_for_each(key, words) {
		_cleanup_free_ char *value = NULL;
		int r;

		r = lx_config_get(c, key, &value, err);
		if (r < 0)
			return r;
		puts(value);
	}

	return 0;
}

static int set(struct lx_container *c, const struct config *v, char *const *words, struct lx_error *err)
{
	return lx_config_set(c, words[0], words[1], v->add, err);
}

static int unset(struct lx_container *c, const struct config *v _unused_, char *const *words, struct lx_error *err)
{
	strv_for_each(key, words) {
		int r;

		r = lx_config_unset(c, key, err);
		if (r < 0)
			return r;
	}

	return 0;
}

static void print_lines(char *const *lines)
{
	strv_for_each(line, lines)
		puts(line);
}

/* "key = value" lines as a table of the two. */
static int print_pairs(char *const *lines, struct lx_error *err)
{
	static const char *const titles[] = { "KEY", "VALUE" };
	struct lx_table table = { .titles = titles, .n_columns = array_size(titles) };
	int r = 0;

	strv_for_each(line, lines) {
		struct lx_cell *cells = lx_table_add(&table);
		char *middle = strstr(line, " = ");

		if (!cells || r < 0) {
			r = -ENOMEM;
			break;
		}
		r = lx_cell_set_text(&cells[1], middle ? middle + 3 : "");
		if (middle)
			*middle = '\0';
		r = MIN_OF(r, lx_cell_set_text(&cells[0], line));
	}
	r = r < 0 ? lx_error_oom(err) : lx_table_print_json(&table, err);
	lx_table_done(&table);

	return r;
}

static int list(struct lx_container *c, const struct config *v, char *const *words _unused_, struct lx_error *err)
{
	bool json = v->format == LX_FORMAT_JSON;
	_cleanup_strv_ char **lines = NULL;
	int r;

	r = lx_config_list(c, v->all, v->origins && !json, &lines, err);
	if (r < 0)
		return r;
	if (json)
		return print_pairs(lines, err);

	print_lines(lines);
	return 0;
}

static int check(struct lx_container *c, const struct config *v _unused_, char *const *words _unused_, struct lx_error *err)
{
	_cleanup_strv_ char **mistakes = NULL;
	int r;

	r = lx_config_check(c, &mistakes, err);
	if (r < 0)
		return r;

	print_lines(mistakes);
	return r > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int diff(struct lx_container *c, const struct config *v, char *const *words, struct lx_error *err)
{
	_cleanup_container_ struct lx_container *other = NULL;
	_cleanup_strv_ char **lines = NULL;
	int r;

	if (words && words[0]) {
		r = lx_container_open(v->common.path, words[0], &other, err);
		if (r < 0)
			return r;
	}
	r = lx_config_diff(c, other, &lines, err);
	if (r < 0)
		return r;

	print_lines(lines);
	return 0;
}

struct verb {
	const char *name;
	const char *usage;
	size_t min, max; /* words after the container */
	int (*run)(struct lx_container *c, const struct config *v, char *const *words, struct lx_error *err);
};

static const struct verb verbs[] = {
	{ "get", "NAME KEY...", 1, SIZE_MAX, get },
	{ "set", "NAME KEY VALUE", 2, 2, set },
	{ "unset", "NAME KEY...", 1, SIZE_MAX, unset },
	{ "list", "NAME", 0, 0, list },
	{ "check", "NAME", 0, 0, check },
	{ "diff", "NAME [OTHER]", 0, 1, diff },
};

/* For completion; describe takes no container. */
static const struct lx_word verb_words[] = {
	{ "get", 0 }, { "set", 0 }, { "unset", 0 }, { "list", 0 }, { "check", 0 }, { "diff", 0 }, { "describe", 0 }, { NULL, 0 },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < array_size(verbs); i++)
		if (str_equal(verbs[i].name, name))
			return &verbs[i];

	return NULL;
}

static int run_verb(const struct verb *verb, const struct config *v, char *const *words, struct lx_error *err)
{
	_cleanup_container_ struct lx_container *c = NULL;
	const char *name = v->common.name ?: *words++;
	size_t n = name ? strv_length(words) : 0;
	int r;

	if (!name || n < verb->min || n > verb->max)
		return lx_error_say(err, -EINVAL, "%s wants: %s; see lx-config --help", verb->name, verb->usage);
	r = lx_select_open(&v->common, name, &c, err);
	if (r >= 0)
		r = verb->run(c, v, words, err);
	if (r < 0)
		lx_command_name_error(err, name);

	return r;
}

/* ---- without a container ------------------------------------------------------------------------------------- */

static int print_description(const char *what, const char *key, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = lx_config_describe(what, key, &text, err);
	if (r < 0)
		return r;

	fputs(text, stdout);
	return 0;
}

/* Names that LXC's users know. */
static const struct {
	const char *lxc, *key;
} host_names[] = {
	{ "lxc.lxcpath", "paths.containers" },
};

static int print_host_value(const char *key, struct lx_error *err)
{
	_cleanup_free_ char *value = NULL;
	int r;

	for (size_t i = 0; i < array_size(host_names); i++)
		if (str_equal(host_names[i].lxc, key))
			key = host_names[i].key;
	r = lx_host_config_get(key, &value, err);
	if (r < 0)
		return r;

	puts(value);
	return 0;
}

/* What follows "--" are words too, also those that begin with "-": lx-config set web security.oom-score-adj -- -500 */
static int run(const void *values, struct lx_error *err)
{
	const struct config *v = values;
	_cleanup_strv_ char **words = NULL;
	const struct verb *verb;
	size_t n;

	if (strv_extend(&words, v->common.words) < 0 || strv_extend(&words, v->common.tail) < 0)
		return lx_error_oom(err);
	n = strv_length(words);
	if (v->list_host)
		return print_description("host-keys", NULL, err);
	if (n == 0)
		return lx_error_say(err, -EINVAL, "a verb or a key of lx.conf is needed; see lx-config --help");
	verb = find_verb(words[0]);
	if (verb)
		return run_verb(verb, v, words + 1, err);
	if (str_equal(words[0], "describe") && n <= 2)
		return print_description(v->format == LX_FORMAT_JSON ? "json" : "text", words[1], err);
	if (n == 1)
		return print_host_value(words[0], err);

	return lx_error_say(err, -EINVAL, "\"%s\" is none of get, set, unset, list, check, diff and describe", words[0]);
}

static int verbs_help(const void *values _unused_, struct lx_error *err _unused_)
{
	puts("\nVerbs:");
	for (size_t i = 0; i < array_size(verbs); i++)
		printf("  %s %s\n", verbs[i].name, verbs[i].usage);
	puts("  describe [KEY]\nA key of lx.conf alone prints its value.");
	return 0;
}

const struct lx_command lx_config_command = {
	.name = "lx-config",
	.summary = "read, change and check configuration",
	.synopsis = "VERB [NAME] [KEY [VALUE]]",
	LX_ROWS(options),
	.operands = LX_OPERANDS_WORDS,
	.verbs = verb_words,
	.complete = LX_COMPLETE_KEY,
	.size = sizeof(struct config),
	.run = run,
	.more_help = verbs_help,
};
