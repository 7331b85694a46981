/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What may be configured, as tables: a schema is a list of sections, a section a table of keys, a key names its value
 * type, its field, its default and its documentation. Reader, writer, editor, lx-config, the manual pages and completion
 * all work from these rows and know no key by name.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "config/config.h"

struct lx_type;

struct lx_key {
	const char *name;            /* lower case with hyphens, or the kernel's own name (memory.max) */
	const struct lx_type *type;
	size_t offset, size;         /* of the field in the section's struct: LX_FIELD() */
	const char *fallback;        /* the default, as text; NULL: unset */
	uint64_t min, max;           /* bounds of numbers; max 0: none */
	const char *const *words;    /* values of a word, NULL-terminated */
	const char *unset;           /* what happens when it is unset: "the name of the container" */
	const char *example;         /* a value, where the default is none */
	const char *doc;             /* sentences, one per line */
};

#define LX_FIELD(type, field) offsetof(type, field), sizeof(((type *)NULL)->field)

struct lx_section {
	const char *name;
	bool labelled;               /* [name label], many; the element's first member is char *label */
	size_t offset;               /* of the struct in the target; of the vector of them when labelled */
	size_t element_size;
	const struct lx_key *keys;
	size_t n_keys;
	const char *label;           /* what the label means, for the manual */
	const char *doc;
};

struct lx_schema {
	const char *name;            /* "container", "host" */
	size_t size;                 /* of the target struct */
	size_t origins;              /* offset of its struct lx_origins */
	bool alone;                  /* its files include no others */
	const struct lx_section *const *sections; /* NULL-terminated, in the order of the manual */
};

extern const struct lx_schema lx_schema_container, lx_schema_host, lx_schema_users;

#define section_for_each_key(k, section) \
	for (const struct lx_key *k = (section)->keys; k < (section)->keys + (section)->n_keys; k++)
#define schema_for_each_section(s, schema) \
	for (const struct lx_section *const *_p_##s = (schema)->sections, *s; (s = *_p_##s); _p_##s++)

const struct lx_section *lx_schema_find_section(const struct lx_schema *schema, const char *name);
const struct lx_key *lx_section_find_key(const struct lx_section *section, const char *name);
/* Is this a label that can be written in a header and in a dotted name? */
bool lx_section_label_ok(const char *label);

/* New target with every default; NULL target fields are unset. lx_schema_free() accepts a half-built one and NULL. */
int lx_schema_new(const struct lx_schema *schema, void **ret, struct lx_error *err);
void lx_schema_free(const struct lx_schema *schema, void *target);

/* Elements: the struct of a section in a target. label is NULL where the section has none. */
void *lx_section_find_element(const struct lx_section *section, const void *target, const char *label);
/* As above, made with its defaults when it is missing. */
int lx_section_get_element(const struct lx_section *section, void *target, const char *label, void **ret, struct lx_error *err);
size_t lx_section_count(const struct lx_section *section, const void *target);
void *lx_section_element_at(const struct lx_section *section, const void *target, size_t i);
/* The label of an element; NULL where the section has none. */
const char *lx_section_element_label(const struct lx_section *section, const void *element);

/* A key by its dotted name: section.key or section.label.key. */
struct lx_key_name {
	const struct lx_section *section;
	const struct lx_key *key;    /* NULL: the name is a whole section */
	char *label;                 /* NULL where the section has none */
};
void lx_key_name_done(struct lx_key_name *name);
#define _cleanup_key_name_ _cleanup_(lx_key_name_done)
/* -ENOENT for an unknown section or key, with the nearest one in the sentence. */
int lx_key_name_parse(const struct lx_schema *schema, const char *text, struct lx_key_name *ret, struct lx_error *err);
/* As above; section.label is fine too, for the whole section: key is NULL then. */
int lx_key_name_parse_any(const struct lx_schema *schema, const char *text, struct lx_key_name *ret, struct lx_error *err);
/* The dotted name; new memory. */
char *lx_key_name_format(const struct lx_section *section, const char *label, const struct lx_key *key);

/* Text into the field of element: scalars are replaced, lists get one more; "" is the default again, or the empty list.
 * The sentence of err says what was expected, without the place. */
int lx_key_set(const struct lx_key *key, void *element, const char *text, struct lx_error *err);
/* Value as text, one string for each item; nothing is appended for an unset key. */
int lx_key_get(const struct lx_key *key, const void *element, char ***ret);
/* Texts as the key's type writes them back: {"60s"} becomes {"1min"}. */
int lx_key_normal(const struct lx_key *key, char *const *texts, char ***ret, struct lx_error *err);
/* What may be written, with the key's bounds and words: "a number from 68 to 65535". New memory. */
char *lx_key_syntax(const struct lx_key *key);
/* The names nearest to a mistyped word, or NULL. */
const char *lx_section_nearest_key(const struct lx_section *section, const char *word);
const char *lx_schema_nearest_section(const struct lx_schema *schema, const char *word);

/* Walks every key of every element in the order of the tables. A negative return ends the walk and is returned. */
typedef int (*lx_schema_fn)(const struct lx_section *section, const void *element, const struct lx_key *key, void *userdata);
int lx_schema_for_each(const struct lx_schema *schema, const void *target, lx_schema_fn fn, void *userdata);

struct lx_origins *lx_schema_origins(const struct lx_schema *schema, void *target);
const struct lx_origin *lx_origins_find(const struct lx_origins *origins, const char *key);
/* Remembers the last place of key; line 0: not from a file. */
int lx_origins_set(struct lx_origins *origins, const char *key, const char *file, unsigned line);
void lx_origins_done(struct lx_origins *origins);
