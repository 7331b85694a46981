/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptions for programs. */
#include <jansson.h>

#include "config/describe.h"
#include "config/types.h"

static void json_free(json_t *json)
{
	json_decref(json);
}
DEFINE_CLEANUP(json_t *, json_free)
#define _cleanup_json_ _cleanup_(json_freep)

static int set_text(json_t *object, const char *name, const char *text)
{
	return text ? json_object_set_new(object, name, json_string(text)) : 0;
}

static json_t *words_json(const char *const *words)
{
	_cleanup_json_ json_t *array = json_array();

	for (; array && words && *words; words++)
		if (json_array_append_new(array, json_string(*words)) < 0)
			return NULL;
	return take_ptr(array);
}

static json_t *key_json(const struct lx_key *key)
{
	_cleanup_(lx_key_description_done) struct lx_key_description d = { 0 };
	_cleanup_json_ json_t *object = json_object();

	if (!object || lx_key_describe(key, &d) < 0)
		return NULL;
	if (set_text(object, "name", key->name) < 0 || set_text(object, "type", key->type->name) < 0 ||
	    set_text(object, "syntax", d.syntax) < 0 || set_text(object, "default", key->fallback) < 0 ||
	    set_text(object, "unset", key->unset) < 0 || set_text(object, "example", key->example) < 0 ||
	    json_object_set_new(object, "list", json_boolean(key->type->list)) < 0 ||
	    (key->words && json_object_set_new(object, "words", words_json(key->words)) < 0) ||
	    set_text(object, "doc", key->doc) < 0)
		return NULL;
	return take_ptr(object);
}

static json_t *section_json(const struct lx_section *section, const struct lx_key *key)
{
	_cleanup_json_ json_t *object = json_object(), *keys = json_array();

	if (!object || !keys)
		return NULL;
	section_for_each_key(k, section)
		if ((!key || k == key) && json_array_append_new(keys, key_json(k)) < 0)
			return NULL;
	if (set_text(object, "name", section->name) < 0 ||
	    json_object_set_new(object, "labelled", json_boolean(section->labelled)) < 0 ||
	    set_text(object, "label", section->label) < 0 || set_text(object, "doc", section->doc) < 0 ||
	    json_object_set(object, "keys", keys) < 0)
		return NULL;
	return take_ptr(object);
}

static json_t *schema_json(const struct lx_schema *schema)
{
	_cleanup_json_ json_t *array = json_array();

	if (!array)
		return NULL;
	schema_for_each_section(s, schema)
		if (json_array_append_new(array, section_json(s, NULL)) < 0)
			return NULL;
	return take_ptr(array);
}

static json_t *all_json(const struct lx_schema *const *schemas)
{
	_cleanup_json_ json_t *object = json_object();

	for (; object && *schemas; schemas++)
		if (json_object_set_new(object, (*schemas)->name, schema_json(*schemas)) < 0)
			return NULL;
	return take_ptr(object);
}

int lx_describe_json(const struct lx_schema *const *schemas, const struct lx_section *section, const struct lx_key *key,
		     struct buf *out)
{
	_cleanup_json_ json_t *json = section ? section_json(section, key) : all_json(schemas);
	_cleanup_free_ char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;

	if (!text)
		return -ENOMEM;
	buf_addf(out, "%s\n", text);
	return 0;
}
