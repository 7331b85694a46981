/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option rows of all commands, and how a line is read by them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "base/str.h"

#include "../src/lxtools/command.h"

#define for_each_command(c) for (const struct lx_command *const *_c = lx_commands, *c; (c = *_c); _c++)

static void test_commands_are_sorted_and_found_by_both_names(void **state)
{
	const char *last = "";

	(void)state;
	for_each_command(c) {
		assert_true(strcmp(last, c->name) < 0);
		last = c->name;
		assert_ptr_equal(lx_command_find(c->name), c);
		assert_ptr_equal(lx_command_find(lx_command_verb(c)), c);
		assert_true(!c->verb != !c->run);
		assert_true(c->size >= sizeof(struct lx_common));
		assert_non_null(c->synopsis);
		assert_true(islower((unsigned char)c->summary[0]));
		assert_false(str_ends_with(c->summary, "."));
	}
	assert_null(lx_command_find("strat"));
}

static void check_row(const struct lx_command *c, const struct lx_option *o)
{
	bool stores_argument = o->kind != LX_OPTION_FLAG && o->kind != LX_OPTION_BITS;

	assert_non_null(o->name);
	assert_true(o->letter == 0 || isalnum((unsigned char)o->letter));
	assert_true(o->doc && isupper((unsigned char)o->doc[0]) && (str_ends_with(o->doc, ".") || str_ends_with(o->doc, ")")));
	assert_true(o->offset < c->size);
	assert_int_equal(o->argument != NULL, stores_argument);
	assert_int_equal(o->words != NULL, o->kind == LX_OPTION_WORD || o->kind == LX_OPTION_SET);
	assert_int_equal(o->kind == LX_OPTION_BITS, o->value != 0);
}

static void test_rows_are_complete_and_no_name_stands_twice(void **state)
{
	(void)state;
	for_each_command(c) {
		const struct lx_option *o, *other;

		for (size_t i = 0; (o = lx_option_at(c, i)); i++) {
			check_row(c, o);
			for (size_t k = 0; k < i; k++) {
				other = lx_option_at(c, k);
				assert_string_not_equal(o->name, other->name);
				assert_true(o->letter == 0 || o->letter != other->letter);
			}
		}
	}
}

static void test_every_command_has_the_common_options(void **state)
{
	static const char *const names[] = {
		"name", "path", "lxcpath", "logfile", "logpriority", "quiet", "rcfile", "help", "usage", "version",
	};

	(void)state;
	for_each_command(c)
		for (size_t i = 0; i < array_size(names); i++)
			assert_non_null(lx_option_find(c, names[i]));
}

/* ---- reading a line -------------------------------------------------------------------------------------------- */

enum mode { MODE_ONE, MODE_TWO };

static const struct lx_word modes[] = {
	{ "one", MODE_ONE },
	{ "two", MODE_TWO },
	{ NULL, 0 },
};
static const struct lx_word bits[] = {
	{ "RED", 1 },
	{ "BLUE", 2 },
	{ NULL, 0 },
};

struct values {
	struct lx_common common;
	bool flag;
	unsigned bits, mode, set;
	const char *text;
	char **list;
	int64_t number;
	uint64_t time;
};

#define FIELD(m) .offset = offsetof(struct values, m)

static const struct lx_option rows[] = {
	{ 'f', "flag", .kind = LX_OPTION_FLAG, FIELD(flag), .doc = "F." },
	{ 'b', "bits", .kind = LX_OPTION_BITS, FIELD(bits), .value = 4, .doc = "B." },
	{ 't', "text", .alias = "words", .argument = "TEXT", .kind = LX_OPTION_TEXT, FIELD(text), .doc = "T." },
	{ 'L', "list", .argument = "ITEM", .kind = LX_OPTION_LIST, FIELD(list), .prefix = "net", .doc = "L." },
	{ 'N', "number", .argument = "N", .kind = LX_OPTION_NUMBER, FIELD(number), .doc = "N." },
	{ 'T', "time", .argument = "TIME", .kind = LX_OPTION_TIME, FIELD(time), .doc = "T." },
	{ 'm', "mode", .argument = "MODE", .kind = LX_OPTION_WORD, FIELD(mode), .words = modes, .doc = "M." },
	{ 'e', "set", .argument = "SET", .optional = true, .kind = LX_OPTION_SET, FIELD(set), .words = bits, .doc = "S." },
};

static struct lx_command sample(void)
{
	return (struct lx_command){
		.name = "lx-sample",
		.synopsis = "NAME",
		LX_ROWS(rows),
		.operands = LX_OPERANDS_NAME,
		.size = sizeof(struct values),
	};
}

/* Reads "lx-sample WORD..." and returns the code. */
static int read_line(const struct lx_command *command, struct values *values, struct lx_error *err,
		     const char *const *argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	*values = (struct values){ 0 };
	return lx_option_parse(command, argc, (char **)argv, values, err);
}

#define LINE(...) (const char *const[]) { "lx-sample", __VA_ARGS__, NULL }

static void test_each_kind_stores_its_value(void **state)
{
	struct lx_command command = sample();
	struct values v;

	(void)state;
	assert_int_equal(read_line(&command, &v, NULL,
				   LINE("web", "-fb", "-tword", "--list=db", "-L", "77", "-N", "5", "--time", "1min", "-m",
					"TWO", "-eRED|BLUE")), 0);
	assert_string_equal(v.common.name, "web");
	assert_true(v.flag);
	assert_int_equal(v.bits, 4);
	assert_string_equal(v.text, "word");
	assert_string_equal(v.list[0], "net=db");
	assert_string_equal(v.list[1], "net=77");
	assert_null(v.list[2]);
	assert_int_equal(v.number, 5);
	assert_int_equal(v.time, 60000000);
	assert_int_equal(v.mode, MODE_TWO);
	assert_int_equal(v.set, 3);
	lx_option_done(&command, &v);
}

static void test_name_is_option_or_first_word(void **state)
{
	struct lx_command command = sample();
	struct values v;

	(void)state;
	assert_int_equal(read_line(&command, &v, NULL, LINE("-n", "web")), 0);
	assert_string_equal(v.common.name, "web");
	lx_option_done(&command, &v);
	assert_int_equal(read_line(&command, &v, NULL, LINE("-f", "web")), 0);
	assert_string_equal(v.common.name, "web");
	lx_option_done(&command, &v);
	assert_int_equal(read_line(&command, &v, NULL, LINE("-f")), -EINVAL);
	lx_option_done(&command, &v);
	assert_int_equal(read_line(&command, &v, NULL, LINE("-n", "web", "db")), -EINVAL);
	lx_option_done(&command, &v);
}

static void test_aliases_and_empty_optional_arguments(void **state)
{
	struct lx_command command = sample();
	struct values v;

	(void)state;
	assert_int_equal(read_line(&command, &v, NULL, LINE("web", "--words=a", "--lxcpath", "/srv", "-e", "-T-1")), 0);
	assert_string_equal(v.text, "a");
	assert_string_equal(v.common.path, "/srv");
	assert_int_equal(v.set, 3);
	assert_true(v.time == UINT64_MAX);
	lx_option_done(&command, &v);
}

static void test_words_of_another_command_are_left_alone(void **state)
{
	struct lx_command command = sample();
	struct values v;

	(void)state;
	command.takes_command = true;
	assert_int_equal(read_line(&command, &v, NULL, LINE("-f", "web", "ls", "-l", "--", "x")), 0);
	assert_string_equal(v.common.tail[0], "ls");
	assert_string_equal(v.common.tail[1], "-l");
	assert_string_equal(v.common.tail[2], "--");
	lx_option_done(&command, &v);
	assert_int_equal(read_line(&command, &v, NULL, LINE("-n", "web", "--", "ls", "-l")), 0);
	assert_string_equal(v.common.tail[0], "ls");
	lx_option_done(&command, &v);
	assert_int_equal(read_line(&command, &v, NULL, LINE("web", "--")), 0);
	assert_null(v.common.tail);
	lx_option_done(&command, &v);
}

static void test_help_needs_no_name(void **state)
{
	struct lx_command command = sample();
	struct values v;

	(void)state;
	assert_int_equal(read_line(&command, &v, NULL, LINE("-?")), 0);
	assert_true(v.common.help);
	assert_int_equal(read_line(&command, &v, NULL, LINE("--version")), 0);
	assert_true(v.common.version);
}

static void test_mistakes_are_named(void **state)
{
	static const struct {
		const char *word, *text;
	} cases[] = {
		{ "-x", "there is no option -x" },
		{ "--flga", "there is no option --flga; the nearest is --flag" },
		{ "--flag=1", "option --flag takes no value" },
		{ "--text", "option --text needs a value: TEXT" },
		{ "-t", "option --text needs a value: TEXT" },
		{ "--number=five", "option --number: \"five\" is not a number" },
		{ "--number=-5", "option --number: \"-5\" is not a number" },
		{ "--time=soon", "option --time: \"soon\" is not a time such as 30 or 1min" },
		{ "--mode=three", "option --mode: \"three\" is not one of one, two" },
		{ "--set=RED,GREEN", "option --set: \"RED,GREEN\" is not one of RED, BLUE" },
		{ "--set=", "option --set: \"\" is not one of RED, BLUE" },
	};
	struct lx_command command = sample();

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct lx_error err = { 0 };
		struct values v;

		assert_int_equal(read_line(&command, &v, &err, LINE("web", cases[i].word)), -EINVAL);
		assert_string_equal(err.text, cases[i].text);
		lx_option_done(&command, &v);
	}
}

static void test_words_without_meaning_are_refused(void **state)
{
	struct lx_command command = sample();
	struct values v;

	(void)state;
	assert_int_equal(read_line(&command, &v, NULL, LINE("web", "--", "x")), -EINVAL);
	lx_option_done(&command, &v);
	command.operands = LX_OPERANDS_NONE;
	assert_int_equal(read_line(&command, &v, NULL, LINE("web")), -EINVAL);
	lx_option_done(&command, &v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands_are_sorted_and_found_by_both_names),
		cmocka_unit_test(test_rows_are_complete_and_no_name_stands_twice),
		cmocka_unit_test(test_every_command_has_the_common_options),
		cmocka_unit_test(test_each_kind_stores_its_value),
		cmocka_unit_test(test_name_is_option_or_first_word),
		cmocka_unit_test(test_aliases_and_empty_optional_arguments),
		cmocka_unit_test(test_words_of_another_command_are_left_alone),
		cmocka_unit_test(test_help_needs_no_name),
		cmocka_unit_test(test_mistakes_are_named),
		cmocka_unit_test(test_words_without_meaning_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
