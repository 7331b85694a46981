/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A value of each key: the first two bytes choose the key, the rest is the text. What is accepted must be written back as a text
 * that is accepted, and that is written as itself. */
#include <stdlib.h>
#include <string.h>

#include "base/strv.h"
#include "config/schema.h"
#include "fuzz.h"

static void check(const struct lx_schema *schema, const struct lx_section *section, const struct lx_key *key, const char *text)
{
	_cleanup_strv_ char **texts = NULL, **again = NULL, **values = NULL;
	void *target = NULL, *element = NULL;

	if (lx_schema_new(schema, &target, NULL) < 0)
		return;
	if (lx_section_get_element(section, target, section->labelled ? "a" : NULL, &element, NULL) >= 0 &&
	    lx_key_set(key, element, "", NULL) >= 0 && lx_key_set(key, element, text, NULL) >= 0) {
		if (lx_key_get(key, element, &values) < 0)
			abort();
		if (values && (lx_key_normal(key, values, &texts, NULL) < 0 || lx_key_normal(key, texts, &again, NULL) < 0 ||
			       !strv_equal(texts, again)))
			abort();
	}
	lx_schema_free(schema, target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct lx_schema *const schemas[] = { &lx_schema_container, &lx_schema_host, &lx_schema_users };
	_cleanup_free_ char *text = NULL;
	size_t n = 0;

	if (size < 2)
		return 0;
	text = strndup((const char *)data + 2, size - 2);
	for (size_t i = 0; text && i < array_size(schemas); i++)
		schema_for_each_section(section, schemas[i])
			section_for_each_key(key, section)
				if (n++ == (size_t)(data[0] | data[1] << 8))
					check(schemas[i], section, key, text);
	return 0;
}
