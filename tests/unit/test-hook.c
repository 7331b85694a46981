/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hooks: what they are told, and what their failures say. */
#include "unit/unit.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "hook/hook-env.h"
#include "sys/sys.h"

#include <jansson.h>

static struct lx_config config;
static struct lx_hook_facts facts;

static int set_up(void **state)
{
	(void)state;
	lx_log_set_quiet(true);
	config = (struct lx_config){ .hook.timeout = 5 * USEC_PER_SEC };
	facts = (struct lx_hook_facts){
		.config = &config,
		.name = "web",
		.directory = "/var/lib/lx/web",
		.config_file = "/var/lib/lx/web/config",
		.run_directory = "/run/lx/web",
		.log_file = "/var/log/lx/web.log",
		.root_path = "overlay:/x",
		.root_mount = "",
		.state = "STARTING",
	};
	return 0;
}

/* Runs one command line as a hook of the stage. */
static int run(enum lx_hook_stage stage, const char *command, struct lx_error *err)
{
	char *commands[] = { (char *)command, NULL };
	int r;

	config.hook.commands[stage] = commands;
	r = lx_hook_run(stage, &facts, err);
	config.hook.commands[stage] = NULL;
	return r;
}

/* From its parent: tree_remove() does not leave the file system of the descriptor that it gets. */
static void remove_directory(char *directory, int dir_fd)
{
	char *slash = strrchr(directory, '/');
	struct lx_error err = { 0 };
	int parent_fd;

	*slash = '\0';
	parent_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(parent_fd >= 0);
	assert_done(tree_remove(parent_fd, slash + 1, &err), &err);
	close(parent_fd);
	close(dir_fd);
}

static void test_hook_stages_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < LX_HOOK_MAX; i++)
		assert_non_null(lx_hook_stage_name((enum lx_hook_stage)i));
	assert_string_equal(lx_hook_stage_name(LX_HOOK_START_HOST), "start-host");
}

static void test_hook_environment_has_both_names(void **state)
{
	static const char *const wanted[] = {
		"LX_NAME=web", "LXC_NAME=web", "LX_STAGE=stop", "LXC_HOOK_TYPE=stop", "LXC_HOOK_SECTION=lxc", "LXC_HOOK_VERSION=1",
		"LXC_CGNS_AWARE=1", "LX_CONFIG_FILE=/var/lib/lx/web/config", "LXC_CONFIG_FILE=/var/lib/lx/web/config",
		"LX_ROOTFS_PATH=overlay:/x", "LXC_ROOTFS_PATH=overlay:/x", "LXC_ROOTFS_MOUNT=", "LX_INIT_PID=42", "LXC_PID=42",
		"LX_TARGET=reboot", "LXC_TARGET=reboot", "LX_SOURCE_NAME=old", "LXC_SRC_NAME=old", "LX_RUN_DIRECTORY=/run/lx/web",
		"LX_DIRECTORY=/var/lib/lx/web", "LX_LOG_FILE=/var/log/lx/web.log", "LX_STATE=STARTING",
	};
	_cleanup_strv_ char **env = NULL;

	(void)state;
	facts.init_pid = 42;
	facts.target = "reboot";
	facts.source_name = "old";
	assert_int_equal(lx_hook_environment(LX_HOOK_STOP, &facts, &env), 0);
	for (size_t i = 0; i < array_size(wanted); i++)
		if (!strv_contains(env, wanted[i]))
			fail_msg("%s is missing", wanted[i]);
}

static void test_hook_environment_leaves_out_what_is_not_known(void **state)
{
	_cleanup_strv_ char **env = NULL;

	(void)state;
	assert_int_equal(lx_hook_environment(LX_HOOK_PRE_START, &facts, &env), 0);
	strv_for_each(e, env) {
		assert_null(str_after(e, "LX_INIT_PID"));
		assert_null(str_after(e, "LXC_TARGET"));
		assert_null(str_after(e, "LX_NET_NS"));
	}
}

static void test_hook_environment_names_namespaces(void **state)
{
	int ns[SYS_NS_MAX];
	_cleanup_strv_ char **env = NULL;
	char wanted[64];

	(void)state;
	for (int i = 0; i < SYS_NS_MAX; i++)
		ns[i] = -EBADF;
	ns[SYS_NS_NET] = 17;
	facts.namespaces = ns;
	assert_int_equal(lx_hook_environment(LX_HOOK_STOP, &facts, &env), 0);
	snprintf(wanted, sizeof(wanted), "LXC_NET_NS=/proc/%d/fd/17", (int)getpid());
	assert_true(strv_contains(env, wanted));
	strv_for_each(e, env)
		assert_null(str_after(e, "LXC_MNT_NS"));
}

static void test_hook_state_is_that_of_oci_and_more(void **state)
{
	static const struct {
		const char *ours, *oci;
	} rows[] = { { "STARTING", "creating" }, { "RUNNING", "running" }, { "FROZEN", "running" }, { "STOPPING", "stopped" },
		     { "STOPPED", "stopped" } };

	(void)state;
	facts.init_pid = 42;
	facts.directory = "/a \"quoted\\\n";
	for (size_t i = 0; i < array_size(rows); i++) {
		_cleanup_free_ char *text = NULL;
		json_t *object;
		json_error_t e;

		facts.state = rows[i].ours;
		text = lx_hook_state(LX_HOOK_START_HOST, &facts);
		object = json_loads(text, 0, &e);
		assert_non_null(object);
		assert_string_equal(json_string_value(json_object_get(object, "id")), "web");
		assert_string_equal(json_string_value(json_object_get(object, "status")), rows[i].oci);
		assert_string_equal(json_string_value(json_object_get(object, "bundle")), facts.directory);
		assert_int_equal(json_integer_value(json_object_get(object, "pid")), 42);
		assert_string_equal(json_string_value(json_object_get(json_object_get(object, "lx"), "stage")), "start-host");
		json_decref(object);
	}
}

static void test_hook_state_survives_a_path_that_is_not_text(void **state)
{
	_cleanup_free_ char *text = NULL;

	(void)state;
	facts.directory = "/a\xff";
	text = lx_hook_state(LX_HOOK_PRE_START, &facts);
	assert_non_null(text);
	assert_contains(text, "\"id\":\"web\"");
}

static void test_hook_run_says_what_failed(void **state)
{
	static const struct {
		const char *command;
		int code;
		const char *text;
	} rows[] = {
		{ "/bin/true", 0, "" },
		{ "/bin/sh -c 'echo one; echo the last; echo; exit 3'", -ECANCELED,
		  "hook pre-start /bin/sh failed with exit status 3: the last" },
		{ "/bin/sh -c 'exit 3'", -ECANCELED, "hook pre-start /bin/sh failed with exit status 3" },
		{ "/bin/sh -c 'echo on standard error >&2; exit 1'", -ECANCELED, "on standard error" },
		{ "/bin/sh -c 'kill -SEGV $$'", -ECANCELED, "hook pre-start /bin/sh was killed by SIGSEGV" },
		{ "/no/such/hook", -ENOENT, "hook pre-start: run /no/such/hook: execute: No such file or directory; see " },
		{ "'open quote", -EINVAL, "hook pre-start: 'open quote is not a command; change it in " },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		struct lx_error err = { 0 };

		assert_int_equal(run(LX_HOOK_PRE_START, rows[i].command, &err), rows[i].code);
		assert_contains(err.text, rows[i].text);
	}
}

/* Of a guest's program. The reason of a failure is its last word all the same. */
static void test_hook_run_logs_a_bounded_number_of_lines(void **state)
{
	char directory[UNIT_PATH_MAX];
	_cleanup_close_ int dir_fd = unit_directory(directory);
	_cleanup_free_ char *text = NULL;
	struct lx_error err = { 0 };
	size_t lines = 0;

	(void)state;
	lx_log_set_file(openat(dir_fd, "log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), false);
	assert_int_equal(run(LX_HOOK_START, "/bin/sh -c 'seq 20000; exit 3'", &err), -ECANCELED);
	assert_contains(err.text, "exit status 3: 20000");
	assert_int_equal(file_read(dir_fd, "log", 1 << 24, &text, NULL), 0);
	lx_log_set_file(-EBADF, false);
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	assert_in_range(lines, 1000, 1010);
	assert_contains(text, "hook start /bin/sh: 1000\n");
	assert_contains(text, "says too much");
	remove_directory(directory, dir_fd);
}

static void test_hook_run_ends_one_that_hangs_with_its_children(void **state)
{
	struct lx_error err = { 0 };
	usec_t start = time_now(CLOCK_MONOTONIC);

	(void)state;
	config.hook.timeout = 2 * USEC_PER_SEC; /* in which a shell is executed */
	assert_int_equal(run(LX_HOOK_STOP, "/bin/sh -c 'echo waiting; sleep 30; :'", &err), -ETIMEDOUT);
	assert_string_equal(err.text, "hook stop /bin/sh did not end within 2s (hook.timeout): waiting");
	assert_true(time_now(CLOCK_MONOTONIC) - start < 10 * USEC_PER_SEC);
}

static void test_hook_run_stops_at_the_first_failure(void **state)
{
	char directory[UNIT_PATH_MAX], a[UNIT_PATH_MAX + 32], b[UNIT_PATH_MAX + 32];
	int dir_fd = unit_directory(directory);
	char *commands[] = { a, (char *)"/bin/false", b, NULL };
	struct lx_error err = { 0 };

	(void)state;
	snprintf(a, sizeof(a), "touch %s/a", directory);
	snprintf(b, sizeof(b), "touch %s/b", directory);
	config.hook.commands[LX_HOOK_DESTROY] = commands;
	assert_int_equal(lx_hook_run(LX_HOOK_DESTROY, &facts, &err), -ECANCELED);
	assert_int_equal(faccessat(dir_fd, "a", F_OK, 0), 0);
	assert_int_equal(faccessat(dir_fd, "b", F_OK, 0), -1);

	lx_error_clear(&err);
	remove_directory(directory, dir_fd);
}

static void test_hook_run_gives_state_and_a_clean_environment(void **state)
{
	struct lx_error err = { 0 };

	(void)state;
	setenv("LX_TEST_SECRET", "x", 1);
	assert_done(run(LX_HOOK_START, "/bin/sh -c 'grep -q \"\\\"stage\\\":\\\"start\\\"\" && [ -z \"$LX_TEST_SECRET\" ] && "
				       "[ \"$LX_NAME\" = web ] && [ \"$PWD\" = / ] && [ ! -e /proc/self/fd/9 ]'", &err), &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_hook_stages_have_names, set_up),
		cmocka_unit_test_setup(test_hook_environment_has_both_names, set_up),
		cmocka_unit_test_setup(test_hook_environment_leaves_out_what_is_not_known, set_up),
		cmocka_unit_test_setup(test_hook_environment_names_namespaces, set_up),
		cmocka_unit_test_setup(test_hook_state_is_that_of_oci_and_more, set_up),
		cmocka_unit_test_setup(test_hook_state_survives_a_path_that_is_not_text, set_up),
		cmocka_unit_test_setup(test_hook_run_says_what_failed, set_up),
		cmocka_unit_test_setup(test_hook_run_logs_a_bounded_number_of_lines, set_up),
		cmocka_unit_test_setup(test_hook_run_ends_one_that_hangs_with_its_children, set_up),
		cmocka_unit_test_setup(test_hook_run_stops_at_the_first_failure, set_up),
		cmocka_unit_test_setup(test_hook_run_gives_state_and_a_clean_environment, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
