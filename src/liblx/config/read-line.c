/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands in a file: headers, keys, includes. Every mistake says where it is, what was expected and what was probably
 * meant. Nothing is ignored.
 */
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "config/reader.h"

int lx_reader_mistake(struct lx_reader *reader, struct lx_error *err)
{
	int code = err->code;

	if (!reader->problems || code == -ENOMEM)
		return code;
	code = strv_append(reader->problems, err->text);
	lx_error_clear(err);
	return code < 0 ? lx_error_oom(err) : 0;
}

static void prefix_place(const struct ini_line *line, struct lx_error *err)
{
	if (line->section)
		lx_error_prefix(err, "[%s%s%s]", line->section, line->label ? " " : "", line->label ? line->label : "");
	lx_error_prefix(err, "%s:%u", line->file, line->line);
	str_printable(err->text);
}

/* ---- sections ---- */

static int unknown_section(struct lx_reader *reader, const struct ini_line *line, struct lx_error *err)
{
	const char *nearest = lx_schema_nearest_section(reader->schema, line->section);

	lx_error_say(err, -EINVAL, "unknown section");
	if (nearest)
		lx_error_advise(err, "did you mean [%s]?", nearest);
	return -EINVAL;
}

static int check_label(const struct lx_section *section, const char *label, struct lx_error *err)
{
	if (!section->labelled && label)
		return lx_error_say(err, -EINVAL, "this section takes no label; write [%s]", section->name);
	if (section->labelled && !label)
		return lx_error_say(err, -EINVAL, "this section needs a label: [%s LABEL]", section->name);
	if (label && !lx_section_label_ok(label))
		return lx_error_say(err, -EINVAL, "expected a label of letters, digits and \"._-@+\", at most 63 characters");
	return 0;
}

/* For messages about an element as a whole: where it was begun. */
static int note_header(struct lx_reader *reader, const struct ini_line *line, struct lx_error *err)
{
	struct lx_origins *origins = lx_schema_origins(reader->schema, reader->target);
	_cleanup_free_ char *name = lx_key_name_format(reader->section, line->label, NULL);

	if (!name)
		return lx_error_oom(err);
	if (lx_origins_find(origins, name))
		return 0;
	return lx_origins_set(origins, name, line->file, line->line) < 0 ? lx_error_oom(err) : 0;
}

static int enter_section(struct lx_reader *reader, const struct ini_line *line, struct lx_error *err)
{
	const struct lx_section *section = lx_schema_find_section(reader->schema, line->section);
	int r;

	reader->section = NULL;
	reader->in_sections = true;
	if (!section)
		return unknown_section(reader, line, err);
	r = check_label(section, line->label, err);
	if (r < 0)
		return r;
	r = lx_section_get_element(section, reader->target, line->label, &reader->element, err);
	if (r < 0)
		return r;
	reader->section = section;
	return line->label ? note_header(reader, line, err) : 0;
}

/* ---- keys ---- */

static const struct lx_section *find_section_of_key(const struct lx_schema *schema, const char *key)
{
	schema_for_each_section(s, schema)
		if (lx_section_find_key(s, key))
			return s;
	return NULL;
}

static int unknown_key(struct lx_reader *reader, const char *key, struct lx_error *err)
{
	const char *nearest = lx_section_nearest_key(reader->section, key);
	const struct lx_section *other = find_section_of_key(reader->schema, key);

	lx_error_say(err, -EINVAL, "unknown key \"%s\"", key);
	if (other)
		lx_error_advise(err, "it is a key of [%s%s]", other->name, other->labelled ? " LABEL" : "");
	else if (nearest)
		lx_error_advise(err, "did you mean \"%s\"?", nearest);
	return -EINVAL;
}

static const char *nearest_word(const struct lx_key *key, const char *value)
{
	return key->words ? str_nearest(value, key->words) : NULL;
}

int lx_reader_set(struct lx_reader *reader, const struct lx_key *key, const char *value, const char *file, unsigned line,
		  struct lx_error *err)
{
	const char *label = lx_section_element_label(reader->section, reader->element);
	_cleanup_free_ char *name = lx_key_name_format(reader->section, label, key);
	const char *nearest;
	int r;

	if (!name)
		return lx_error_oom(err);
	r = lx_key_set(key, reader->element, value, err);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		nearest = nearest_word(key, value);
		if (nearest)
			lx_error_advise(err, "did you mean \"%s\"?", nearest);
		lx_error_prefix(err, "%s = %.100s", line ? key->name : name, value);
		return r;
	}
	if (lx_origins_set(lx_schema_origins(reader->schema, reader->target), name, file, line) < 0)
		return lx_error_oom(err);
	return 0;
}

static int read_key(struct lx_reader *reader, const struct ini_line *line, struct lx_error *err)
{
	const struct lx_key *key = lx_section_find_key(reader->section, line->key);

	if (!key)
		return unknown_key(reader, line->key, err);
	return lx_reader_set(reader, key, line->value, line->file, line->line, err);
}

/* ---- includes ---- */

/* Where a name that is no path from the root may be: beside the file that names it, in the profiles that are installed, in
 * the administrator's directory. */
static int list_candidates(struct lx_reader *reader, const char *name, char ***ret, struct lx_error *err)
{
	const char *slash = strrchr(reader->file->path, '/');
	int r;

	if (path_is_absolute(name))
		return strv_append(ret, name) < 0 ? lx_error_oom(err) : 0;
	r = slash ? strv_appendf(ret, "%.*s/%s", (int)(slash - reader->file->path), reader->file->path, name) :
		    strv_append(ret, name);
	if (r < 0)
		return lx_error_oom(err);
	if (reader->schema == &lx_schema_host)
		return 0;
	if (!reader->settings) {
		r = lx_settings_load(&reader->settings, err);
		if (r < 0)
			return r;
	}
	if (strv_appendf(ret, "%s/config/%s", reader->settings->paths.share, name) < 0 ||
	    strv_appendf(ret, "%s/%s", reader->settings->paths.config, name) < 0)
		return lx_error_oom(err);
	return 0;
}

static int include_file(struct lx_reader *reader, const char *name, struct lx_error *err)
{
	_cleanup_strv_ char **candidates = NULL;
	_cleanup_free_ char *looked = NULL;
	int r;

	if (!path_is_normal(name))
		return lx_error_say(err, -EINVAL, "include = %s: expected a file name without \"..\"", name);
	r = list_candidates(reader, name, &candidates, err);
	if (r < 0)
		return r;
	strv_for_each(path, candidates)
		if (file_exists(AT_FDCWD, path))
			return lx_reader_file(reader, path, err);

	looked = strv_join(candidates, ", ");
	if (!looked)
		return lx_error_oom(err);
	return lx_error_say(err, -ENOENT, "include = %s: there is no %s", name, looked);
}

/* Before the first header only "include" can stand. */
static int read_top(struct lx_reader *reader, const struct ini_line *line, struct lx_error *err)
{
	const struct lx_section *other = find_section_of_key(reader->schema, line->key);

	if (str_equal(line->key, "include") && !reader->schema->alone)
		return include_file(reader, line->value, err);
	lx_error_say(err, -EINVAL, "\"%s\" stands before the first [section]", line->key);
	if (other)
		lx_error_advise(err, "it is a key of [%s%s]", other->name, other->labelled ? " LABEL" : "");
	return -EINVAL;
}

int lx_reader_line(const struct ini_line *line, void *userdata, struct lx_error *err)
{
	struct lx_error own = { 0 };
	struct lx_reader *reader = userdata;
	int r;

	if (!line->key)
		r = enter_section(reader, line, &own);
	else if (!line->section && !reader->in_sections)
		r = read_top(reader, line, &own);
	else if (!line->section || !reader->section)
		return 0; /* of a header that was reported */
	else if (str_equal(line->key, "include"))
		r = lx_error_say(&own, -EINVAL, "include belongs before the first [section]");
	else
		r = read_key(reader, line, &own);
	if (r >= 0)
		return 0;

	if (!reader->placed)
		prefix_place(line, &own);
	r = lx_reader_mistake(reader, &own);
	lx_error_copy(err, &own);
	return r;
}
