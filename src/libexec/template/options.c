/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options that a template declares, and the words of a command line that give them values. */
#include "template/options.h"

#include "base/names.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

static const char *const type_names[TEMPLATE_OPTION_TYPE_MAX] = {
	[TEMPLATE_STRING] = "string",
	[TEMPLATE_BOOL] = "bool",
	[TEMPLATE_LIST] = "list",
	[TEMPLATE_PATH] = "path",
};

/* What stands for a value in the help when the template does not say. */
static const char *const type_words[TEMPLATE_OPTION_TYPE_MAX] = {
	[TEMPLATE_STRING] = "VALUE",
	[TEMPLATE_LIST] = "WORD,...",
	[TEMPLATE_PATH] = "FILE",
};

int template_option_type_find(const char *word)
{
	return NAMES_FIND(type_names, word);
}

void template_options_done(template_options *options)
{
	vec_for_each(o, options) {
		free(o->name);
		free(o->help);
		free(o->word);
		free(o->fallback);
		free(o->value);
		strv_free(o->choices);
	}
	vec_done(options);
}

struct template_option *template_options_find(template_options *options, const char *name)
{
	vec_for_each(o, options)
		if (str_equal(o->name, name))
			return o;
	return NULL;
}

static struct template_option *find_letter(template_options *options, char letter)
{
	vec_for_each(o, options)
		if (letter && o->letter == letter)
			return o;
	return NULL;
}

static int unknown(template_options *options, const char *word, struct lx_error *err)
{
	_cleanup_free_ const char **names = calloc(options->n + 1, sizeof(*names));
	const char *near;
	size_t n = 0;

	if (!names)
		return lx_error_oom(err);
	vec_for_each(o, options)
		names[n++] = o->name;

	near = str_nearest(word, names);
	if (near)
		return lx_error_say(err, -EINVAL, "unknown option --%s; did you mean --%s?", word, near);
	return lx_error_say(err, -EINVAL, "unknown option --%s; --help lists those there are", word);
}

static int check_choice(const struct template_option *o, const char *value, struct lx_error *err)
{
	_cleanup_free_ char *all = NULL;

	if (!o->choices || strv_contains(o->choices, value))
		return 0;

	all = strv_join(o->choices, ", ");
	if (!all)
		return lx_error_oom(err);
	return lx_error_say(err, -EINVAL, "--%s=%s: the choices are %s", o->name, value, all);
}

static char *absolute(const char *path)
{
	_cleanup_free_ char *cwd = NULL;

	if (path_is_absolute(path))
		return strdup(path);
	cwd = getcwd(NULL, 0);
	return cwd ? path_join(cwd, path) : NULL;
}

static int set_value(struct template_option *o, const char *value, struct lx_error *err)
{
	char *text = NULL;
	bool yes;
	int r;

	r = check_choice(o, value, err);
	if (r < 0)
		return r;

	switch (o->type) {
	case TEMPLATE_BOOL:
		if (parse_bool(value, &yes) < 0)
			return lx_error_say(err, -EINVAL, "--%s=%s: expected yes or no", o->name, value);
		text = strdup(yes ? "yes" : "no");
		break;
	case TEMPLATE_LIST:
		text = o->value ? str_format("%s,%s", o->value, value) : strdup(value);
		break;
	case TEMPLATE_PATH:
		text = absolute(value);
		break;
	default:
		text = strdup(value);
	}
	if (!text)
		return lx_error_oom(err);

	free(o->value);
	o->value = text;
	return 0;
}

/* name[=value] of a long option; takes the next word when a value is missing. */
static int parse_long(template_options *options, const char *word, char *const **next, struct lx_error *err)
{
	const char *equals = strchr(word, '='), *negated;
	_cleanup_free_ char *name = NULL;
	struct template_option *o;

	name = equals ? strndup(word, (size_t)(equals - word)) : strdup(word);
	if (!name)
		return lx_error_oom(err);

	o = template_options_find(options, name);
	negated = str_after(name, "no-");
	if (!o && !equals && negated) {
		o = template_options_find(options, negated);
		if (o && o->type == TEMPLATE_BOOL)
			return set_value(o, "no", err);
		o = NULL;
	}
	if (!o)
		return unknown(options, name, err);

	if (equals)
		return set_value(o, equals + 1, err);
	if (o->type == TEMPLATE_BOOL)
		return set_value(o, "yes", err);
	if (!**next)
		return lx_error_say(err, -EINVAL, "--%s needs a value", o->name);
	return set_value(o, *(*next)++, err);
}

static int parse_short(template_options *options, const char *word, char *const **next, struct lx_error *err)
{
	struct template_option *o = find_letter(options, word[0]);

	if (!o)
		return lx_error_say(err, -EINVAL, "unknown option -%s; --help lists those there are", word);
	if (o->type == TEMPLATE_BOOL && !word[1])
		return set_value(o, "yes", err);
	if (word[1])
		return set_value(o, word[1] == '=' ? word + 2 : word + 1, err);
	if (!**next)
		return lx_error_say(err, -EINVAL, "-%c needs a value", o->letter);
	return set_value(o, *(*next)++, err);
}

int template_options_parse(template_options *options, char *const *args, struct lx_error *err)
{
	while (args && *args) {
		const char *word = *args++, *rest;
		int r;

		if ((rest = str_after(word, "--")) && *rest)
			r = parse_long(options, rest, &args, err);
		else if (word[0] == '-' && word[1] && word[1] != '-')
			r = parse_short(options, word + 1, &args, err);
		else
			r = lx_error_say(err, -EINVAL, "unexpected word \"%s\"; options look like --name=value", word);
		if (r < 0)
			return r;
	}

	return 0;
}

void template_options_print_help(const template_options *options, FILE *f)
{
	vec_for_each(o, options) {
		_cleanup_free_ char *all = strv_join(o->choices, ", ");
		const char *word = o->word ? o->word : type_words[o->type];
		char left[128];

		snprintf(left, sizeof(left), "  %s%c%s--%s%s%s", o->letter ? "-" : " ", o->letter ? o->letter : ' ',
			 o->letter ? ", " : "  ", o->name, o->type == TEMPLATE_BOOL ? "" : "=",
			 o->type == TEMPLATE_BOOL ? "" : word);
		fprintf(f, "%-30s  %s", left, o->help ? o->help : "");
		if (o->choices)
			fprintf(f, " (%s)", all ? all : "");
		if (o->fallback)
			fprintf(f, " [%s]", o->fallback);
		fputc('\n', f);
	}
}

void template_options_print_words(const template_options *options, FILE *f)
{
	vec_for_each(o, options) {
		fprintf(f, "--%s\n", o->name);
		if (o->type == TEMPLATE_BOOL)
			fprintf(f, "--no-%s\n", o->name);
	}
}
