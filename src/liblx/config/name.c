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

static int parse_labelled(const char *text, const char *rest, struct lx_key_name *name, struct lx_error *err)
{
	size_t label_size = 0;
	const char *word;

	name->key = find_longest(name->section, rest, &label_size);
	name->label = name->key ? strndup(rest, label_size) : strdup(rest);
	if (!name->label)
		return lx_error_oom(err);
	if (name->key ? lx_section_label_ok(name->label) : lx_section_label_ok(rest) && !strchr(rest, '.'))
		return 0;
	if (lx_section_find_key(name->section, rest))
		return lx_error_say(err, -ENOENT, "%s: [%s] takes a label; write %s.LABEL.%s", text, name->section->name,
				    name->section->name, rest);
	word = strchr(rest, '.');
	return unknown_key(name->section, text, word ? word + 1 : rest, err);
}

int lx_key_name_parse(const struct lx_schema *schema, const char *text, struct lx_key_name *ret, struct lx_error *err)
{
	_cleanup_key_name_ struct lx_key_name name = { 0 };
	const char *dot = strchrnul(text, '.');
	_cleanup_free_ char *section = strndup(text, (size_t)(dot - text));
	int r = 0;

	if (!section)
		return lx_error_oom(err);
	name.section = lx_schema_find_section(schema, section);
	if (!name.section) {
		const char *nearest = lx_schema_nearest_section(schema, section);

		lx_error_say(err, -ENOENT, "unknown key \"%s\": there is no section [%s]", text, section);
		if (nearest)
			lx_error_advise(err, "did you mean [%s]?", nearest);
		return -ENOENT;
	}
	if (!*dot)
		return lx_error_say(err, -ENOENT, "\"%s\" is a section; name a key of it: %s%s.KEY", text, text,
				    name.section->labelled ? ".LABEL" : "");
	if (name.section->labelled) {
		r = parse_labelled(text, dot + 1, &name, err);
	} else {
		name.key = lx_section_find_key(name.section, dot + 1);
		if (!name.key)
			r = unknown_key(name.section, text, dot + 1, err);
	}
	if (r < 0)
		return r;

	*ret = name;
	name.label = NULL;
	return 0;
}

char *lx_key_name_format(const struct lx_section *section, const char *label, const struct lx_key *key)
{
	return str_format("%s%s%s%s%s", section->name, label ? "." : "", label ? label : "", key ? "." : "", key ? key->name : "");
}
