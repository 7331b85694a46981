/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ring of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "console/ring.h"

static void assert_ring(const struct lx_ring *ring, const char *expected)
{
	char *text;
	size_t size;

	assert_int_equal(lx_ring_copy(ring, &text, &size), 0);
	assert_int_equal(size, strlen(expected));
	assert_string_equal(text, expected);
	free(text);
}

static void test_ring_keeps_the_newest(void **state)
{
	struct lx_ring ring;

	(void)state;
	assert_int_equal(lx_ring_init(&ring, 8), 0);
	assert_ring(&ring, "");
	lx_ring_add(&ring, "abcde", 5);
	assert_ring(&ring, "abcde");
	lx_ring_add(&ring, "fghij", 5);
	assert_ring(&ring, "cdefghij");
	lx_ring_add(&ring, "0123456789", 10);
	assert_ring(&ring, "23456789");
	lx_ring_add(&ring, "", 0);
	assert_ring(&ring, "23456789");
	lx_ring_done(&ring);
}

static void test_ring_is_a_queue(void **state)
{
	struct lx_ring ring;
	const char *front;

	(void)state;
	assert_int_equal(lx_ring_init(&ring, 8), 0);
	lx_ring_add(&ring, "abcdef", 6);
	lx_ring_drop(&ring, 4);
	lx_ring_add(&ring, "ghijk", 5);
	assert_int_equal(lx_ring_space(&ring), 1);
	assert_int_equal(lx_ring_front(&ring, &front), 4);
	assert_memory_equal(front, "efgh", 4);
	lx_ring_drop(&ring, 4);
	assert_int_equal(lx_ring_front(&ring, &front), 3);
	assert_memory_equal(front, "ijk", 3);
	lx_ring_drop(&ring, 99);
	assert_int_equal(lx_ring_space(&ring), 8);
	assert_int_equal(lx_ring_front(&ring, &front), 0);
	lx_ring_done(&ring);
}

static void test_ring_of_nothing_keeps_nothing(void **state)
{
	struct lx_ring ring;

	(void)state;
	assert_int_equal(lx_ring_init(&ring, 0), 0);
	lx_ring_add(&ring, "abc", 3);
	assert_ring(&ring, "");
	lx_ring_done(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ring_keeps_the_newest),
		cmocka_unit_test(test_ring_is_a_queue),
		cmocka_unit_test(test_ring_of_nothing_keeps_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
