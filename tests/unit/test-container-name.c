/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may be a container's name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>

#include "base/str.h"
#include "container/container.h"

static void test_name_accepts_host_names(void **state)
{
	static const char *const good[] = { "web", "a", "web-1", "web.example", "0", "Web",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };

	(void)state;
	for (size_t i = 0; i < array_size(good); i++)
		assert_int_equal(lx_container_check_name(good[i], NULL), 0);
}

static void test_name_refuses_what_is_no_host_name(void **state)
{
	static const char *const bad[] = { "", ".", "..", "../web", "a/b", "/etc", ".web", "web.", "a..b", "-web", "web-", "a b",
		"a_b", "a\nb", "w\303\244b", "%s", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++) {
		struct lx_error err = { 0 };

		assert_int_equal(lx_container_check_name(bad[i], &err), -EINVAL);
		assert_int_equal(err.code, -EINVAL);
		assert_null(strchr(err.text, '\n'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_accepts_host_names),
		cmocka_unit_test(test_name_refuses_what_is_no_host_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
