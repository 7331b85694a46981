/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* base/library. */
#include "unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/library.h"
#include "base/macro.h"

#define FUNCTIONS(X) X(strlen) X(strcmp)

static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) };

static void test_library_functions_are_there_afterwards(void **state _unused_)
{
	struct { FUNCTIONS(LIBRARY_MEMBER) } library = { 0 };
	struct lx_error err = { 0 };

	assert_done(library_load("libc.so.6", names, array_size(names), &library, &err), &err);
	assert_int_equal(library.strlen("four"), 4);
	assert_int_equal(library.strcmp("a", "a"), 0);
	/* it is not looked for again */
	assert_int_equal(library_load("libnone.so.0", names, array_size(names), &library, &err), 0);
}

static void test_library_that_is_missing_is_named(void **state _unused_)
{
	struct { FUNCTIONS(LIBRARY_MEMBER) } library = { 0 };
	struct lx_error err = { 0 };

	assert_int_equal(library_load("libnone.so.0", names, array_size(names), &library, &err), -EOPNOTSUPP);
	assert_contains(err.text, "libnone.so.0");
}

static void test_library_that_lacks_a_function_is_not_used(void **state _unused_)
{
	static const char *const strange[] = { "strlen", "no_such_function" };
	struct { FUNCTIONS(LIBRARY_MEMBER) } library = { 0 };
	struct lx_error err = { 0 };

	for (int i = 0; i < 2; i++) {
		lx_error_clear(&err);
		assert_int_equal(library_load("libc.so.6", strange, array_size(strange), &library, &err), -EOPNOTSUPP);
		assert_string_equal(err.text, "libc.so.6 is too old: it has no no_such_function");
	}
}

UNIT_MAIN(
	UNIT(test_library_functions_are_there_afterwards),
	UNIT(test_library_that_is_missing_is_named),
	UNIT(test_library_that_lacks_a_function_is_not_used),
)
