/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values to text that reads back as they are. */
#include "config/write.h"

#include "base/buf.h"
#include "base/ini.h"
#include "base/strv.h"

static int write_line(struct buf *b, const struct lx_key *key, const char *value)
{
	_cleanup_free_ char *quoted = ini_quote(value);

	if (!quoted)
		return -ENOMEM;
	buf_addf(b, "%s = %s\n", key->name, quoted);
	return 0;
}

static int write_key(struct buf *b, const struct lx_key *key, const void *element)
{
	_cleanup_strv_ char **values = NULL;
	int r;

	r = lx_key_is_default(key, element);
	if (r != 0)
		return r < 0 ? r : 0;
	r = lx_key_get(key, element, &values);
	strv_for_each(value, values)
		if (r >= 0)
			r = write_line(b, key, value);
	return r;
}

/* An element with a label is there even when all its keys have their defaults. */
static int write_element(struct buf *b, const struct lx_section *section, const void *element)
{
	const char *label = lx_section_element_label(section, element);
	_cleanup_buf_ struct buf lines = BUF_INIT;

	section_for_each_key(k, section) {
		int r = write_key(&lines, k, element);

		if (r < 0)
			return r;
	}
	if (lines.failed)
		return -ENOMEM;
	if (lines.size == 0 && !label)
		return 0;
	buf_addf(b, "%s[%s%s%s]\n%s", b->size ? "\n" : "", section->name, label ? " " : "", label ? label : "",
		 lines.data ? lines.data : "");
	return 0;
}

int lx_schema_write(const struct lx_schema *schema, const void *target, char **ret, struct lx_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	char *text;

	schema_for_each_section(s, schema)
		for (size_t i = 0; i < lx_section_count(s, target); i++)
			if (write_element(&b, s, lx_section_element_at(s, target, i)) < 0)
				return lx_error_oom(err);
	text = buf_steal(&b);
	if (!text)
		return lx_error_oom(err);

	*ret = text;
	return 0;
}

int lx_config_format(const struct lx_config *config, char **ret, struct lx_error *err)
{
	return lx_schema_write(&lx_schema_container, config, ret, err);
}
