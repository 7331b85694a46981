/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files to values: the main file, what it includes, its drop-ins in the order of their names, then assignments of the
 * caller. Later ones win; lists grow, and an empty value clears.
 */
#include "config/read.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "config/reader.h"

#define INCLUDE_DEPTH_MAX 8

static void note_syntax(const struct lx_error *error, void *userdata)
{
	struct lx_reader *reader = userdata;

	(void)strv_append(reader->problems, error->text);
}

/* ---- files ---- */

static int parse_text(struct lx_reader *reader, const char *path, const char *text, size_t size, struct lx_error *err)
{
	int r;

	if (strlen(text) != size)
		return lx_error_say(err, -EINVAL, "%s: this is no text: it has a zero byte", path);
	reader->section = NULL;
	reader->in_sections = false;
	r = ini_parse(path, text, lx_reader_line, reader->problems ? note_syntax : NULL, reader, err);
	reader->placed = r < 0;
	reader->in_sections = false; /* of the file that includes this one */
	return r;
}

static int check_chain(const struct lx_open_file *file, struct lx_error *err)
{
	if (file->depth > INCLUDE_DEPTH_MAX)
		return lx_error_say(err, -ELOOP, "%s: files include each other more than %d deep", file->path, INCLUDE_DEPTH_MAX);
	for (const struct lx_open_file *f = file->parent; f; f = f->parent)
		if (f->device == file->device && f->inode == file->inode)
			return lx_error_say(err, -ELOOP, "%s: this file includes itself", file->path);
	return 0;
}

/* By the descriptor: the name may lead elsewhere by now. */
static int check_owner(const struct lx_reader *reader, const struct stat *st, const char *path, struct lx_error *err)
{
	if (!reader->of_root || reader->file || (st->st_uid == 0 && !(st->st_mode & S_IWOTH)))
		return 0;
	return lx_error_say(err, -EPERM, "%s: it would be obeyed as root, and must belong to root, with others unable to write to it; it has "
			    "uid %u and mode %04o", path, (unsigned)st->st_uid, (unsigned)st->st_mode & 07777);
}

static int read_fd(struct lx_reader *reader, int fd, const char *path, struct lx_error *err)
{
	struct lx_open_file file = { .path = path, .parent = reader->file, .depth = reader->file ? reader->file->depth + 1 : 0 };
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
	r = check_owner(reader, &st, path, err);
	r = r < 0 ? r : check_chain(&file, err);
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

int lx_reader_file(struct lx_reader *reader, const char *path, struct lx_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return lx_error_set(err, -errno, "open %s", path);
	return read_fd(reader, fd, path, err);
}

static int read_main(struct lx_reader *reader, const struct lx_read *options, struct lx_error *err)
{
	struct lx_open_file file = { .path = options->file };
	int r;

	if (!options->text) {
		r = lx_reader_file(reader, options->file, err);
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

static int read_drop_ins(struct lx_reader *reader, const char *file, struct lx_error *err)
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
		r = lx_reader_file(reader, path, err);
		if (r < 0 && (r = lx_reader_mistake(reader, err)) < 0)
			return r;
	}
	return 0;
}

static int assign(struct lx_reader *reader, const char *assignment, struct lx_error *err)
{
	_cleanup_key_name_ struct lx_key_name name = { 0 };
	const char *equal = strchr(assignment, '=');
	_cleanup_free_ char *key = NULL, *value = NULL;
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
	r = lx_section_get_element(name.section, reader->target, name.label, &reader->element, err);
	if (r < 0)
		return r;
	reader->section = name.section;
	return lx_reader_set(reader, name.key, str_strip(value), "the command line", 0, err);
}

static int read_below(struct lx_reader *reader, const char *file, struct lx_error *err)
{
	int r = 0;

	if (file_exists(AT_FDCWD, file))
		r = lx_reader_file(reader, file, err);
	if (r < 0 && (r = lx_reader_mistake(reader, err)) < 0)
		return r;
	return read_drop_ins(reader, file, err);
}

static int read_all(struct lx_reader *reader, const struct lx_read *options, struct lx_error *err)
{
	int r;

	if (lx_origins_set(lx_schema_origins(reader->schema, reader->target), "", options->file, 0) < 0)
		return lx_error_oom(err);
	r = options->below ? read_below(reader, options->below, err) : 0;
	if (r < 0)
		return r;
	r = read_main(reader, options, err);
	if (r < 0 && (r = lx_reader_mistake(reader, err)) < 0)
		return r;
	r = read_drop_ins(reader, options->file, err);
	if (r < 0 && (r = lx_reader_mistake(reader, err)) < 0)
		return r;
	strv_for_each(assignment, options->assignments) {
		r = assign(reader, assignment, err);
		if (r < 0 && (r = lx_reader_mistake(reader, err)) < 0)
			return r;
	}
	return 0;
}

int lx_schema_read(const struct lx_schema *schema, const struct lx_read *options, void **ret, struct lx_error *err)
{
	struct lx_reader reader = { .schema = schema, .problems = options->problems, .of_root = options->of_root };
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
