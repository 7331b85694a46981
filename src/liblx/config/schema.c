/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machinery behind the tables of keys: finding rows, making and releasing the structs that they describe, moving one
 * value between text and field. The targets are plain C structs; a row knows where its field lies, a section where its
 * struct or its vector of structs lies.
 */
#include "config/schema.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/vec.h"
#include "config/types.h"

#define LABEL_MAX 63

/* The two members that VEC() makes, whatever the element is. */
struct elements {
	void *items;
	size_t n;
};

static void *field_of(const struct lx_key *key, const void *element)
{
	return (char *)element + key->offset;
}

static struct elements *elements_of(const struct lx_section *section, const void *target)
{
	return (struct elements *)((char *)target + section->offset);
}

const struct lx_section *lx_schema_find_section(const struct lx_schema *schema, const char *name)
{
	schema_for_each_section(s, schema)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

const struct lx_key *lx_section_find_key(const struct lx_section *section, const char *name)
{
	section_for_each_key(k, section)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

bool lx_section_label_ok(const char *label)
{
	size_t size = strlen(label);

	if (size == 0 || size > LABEL_MAX || label[0] == '.' || label[size - 1] == '.')
		return false;
	return strspn(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@+") == size;
}

static int fill_defaults(const struct lx_section *section, void *element, struct lx_error *err)
{
	section_for_each_key(k, section) {
		int r = k->fallback ? lx_key_set(k, element, k->fallback, err) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

int lx_schema_new(const struct lx_schema *schema, void **ret, struct lx_error *err)
{
	void *target = calloc(1, schema->size);
	int r;

	if (!target)
		return lx_error_oom(err);
	schema_for_each_section(s, schema) {
		r = s->labelled ? 0 : fill_defaults(s, (char *)target + s->offset, err);
		if (r < 0) {
			lx_schema_free(schema, target);
			return r;
		}
	}

	*ret = target;
	return 0;
}

static void element_done(const struct lx_section *section, void *element)
{
	section_for_each_key(k, section)
		k->type->done(field_of(k, element));
	if (section->labelled)
		free(*(char **)element);
}

static void section_done(const struct lx_section *section, void *target)
{
	for (size_t i = 0; i < lx_section_count(section, target); i++)
		element_done(section, lx_section_element_at(section, target, i));
	if (section->labelled)
		vec_done(elements_of(section, target));
}

void lx_schema_free(const struct lx_schema *schema, void *target)
{
	if (!target)
		return;
	schema_for_each_section(s, schema)
		section_done(s, target);
	lx_origins_done(lx_schema_origins(schema, target));
	free(target);
}

size_t lx_section_count(const struct lx_section *section, const void *target)
{
	return section->labelled ? elements_of(section, target)->n : 1;
}

void *lx_section_element_at(const struct lx_section *section, const void *target, size_t i)
{
	if (!section->labelled)
		return (char *)target + section->offset;
	return (char *)elements_of(section, target)->items + i * section->element_size;
}

const char *lx_section_element_label(const struct lx_section *section, const void *element)
{
	return section->labelled ? *(char *const *)element : NULL;
}

void *lx_section_find_element(const struct lx_section *section, const void *target, const char *label)
{
	for (size_t i = 0; i < lx_section_count(section, target); i++) {
		void *element = lx_section_element_at(section, target, i);

		if (!section->labelled || str_equal(lx_section_element_label(section, element), label))
			return element;
	}
	return NULL;
}

int lx_section_get_element(const struct lx_section *section, void *target, const char *label, void **ret, struct lx_error *err)
{
	struct elements *elements = elements_of(section, target);
	void *element = lx_section_find_element(section, target, label);
	int r;

	if (!element) {
		element = vec_grow(&elements->items, &elements->n, section->element_size);
		if (!element || str_set(element, label) < 0)
			return lx_error_oom(err);
		r = fill_defaults(section, element, err);
		if (r < 0)
			return r;
	}

	*ret = element;
	return 0;
}

char *lx_key_syntax(const struct lx_key *key)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	char **min = NULL, **max = NULL;

	buf_add(&b, key->type->syntax);
	if (key->type == &lx_type_words && key->words)
		buf_add(&b, " out of");
	if ((key->type == &lx_type_word || key->type == &lx_type_words) && key->words)
		for (const char *const *w = key->words; *w; w++)
			buf_addf(&b, "%s %s", w == key->words ? "" : w[1] ? "," : " or", *w);
	if (key->type->bounded && (key->min || key->max)) {
		struct lx_key plain = { .name = key->name, .type = key->type };

		key->type->format(&plain, &key->min, &min);
		key->type->format(&plain, &key->max, &max);
		if (min && max)
			buf_addf(&b, key->max ? "%s from %s to %s" : "%s at least %s", strchr(key->type->syntax, ',') ? "," : "", *min,
				 *max);
		strv_free(min);
		strv_free(max);
	}

	return buf_steal(&b);
}

static int say_expected(const struct lx_key *key, int code, struct lx_error *err)
{
	_cleanup_free_ char *syntax = lx_key_syntax(key);

	return syntax ? lx_error_say(err, code, "expected %s", syntax) : lx_error_oom(err);
}

int lx_key_set(const struct lx_key *key, void *element, const char *text, struct lx_error *err)
{
	void *field = field_of(key, element);
	int r = 0;

	if (!*text) {
		key->type->done(field);
		text = key->fallback && !key->type->list ? key->fallback : NULL;
	}
	if (text)
		r = key->type->parse(key, text, field);
	if (r == -ENOMEM)
		return lx_error_oom(err);
	return r < 0 ? say_expected(key, r, err) : 0;
}

int lx_key_get(const struct lx_key *key, const void *element, char ***ret)
{
	return key->type->format(key, field_of(key, element), ret);
}

int lx_key_normal(const struct lx_key *key, char *const *texts, char ***ret, struct lx_error *err)
{
	_cleanup_free_ char *element = calloc(1, key->offset + key->size);
	_cleanup_strv_ char **normal = NULL;
	int r = 0;

	if (!element)
		return lx_error_oom(err);
	for (char *const *text = texts; r >= 0 && text && *text; text++)
		r = lx_key_set(key, element, *text, err);
	if (r >= 0 && lx_key_get(key, element, &normal) < 0)
		r = lx_error_oom(err);
	key->type->done(field_of(key, element));
	if (r < 0)
		return r;

	*ret = take_ptr(normal);
	return 0;
}

/* Part of a dotted key counts too: "address" means ipv4.address, "pids" means pids.max. */
static size_t word_distance(const char *word, const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t whole = str_distance(word, name), tail;

	if (!dot)
		return whole;
	if (strncmp(word, name, strlen(word)) == 0 && name[strlen(word)] == '.')
		return 0;
	tail = str_distance(word, dot + 1);
	return MIN_OF(whole, tail);
}

static bool is_near(const char *word, size_t distance)
{
	return distance <= MAX_OF(strlen(word) / 3, (size_t)1) && distance < strlen(word);
}

const char *lx_section_nearest_key(const struct lx_section *section, const char *word)
{
	const char *best = NULL;
	size_t best_distance = SIZE_MAX;

	section_for_each_key(k, section) {
		size_t distance = word_distance(word, k->name);

		if (distance < best_distance) {
			best = k->name;
			best_distance = distance;
		}
	}
	return best && is_near(word, best_distance) ? best : NULL;
}

const char *lx_schema_nearest_section(const struct lx_schema *schema, const char *word)
{
	const char *best = NULL;
	size_t best_distance = SIZE_MAX;

	schema_for_each_section(s, schema) {
		size_t distance = str_distance(word, s->name);

		if (distance < best_distance) {
			best = s->name;
			best_distance = distance;
		}
	}
	return best && is_near(word, best_distance) ? best : NULL;
}

int lx_schema_for_each(const struct lx_schema *schema, const void *target, lx_schema_fn fn, void *userdata)
{
	schema_for_each_section(s, schema)
		for (size_t i = 0; i < lx_section_count(s, target); i++)
			section_for_each_key(k, s) {
				int r = fn(s, lx_section_element_at(s, target, i), k, userdata);

				if (r < 0)
					return r;
			}
	return 0;
}

struct lx_origins *lx_schema_origins(const struct lx_schema *schema, void *target)
{
	return (struct lx_origins *)((char *)target + schema->origins);
}

static struct lx_origin *find_origin(const struct lx_origins *origins, const char *key)
{
	vec_for_each(o, origins)
		if (strcmp(o->key, key) == 0)
			return o;
	return NULL;
}

const struct lx_origin *lx_origins_find(const struct lx_origins *origins, const char *key)
{
	return find_origin(origins, key);
}

int lx_origins_set(struct lx_origins *origins, const char *key, const char *file, unsigned line)
{
	struct lx_origin *o = find_origin(origins, key);

	if (!o) {
		_cleanup_free_ char *copy = strdup(key), *place = strdup(file);

		if (!copy || !place)
			return -ENOMEM;
		o = vec_add(origins);
		if (!o)
			return -ENOMEM;
		*o = (struct lx_origin){ take_ptr(copy), take_ptr(place), line };
		return 0;
	}
	o->line = line;
	return str_equal(o->file, file) ? 0 : str_set(&o->file, file);
}

void lx_origins_done(struct lx_origins *origins)
{
	vec_for_each(o, origins) {
		free(o->key);
		free(o->file);
	}
	vec_done(origins);
}
