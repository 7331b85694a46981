/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* base/error, base/log. */
#include "unit/unit.h"

#include <errno.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/macro.h"
#include "base/str.h"

static void test_error_set_adds_the_systems_text(void **state)
{
	struct lx_error err = { 0 };

	(void)state;
	assert_int_equal(lx_error_set(&err, -ENOENT, "open %s", "/x"), -ENOENT);
	assert_int_equal(err.code, -ENOENT);
	assert_string_equal(err.text, "open /x: No such file or directory");
	assert_int_equal(lx_error_set(NULL, EIO, "x"), -EIO);
}

static void test_error_prefix_and_advice(void **state)
{
	struct lx_error err = { 0 }, copy = { 0 };

	(void)state;
	lx_error_prefix(&err, "nothing");
	assert_string_equal(err.text, "");
	lx_error_say(&err, -ENODEV, "bridge br0 does not exist");
	lx_error_prefix(&err, "%s", "eth0");
	lx_error_prefix(&err, "links");
	lx_error_advise(&err, "run %s", "lx-net up");
	assert_string_equal(err.text, "links: eth0: bridge br0 does not exist; run lx-net up");
	lx_error_copy(&copy, &err);
	assert_string_equal(copy.text, err.text);
	lx_error_say(&err, err.code, "again: %s", err.text); /* reads what it overwrites */
	assert_string_equal(err.text, "again: links: eth0: bridge br0 does not exist; run lx-net up");
	lx_error_clear(&err);
	assert_int_equal(err.code, 0);
}

static void test_error_cuts_long_text(void **state)
{
	struct lx_error err = { 0 };
	char text[4000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	lx_error_set(&err, -EIO, "%s", text);
	lx_error_prefix(&err, "%s", text);
	lx_error_advise(&err, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

static void test_log_levels_both_ways(void **state)
{
	enum lx_log_level level;

	(void)state;
	for (int i = LX_LOG_ERROR; i <= LX_LOG_TRACE; i++) {
		assert_int_equal(lx_log_level_find(lx_log_level_name((enum lx_log_level)i), &level), 0);
		assert_int_equal(level, i);
	}
	assert_int_equal(lx_log_level_find("crit", &level), 0);
	assert_int_equal(level, LX_LOG_ERROR);
	assert_int_equal(lx_log_level_find("loud", &level), -EINVAL);
	assert_null(lx_log_level_name((enum lx_log_level)99));
}

static void test_log_writes_one_line_to_the_file(void **state)
{
	_cleanup_free_ char *text = NULL;
	char path[UNIT_PATH_MAX];
	_cleanup_close_ int dir_fd = unit_directory(path);
	const char *rest;

	(void)state;
	lx_log_set_level(LX_LOG_INFO);
	lx_log_set_prefix("web");
	lx_log_set_file(openat(dir_fd, "log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), false);
	errno = ENOENT;
	log_info("one\ntwo \033[1m %d %m\n", 3);
	assert_int_equal(errno, ENOENT);
	log_debug("not this");
	lx_log_set_file(-1, false);
	lx_log_set_level(LX_LOG_WARN);

	assert_int_equal(file_read(dir_fd, "log", 4096, &text, NULL), 0);
	assert_true(strlen(text) > 24 && text[10] == 'T' && text[23] == 'Z');
	rest = str_after(text + 24, " INFO web: ");
	assert_non_null(rest);
	assert_string_equal(rest, "one two ?[1m 3 No such file or directory\n");

	unlinkat(dir_fd, "log", 0);
	rmdir(path);
}

static void test_log_time_is_utc(void **state)
{
	char path[UNIT_PATH_MAX], expected[2][32]; /* before and after */
	_cleanup_close_ int dir_fd = unit_directory(path);
	_cleanup_free_ char *text = NULL;
	time_t now;

	(void)state;
	lx_log_set_file(openat(dir_fd, "log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), false);
	for (int i = 0; i < 2; i++) {
		now = time(NULL);
		strftime(expected[i], sizeof(expected[i]), "%Y-%m-%dT%H:%M:%S", gmtime(&now));
		if (i == 0)
			log_warn("x");
	}
	lx_log_set_file(-1, false);

	assert_int_equal(file_read(dir_fd, "log", 4096, &text, NULL), 0);
	assert_true(strncmp(expected[0], text, strlen(expected[0])) <= 0);
	assert_true(strncmp(text, expected[1], strlen(expected[1])) <= 0);
	unlinkat(dir_fd, "log", 0);
	rmdir(path);
}

UNIT_MAIN(
	UNIT(test_error_set_adds_the_systems_text),
	UNIT(test_error_prefix_and_advice),
	UNIT(test_error_cuts_long_text),
	UNIT(test_log_levels_both_ways),
	UNIT(test_log_writes_one_line_to_the_file),
	UNIT(test_log_time_is_utc),
)
