/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptions as plain text, and the table of all forms. */
#include "config/describe.h"

#include <string.h>

#include "base/str.h"
#include "config/types.h"

/* Part of the schema: everything, a section, or a key. */
struct selection {
	const struct lx_schema *const *schemas; /* NULL-terminated */
	const struct lx_section *section;
	const struct lx_key *key;
};

static const struct lx_schema *const all_schemas[] = { &lx_schema_container, &lx_schema_host, NULL };

void lx_key_description_done(struct lx_key_description *d)
{
	free(d->syntax);
	free(d->fallback);
}

int lx_key_describe(const struct lx_key *key, struct lx_key_description *ret)
{
	struct lx_key_description d = { .syntax = lx_key_syntax(key) };
	const char *fallback = key->fallback ? key->fallback : key->unset;

	if (d.syntax && str_set(&d.fallback, fallback) >= 0) {
		*ret = d;
		return 0;
	}
	lx_key_description_done(&d);
	return -ENOMEM;
}

/* ---- text ---- */

static void add_indented(struct buf *out, const char *indent, const char *text)
{
	while (text && *text) {
		const char *end = strchrnul(text, '\n');

		buf_addf(out, "%s%.*s\n", indent, (int)(end - text), text);
		text = *end ? end + 1 : end;
	}
}

static int add_key(struct buf *out, const struct lx_key *key)
{
	_cleanup_(lx_key_description_done) struct lx_key_description d = { 0 };
	int r;

	r = lx_key_describe(key, &d);
	if (r < 0)
		return r;
	buf_addf(out, "\n  %s = %s\n", key->name, d.syntax);
	add_indented(out, "      ", key->doc);
	if (d.fallback)
		buf_addf(out, "      Default: %s.\n", d.fallback);
	if (key->example)
		buf_addf(out, "      Example: %s = %s\n", key->name, key->example);
	if (key->type->list)
		buf_add(out, "      Another line adds to it; an empty value clears it.\n");
	return 0;
}

static int add_section(struct buf *out, const struct lx_section *section, const struct lx_key *key)
{
	buf_addf(out, "%s[%s%s]\n", out->size ? "\n" : "", section->name, section->labelled ? " LABEL" : "");
	add_indented(out, "  ", section->doc);
	section_for_each_key(k, section)
		if (!key || k == key) {
			int r = add_key(out, k);

			if (r < 0)
				return r;
		}
	return 0;
}

static int describe_text(const struct selection *s, struct buf *out)
{
	int r = 0;

	if (s->section)
		return add_section(out, s->section, s->key);
	for (const struct lx_schema *const *schema = s->schemas; *schema; schema++) {
		buf_addf(out, "%s# %s\n", out->size ? "\n" : "",
			 *schema == &lx_schema_host ? LX_SYSCONFDIR "/lx.conf" : "configuration of a container");
		schema_for_each_section(section, *schema) {
			r = add_section(out, section, NULL);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* ---- key words ---- */

static int add_keys(const struct lx_schema *schema, struct buf *out)
{
	schema_for_each_section(s, schema)
		section_for_each_key(k, s)
			buf_addf(out, "%s%s.%s\n", s->name, s->labelled ? ".LABEL" : "", k->name);
	return 0;
}

static int describe_keys(const struct selection *s _unused_, struct buf *out)
{
	return add_keys(&lx_schema_container, out);
}

static int describe_host_keys(const struct selection *s _unused_, struct buf *out)
{
	return add_keys(&lx_schema_host, out);
}

/* ---- lx.conf as it is installed: every key with its default, as a comment ---- */

static void add_comment_lines(struct buf *out, const char *text)
{
	add_indented(out, "# ", text);
}

static void add_sample_key(struct buf *out, const struct lx_key *key)
{
	buf_add_char(out, '\n');
	add_comment_lines(out, key->doc);
	if (!key->fallback && key->unset)
		buf_addf(out, "# Unset: %s.\n", key->unset);
	buf_addf(out, "#%s = %s\n", key->name, key->fallback ? key->fallback : key->example ? key->example : "");
}

static int describe_sample(const struct selection *s _unused_, struct buf *out)
{
	buf_add(out, "# Settings of lx on this host; see lx.conf(5).\n"
		     "# What is commented out shows the default, or an example where there is none.\n");
	schema_for_each_section(section, &lx_schema_host) {
		buf_add_char(out, '\n');
		add_comment_lines(out, section->doc);
		buf_addf(out, "[%s]\n", section->name);
		section_for_each_key(k, section)
			add_sample_key(out, k);
	}
	return 0;
}

/* ---- all forms ---- */

static int describe_man_container(const struct selection *s _unused_, struct buf *out)
{
	return lx_describe_man(&lx_schema_container, out);
}

static int describe_man_host(const struct selection *s _unused_, struct buf *out)
{
	return lx_describe_man(&lx_schema_host, out);
}

static int describe_man_users(const struct selection *s _unused_, struct buf *out)
{
	return lx_describe_man(&lx_schema_users, out);
}

static int describe_json(const struct selection *s, struct buf *out)
{
	return lx_describe_json(s->schemas, s->section, s->key, out);
}

static const struct form {
	const char *name;
	int (*describe)(const struct selection *s, struct buf *out);
} forms[] = {
	{ "text", describe_text },
	{ "man-container", describe_man_container },
	{ "man-host", describe_man_host },
	{ "man-users", describe_man_users },
	{ "keys", describe_keys },
	{ "host-keys", describe_host_keys },
	{ "sample-host", describe_sample },
	{ "json", describe_json },
};

/* "network.mtu", "network.eth0.mtu", "network": labels do not matter here. */
static int select_in(const struct lx_schema *schema, const char *text, struct selection *ret, struct lx_error *err)
{
	_cleanup_key_name_ struct lx_key_name name = { 0 };
	const char *dot = strchr(text, '.');
	int r;

	schema_for_each_section(s, schema) {
		const char *rest = str_after(text, s->name);

		if (rest && (!*rest || *rest == '.')) {
			ret->section = s;
			ret->key = *rest ? lx_section_find_key(s, rest + 1) : NULL;
			if (!*rest || ret->key)
				return 0;
		}
	}
	r = dot ? lx_key_name_parse(schema, text, &name, err) : lx_key_name_parse_any(schema, text, &name, err);
	if (r < 0)
		return r;
	ret->section = name.section;
	ret->key = name.key;
	return 0;
}

static int select_key(const char *text, struct selection *ret, struct lx_error *err)
{
	int r = select_in(&lx_schema_container, text, ret, err);

	return r < 0 && select_in(&lx_schema_host, text, ret, NULL) >= 0 ? 0 : r;
}

static const struct form *find_form(const char *what)
{
	for (size_t i = 0; i < array_size(forms); i++)
		if (str_equal(forms[i].name, what))
			return &forms[i];
	return NULL;
}

int lx_describe(const char *what, const char *key, char **ret, struct lx_error *err)
{
	struct selection selection = { .schemas = all_schemas };
	const struct form *form = find_form(what);
	_cleanup_buf_ struct buf out = BUF_INIT;
	char *text;
	int r;

	if (!form)
		return lx_error_say(err, -EINVAL, "\"%s\" is no form of description", what);
	if (key) {
		r = select_key(key, &selection, err);
		if (r < 0)
			return r;
		lx_error_clear(err);
	}
	r = form->describe(&selection, &out);
	text = r < 0 ? NULL : buf_steal(&out);
	if (!text)
		return lx_error_oom(err);

	*ret = text;
	return 0;
}
