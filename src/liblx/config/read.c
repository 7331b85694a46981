/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files to values: the main file, what it includes, its drop-ins in the order of their names, then assignments of the
 * caller. Later ones win; lists grow, and an empty value clears. Every mistake says where it is, what was expected and
 * what was probably meant. Nothing is ignored.
 */
#include "config/read.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/ini.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

#define INCLUDE_DEPTH_MAX 8

/* The files that are being read, innermost first. */
struct open_file {
	const char *path;
	dev_t device;
	ino_t inode;
	const struct open_file *parent;
	unsigned depth;
};

struct reader {
	const struct lx_schema *schema;
	void *target;
	char ***problems;
	const struct open_file *file;
	const struct lx_section *section; /* of the current header; NULL: none, or an unknown one that was reported */
	void *element;
	bool in_sections;                 /* a header was seen in this file */
	struct lx_settings *settings;     /* where to look for includes; loaded when first needed */
	bool placed;                      /* the error that is on its way up says where it is */
};

static int read_file(struct reader *reader, const char *path, struct lx_error *err);

/* A mistake: collected, or the end. */
static int mistake(struct reader *reader, struct lx_error *err)
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

static int unknown_section(struct reader *reader, const struct ini_line *line, struct lx_error *err)
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
static int note_header(struct reader *reader, const struct ini_line *line, struct lx_error *err)
{
	struct lx_origins *origins = lx_schema_origins(reader->schema, reader->target);
	_cleanup_free_ char *name = lx_key_name_format(reader->section, line->label, NULL);

	if (!name)
		return lx_error_oom(err);
	if (lx_origins_find(origins, name))
		return 0;
	return lx_origins_set(origins, name, line->file, line->line) < 0 ? lx_error_oom(err) : 0;
}

static int enter_section(struct reader *reader, const struct ini_line *line, struct lx_error *err)
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

static int unknown_key(struct reader *reader, const char *key, struct lx_error *err)
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

static int set_key(struct reader *reader, const struct lx_section *section, void *element, const struct lx_key *key,
		   const char *value, const char *file, unsigned line, struct lx_error *err)
{
	_cleanup_free_ char *name = lx_key_name_format(section, lx_section_element_label(section, element), key);
	const char *nearest;
	int r;

	if (!name)
		return lx_error_oom(err);
	r = lx_key_set(key, element, value, err);
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

static int read_key(struct reader *reader, const struct ini_line *line, struct lx_error *err)
{
	const struct lx_key *key = lx_section_find_key(reader->section, line->key);

	if (!key)
		return unknown_key(reader, line->key, err);
	return set_key(reader, reader->section, reader->element, key, line->value, line->file, line->line, err);
}

/* ---- includes ---- */

/* Where a name that is no path from the root may be: beside the file that names it, in the profiles that are installed, in
 * the administrator's directory. */
static int list_candidates(struct reader *reader, const char *name, char ***ret, struct lx_error *err)
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

static int include_file(struct reader *reader, const char *name, struct lx_error *err)
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
			return read_file(reader, path, err);

	looked = strv_join(candidates, ", ");
	if (!looked)
		return lx_error_oom(err);
	return lx_error_say(err, -ENOENT, "include = %s: there is no %s", name, looked);
}

/* Before the first header only "include" can stand. */
static int read_top(struct reader *reader, const struct ini_line *line, struct lx_error *err)
{
	const struct lx_section *other = find_section_of_key(reader->schema, line->key);

	if (str_equal(line->key, "include"))
		return include_file(reader, line->value, err);
	lx_error_say(err, -EINVAL, "\"%s\" stands before the first [section]", line->key);
	if (other)
		lx_error_advise(err, "it is a key of [%s%s]", other->name, other->labelled ? " LABEL" : "");
	return -EINVAL;
}

static int read_line(const struct ini_line *line, void *userdata, struct lx_error *err)
{
	struct lx_error own = { 0 };
	struct reader *reader = userdata;
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
	r = mistake(reader, &own);
	lx_error_copy(err, &own);
	return r;
}

static void note_syntax(const struct lx_error *error, void *userdata)
{
	struct reader *reader = userdata;

	(void)strv_append(reader->problems, error->text);
}

/* ---- files ---- */

static int parse_text(struct reader *reader, const char *path, const char *text, size_t size, struct lx_error *err)
{
	int r;

	if (strlen(text) != size)
		return lx_error_say(err, -EINVAL, "%s: this is no text: it has a zero byte", path);
	reader->section = NULL;
	reader->in_sections = false;
	r = ini_parse(path, text, read_line, reader->problems ? note_syntax : NULL, reader, err);
	reader->placed = r < 0;
	reader->in_sections = false; /* of the file that includes this one */
	return r;
}

static int check_chain(const struct open_file *file, struct lx_error *err)
{
	if (file->depth > INCLUDE_DEPTH_MAX)
		return lx_error_say(err, -ELOOP, "%s: files include each other more than %d deep", file->path, INCLUDE_DEPTH_MAX);
	for (const struct open_file *f = file->parent; f; f = f->parent)
		if (f->device == file->device && f->inode == file->inode)
			return lx_error_say(err, -ELOOP, "%s: this file includes itself", file->path);
	return 0;
}

static int read_fd(struct reader *reader, int fd, const char *path, struct lx_error *err)
{
	struct open_file file = { .path = path, .parent = reader->file, .depth = reader->file ? reader->file->depth + 1 : 0 };
	_cleanup_free_ char *text = NULL;
	struct stat st;
	size_t size;
	int r;

	if (fstat(fd, &st) < 0)
		return lx_error_set(err, -errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return lx_error_say(err, -EINVAL, "%s: this is not a regular file", path);
	file.device = st.st_dev;
	file.inode = st.st_ino;
	r = check_chain(&file, err);
	if (r < 0)
		return r;
	r = file_read_fd(fd, FILE_TEXT_MAX, &text, &size);
	if (r < 0)
		return lx_error_set(err, r, "read %s", path);

	reader->file = &file;
	r = parse_text(reader, path, text, size, err);
	reader->file = file.parent;
	return r;
}

static int read_file(struct reader *reader, const char *path, struct lx_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return lx_error_set(err, -errno, "open %s", path);
	return read_fd(reader, fd, path, err);
}

static int read_main(struct reader *reader, const struct lx_read *options, struct lx_error *err)
{
	struct open_file file = { .path = options->file };
	int r;

	if (!options->text) {
		r = read_file(reader, options->file, err);
		if (r == -ENOENT && options->optional && !file_exists(AT_FDCWD, options->file)) {
			lx_error_clear(err);
			return 0;
		}
		return r;
	}
	reader->file = &file;
	r = parse_text(reader, options->file, options->text, strlen(options->text), err);
	reader->file = NULL;
	return r;
}

static int list_drop_ins(const char *directory, char ***ret, struct lx_error *err)
{
	_cleanup_closedir_ DIR *dir = opendir(directory);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT || errno == ENOTDIR ? 0 : lx_error_set(err, -errno, "open %s", directory);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && str_ends_with(entry->d_name, ".conf") &&
		    strv_appendf(ret, "%s/%s", directory, entry->d_name) < 0)
			return lx_error_oom(err);
	if (*ret)
		strv_sort(*ret);
	return 0;
}

static int read_drop_ins(struct reader *reader, const char *file, struct lx_error *err)
{
	_cleanup_free_ char *directory = str_format("%s.d", file);
	_cleanup_strv_ char **files = NULL;
	int r;

	if (!directory)
		return lx_error_oom(err);
	r = list_drop_ins(directory, &files, err);
	if (r < 0)
		return r;
	strv_for_each(path, files) {
		r = read_file(reader, path, err);
		if (r < 0 && (r = mistake(reader, err)) < 0)
			return r;
	}
	return 0;
}

static int assign(struct reader *reader, const char *assignment, struct lx_error *err)
{
	_cleanup_key_name_ struct lx_key_name name = { 0 };
	const char *equal = strchr(assignment, '=');
	_cleanup_free_ char *key = NULL, *value = NULL;
	void *element;
	int r;

	if (!equal)
		return lx_error_say(err, -EINVAL, "%s: expected KEY=VALUE", assignment);
	key = strndup(assignment, (size_t)(equal - assignment));
	value = strdup(equal + 1);
	if (!key || !value)
		return lx_error_oom(err);
	r = lx_key_name_parse(reader->schema, str_strip(key), &name, err);
	if (r < 0)
		return r;
	r = lx_section_get_element(name.section, reader->target, name.label, &element, err);
	if (r < 0)
		return r;
	return set_key(reader, name.section, element, name.key, str_strip(value), "the command line", 0, err);
}

static int read_all(struct reader *reader, const struct lx_read *options, struct lx_error *err)
{
	int r;

	if (lx_origins_set(lx_schema_origins(reader->schema, reader->target), "", options->file, 0) < 0)
		return lx_error_oom(err);
	r = read_main(reader, options, err);
	if (r < 0 && (r = mistake(reader, err)) < 0)
		return r;
	r = read_drop_ins(reader, options->file, err);
	if (r < 0 && (r = mistake(reader, err)) < 0)
		return r;
	strv_for_each(assignment, options->assignments) {
		r = assign(reader, assignment, err);
		if (r < 0 && (r = mistake(reader, err)) < 0)
			return r;
	}
	return 0;
}

int lx_schema_read(const struct lx_schema *schema, const struct lx_read *options, void **ret, struct lx_error *err)
{
	struct reader reader = { .schema = schema, .problems = options->problems };
	struct lx_error own = { 0 };
	int r;

	r = lx_schema_new(schema, &reader.target, err);
	if (r < 0)
		return r;
	r = read_all(&reader, options, &own);
	lx_settings_free(reader.settings);
	if (r < 0) {
		lx_schema_free(schema, reader.target);
		lx_error_copy(err, &own);
		return r;
	}

	*ret = reader.target;
	return 0;
}

int lx_config_load(const char *file, char *const *assignments, struct lx_config **ret, struct lx_error *err)
{
	struct lx_read options = { .file = file, .assignments = assignments };
	void *config;
	int r;

	r = lx_schema_read(&lx_schema_container, &options, &config, err);
	if (r < 0)
		return r;
	*ret = config;
	return 0;
}

int lx_config_load_all(const char *file, struct lx_config **ret, char ***problems, struct lx_error *err)
{
	struct lx_read options = { .file = file, .problems = problems };
	void *config;
	int r;

	r = lx_schema_read(&lx_schema_container, &options, &config, err);
	if (r < 0)
		return r;
	*ret = config;
	return 0;
}

int lx_settings_load(struct lx_settings **ret, struct lx_error *err)
{
	const char *named = secure_getenv("LX_CONFIG");
	struct lx_read options = {
		.file = str_empty(named) ? LX_SYSCONFDIR "/lx.conf" : named,
		.optional = str_empty(named),
	};
	void *settings;
	int r;

	r = lx_schema_read(&lx_schema_host, &options, &settings, err);
	if (r < 0)
		return r;
	*ret = settings;
	return 0;
}
