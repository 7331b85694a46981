/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The image cache, with a shell script in place of lx-template. */
#include "unit.h"

#include "base/str.h"
#include "base/tree.h"
#include "fake/fake.h"
#include "image/image.h"

/* key: its words, and what "key" in the library holds; build: counts its runs in "builds", fails for the word "fail". */
static const char script[] =
	"#!/bin/sh\n"
	"library=$2 verb=$3; shift 4\n"
	"case $verb in\n"
	"key) echo \"option $*\"; cat \"$library/key\" ;;\n"
	"build)\n"
	"	echo x >>\"$library/builds\"\n"
	"	printf 'P\\t50\\thalf\\t\\nL\\tlogged\\n'\n"
	"	case $2 in fail) echo first >&2; echo \"no such thing\" >&2; exit 1 ;; esac\n"
	"	echo content >\"$1/file\" ;;\n"
	"configure) printf 'C\\ta.b\\tc d\\nC\\te.f\\t\\n' ;;\n"
	"help) echo text ;;\n"
	"esac\n";

struct fixture {
	char path[UNIT_PATH_MAX], images[UNIT_PATH_MAX + 16], templates[UNIT_PATH_MAX + 16];
	int fd;
	struct lx_settings settings;
	struct lx_template template;
	int reports;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct lx_error err = { 0 };

	assert_non_null(f);
	f->fd = unit_directory(f->path);
	sprintf(f->images, "%s/images", f->path);
	sprintf(f->templates, "%s/templates", f->path);
	assert_int_equal(mkdirat(f->fd, "templates", 0755), 0);
	assert_int_equal(mkdirat(f->fd, "templates/lib", 0755), 0);
	unit_write(f->fd, "templates/lib/key", "one\n");
	unit_write(f->fd, "templates/tiny.lua", "");
	unit_write(f->fd, "lx-template", script);
	assert_int_equal(fchmodat(f->fd, "lx-template", 0755, 0), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(mkdirat(f->fd, (const char *[]){ "a", "b", "c" }[i], 0755), 0);

	f->settings.paths.images = f->images;
	f->settings.paths.templates = f->templates;
	f->settings.paths.libexec = f->path;
	f->settings.defaults.image_expiry = USEC_PER_SEC * 3600;
	assert_done(lx_template_find(&f->settings, "tiny", &f->template, &err), &err);
	fake_reset();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	lx_template_done(&f->template);
	close(f->fd);
	tree_remove(AT_FDCWD, f->path, NULL);
	free(f);
	return 0;
}

static void on_progress(const struct lx_progress *p, void *userdata)
{
	struct fixture *f = userdata;

	if (str_equal(p->stage, "half")) {
		assert_int_equal(p->percent, 50);
		assert_null(p->message);
		f->reports++;
	}
}

static int acquire(struct fixture *f, const char *container, const char *word, bool rebuild, char **ret, struct lx_error *err)
{
	_cleanup_free_ char *directory = str_format("%s/%s", f->path, container);
	char *args[] = { (char *)word, NULL };
	struct lx_watch watch = { .progress = on_progress, .userdata = f, .signal_fd = -EBADF };

	return lx_image_acquire(&(struct lx_image_request){
		.settings = &f->settings, .template = &f->template, .args = args, .rebuild = rebuild,
		.directory = directory, .watch = &watch,
	}, ret, err);
}

static char *get(struct fixture *f, const char *container, const char *word, bool rebuild)
{
	struct lx_error err = { 0 };
	char *tree;

	assert_done(acquire(f, container, word, rebuild, &tree, &err), &err);
	assert_int_equal(access(tree, F_OK), 0);
	return tree;
}

static void release(struct fixture *f, const char *container)
{
	_cleanup_free_ char *directory = str_format("%s/%s", f->path, container);
	struct lx_error err = { 0 };

	assert_done(lx_image_release(&f->settings, directory, &err), &err);
}

static long builds(struct fixture *f)
{
	struct stat st;

	return fstatat(f->fd, "templates/lib/builds", &st, 0) < 0 ? 0 : (long)st.st_size / 2;
}

static void test_key_is_the_digest_of_the_text(void **state)
{
	struct lx_error err = { 0 };
	char *key;

	(void)state;
	assert_done(lx_image_key("tiny", "abc", &key, &err), &err);
	assert_string_equal(key, "tiny-ba7816bf8f01cfea414140de"); /* FIPS 180-2, first example */
	free(key);
	assert_done(lx_image_key("tiny", "", &key, &err), &err);
	assert_string_equal(key, "tiny-e3b0c44298fc1c149afbf4c8");
	free(key);
}

static void test_cache_builds_once(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *first = get(f, "a", "x", false), *again = get(f, "b", "x", false), *other = get(f, "c", "y", false);

	assert_string_equal(first, again);
	assert_string_not_equal(first, other);
	assert_int_equal(builds(f), 2);
	assert_int_equal(f->reports, 2);
}

static void test_cache_notices_another_template(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *first = get(f, "a", "x", false), *second = NULL;

	unit_write(f->fd, "templates/lib/key", "two\n");
	second = get(f, "b", "x", false);
	assert_string_not_equal(first, second);
}

static void test_cache_keeps_what_is_in_use(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *old = get(f, "a", "x", false), *new = get(f, "b", "x", true);

	assert_string_not_equal(old, new);
	assert_int_equal(access(old, F_OK), 0);
	release(f, "a");
	assert_int_equal(access(old, F_OK), -1);
	assert_int_equal(access(new, F_OK), 0);
	release(f, "b");
	assert_int_equal(access(new, F_OK), 0); /* the current one stays for the next container */
}

static void test_cache_forgets_containers_that_have_gone(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *old = get(f, "a", "x", false), *new = NULL;

	assert_int_equal(unlinkat(f->fd, "a", AT_REMOVEDIR), 0);
	new = get(f, "b", "x", true);
	assert_int_equal(access(old, F_OK), -1);
}

static void test_cache_builds_again_after_the_expiry(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *old = get(f, "a", "x", false), *new = NULL;
	_cleanup_free_ char *key = str_format("%.*s/key", (int)(strlen(old) - strlen("/rootfs")), old);
	const struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

	assert_int_equal(utimensat(AT_FDCWD, key, long_ago, 0), 0);
	new = get(f, "b", "x", false);
	assert_string_not_equal(old, new);
	assert_int_equal(access(old, F_OK), 0); /* a has it */
	release(f, "a");
	assert_int_equal(access(old, F_OK), -1);
}

static void test_cache_keeps_nothing_of_a_failure(void **state)
{
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	struct dirent *d;
	char *tree;
	DIR *dir;

	assert_true(acquire(f, "a", "fail", false, &tree, &err) < 0);
	assert_string_equal(err.text, "template tiny: no such thing");

	dir = opendir(f->images);
	assert_non_null(dir);
	while ((d = readdir(dir)))
		assert_true(d->d_name[0] == '.' || str_ends_with(d->d_name, ".lock"));
	closedir(dir);
}

static void test_cache_removes_what_a_killed_build_left(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *tree = get(f, "a", "x", false), *other = NULL;

	assert_non_null(tree);
	assert_int_equal(mkdirat(f->fd, "images/other-1.partial", 0700), 0);
	unit_write(f->fd, "images/other-1.partial/file", "");
	assert_int_equal(mkdirat(f->fd, "images/x.1.trash", 0700), 0);
	other = get(f, "a", "y", false);
	assert_int_equal(faccessat(f->fd, "images/other-1.partial", F_OK, 0), -1);
	assert_int_equal(faccessat(f->fd, "images/x.1.trash", F_OK, 0), -1);
}

static void test_cache_must_be_private(void **state)
{
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	char *tree;

	assert_int_equal(mkdirat(f->fd, "images", 0700), 0);
	assert_int_equal(fchmodat(f->fd, "images", 0755, 0), 0);
	assert_int_equal(acquire(f, "a", "x", false, &tree, &err), -EPERM);
	assert_contains(err.text, "mode 0700");
}

static void test_template_settings_are_collected(void **state)
{
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	char **settings, *text;

	assert_done(lx_template_configure(&f->template, "web", f->fd, NULL, NULL, &settings, &err), &err);
	assert_string_equal(settings[0], "a.b=c d");
	assert_string_equal(settings[1], "e.f=");
	assert_null(settings[2]);
	lx_strv_free(settings);

	assert_done(lx_template_text(&f->template, "help", NULL, &text, &err), &err);
	assert_string_equal(text, "text\n");
	free(text);
}

static void test_template_that_is_not_there(void **state)
{
	struct fixture *f = *state;
	struct lx_template t = { 0 };
	struct lx_error err = { 0 };

	assert_int_equal(lx_template_find(&f->settings, "tinny", &t, &err), -ENOENT);
	assert_contains(err.text, "there are tiny");
}

#define WITH_FILES(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

UNIT_MAIN(
	UNIT(test_key_is_the_digest_of_the_text),
	WITH_FILES(test_cache_builds_once),
	WITH_FILES(test_cache_notices_another_template),
	WITH_FILES(test_cache_keeps_what_is_in_use),
	WITH_FILES(test_cache_forgets_containers_that_have_gone),
	WITH_FILES(test_cache_builds_again_after_the_expiry),
	WITH_FILES(test_cache_keeps_nothing_of_a_failure),
	WITH_FILES(test_cache_removes_what_a_killed_build_left),
	WITH_FILES(test_cache_must_be_private),
	WITH_FILES(test_template_settings_are_collected),
	WITH_FILES(test_template_that_is_not_there))
