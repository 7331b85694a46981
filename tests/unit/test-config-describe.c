/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is generated from the tables of keys, and the files of config/ that are installed. */
#include "unit.h"

#include <jansson.h>

#include "base/str.h"
#include "base/strv.h"
#include "config/describe.h"
#include "config/read.h"

static char *describe(const char *what, const char *key)
{
	struct lx_error err = { 0 };
	char *text = NULL;

	assert_done(lx_describe(what, key, &text, &err), &err);
	return text;
}

static void check_page(const char *what, const struct lx_schema *schema)
{
	_cleanup_free_ char *page = describe(what, NULL);

	schema_for_each_section(s, schema) {
		_cleanup_free_ char *header = str_format(".SS [%s%s]\n", s->name, s->labelled ? " LABEL" : "");
		const char *at = strstr(page, header);

		assert_non_null(at);
		section_for_each_key(k, s) {
			_cleanup_free_ char *name = str_format("\\fB%s\\fR = ", k->name);
			char *p = name;

			/* as the page has it: a minus that can be searched for */
			_cleanup_strv_ char **parts = NULL;
			assert_return_code(strv_split(p, "-", &parts), 0);
			_cleanup_free_ char *escaped = strv_join(parts, "\\-");
			at = strstr(at, escaped);
			if (!at)
				fail_msg("%s: [%s] %s is missing", what, s->name, k->name);
		}
	}
}

static void test_describe_pages_have_every_key_in_order(void **state _unused_)
{
	check_page("man-container", &lx_schema_container);
	check_page("man-host", &lx_schema_host);
	check_page("man-users", &lx_schema_users);
}

static void test_describe_one_key(void **state _unused_)
{
	_cleanup_free_ char *text = describe("text", "network.eth0.mtu"), *same = describe("text", "network.mtu"),
			    *host = describe("text", "paths.images");

	assert_string_equal(text, same);
	assert_contains(text, "  mtu = a number from 68 to 65535\n      Largest packet in bytes.\n      Default: the kernel decides.\n");
	assert_null(strstr(text, "ipv4.address"));
	assert_contains(host, "  images = an absolute path");
}

static void test_describe_refuses_unknown_keys_and_forms(void **state _unused_)
{
	struct lx_error err = { 0 };
	char *text = NULL;

	assert_int_equal(lx_describe("text", "cgroup.memory", &text, &err), -ENOENT);
	assert_contains(err.text, "did you mean \"cgroup.memory.max\"?");
	assert_int_equal(lx_describe("html", NULL, &text, &err), -EINVAL);
}

static void test_describe_keys_are_words(void **state _unused_)
{
	_cleanup_free_ char *keys = describe("keys", NULL), *host = describe("host-keys", NULL);

	assert_contains(keys, "\ncgroup.memory.max\n");
	assert_contains(keys, "\nnetwork.LABEL.mtu\n");
	assert_contains(host, "paths.containers\n");
}

static void test_describe_json_has_every_section(void **state _unused_)
{
	_cleanup_free_ char *text = describe("json", NULL), *one = describe("json", "cgroup.cpu.max");
	json_t *json = json_loads(text, 0, NULL), *section = json_loads(one, 0, NULL);
	size_t n = 0;

	assert_non_null(json);
	schema_for_each_section(s, &lx_schema_container)
		assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(json, "container"), n++), "name")),
				    s->name);
	assert_int_equal(json_array_size(json_object_get(section, "keys")), 1);
	json_decref(json);
	json_decref(section);
}

/* Every line that is commented out, without its "#". */
static char *uncomment(const char *text)
{
	_cleanup_strv_ char **lines = NULL, **out = NULL;

	assert_return_code(strv_split(text, "\n", &lines), 0);
	strv_for_each(line, lines)
		if (line[0] != '#' || line[1] != ' ')
			assert_return_code(strv_appendf(&out, "%s\n", line + (line[0] == '#')), 0);
	return strv_join(out, "");
}

static void test_describe_sample_host_reads_back(void **state _unused_)
{
	_cleanup_free_ char *sample = describe("sample-host", NULL), *active = uncomment(sample);
	const struct lx_read options[] = { { .file = "/nowhere/lx.conf", .text = sample }, { .file = "/nowhere/lx.conf", .text = active } };

	for (size_t i = 0; i < array_size(options); i++) {
		struct lx_error err = { 0 };
		void *settings;

		assert_done(lx_schema_read(&lx_schema_host, &options[i], &settings, &err), &err);
		lx_schema_free(&lx_schema_host, settings);
	}
	schema_for_each_section(s, &lx_schema_host)
		section_for_each_key(k, s) {
			_cleanup_free_ char *line = str_format("\n#%s = ", k->name);

			assert_contains(sample, line);
		}
}

/* The files that lx installs load, and no rule is broken but that there is no root yet. */
static void check_installed(const char *name)
{
	const char *top = getenv("top_srcdir");
	_cleanup_free_ char *file = str_format("%s/config/%s", top ? top : ".", name);
	_cleanup_config_ struct lx_config *config = NULL;
	_cleanup_strv_ char **problems = NULL;
	struct lx_error err = { 0 };

	assert_done(lx_config_load_all(file, &config, &problems, &err), &err);
	assert_done(lx_config_verify(config, &problems, &err), &err);
	assert_int_equal(strv_length(problems), 1);
	assert_contains(problems[0], "[rootfs]: path is not set");
}

static void test_describe_installed_files_load(void **state _unused_)
{
	check_installed("default.conf");
	check_installed("profiles/hardened.conf");
	check_installed("profiles/limited.conf");
	check_installed("profiles/read-only.conf");
}

UNIT_MAIN(UNIT(test_describe_pages_have_every_key_in_order), UNIT(test_describe_one_key),
	  UNIT(test_describe_refuses_unknown_keys_and_forms), UNIT(test_describe_keys_are_words),
	  UNIT(test_describe_json_has_every_section), UNIT(test_describe_sample_host_reads_back), UNIT(test_describe_installed_files_load))
