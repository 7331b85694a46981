/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration as text that reads back to the same values: for tests, which compare by it. */
#pragma once

#include "base/buf.h"
#include "base/ini.h"
#include "base/strv.h"
#include "config/config.h"
#include "config/schema.h"

/* Negative when memory is short. */
static inline int config_key_is_default(const struct lx_key *key, const void *element)
{
	_cleanup_strv_ char **value = NULL, **normal = NULL;
	char *fallback[] = { (char *)key->fallback, NULL };
	int r;

	r = lx_key_get(key, element, &value);
	if (r >= 0)
		r = lx_key_normal(key, fallback, &normal, NULL);
	return r < 0 ? r : strv_equal(normal, value);
}

/* What differs from its default. */
static inline int config_text_add_key(struct buf *b, const struct lx_key *key, const void *element)
{
	_cleanup_strv_ char **values = NULL;
	int r = config_key_is_default(key, element);

	if (r != 0)
		return r < 0 ? r : 0;
	r = lx_key_get(key, element, &values);
	strv_for_each(value, values) {
		_cleanup_free_ char *quoted = ini_quote(value);

		buf_addf(b, "%s = %s\n", key->name, quoted ?: "");
		r = quoted ? r : -ENOMEM;
	}
	return r;
}

/* An element with a label is there even when all its keys have their defaults. */
static inline int config_text_add(struct buf *b, const struct lx_section *section, const void *element)
{
	const char *label = lx_section_element_label(section, element);
	_cleanup_buf_ struct buf lines = BUF_INIT;

	section_for_each_key(k, section)
		if (config_text_add_key(&lines, k, element) < 0)
			return -ENOMEM;
	if (lines.size > 0 || label)
		buf_addf(b, "%s[%s%s%s]\n%s", b->size ? "\n" : "", section->name, label ? " " : "", label ?: "", lines.data ?: "");
	return 0;
}

/* New string; NULL when memory is short. */
static inline char *config_text(const struct lx_config *config)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	schema_for_each_section(s, &lx_schema_container)
		for (size_t i = 0; i < lx_section_count(s, config); i++)
			if (config_text_add(&b, s, lx_section_element_at(s, config, i)) < 0)
				return NULL;
	return buf_steal(&b);
}
