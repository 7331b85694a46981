/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* base/str, base/strv, base/buf, base/names, base/path, base/vec. */
#include "unit/unit.h"

#include <errno.h>

#include "base/buf.h"
#include "base/names.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/vec.h"

static void test_str_after_gives_the_rest(void **state)
{
	(void)state;
	assert_string_equal(str_after("lower=x", "lower="), "x");
	assert_null(str_after("low", "lower"));
	assert_true(str_ends_with("config.conf", ".conf"));
	assert_false(str_ends_with("f", ".conf"));
}

static void test_str_set_replaces_and_clears(void **state)
{
	_cleanup_free_ char *s = NULL;

	(void)state;
	assert_int_equal(str_set(&s, "one"), 0);
	assert_int_equal(str_set(&s, s), 0); /* its own value */
	assert_string_equal(s, "one");
	assert_int_equal(str_set(&s, NULL), 0);
	assert_null(s);
}

static void test_str_strip(void **state)
{
	char text[] = " \t a b\r\n", blank[] = "  ";

	(void)state;
	assert_string_equal(str_strip(text), "a b");
	assert_string_equal(str_strip(blank), "");
}

static void test_str_distance_counts_swaps_as_one(void **state)
{
	char longest[200];

	(void)state;
	assert_int_equal(str_distance("", ""), 0);
	assert_int_equal(str_distance("memory", "memory"), 0);
	assert_int_equal(str_distance("", "abc"), 3);
	assert_int_equal(str_distance("memroy.max", "memory.max"), 1);
	assert_int_equal(str_distance("kitten", "sitting"), 3);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(str_distance(longest, "x"), sizeof(longest) - 1);
}

static void test_str_nearest_suggests_only_mistypings(void **state)
{
	static const char *const words[] = { "hostname", "init", "stop-signal", "stop-timeout", NULL };

	(void)state;
	assert_string_equal(str_nearest("hostnmae", words), "hostname");
	assert_string_equal(str_nearest("stop-time", words), "stop-timeout");
	assert_string_equal(str_nearest("int", words), "init");
	assert_null(str_nearest("colour", words));
	assert_null(str_nearest("", words));
}

static void test_str_is_hostname(void **state)
{
	static const char *const good[] = { "a", "web-1", "web.example.org", "0", "A-9" };
	static const char *const bad[] = { "", ".", "a.", ".a", "a..b", "-a", "a-", "a_b", "a/b", "..", "a b", "\xc3\xa4" };
	char label[65];

	(void)state;
	for (size_t i = 0; i < array_size(good); i++)
		assert_true(str_is_hostname(good[i], 64));
	for (size_t i = 0; i < array_size(bad); i++)
		assert_false(str_is_hostname(bad[i], 64));

	memset(label, 'a', 64);
	label[64] = '\0';
	assert_false(str_is_hostname(label, 253)); /* a label has 63 */
	label[63] = '\0';
	assert_true(str_is_hostname(label, 63));
	assert_false(str_is_hostname(label, 62));
}

static void test_str_make_utf8(void **state)
{
	char text[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" /* good ones of each length */
		      "\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\x9b|\xe2\x82" "b\xc3"; /* too long, surrogate, too large, lone, cut */

	(void)state;
	assert_string_equal(str_make_utf8(text), "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" "??" "???" "????" "?|??b?");
}

static void test_str_printable_disarms_escapes(void **state)
{
	char text[] = "a\033[31mb\n\x7f\xc2\x9b" "1m \xc3\xa4";

	(void)state;
	assert_string_equal(str_printable(text), "a?[31mb????1m \xc3\xa4");
}

static void test_strv_grows_and_compares(void **state)
{
	_cleanup_strv_ char **v = NULL, **copy = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(strv_length(NULL), 0);
	assert_int_equal(strv_append(&v, "b"), 0);
	assert_int_equal(strv_appendf(&v, "%s%d", "a", 1), 0);
	assert_int_equal(strv_consume(&v, NULL), -ENOMEM);
	assert_int_equal(strv_length(v), 2);
	assert_true(strv_contains(v, "a1"));
	assert_false(strv_contains(v, "a"));

	assert_int_equal(strv_extend(&copy, v), 0);
	assert_true(strv_equal(v, copy));
	strv_sort(copy);
	assert_string_equal(copy[0], "a1");
	assert_false(strv_equal(v, copy));
	assert_int_equal(strv_extend(&copy, v), 0);
	strv_for_each(s, copy)
		n += strlen(s);
	assert_int_equal(n, 6);
}

static void check_words(const char *text, const char *expected)
{
	_cleanup_strv_ char **v = NULL;
	_cleanup_free_ char *joined = NULL;

	assert_int_equal(strv_split_words(text, &v), 0);
	joined = strv_join(v, "|");
	assert_string_equal(joined, expected);
}

static void test_strv_split_words_reads_quotes(void **state)
{
	_cleanup_strv_ char **v = NULL;

	(void)state;
	check_words("", "");
	check_words("  a  b\t", "a|b");
	check_words("sh -c 'echo \"hi\"'", "sh|-c|echo \"hi\"");
	check_words("\"a b\"c d\\ e", "a bc|d e");
	check_words("'' x", "|x");
	check_words("\"a\\\"b\\\\ \\n\"", "a\"b\\ \\n");
	assert_int_equal(strv_split_words("'open", &v), -EINVAL);
	assert_int_equal(strv_split_words("\"open\\\"", &v), -EINVAL);
	assert_int_equal(strv_split_words("end\\", &v), -EINVAL);
	assert_null(v);
}

static void test_strv_split_drops_empty_words(void **state)
{
	_cleanup_strv_ char **v = NULL, **none = NULL;
	_cleanup_free_ char *joined = NULL;

	(void)state;
	assert_int_equal(strv_split(",a,,b c,", ", ", &v), 0);
	joined = strv_join(v, "+");
	assert_string_equal(joined, "a+b+c");
	assert_int_equal(strv_split("", ",", &none), 0);
	assert_non_null(none);
	assert_int_equal(strv_length(none), 0);
}

static void test_buf_adds_and_drops(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_free_ char *text = NULL, *empty = NULL;

	(void)state;
	buf_add(&b, "one ");
	buf_addf(&b, "%d", 2);
	buf_add_char(&b, '!');
	assert_string_equal(b.data, "one 2!");
	buf_drop(&b, 4);
	assert_string_equal(b.data, "2!");
	buf_drop(&b, 100);
	assert_int_equal(b.size, 0);
	for (int i = 0; i < 1000; i++)
		buf_add(&b, "0123456789");
	text = buf_steal(&b);
	assert_int_equal(strlen(text), 10000);
	empty = buf_steal(&b);
	assert_string_equal(empty, "");
}

static void test_buf_remembers_failure(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	buf_add(&b, "kept");
	buf_add_mem(&b, NULL, SIZE_MAX / 2);
	buf_add(&b, "lost");
	assert_true(b.failed);
	assert_null(buf_steal(&b));
	buf_add(&b, "again");
	assert_string_equal(b.data, "again");
}

static void test_names_both_ways(void **state)
{
	static const char *const names[] = { "zero", NULL, "two" };

	(void)state;
	assert_int_equal(NAMES_FIND(names, "two"), 2);
	assert_int_equal(NAMES_FIND(names, "one"), -EINVAL);
	assert_string_equal(NAMES_GET(names, 0), "zero");
	assert_null(NAMES_GET(names, 1));
	assert_null(NAMES_GET(names, 3));
	assert_null(NAMES_GET(names, -1));
}

static void check_join(const char *a, const char *b, const char *expected)
{
	_cleanup_free_ char *joined = path_join(a, b);

	assert_string_equal(joined, expected);
}

static void test_path_join_has_one_slash(void **state)
{
	(void)state;
	check_join("/var", "lib", "/var/lib");
	check_join("/var/", "/lib", "/var/lib");
	check_join("/", "lib", "/lib");
	check_join("", "lib", "lib");
	check_join("a", "", "a/");
}

static void test_path_is_normal(void **state)
{
	static const char *const good[] = { "/", "/a", "a", "a/b", "/a/b/", "...", "a/.b/..c" };
	static const char *const bad[] = { "", "//", "/a//b", ".", "..", "/..", "/a/../b", "a/.", "./a" };

	(void)state;
	for (size_t i = 0; i < array_size(good); i++)
		assert_true(path_is_normal(good[i]));
	for (size_t i = 0; i < array_size(bad); i++)
		assert_false(path_is_normal(bad[i]));
	assert_true(path_is_absolute("/a"));
	assert_false(path_is_absolute("a"));
	assert_string_equal(path_basename("/a/b"), "b");
	assert_string_equal(path_basename("b"), "b");
}

static void test_vec_adds_zeroed_elements(void **state)
{
	VEC(struct { int a; const char *b; }) v = { 0 };
	int sum = 0;

	(void)state;
	for (int i = 1; i <= 10; i++) {
		__typeof__(v.items) p = vec_add(&v);

		assert_non_null(p);
		assert_null(p->b);
		p->a = i;
	}
	vec_for_each(p, &v)
		sum += p->a;
	assert_int_equal(sum, 55);
	vec_done(&v);
	assert_int_equal(v.n, 0);
}

UNIT_MAIN(
	UNIT(test_str_after_gives_the_rest),
	UNIT(test_str_set_replaces_and_clears),
	UNIT(test_str_strip),
	UNIT(test_str_distance_counts_swaps_as_one),
	UNIT(test_str_nearest_suggests_only_mistypings),
	UNIT(test_str_is_hostname),
	UNIT(test_str_make_utf8),
	UNIT(test_str_printable_disarms_escapes),
	UNIT(test_strv_grows_and_compares),
	UNIT(test_strv_split_words_reads_quotes),
	UNIT(test_strv_split_drops_empty_words),
	UNIT(test_buf_adds_and_drops),
	UNIT(test_buf_remembers_failure),
	UNIT(test_names_both_ways),
	UNIT(test_path_join_has_one_slash),
	UNIT(test_path_is_normal),
	UNIT(test_vec_adds_zeroed_elements),
)
