/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dotted names of keys: section.key, section.label.key. Labels and keys may contain dots themselves (network.eth0.100.mtu,
 * cgroup.memory.max), so the key is recognised from the end: the longest key of the section that fits wins.
 */
#include "config/schema.h"

#include <string.h>

#include "base/str.h"

void lx_key_name_done(struct lx_key_name *name)
{
	free(name->label);
	name->label = NULL;
}

static const struct lx_key *find_longest(const struct lx_section *section, const char *rest, size_t *ret_label)
{
	const struct lx_key *best = NULL;
	size_t size = strlen(rest), best_size = 0;

	section_for_each_key(k, section) {
		size_t n = strlen(k->name);

		if (n > best_size && n + 1 < size && rest[size - n - 1] == '.' && strcmp(rest + size - n, k->name) == 0) {
			best = k;
			best_size = n;
			*ret_label = size - n - 1;
		}
	}
	return best;
}

static int unknown_key(const struct lx_section *section, const char *text, const char *word, struct lx_error *err)
{
	const char *nearest = lx_section_nearest_key(section, word);

	lx_error_say(err, -ENOENT, "unknown key \"%s\"", text);
	if (nearest)
		lx_error_advise(err, "did you mean \"%s%s.%s\"?", section->name, section->labelled ? ".LABEL" : "", nearest);
	return -ENOENT;
}

static int no_key(const struct lx_section *section, const char *text, const char *rest, struct lx_error *err)
{
	const char *word = strchr(rest, '.');

	if (lx_section_find_key(section, rest))
		return lx_error_say(err, -ENOENT, "%s: [%s] takes a label; write %s.LABEL.%s", text, section->name, section->name, rest);
	if (!word)
		return lx_error_say(err, -ENOENT, "\"%s\" is a section; name a key of it: %s.KEY", text, text);
	return unknown_key(section, text, word + 1, err);
}

static int parse_labelled(const char *text, const char *rest, struct lx_key_name *name, bool section_is_fine, struct lx_error *err)
{
	size_t label_size = strlen(rest);

	name->key = find_longest(name->section, rest, &label_size);
	if (!name->key && !(section_is_fine && lx_section_label_ok(rest)))
		return no_key(name->section, text, rest, err);
	name->label = strndup(rest, label_size);
	if (!name->label)
		return lx_error_oom(err);
	if (!lx_section_label_ok(name->label))
		return lx_error_say(err, -ENOENT, "%s: \"%s\" cannot be a label", text, name->label);
	return 0;
}

static int parse_plain(const char *text, const char *rest, struct lx_key_name *name, struct lx_error *err)
{
	name->key = lx_section_find_key(name->section, rest);
	return name->key ? 0 : unknown_key(name->section, text, rest, err);
}

static int find_section(const struct lx_schema *schema, const char *text, size_t size, const struct lx_section **ret,
			struct lx_error *err)
{
	_cleanup_free_ char *name = strndup(text, size);
	const char *nearest;

	if (!name)
		return lx_error_oom(err);
	*ret = lx_schema_find_section(schema, name);
	if (*ret)
		return 0;
	nearest = lx_schema_nearest_section(schema, name);
	lx_error_say(err, -ENOENT, "unknown key \"%s\": there is no section [%s]", text, name);
	if (nearest)
		lx_error_advise(err, "did you mean [%s]?", nearest);
	return -ENOENT;
}

static int parse(const struct lx_schema *schema, const char *text, bool section_is_fine, struct lx_key_name *ret,
		 struct lx_error *err)
{
	_cleanup_key_name_ struct lx_key_name name = { 0 };
	const char *dot = strchrnul(text, '.');
	int r;

	r = find_section(schema, text, (size_t)(dot - text), &name.section, err);
	if (r < 0)
		return r;
	if (!*dot && section_is_fine && !name.section->labelled)
		r = 0;
	else if (!*dot)
		r = lx_error_say(err, -ENOENT, "\"%s\" is a section; name a key of it: %s%s.KEY", text, text,
				 name.section->labelled ? ".LABEL" : "");
	else if (name.section->labelled)
		r = parse_labelled(text, dot + 1, &name, section_is_fine, err);
	else
		r = parse_plain(text, dot + 1, &name, err);
	if (r < 0)
		return r;

	*ret = name;
	name.label = NULL;
	return 0;
}

int lx_key_name_parse(const struct lx_schema *schema, const char *text, struct lx_key_name *ret, struct lx_error *err)
{
	return parse(schema, text, false, ret, err);
}

int lx_key_name_parse_any(const struct lx_schema *schema, const char *text, struct lx_key_name *ret, struct lx_error *err)
{
	return parse(schema, text, true, ret, err);
}

char *lx_key_name_format(const struct lx_section *section, const char *label, const struct lx_key *key)
{
	return str_format("%s%s%s%s%s", section->name, label ? "." : "", label ? label : "", key ? "." : "", key ? key->name : "");
}
