/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of keys themselves: names, fields, defaults and documentation, for every row. */
#include "unit.h"

#include <ctype.h>

#include "base/str.h"
#include "base/strv.h"
#include "config/schema.h"
#include "config/types.h"
#include "unit/config-text.h"

static const struct lx_schema *const schemas[] = { &lx_schema_container, &lx_schema_host, &lx_schema_users };

typedef void (*key_fn)(const struct lx_section *section, const struct lx_key *key);

static void for_each_key(key_fn fn)
{
	for (size_t i = 0; i < array_size(schemas); i++)
		schema_for_each_section(s, schemas[i])
			section_for_each_key(k, s)
				fn(s, k);
}

static bool is_name(const char *name, const char *more)
{
	if (!islower((unsigned char)name[0]))
		return false;
	for (const char *p = name; *p; p++)
		if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && !strchr(more, *p))
			return false;
	return !strstr(name, "--") && !str_ends_with(name, "-");
}

static void check_name(const struct lx_section *section, const struct lx_key *key)
{
	if (!is_name(section->name, "-") || !is_name(key->name, "-."))
		fail_msg("[%s] %s: not lower case with hyphens", section->name, key->name);
}

static void test_schema_names_are_lower_case_with_hyphens(void **state _unused_)
{
	for_each_key(check_name);
}

static void check_doc(const struct lx_section *section, const struct lx_key *key)
{
	if (str_empty(key->doc) || !str_ends_with(key->doc, ".") || !isupper((unsigned char)key->doc[0]))
		if (!str_equal(section->name, "network")) /* sentences there begin with a value */
			fail_msg("[%s] %s: the documentation is no sentence", section->name, key->name);
	if (key->unset && (str_ends_with(key->unset, ".") || key->fallback))
		fail_msg("[%s] %s: \"unset\" is part of a sentence, for keys without fallback", section->name, key->name);
	if (!key->fallback && !key->example)
		fail_msg("[%s] %s: neither default nor example", section->name, key->name);
}

static void test_schema_every_key_is_documented(void **state _unused_)
{
	for_each_key(check_doc);
}

static void check_field(const struct lx_section *section, const struct lx_key *key)
{
	if (key->size != key->type->size)
		fail_msg("[%s] %s: the field has %zu bytes, type %s keeps %zu", section->name, key->name, key->size, key->type->name,
			 key->type->size);
	if (key->type == &lx_type_word && !key->words)
		fail_msg("[%s] %s: a word without a list of words", section->name, key->name);
	/* the number 0 stands for "unset" only where 0 cannot be written */
	if (key->type->bounded && !key->fallback && key->min == 0)
		fail_msg("[%s] %s: a number needs a default, or a smallest value", section->name, key->name);
	if (key->max && key->min > key->max)
		fail_msg("[%s] %s: bounds", section->name, key->name);
}

static void test_schema_types_fit_their_fields(void **state _unused_)
{
	for_each_key(check_field);
}

static void check_unique(const struct lx_section *section, const struct lx_key *key)
{
	section_for_each_key(other, section) {
		if (other == key)
			continue;
		if (str_equal(other->name, key->name))
			fail_msg("[%s] %s: two keys of this name", section->name, key->name);
		if (other->offset < key->offset + key->size && key->offset < other->offset + other->size)
			fail_msg("[%s] %s and %s use the same field", section->name, key->name, other->name);
	}
}

static void test_schema_each_field_is_used_by_one_key(void **state _unused_)
{
	for_each_key(check_unique);
}

/* Fields of a labelled element lie behind each other, with no more than padding in between. */
static void check_coverage(const struct lx_section *section)
{
	size_t covered = sizeof(char *);

	section_for_each_key(k, section)
		covered += k->size;
	if (section->element_size - covered >= 2 * sizeof(void *))
		fail_msg("[%s]: a field is filled by no key", section->name);
}

static void test_schema_each_field_is_filled(void **state _unused_)
{
	for (size_t i = 0; i < array_size(schemas); i++)
		schema_for_each_section(s, schemas[i])
			if (s->labelled)
				check_coverage(s);
}

static void check_round_trip(const struct lx_section *section, const struct lx_key *key, const char *text)
{
	_cleanup_strv_ char **normal = NULL;
	struct lx_error err = { 0 };

	if (lx_key_normal(key, (char *const[]){ (char *)text, NULL }, &normal, &err) < 0)
		fail_msg("[%s] %s = %s: %s", section->name, key->name, text, err.text);
	if (strv_length(normal) != 1 || !str_equal(normal[0], text))
		fail_msg("[%s] %s = %s: is written back as %s", section->name, key->name, text, normal ? normal[0] : "nothing");
}

static void check_values(const struct lx_section *section, const struct lx_key *key)
{
	if (key->fallback)
		check_round_trip(section, key, key->fallback);
	if (key->example)
		check_round_trip(section, key, key->example);
	for (const char *const *word = key->words; word && *word && key->type != &lx_type_rlimits; word++)
		check_round_trip(section, key, *word);
}

static void test_schema_defaults_and_examples_read_back(void **state _unused_)
{
	for_each_key(check_values);
}

static int expect_default(const struct lx_section *section, const void *element, const struct lx_key *key, void *userdata _unused_)
{
	if (config_key_is_default(key, element) != 1)
		fail_msg("[%s] %s: a new configuration does not have the default", section->name, key->name);
	return 0;
}

static void test_schema_new_target_has_the_defaults(void **state _unused_)
{
	for (size_t i = 0; i < array_size(schemas); i++) {
		struct lx_error err = { 0 };
		void *target;

		assert_done(lx_schema_new(schemas[i], &target, &err), &err);
		schema_for_each_section(s, schemas[i])
			if (s->labelled) {
				void *element;

				assert_done(lx_section_get_element(s, target, "one", &element, &err), &err);
			}
		lx_schema_for_each(schemas[i], target, expect_default, NULL);
		lx_schema_free(schemas[i], target);
	}
}

static void test_schema_empty_value_is_the_default(void **state _unused_)
{
	const struct lx_key *key = lx_section_find_key(lx_schema_find_section(&lx_schema_container, "container"), "stop-timeout");
	_cleanup_config_ struct lx_config *config = NULL;

	assert_return_code(lx_config_new(&config, NULL), 0);
	assert_return_code(lx_key_set(key, &config->container, "5s", NULL), 0);
	assert_int_equal(config->container.stop_timeout, 5 * USEC_PER_SEC);
	assert_return_code(lx_key_set(key, &config->container, "", NULL), 0);
	assert_int_equal(config->container.stop_timeout, 30 * USEC_PER_SEC);
}

static void check_dotted(const struct lx_section *section, const struct lx_key *key)
{
	const struct lx_schema *schema = NULL;
	const char *label = section->labelled ? "eth0.100" : NULL;
	_cleanup_free_ char *text = lx_key_name_format(section, label, key);
	_cleanup_key_name_ struct lx_key_name name = { 0 };
	struct lx_error err = { 0 };

	for (size_t i = 0; i < array_size(schemas); i++)
		if (lx_schema_find_section(schemas[i], section->name) == section)
			schema = schemas[i];
	assert_done(lx_key_name_parse(schema, text, &name, &err), &err);
	assert_ptr_equal(name.section, section);
	assert_ptr_equal(name.key, key);
	assert_true(str_equal(name.label, label));
}

static void test_schema_dotted_names_read_back(void **state _unused_)
{
	for_each_key(check_dotted);
}

static void test_schema_dotted_mistakes_are_explained(void **state _unused_)
{
	static const struct {
		const char *name, *sentence;
	} cases[] = {
		{ "container.hostnam", "unknown key \"container.hostnam\"; did you mean \"container.hostname\"?" },
		{ "contaner.init", "unknown key \"contaner.init\": there is no section [contaner]; did you mean [container]?" },
		{ "xyzzy", "unknown key \"xyzzy\": there is no section [xyzzy]" },
		{ "cgroup", "\"cgroup\" is a section; name a key of it: cgroup.KEY" },
		{ "network", "\"network\" is a section; name a key of it: network.LABEL.KEY" },
		{ "network.eth0", "\"network.eth0\" is a section; name a key of it: network.eth0.KEY" },
		{ "network.mtu", "network.mtu: [network] takes a label; write network.LABEL.mtu" },
		{ "network.eth0.adress", "unknown key \"network.eth0.adress\"; did you mean \"network.LABEL.ipv4.address\"?" },
		{ "network.e/0.mtu", "network.e/0.mtu: \"e/0\" cannot be a label" },
		{ "cgroup.", "unknown key \"cgroup.\"" },
		{ "", "unknown key \"\": there is no section []" },
	};

	for (size_t i = 0; i < array_size(cases); i++) {
		_cleanup_key_name_ struct lx_key_name name = { 0 };
		struct lx_error err = { 0 };

		assert_int_equal(lx_key_name_parse(&lx_schema_container, cases[i].name, &name, &err), -ENOENT);
		assert_string_equal(err.text, cases[i].sentence);
	}
}

UNIT_MAIN(UNIT(test_schema_names_are_lower_case_with_hyphens), UNIT(test_schema_every_key_is_documented),
	  UNIT(test_schema_types_fit_their_fields), UNIT(test_schema_each_field_is_used_by_one_key),
	  UNIT(test_schema_each_field_is_filled), UNIT(test_schema_defaults_and_examples_read_back),
	  UNIT(test_schema_new_target_has_the_defaults), UNIT(test_schema_empty_value_is_the_default),
	  UNIT(test_schema_dotted_names_read_back), UNIT(test_schema_dotted_mistakes_are_explained))
