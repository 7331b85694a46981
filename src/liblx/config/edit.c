/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lx-config set and unset: the value must be of its type, the text is changed (edit-text.c), the whole configuration must
 * read back with that text, and only then a new file takes the place of the old one.
 */
#include "config/edit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "config/check.h"
#include "config/read.h"
#include "config/types.h"

/* ---- text ---- */

/* Mistakes of the configuration with this text in place of its file. */
static int find_problems(const char *file, const char *text, struct lx_config **ret, char ***ret_problems, struct lx_error *err)
{
	_cleanup_strv_ char **problems = NULL;
	struct lx_read options = { .file = file, .text = text, .problems = &problems };
	_cleanup_config_ struct lx_config *config = NULL;
	void *target;
	int r;

	r = lx_schema_read(&lx_schema_container, &options, &target, err);
	if (r < 0)
		return r;
	config = target;
	r = lx_config_check_rules(config, LX_RULE_CONFLICT, &problems, err);
	if (r < 0)
		return r;

	*ret = take_ptr(config);
	*ret_problems = take_ptr(problems);
	return 0;
}

/* What the place of a mistake does not count for: an edit moves lines. */
static const char *sentence_of(const char *problem)
{
	const char *bracket = strstr(problem, ": [");

	return bracket ? bracket : problem;
}

static bool has_sentence(char *const *problems, const char *sentence)
{
	for (; problems && *problems; problems++)
		if (strcmp(sentence_of(*problems), sentence) == 0)
			return true;
	return false;
}

/* An edit may leave mistakes that were there, as long as it mends at least one; it must not make a new one. */
static int compare_problems(char *const *before, char *const *after, struct lx_error *err)
{
	size_t n_after = strv_length(after);

	for (char *const *problem = after; problem && *problem; problem++)
		if (!has_sentence(before, sentence_of(*problem)))
			return lx_error_say(err, -EINVAL, "nothing was changed: %s", *problem);
	if (n_after > 0 && n_after >= strv_length(before))
		return lx_error_say(err, -EINVAL, "nothing was changed: %s", *after);
	return 0;
}

/* Is the value in effect what was set? */
static int has_values(const struct lx_config *config, const struct lx_key_name *name, char *const *values, struct lx_error *err)
{
	_cleanup_strv_ char **wanted = NULL, **found = NULL;
	const void *element = lx_section_find_element(name->section, config, name->label);
	int r;

	r = lx_key_normal(name->key, values, &wanted, err);
	if (r < 0)
		return r;
	if (element && lx_key_get(name->key, element, &found) < 0)
		return lx_error_oom(err);
	return strv_equal(wanted, found);
}

static int say_overridden(const struct lx_config *config, const struct lx_key_name *name, struct lx_error *err)
{
	_cleanup_free_ char *key = lx_key_name_format(name->section, name->label, name->key);
	char place[512];

	if (!key)
		return lx_error_oom(err);
	return lx_error_say(err, -EEXIST, "nothing was changed: %s sets %s after this file; change it there",
			    lx_config_origin(config, key, place, sizeof(place)), key);
}

/* Applies and proves one form of the edit. 1: the text is fine but another value is in effect; *ret_config says whose. */
static int try_edit(const char *file, const char *text, const struct lx_edit *edit, char **ret, struct lx_config **ret_config,
		    struct lx_error *err)
{
	_cleanup_strv_ char **before = NULL, **after = NULL;
	_cleanup_config_ struct lx_config *old = NULL, *config = NULL;
	_cleanup_free_ char *edited = NULL;
	int r;

	r = lx_edit_apply(file, text, edit, &edited, err);
	if (r < 0)
		return r;
	r = find_problems(file, text, &old, &before, err);
	if (r >= 0)
		r = find_problems(file, edited, &config, &after, err);
	if (r >= 0)
		r = compare_problems(before, after, err);
	if (r >= 0 && edit->values && !edit->add)
		r = has_values(config, edit->name, edit->values, err);
	else if (r >= 0)
		r = 1;
	if (r < 0)
		return r;

	*ret = take_ptr(edited);
	*ret_config = take_ptr(config);
	return r ? 0 : 1;
}

static int edit_and_check(const char *file, const char *text, struct lx_edit *edit, char **ret, struct lx_error *err)
{
	_cleanup_config_ struct lx_config *config = NULL;
	_cleanup_free_ char *edited = NULL;
	int r;

	r = try_edit(file, text, edit, &edited, &config, err);
	if (r == 1 && edit->name->key->type->list) {
		/* an included file has values too: begin with an empty list */
		free(take_ptr(edited));
		lx_config_free(take_ptr(config));
		edit->clear = true;
		r = try_edit(file, text, edit, &edited, &config, err);
	}
	if (r < 0)
		return r;
	if (r == 1)
		return say_overridden(config, edit->name, err);

	*ret = take_ptr(edited);
	return 0;
}

static int check_values(const struct lx_key_name *name, const char *text, char *const *values, struct lx_error *err)
{
	for (; values && *values; values++) {
		_cleanup_strv_ char **normal = NULL;
		const char *nearest = name->key->words ? str_nearest(*values, name->key->words) : NULL;
		int r;

		r = lx_key_normal(name->key, (char *const[]){ *values, NULL }, &normal, err);
		if (r == -ENOMEM)
			return r;
		if (r < 0 && nearest)
			lx_error_advise(err, "did you mean \"%s\"?", nearest);
		if (r < 0) {
			lx_error_prefix(err, "%s = %.100s", text, *values);
			return r;
		}
	}
	return 0;
}

/* The lines of a value: a list may get several at once. */
static int split_value(const struct lx_key *key, const char *value, char ***ret, struct lx_error *err)
{
	int r = key->type->list ? strv_split(value, "\n", ret) : strv_append(ret, value);

	return r < 0 ? lx_error_oom(err) : 0;
}

int lx_config_edit_text(const char *file, const char *text, const char *key, const char *value, enum lx_config_edit how,
			char **ret, struct lx_error *err)
{
	_cleanup_key_name_ struct lx_key_name name = { 0 };
	_cleanup_strv_ char **values = NULL;
	struct lx_edit edit = { .name = &name, .add = how == LX_CONFIG_ADD };
	int r;

	r = how == LX_CONFIG_UNSET ? lx_key_name_parse_any(&lx_schema_container, key, &name, err) :
				     lx_key_name_parse(&lx_schema_container, key, &name, err);
	if (r < 0)
		return r;
	if (how == LX_CONFIG_ADD && !name.key->type->list)
		return lx_error_say(err, -EINVAL, "%s has one value; set it instead of adding", key);
	if (how != LX_CONFIG_UNSET) {
		r = split_value(name.key, value, &values, err);
		if (r >= 0)
			r = check_values(&name, key, values, err);
		if (r < 0)
			return r;
		edit.values = values;
	}
	return edit_and_check(file, text, &edit, ret, err);
}

/* ---- file ---- */

struct edited_file {
	char *path;                  /* symbolic links resolved: the file itself is replaced */
	char *directory, *name;      /* both within path's text */
	int dir_fd;                  /* locked */
	struct stat st;
	char *text;
};

static void edited_file_done(struct edited_file *f)
{
	close_fd(f->dir_fd);
	free(f->path);
	free(f->directory);
	free(f->name);
	free(f->text);
}

static int read_locked(struct edited_file *f, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	size_t size;
	int r;

	f->dir_fd = open(f->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir_fd < 0)
		return lx_error_set(err, -errno, "open %s", f->directory);
	while (flock(f->dir_fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return lx_error_set(err, -errno, "lock %s", f->directory);
	fd = openat(f->dir_fd, f->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &f->st) < 0)
		return lx_error_set(err, -errno, "open %s", f->path);
	if (!S_ISREG(f->st.st_mode))
		return lx_error_say(err, -EINVAL, "%s: this is not a regular file", f->path);
	r = file_read_fd(fd, FILE_TEXT_MAX, &f->text, &size);
	if (r < 0)
		return lx_error_set(err, r, "read %s", f->path);
	if (strlen(f->text) != size)
		return lx_error_say(err, -EINVAL, "%s: this is no text: it has a zero byte", f->path);
	return 0;
}

static int open_edited(const char *path, struct edited_file *f, struct lx_error *err)
{
	char *slash;

	f->path = realpath(path, NULL);
	if (!f->path)
		return lx_error_set(err, -errno, "open %s", path);
	slash = strrchr(f->path, '/');
	f->directory = slash == f->path ? strdup("/") : strndup(f->path, (size_t)(slash - f->path));
	f->name = strdup(slash + 1);
	if (!f->directory || !f->name)
		return lx_error_oom(err);
	return read_locked(f, err);
}

/* Our lock keeps other commands out, not a text editor. */
static int check_unchanged(const struct edited_file *f, struct lx_error *err)
{
	struct stat now;

	if (fstatat(f->dir_fd, f->name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return lx_error_set(err, -errno, "look at %s", f->path);
	if (now.st_ino != f->st.st_ino || now.st_size != f->st.st_size || now.st_mtim.tv_sec != f->st.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != f->st.st_mtim.tv_nsec)
		return lx_error_say(err, -EAGAIN, "%s was changed by another program at the same time; try again", f->path);
	return 0;
}

static int write_new(const struct edited_file *f, const char *name, const char *text, struct lx_error *err)
{
	_cleanup_close_ int fd = -EBADF;
	int r;

	fd = openat(f->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return lx_error_set(err, -errno, "create %s/%s", f->directory, name);
	r = fd_write_all(fd, text, strlen(text));
	if (r >= 0 && (fchown(fd, f->st.st_uid, f->st.st_gid) < 0 || fchmod(fd, f->st.st_mode & 07777) < 0 || fsync(fd) < 0))
		r = -errno;
	if (r >= 0)
		r = check_unchanged(f, err);
	else
		lx_error_set(err, r, "write %s/%s", f->directory, name);
	if (r >= 0 && renameat(f->dir_fd, name, f->dir_fd, f->name) < 0)
		r = lx_error_set(err, -errno, "replace %s", f->path);
	if (r < 0)
		(void)unlinkat(f->dir_fd, name, 0);
	return r;
}

int lx_config_edit(const char *file, const char *key, const char *value, enum lx_config_edit how, struct lx_error *err)
{
	_cleanup_(edited_file_done) struct edited_file f = { .dir_fd = -EBADF };
	_cleanup_free_ char *text = NULL, *new_name = NULL;
	int r;

	r = open_edited(file, &f, err);
	if (r < 0)
		return r;
	r = lx_config_edit_text(file, f.text, key, value, how, &text, err);
	if (r < 0)
		return r;
	if (str_equal(text, f.text))
		return 0;
	new_name = str_format(".%s.new", f.name);
	if (!new_name)
		return lx_error_oom(err);
	/* one that a killed command left: we hold the lock */
	(void)unlinkat(f.dir_fd, new_name, 0);
	return write_new(&f, new_name, text, err);
}
