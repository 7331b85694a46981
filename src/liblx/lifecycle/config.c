/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of a container by dotted names: read, change, list, compare, check, describe. */
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "config/describe.h"
#include "config/schema.h"
#include "container/container.h"

static int join_values(char *const *values, char **ret, struct lx_error *err)
{
	char *text = values ? strv_join(values, "\n") : strdup("");

	if (!text)
		return lx_error_oom(err);
	*ret = text;
	return 0;
}

static int get_value(const struct lx_schema *schema, const void *target, const char *key, char **ret, struct lx_error *err)
{
	_cleanup_key_name_ struct lx_key_name name = { 0 };
	_cleanup_strv_ char **values = NULL;
	const void *element;
	int r;

	r = lx_key_name_parse(schema, key, &name, err);
	if (r < 0)
		return r;
	element = lx_section_find_element(name.section, target, name.label);
	if (!element)
		return lx_error_say(err, -ENOENT, "there is no [%s %s]", name.section->name, name.label);
	if (lx_key_get(name.key, element, &values) < 0)
		return lx_error_oom(err);
	return join_values(values, ret, err);
}

LX_PUBLIC int lx_config_get(struct lx_container *c, const char *key, char **ret, struct lx_error *err)
{
	const struct lx_config *config;
	int r;

	r = lx_container_config(c, &config, err);
	return r < 0 ? r : get_value(&lx_schema_container, config, key, ret, err);
}

LX_PUBLIC int lx_host_config_get(const char *key, char **ret, struct lx_error *err)
{
	_cleanup_settings_ struct lx_settings *settings = NULL;
	int r;

	r = lx_settings_load(&settings, err);
	return r < 0 ? r : get_value(&lx_schema_host, settings, key, ret, err);
}

/* What was read before the change is old now. */
static int edit(struct lx_container *c, const char *key, const char *value, enum lx_config_edit how, struct lx_error *err)
{
	int r;

	r = lx_config_edit(c->config_file, key, value, how, err);
	if (r < 0)
		return r;
	lx_config_free(c->config);
	c->config = NULL;
	return 0;
}

LX_PUBLIC int lx_config_set(struct lx_container *c, const char *key, const char *value, bool add, struct lx_error *err)
{
	return edit(c, key, value, add ? LX_CONFIG_ADD : LX_CONFIG_SET, err);
}

LX_PUBLIC int lx_config_unset(struct lx_container *c, const char *key, struct lx_error *err)
{
	return edit(c, key, NULL, LX_CONFIG_UNSET, err);
}

/* ---- lines of all values ---- */

struct listing {
	const struct lx_config *config;
	bool all, origins;
	char **lines;
};

static const char *origin_of(const struct lx_config *config, const char *name, char *text, size_t size)
{
	return lx_origins_find(&config->origins, name) ? lx_config_origin(config, name, text, size) : "default";
}

static int list_values(const struct listing *l, const char *name, char *const *values, char ***lines)
{
	char text[512];
	int r = 0;

	strv_for_each(value, values) {
		r = l->origins ? strv_appendf(lines, "%s = %s  ; %s", name, value, origin_of(l->config, name, text, sizeof(text))) :
				 strv_appendf(lines, "%s = %s", name, value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int list_key(const struct lx_section *section, const void *element, const struct lx_key *key, void *userdata)
{
	_cleanup_free_ char *name = lx_key_name_format(section, lx_section_element_label(section, element), key);
	_cleanup_strv_ char **values = NULL;
	struct listing *l = userdata;
	int r;

	if (!name)
		return -ENOMEM;
	if (!l->all && !lx_origins_find(&l->config->origins, name))
		return 0;
	r = lx_key_get(key, element, &values);
	return r < 0 ? r : list_values(l, name, values, &l->lines);
}

static int list_all(struct listing *l, char ***ret, struct lx_error *err)
{
	if (lx_schema_for_each(&lx_schema_container, l->config, list_key, l) < 0 || (!l->lines && !(l->lines = calloc(1, sizeof(char *))))) {
		strv_free(l->lines);
		return lx_error_oom(err);
	}
	*ret = l->lines;
	return 0;
}

LX_PUBLIC int lx_config_list(struct lx_container *c, bool all, bool origins, char ***ret, struct lx_error *err)
{
	struct listing l = { .all = all, .origins = origins };
	int r;

	r = lx_container_config(c, &l.config, err);
	return r < 0 ? r : list_all(&l, ret, err);
}

/* ---- differences ---- */

/* "- line" for what only a has, "+ line" for what only b has, in the order of the tables. */
static int compare(char *const *a, char *const *b, char ***ret)
{
	int r = 0;

	strv_for_each(line, a)
		if (r >= 0 && !strv_contains(b, line))
			r = strv_appendf(ret, "- %s", line);
	strv_for_each(line, b)
		if (r >= 0 && !strv_contains(a, line))
			r = strv_appendf(ret, "+ %s", line);
	return r;
}

static int list_lines(const struct lx_config *config, char ***ret, struct lx_error *err)
{
	struct listing l = { .config = config, .all = true };

	return list_all(&l, ret, err);
}

/* A section that is not among the defaults is compared with the defaults of its own keys. */
static int make_default(const struct lx_config *config, struct lx_config **ret, struct lx_error *err)
{
	_cleanup_config_ struct lx_config *plain = NULL;
	void *element;
	int r;

	r = lx_config_new(&plain, err);
	if (r < 0)
		return r;
	schema_for_each_section(s, &lx_schema_container)
		for (size_t i = 0; s->labelled && i < lx_section_count(s, config); i++) {
			const char *label = lx_section_element_label(s, lx_section_element_at(s, config, i));

			r = lx_section_get_element(s, plain, label, &element, err);
			if (r < 0)
				return r;
		}
	*ret = take_ptr(plain);
	return 0;
}

LX_PUBLIC int lx_config_diff(struct lx_container *c, struct lx_container *other, char ***ret, struct lx_error *err)
{
	_cleanup_strv_ char **ours = NULL, **theirs = NULL, **lines = NULL;
	_cleanup_config_ struct lx_config *plain = NULL;
	const struct lx_config *a, *b;
	int r;

	r = lx_container_config(c, &a, err);
	if (r < 0)
		return r;
	if (other) {
		r = lx_container_config(other, &b, err);
	} else {
		r = make_default(a, &plain, err);
		b = plain;
	}
	if (r >= 0)
		r = list_lines(a, &ours, err);
	if (r >= 0)
		r = list_lines(b, &theirs, err);
	if (r < 0)
		return r;
	/* against the defaults, what was set is the new side */
	if ((other ? compare(ours, theirs, &lines) : compare(theirs, ours, &lines)) < 0)
		return lx_error_oom(err);
	if (!lines && !(lines = calloc(1, sizeof(char *))))
		return lx_error_oom(err);

	*ret = take_ptr(lines);
	return 0;
}

/* ---- check and describe ---- */

LX_PUBLIC int lx_config_check(struct lx_container *c, char ***ret, struct lx_error *err)
{
	_cleanup_config_ struct lx_config *config = NULL;
	_cleanup_strv_ char **problems = NULL;
	int r;

	r = lx_config_load_all(c->config_file, &config, &problems, err);
	if (r < 0)
		return r;
	r = lx_config_verify(config, &problems, err);
	if (r < 0)
		return r;
	if (!problems && !(problems = calloc(1, sizeof(char *))))
		return lx_error_oom(err);

	r = (int)strv_length(problems);
	*ret = take_ptr(problems);
	return r;
}

LX_PUBLIC int lx_config_describe(const char *what, const char *key, char **ret, struct lx_error *err)
{
	return lx_describe(what, key, ret, err);
}
