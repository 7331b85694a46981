/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit/unit.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/macro.h"
#include "base/memory.h"

static long file_pages(void)
{
	_cleanup_free_ char *text = NULL;
	const char *line;

	assert_int_equal(file_read(AT_FDCWD, "/proc/self/status", FILE_TEXT_MAX, &text, NULL), 0);
	line = strstr(text, "\nRssFile:");
	assert_non_null(line);
	return strtol(line + strlen("\nRssFile:"), NULL, 10);
}

static void test_memory_of_programs_is_given_back_and_comes_again(void **state _unused_)
{
	long before = file_pages();

	memory_give_back();
	assert_true(file_pages() < before);
}

UNIT_MAIN(cmocka_unit_test(test_memory_of_programs_is_given_back_and_comes_again))
