/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Containers by name or pattern. A name is taken as it is, so that a missing container is an error of its opening. */
#include <fnmatch.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/strv.h"

#include "command.h"

static bool is_pattern(const char *word)
{
	return strpbrk(word, "*?[") != NULL;
}

static int add_name(char ***names, const char *name, struct lx_error *err)
{
	if (strv_contains(*names, name))
		return 0;

	return strv_append(names, name) < 0 ? lx_error_oom(err) : 0;
}

static int add_matches(char *const *defined, const char *pattern, char ***names, struct lx_error *err)
{
	bool found = false;
	int r;

	strv_for_each(name, defined) {
		if (fnmatch(pattern, name, 0) != 0)
			continue;
		found = true;
		r = add_name(names, name, err);
		if (r < 0)
			return r;
	}

	return found ? 0 : lx_error_say(err, -ENOENT, "no container matches \"%s\"", pattern);
}

int lx_select_names(const char *path, char *const *words, char ***ret, struct lx_error *err)
{
	_cleanup_strv_ char **names = NULL, **defined = NULL;
	int r;

	strv_for_each(word, words) {
		if (is_pattern(word) && !defined) {
			r = lx_store_list(path, &defined, err);
			if (r < 0)
				return r;
		}
		r = is_pattern(word) ? add_matches(defined, word, &names, err) : add_name(&names, word, err);
		if (r < 0)
			return r;
	}

	*ret = take_ptr(names);
	return 0;
}

int lx_select_open(const struct lx_common *common, const char *name, struct lx_container **ret, struct lx_error *err)
{
	_cleanup_container_ struct lx_container *c = NULL;
	int r;

	r = lx_container_open(common->path, name, &c, err);
	if (r < 0)
		return r;
	if (common->rcfile) {
		r = lx_container_use_config(c, common->rcfile, err);
		if (r < 0)
			return r;
	}
	strv_for_each(assignment, common->define) {
		r = lx_container_define(c, assignment, err);
		if (r < 0)
			return r;
	}

	*ret = take_ptr(c);
	return 0;
}

/* The verb on one container: reports its error, gives the exit code. */
static int run_one(const struct lx_command *command, const void *values, const char *name)
{
	_cleanup_container_ struct lx_container *c = NULL;
	struct lx_error err = { 0 };
	int r;

	r = lx_select_open(values, name, &c, &err);
	if (r >= 0)
		r = command->verb(c, values, &err);
	else if (command->exit_code)
		r = -ENOENT; /* not the verb's error: a special exit code is about the verb */
	if (err.code != 0) {
		lx_command_name_error(&err, name);
		lx_command_report(command, values, &err);
	}
	if (r >= 0)
		return r;

	return command->exit_code ? command->exit_code(r) : EXIT_FAILURE;
}

static int list_operands(const struct lx_common *common, char ***ret, struct lx_error *err)
{
	_cleanup_strv_ char **words = NULL;

	if (common->name && strv_append(&words, common->name) < 0)
		return lx_error_oom(err);
	strv_for_each(word, common->words)
		if (!strv_contains(words, word) && strv_append(&words, word) < 0)
			return lx_error_oom(err);

	return lx_select_names(common->path, words, ret, err);
}

int lx_select_each(const struct lx_command *command, const void *values, struct lx_error *err)
{
	_cleanup_strv_ char **names = NULL;
	int r, code = 0;

	r = list_operands(values, &names, err);
	if (r < 0)
		return r;
	strv_for_each(name, names) {
		r = run_one(command, values, name);
		code = MAX_OF(code, r);
	}

	return code;
}
