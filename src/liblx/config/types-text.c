/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Value types that keep text: one string, or a list of strings. What is special about one is its normal() function. */
#include "config/types.h"

#include <ctype.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

int lx_type_keep(const char *text, char **ret)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

static int normalise(const struct lx_key *key, const char *text, char **ret)
{
	return key->type->normal ? key->type->normal(key, text, ret) : lx_type_keep(text, ret);
}

int lx_type_parse_text(const struct lx_key *key, const char *text, void *field)
{
	char **to = field, *value;
	int r;

	r = normalise(key, text, &value);
	if (r < 0)
		return r;

	free(*to);
	*to = value;
	return 0;
}

int lx_type_format_text(const struct lx_key *key _unused_, const void *field, char ***ret)
{
	char *const *value = field;

	return *value ? strv_append(ret, *value) : 0;
}

void lx_type_done_text(void *field)
{
	char **value = field;

	free(*value);
	*value = NULL;
}

int lx_type_parse_list(const struct lx_key *key, const char *text, void *field)
{
	char *value;
	int r;

	r = normalise(key, text, &value);
	if (r < 0)
		return r;
	return strv_consume(field, value);
}

int lx_type_format_list(const struct lx_key *key _unused_, const void *field, char ***ret)
{
	char **const *value = field;

	return strv_extend(ret, *value);
}

void lx_type_done_list(void *field)
{
	char ***value = field;

	strv_free(*value);
	*value = NULL;
}

int lx_type_parse_words(const struct lx_key *key, const char *text, void *field)
{
	_cleanup_strv_ char **words = NULL, **normal = NULL;
	char *one;
	int r;

	r = strv_split(text, ", \t", &words);
	if (r < 0)
		return r;
	strv_for_each(word, words) {
		r = normalise(key, word, &one);
		if (r < 0)
			return r;
		r = strv_consume(&normal, one);
		if (r < 0)
			return r;
	}

	return strv_extend(field, normal);
}

int lx_type_format_words(const struct lx_key *key _unused_, const void *field, char ***ret)
{
	char **const *value = field;
	char *text;

	if (!*value || !**value)
		return 0;
	text = strv_join(*value, ",");
	if (!text)
		return -ENOMEM;
	return strv_consume(ret, text);
}

/* Everything that is kept as text can be shown on one line. */
static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (iscntrl((unsigned char)*text) && *text != '\t')
			return false;
	return true;
}

static int normal_string(const struct lx_key *key _unused_, const char *text, char **ret)
{
	return is_printable(text) ? lx_type_keep(text, ret) : -EINVAL;
}

const struct lx_type lx_type_string = LX_TYPE_TEXT("text", "text on one line", normal_string);

static int normal_word(const struct lx_key *key, const char *text, char **ret)
{
	for (const char *const *w = key->words; w && *w; w++)
		if (strcmp(*w, text) == 0)
			return lx_type_keep(text, ret);
	return -EINVAL;
}

const struct lx_type lx_type_word = LX_TYPE_TEXT("word", "one of", normal_word);

static int normal_any_word(const struct lx_key *key, const char *text, char **ret)
{
	return key->words ? normal_word(key, text, ret) : normal_string(key, text, ret);
}

const struct lx_type lx_type_words = {
	.name = "words",
	.syntax = "words separated by commas",
	.size = sizeof(char **),
	.list = true,
	.parse = lx_type_parse_words,
	.format = lx_type_format_words,
	.done = lx_type_done_list,
	.normal = normal_any_word,
};

/* Without the slash at the end that people like to write. */
static int normal_slashes(const char *text, char **ret)
{
	size_t size = strlen(text);
	char *copy;

	while (size > 1 && text[size - 1] == '/')
		size--;
	copy = strndup(text, size);
	if (!copy)
		return -ENOMEM;
	if (!is_printable(copy) || (!str_equal(copy, "/") && !path_is_normal(copy))) {
		free(copy);
		return -EINVAL;
	}
	*ret = copy;
	return 0;
}

static int normal_path(const struct lx_key *key _unused_, const char *text, char **ret)
{
	return path_is_absolute(text) ? normal_slashes(text, ret) : -EINVAL;
}

const struct lx_type lx_type_path = LX_TYPE_TEXT("path", "an absolute path without \"..\"", normal_path);

static int normal_relative_path(const struct lx_key *key _unused_, const char *text, char **ret)
{
	while (*text == '/')
		text++;
	return *text ? normal_slashes(text, ret) : -EINVAL;
}

const struct lx_type lx_type_relative_path =
	LX_TYPE_TEXT("relative path", "a path below the root of the container, without \"..\"", normal_relative_path);

static int normal_source(const struct lx_key *key, const char *text, char **ret)
{
	return path_is_absolute(text) ? normal_path(key, text, ret) : normal_string(key, text, ret);
}

const struct lx_type lx_type_source =
	LX_TYPE_TEXT("source", "an absolute path, or the source that the file system type takes", normal_source);

static int normal_command(const struct lx_key *key, const char *text, char **ret)
{
	_cleanup_strv_ char **words = NULL;
	int r;

	r = strv_split_words(text, &words);
	if (r < 0)
		return r;
	if (!words || !words[0] || words[0][0] != '/')
		return -EINVAL;
	return normal_string(key, text, ret);
}

#define COMMAND_SYNTAX "an absolute path of a program and its arguments, quoted as in a shell"

const struct lx_type lx_type_command = LX_TYPE_TEXT("command", COMMAND_SYNTAX, normal_command);
const struct lx_type lx_type_commands = LX_TYPE_LIST("commands", COMMAND_SYNTAX, normal_command);

static int normal_environment(const struct lx_key *key, const char *text, char **ret)
{
	const char *equal = strchr(text, '=');

	if (!equal || equal == text || isdigit((unsigned char)*text))
		return -EINVAL;
	for (const char *p = text; p < equal; p++)
		if (!isalnum((unsigned char)*p) && *p != '_')
			return -EINVAL;
	return normal_string(key, text, ret);
}

const struct lx_type lx_type_environment = LX_TYPE_LIST("environment", "NAME=VALUE", normal_environment);

static int normal_rootfs(const struct lx_key *key, const char *text, char **ret)
{
	size_t driver = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (path_is_absolute(text))
		return normal_path(key, text, ret);
	if (driver == 0 || text[driver] != ':' || !text[driver + 1])
		return -EINVAL;
	return normal_string(key, text, ret);
}

const struct lx_type lx_type_rootfs = LX_TYPE_TEXT("root", "DRIVER:SOURCE or an absolute path", normal_rootfs);

static int normal_hostname(const struct lx_key *key _unused_, const char *text, char **ret)
{
	return str_is_hostname(text, 64) ? lx_type_keep(text, ret) : -EINVAL;
}

const struct lx_type lx_type_hostname =
	LX_TYPE_TEXT("host name", "a host name of letters, digits, \"-\" and \".\", at most 64 characters", normal_hostname);

static int normal_uuid(const struct lx_key *key _unused_, const char *text, char **ret)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != sizeof(form) - 1)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != '-')
			return -EINVAL;
	return lx_type_keep(text, ret);
}

const struct lx_type lx_type_uuid =
	LX_TYPE_TEXT("uuid", "a UUID such as 8b1f9a52-4f6c-4a7e-9d0f-0123456789ab", normal_uuid);

static int normal_access(const struct lx_key *key _unused_, const char *text, char **ret)
{
	if (strspn(text, "rwm") != strlen(text))
		return -EINVAL;
	for (const char *p = text; *p; p++)
		if (strchr(p + 1, *p))
			return -EINVAL;
	return lx_type_keep(text, ret);
}

const struct lx_type lx_type_access =
	LX_TYPE_TEXT("access", "letters of r (read), w (write) and m (make the node)", normal_access);
