/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AppArmor: the text of generated profiles against tests/data/apparmor (LX_UPDATE=1 writes it anew), what is decided for which
 * host, and the cache of compiled profiles.
 */
#include "unit.h"

#include <errno.h>
#include <sys/utsname.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/process.h"
#include "base/str.h"
#include "config/config.h"
#include "security/apparmor.h"
#include "security/lsm.h"

static char *extra_rules[] = { (char *)"deny /etc/shadow w,", NULL };

static const struct {
	const char *file;
	struct lx_apparmor_wish wish;
} profiles[] = {
	{ "default", { .name = "lx-web", .own_namespace = true, .sockets = true } },
	{ "nesting", { .name = "lx-web", .own_namespace = true, .nesting = true } },
	{ "rules", { .name = "lx-web_0123abcd", .rules = extra_rules } },
};

static char *data_path(const char *name)
{
	return str_format("%s/tests/data/apparmor/%s", getenv("top_srcdir") ?: ".", name);
}

static void test_apparmor_profiles_are_the_texts(void **state _unused_)
{
	for (size_t i = 0; i < array_size(profiles); i++) {
		_cleanup_free_ char *path = data_path(profiles[i].file), *wanted = NULL;
		_cleanup_buf_ struct buf text = BUF_INIT;

		lx_apparmor_profile_write(&profiles[i].wish, &text);
		if (getenv("LX_UPDATE"))
			assert_int_equal(file_write_atomic(AT_FDCWD, path, text.data, text.size, 0644), 0);
		assert_int_equal(file_read(AT_FDCWD, path, FILE_TEXT_MAX, &wanted, NULL), 0);
		assert_string_equal(text.data, wanted);
	}
}

/* Without a kernel that has it: the features are those of Linux 6.1. */
static void test_apparmor_parser_takes_them(void **state _unused_)
{
	_cleanup_free_ char *features = NULL, *option = NULL;

	if (!process_have("apparmor_parser"))
		skip();
	features = data_path("features-6.1");
	option = str_format("--features-file=%s", features);
	for (size_t i = 0; i < array_size(profiles); i++) {
		_cleanup_free_ char *path = data_path(profiles[i].file);
		char *const argv[] = { (char *)"apparmor_parser", (char *)"--config-file=/dev/null", option, (char *)"--skip-cache",
				       (char *)"--skip-kernel-load", (char *)"--quiet", path, NULL };
		struct lx_error err = { 0 };

		assert_done(process_check(&(struct process_options){ .argv = argv }, &err), &err);
	}
}

/* A matcher of the few things that the pattern is made of: {a,b}, [^c], ** at the front of an alternative, and letters. */
static bool alternative_matches(const char *pattern, size_t n, const char *path)
{
	size_t length = strlen(path);

	if (n >= 2 && strncmp(pattern, "**", 2) == 0) {
		for (size_t skip = 0; skip <= length; skip++)
			if (alternative_matches(pattern + 2, n - 2, path + skip))
				return true;
		return false;
	}
	if (n == 0)
		return length == 0;
	if (length == 0)
		return false;
	if (pattern[0] == '[')
		return path[0] != pattern[2] && alternative_matches(pattern + 4, n - 4, path + 1);
	return pattern[0] == path[0] && alternative_matches(pattern + 1, n - 1, path + 1);
}

static bool matches(const char *pattern, const char *path)
{
	const char *p = pattern + strlen("/{");

	for (;;) {
		size_t n = strcspn(p, ",}");

		if (alternative_matches(p, n, path + 1))
			return true;
		if (p[n] == '}')
			return false;
		p += n + 1;
	}
}

static void test_apparmor_other_name_is_any_other(void **state _unused_)
{
	static const char *const others[] = { "/c", "/oc", "/roc", "/x/c", "/x/roc", "/xproc", "/x/aproc", "/proc/x", "/procs", "/prox", "/mnt" };
	static const char *const same[] = { "/proc", "/x/proc", "/x/y/proc" };
	_cleanup_buf_ struct buf pattern = BUF_INIT;

	lx_apparmor_write_other_name("proc", &pattern);
	for (size_t i = 0; i < array_size(others); i++)
		if (!matches(pattern.data, others[i]))
			fail_msg("%s is not in %s", others[i], pattern.data);
	for (size_t i = 0; i < array_size(same); i++)
		if (matches(pattern.data, same[i]))
			fail_msg("%s is in %s", same[i], pattern.data);
}

static const struct lx_host with = { .apparmor = true, .apparmor_stack = true, .apparmor_parser = true };
static const struct lx_host without_parser = { .apparmor = true, .apparmor_stack = true };
static const struct lx_host without_stack = { .apparmor = true, .apparmor_parser = true };
static const struct lx_host rootless = { .apparmor = true, .apparmor_stack = true, .apparmor_parser = true, .rootless = true };
static const struct lx_host without;

static void test_apparmor_label_is_decided_by_wish_and_host(void **state _unused_)
{
	static const struct {
		const char *wish;
		const struct lx_host *host;
		const char *label;      /* NULL: none */
		int result;
	} cases[] = {
		{ NULL, &with, "lx-web//&:lx-web:unconfined", 0 },
		{ "generated", &with, "lx-web//&:lx-web:unconfined", 0 },
		{ NULL, &without_stack, "lx-web", 0 },
		{ "unconfined", &with, NULL, 0 },
		{ "lx-mine", &with, "lx-mine", 0 },
		{ NULL, &without_parser, NULL, 0 },
		{ "generated", &without_parser, "lx-web//&:lx-web:unconfined", 0 }, /* it may be in the cache */
		{ NULL, &rootless, NULL, 0 },
		{ "generated", &rootless, NULL, -EPERM },
		{ "lx-mine", &rootless, "lx-mine", 0 },
		{ NULL, &without, NULL, 0 },
		{ "unconfined", &without, NULL, 0 },
		{ "generated", &without, NULL, -EOPNOTSUPP },
		{ "lx-mine", &without, NULL, -EOPNOTSUPP },
	};

	for (size_t i = 0; i < array_size(cases); i++) {
		struct lx_config config = { .security.apparmor = (char *)cases[i].wish };
		struct lx_lsm_facts facts = { .config = &config, .host = cases[i].host, .run_id = "web" };
		struct lx_error err = { 0 };
		struct lx_lsm lsm;
		bool made;

		if (!lx_lsm_apparmor.built)
			skip();
		assert_int_equal(lx_lsm_build(&facts, &lsm, &err), cases[i].result);
		if (cases[i].result < 0) {
			assert_contains(err.text, cases[i].host->apparmor ? "only root" :
					"AppArmor is asked for by security.apparmor and is not enabled on this host");
			continue;
		}
		if (cases[i].label)
			assert_string_equal(lsm.parts[LX_LSM_APPARMOR].label, cases[i].label);
		else
			assert_null(lsm.parts[LX_LSM_APPARMOR].label);
		made = cases[i].label && strncmp(cases[i].label, "lx-web", 6) == 0;
		assert_int_equal(made, lsm.parts[LX_LSM_APPARMOR].policy != NULL);
		lx_lsm_done(&lsm);
	}
}

static void test_lsm_labels_go_over_the_socket(void **state _unused_)
{
	struct lx_lsm lsm = LX_LSM_INIT, copy = LX_LSM_INIT;
	_cleanup_buf_ struct buf text = BUF_INIT;

	lsm.parts[LX_LSM_APPARMOR].label = strdup("a//&:b:c");
	lx_lsm_format_labels(&lsm, &text);
	assert_string_equal(text.data, "lsm.apparmor=a//&:b:c\n");
	assert_int_equal(lx_lsm_take_label(&copy, "apparmor=a//&:b:c"), 0);
	assert_string_equal(copy.parts[LX_LSM_APPARMOR].label, "a//&:b:c");
	/* joining without a label that the monitor names is not an option */
	assert_int_equal(lx_lsm_take_label(&copy, "unheard-of=label"), -EPROTONOSUPPORT);
	lx_lsm_done(&lsm);
	lx_lsm_done(&copy);
}

static void test_apparmor_cache_is_by_content(void **state _unused_)
{
	_cleanup_free_ char *a = lx_apparmor_cache_name("lx-web", "text", "6.1"), *b = lx_apparmor_cache_name("lx-web", "text", "6.1");
	_cleanup_free_ char *text = lx_apparmor_cache_name("lx-web", "other", "6.1"), *kernel = lx_apparmor_cache_name("lx-web", "text", "6.2");

	assert_string_equal(a, b);
	assert_string_not_equal(a, text);
	assert_string_not_equal(a, kernel);
	assert_int_equal(strlen(a), strlen("lx-web.") + 32);
}

static void test_apparmor_takes_what_is_kept(void **state _unused_)
{
	_cleanup_free_ char *kernel = NULL, *name = NULL, *bytes = NULL;
	struct lx_error err = { 0 };
	char path[UNIT_PATH_MAX];
	int fd = unit_directory(path);
	struct utsname uts;
	size_t size;

	assert_int_equal(uname(&uts), 0);
	kernel = str_format("%s %s", uts.release, uts.version);
	name = lx_apparmor_cache_name("lx-web", "text", kernel);
	unit_write(fd, name, "compiled");
	assert_done(lx_apparmor_compile(path, "lx-web", "text", true, &bytes, &size, &err), &err);
	assert_int_equal(size, strlen("compiled"));
	assert_memory_equal(bytes, "compiled", size);

	unlinkat(fd, name, 0);
	close(fd);
	rmdir(path);
}

static void test_apparmor_sockets_are_looked_at_when_need_be(void **state _unused_)
{
	static char *other[] = { (char *)"deny /etc/shadow w,", NULL }, *network[] = { (char *)"deny network raw,", NULL };
	static const struct lx_host newer = { .apparmor = true, .apparmor_parser = true, .apparmor_newer = true };
	static const struct {
		const struct lx_host *host;
		char **rules;
		bool sockets;
	} cases[] = { { &newer, NULL, true }, { &with, NULL, false }, { &with, other, false }, { &with, network, true } };

	if (!lx_lsm_apparmor.built)
		skip();
	for (size_t i = 0; i < array_size(cases); i++) {
		struct lx_config config = { .security.apparmor_rules = cases[i].rules };
		struct lx_lsm_facts facts = { .config = &config, .host = cases[i].host, .run_id = "web" };
		struct lx_error err = { 0 };
		struct lx_lsm lsm;

		assert_done(lx_lsm_build(&facts, &lsm, &err), &err);
		assert_int_equal(lsm.parts[LX_LSM_APPARMOR].sockets, cases[i].sockets);
		assert_int_equal(strstr(lsm.parts[LX_LSM_APPARMOR].policy, "  network,\n") != NULL, cases[i].sockets);
		lx_lsm_done(&lsm);
	}
}

static void test_apparmor_features_are_a_text(void **state _unused_)
{
	_cleanup_buf_ struct buf all = BUF_INIT, some = BUF_INIT;
	char path[UNIT_PATH_MAX];
	int fd = unit_directory(path), below;

	assert_int_equal(mkdirat(fd, "network_v8", 0700), 0);
	below = openat(fd, "network_v8", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unit_write(below, "af_mask", "unix inet\n");
	assert_int_equal(lx_apparmor_features(fd, true, &all), 0);
	assert_string_equal(all.data, "network_v8 {af_mask {unix inet\n}\n}\n");
	unit_write(fd, "version", "1.2\n");
	assert_int_equal(lx_apparmor_features(fd, false, &some), 0);
	assert_string_equal(some.data, "version {1.2\n}\n");

	unlinkat(below, "af_mask", 0);
	close(below);
	unlinkat(fd, "network_v8", AT_REMOVEDIR);
	unlinkat(fd, "version", 0);
	close(fd);
	rmdir(path);
}

static void test_apparmor_forgets_its_own(void **state _unused_)
{
	static const char *const others[] = { "lx-web.0", "lx-web2.0123456789abcdef0123456789abcdef", "lx-web.x.0123456789abcdef0123456789abcdef" };
	struct lx_error err = { 0 };
	char path[UNIT_PATH_MAX];
	int fd = unit_directory(path);

	unit_write(fd, "lx-web.0123456789abcdef0123456789abcdef", "");
	for (size_t i = 0; i < array_size(others); i++)
		unit_write(fd, others[i], "");
	assert_done(lx_apparmor_forget(path, "lx-web", &err), &err);
	assert_false(file_exists(fd, "lx-web.0123456789abcdef0123456789abcdef"));
	for (size_t i = 0; i < array_size(others); i++)
		assert_int_equal(unlinkat(fd, others[i], 0), 0);
	close(fd);
	rmdir(path);
	assert_done(lx_apparmor_forget(path, "lx-web", &err), &err); /* no directory, nothing to forget */
}

UNIT_MAIN(UNIT(test_apparmor_profiles_are_the_texts), UNIT(test_apparmor_parser_takes_them), UNIT(test_apparmor_other_name_is_any_other),
	  UNIT(test_apparmor_label_is_decided_by_wish_and_host), UNIT(test_lsm_labels_go_over_the_socket),
	  UNIT(test_apparmor_cache_is_by_content), UNIT(test_apparmor_takes_what_is_kept), UNIT(test_apparmor_forgets_its_own),
	  UNIT(test_apparmor_sockets_are_looked_at_when_need_be), UNIT(test_apparmor_features_are_a_text))
