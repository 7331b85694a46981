/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options of templates. */
#include "unit.h"

#include "base/str.h"
#include "base/strv.h"
#include "template/options.h"

/* release (-r, a string), variant (minbase or buildd), security (a switch), packages (a list), keyring (a path). */
static void declare(template_options *options)
{
	static const struct {
		const char *name;
		char letter;
		enum template_option_type type;
		const char *choices;
	} rows[] = {
		{ "release", 'r', TEMPLATE_STRING, NULL },
		{ "variant", 0, TEMPLATE_STRING, "minbase buildd" },
		{ "security", 's', TEMPLATE_BOOL, NULL },
		{ "packages", 0, TEMPLATE_LIST, NULL },
		{ "keyring", 0, TEMPLATE_PATH, NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct template_option *o = vec_add(options);

		assert_non_null(o);
		*o = (struct template_option){ .name = strdup(rows[i].name), .letter = rows[i].letter, .type = rows[i].type };
		if (rows[i].choices)
			assert_int_equal(strv_split(rows[i].choices, " ", &o->choices), 0);
	}
}

static void value_is(const char *words, const char *name, const char *expected)
{
	template_options options = { 0 };
	_cleanup_strv_ char **args = NULL;
	struct lx_error err = { 0 };

	declare(&options);
	assert_int_equal(strv_split(words, " ", &args), 0);
	assert_done(template_options_parse(&options, args, &err), &err);
	if (expected)
		assert_string_equal(template_options_find(&options, name)->value, expected);
	else
		assert_null(template_options_find(&options, name)->value);
	template_options_done(&options);
}

static void fails_with(const char *words, const char *sentence)
{
	template_options options = { 0 };
	_cleanup_strv_ char **args = NULL;
	struct lx_error err = { 0 };

	declare(&options);
	assert_int_equal(strv_split(words, " ", &args), 0);
	assert_int_equal(template_options_parse(&options, args, &err), -EINVAL);
	assert_contains(err.text, sentence);
	template_options_done(&options);
}

static void test_options_take_values(void **state)
{
	(void)state;
	value_is("", "release", NULL);
	value_is("--release trixie", "release", "trixie");
	value_is("--release=trixie", "release", "trixie");
	value_is("-r trixie", "release", "trixie");
	value_is("-rtrixie", "release", "trixie");
	value_is("-r=trixie", "release", "trixie");
	value_is("--release=a --release=b", "release", "b");
	value_is("--release=a=b", "release", "a=b");
	value_is("--variant buildd", "variant", "buildd");
}

static void test_options_switches(void **state)
{
	(void)state;
	value_is("--security", "security", "yes");
	value_is("-s", "security", "yes");
	value_is("--no-security", "security", "no");
	value_is("--security=off", "security", "no");
	value_is("--security --no-security", "security", "no");
	fails_with("--security=perhaps", "expected yes or no");
	fails_with("--no-release", "unknown option --no-release");
}

static void test_options_lists_add_up(void **state)
{
	(void)state;
	value_is("--packages a,b --packages=c", "packages", "a,b,c");
}

static void test_options_paths_are_absolute(void **state)
{
	_cleanup_free_ char *cwd = getcwd(NULL, 0), *expected = str_format("%s/k.gpg", cwd);

	(void)state;
	value_is("--keyring=k.gpg", "keyring", expected);
	value_is("--keyring=/k.gpg", "keyring", "/k.gpg");
}

static void test_options_say_what_is_wrong(void **state)
{
	(void)state;
	fails_with("--relase=x", "unknown option --relase; did you mean --release?");
	fails_with("--nonsense", "unknown option --nonsense");
	fails_with("-x", "unknown option -x");
	fails_with("--release", "--release needs a value");
	fails_with("-r", "-r needs a value");
	fails_with("--variant=big", "--variant=big: the choices are minbase, buildd");
	fails_with("trixie", "unexpected word \"trixie\"");
	fails_with("--", "unexpected word \"--\"");
	fails_with("-", "unexpected word \"-\"");
}

static void test_options_print_themselves(void **state)
{
	template_options options = { 0 };
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	declare(&options);
	options.items[0].help = strdup("any suite");
	options.items[0].word = strdup("SUITE");
	options.items[0].fallback = strdup("bookworm");
	template_options_print_help(&options, f);
	template_options_print_words(&options, f);
	fclose(f);
	assert_contains(text, "  -r, --release=SUITE           any suite [bookworm]\n");
	assert_contains(text, "(minbase, buildd)");
	assert_contains(text, "\n--security\n--no-security\n");
	free(text);
	template_options_done(&options);
}

static void test_option_types_have_names(void **state)
{
	static const char *const names[] = { "string", "bool", "list", "path" };

	(void)state;
	for (int i = 0; i < TEMPLATE_OPTION_TYPE_MAX; i++)
		assert_int_equal(template_option_type_find(names[i]), i);
	assert_true(template_option_type_find("number") < 0);
}

UNIT_MAIN(
	UNIT(test_options_take_values),
	UNIT(test_options_switches),
	UNIT(test_options_lists_add_up),
	UNIT(test_options_paths_are_absolute),
	UNIT(test_options_say_what_is_wrong),
	UNIT(test_options_print_themselves),
	UNIT(test_option_types_have_names))
