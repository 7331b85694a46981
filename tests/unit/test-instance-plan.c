/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Plans against the texts of tests/data/plan/CASE: the file "config" there, a host of the layout that the case's row
 * names, and the guest that it boots, must give "plan.txt". LX_UPDATE=1 in the environment writes the texts anew.
 */
#include "unit/unit.h"

#include <errno.h>

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "instance/plan.h"
#include "unit/cgroup-host.h"

struct plan_case {
	const char *name;
	const struct lx_host *host;
	struct lx_guest guest;
	const char *share;
	bool execute;
	bool cgroup_v1;         /* the kernel has v1, though the host does not use it */
};

static const struct plan_case cases[] = {
	{ "debian-hybrid", &host_hybrid, { LX_INIT_SYSTEMD, 252 } },
	{ "debian-13-hybrid", &host_hybrid, { LX_INIT_SYSTEMD, 257 } },
	{ "debian-unified", &host_unified, { LX_INIT_SYSTEMD, 252 } },
	{ "old-systemd-unified", &host_unified, { LX_INIT_SYSTEMD, 219 }, .cgroup_v1 = true },
	{ "busybox-legacy", &host_legacy, { LX_INIT_BUSYBOX, 0 } },
	{ "privileged", &host_hybrid, { LX_INIT_SYSVINIT, 0 } },
	{ "mounts", &host_hybrid, { LX_INIT_SYSTEMD, 252 } },
	{ "shared-net", &host_hybrid, { LX_INIT_SYSTEMD, 252 }, .share = "net=container:web" },
	{ "execute", &host_hybrid, { LX_INIT_OTHER, 0 }, .execute = true },
};

static char *data_path(const char *name, const char *file)
{
	return str_format("%s/tests/data/plan/%s/%s", getenv("top_srcdir") ?: ".", name, file);
}

static char *make_plan(const struct plan_case *c, struct lx_error *err)
{
	struct lx_settings settings = { .network.bridge = (char *)"lxbr0", .network.ipv4_address = (char *)"10.0.5.1/24" };
	struct lx_container container = { .settings = &settings, .name = (char *)"web", .run_id = (char *)"web" };
	const struct lx_subids range = { { 0, 1879048192, 65536 }, { 0, 1879048192, 65536 } };
	char *share[] = { (char *)c->share, NULL }, *argv[] = { (char *)"/bin/true", NULL };
	struct lx_plan_wish wish = { .share = c->share ? share : NULL, .argv = c->execute ? argv : NULL, .execute = c->execute };
	_cleanup_(lx_plan_freep) struct lx_plan *plan = NULL;
	_cleanup_free_ char *file = data_path(c->name, "config");
	_cleanup_config_ struct lx_config *config = NULL;
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct lx_host host = *c->host;

	snprintf(host.machine_id, sizeof(host.machine_id), "0123456789abcdef0123456789abcdef");
	host.cgroup_v1 |= c->cgroup_v1;
	host.capability_bound = host.capabilities = 0x1ffffffffffULL;
	if (lx_config_load(file, NULL, &config, err) < 0 ||
	    lx_plan_build(&container, config, &host, &range, &wish, &plan, err) < 0 ||
	    lx_plan_settle(plan, &host, &c->guest, err) < 0)
		return NULL;

	lx_plan_print(plan, &text);
	return buf_steal(&text);
}

/* As a build without libseccomp has it. */
static void drop_filter(char *plan)
{
	char *mode = strstr(plan, "Seccomp 2");

	if (mode)
		mode[strlen("Seccomp ")] = '0';
}

static void check(const struct plan_case *c)
{
	_cleanup_free_ char *file = data_path(c->name, "plan.txt"), *expected = NULL, *text = NULL;
	struct lx_error error = { 0 };

	text = make_plan(c, &error);
	if (!text)
		fail_msg("%s: %s", c->name, error.text);
	if (getenv("LX_UPDATE"))
		assert_int_equal(file_write_atomic(AT_FDCWD, file, text, strlen(text), 0644), 0);

	assert_int_equal(file_read(AT_FDCWD, file, FILE_TEXT_MAX, &expected, NULL), 0);
	if (!lx_seccomp_is_available())
		drop_filter(expected);
	assert_string_equal(text, expected);
}

static void test_plans_are_as_written(void **state _unused_)
{
	for (size_t i = 0; i < array_size(cases); i++)
		check(&cases[i]);
}

static int plan_of(const char *assignment, const struct lx_host *host, struct lx_error *err)
{
	struct lx_settings settings = { .network.bridge = (char *)"lxbr0" };
	struct lx_container container = { .settings = &settings, .name = (char *)"web", .run_id = (char *)"web" };
	const struct lx_subids range = { { 0, 1879048192, 65536 }, { 0, 1879048192, 65536 } };
	const struct lx_plan_wish wish = { 0 };
	_cleanup_(lx_plan_freep) struct lx_plan *plan = NULL;
	_cleanup_free_ char *file = data_path("debian-hybrid", "config");
	_cleanup_config_ struct lx_config *config = NULL;
	char *assignments[] = { (char *)assignment, NULL };

	assert_done(lx_config_load(file, assignments, &config, err), err);
	return lx_plan_build(&container, config, host, &range, &wish, &plan, err);
}

static void test_a_shared_pid_namespace_needs_privilege(void **state _unused_)
{
	struct lx_error error = { 0 };

	assert_int_equal(plan_of("namespace.pid=host", &host_hybrid, &error), -EINVAL);
	assert_contains(error.text, "privileged = yes");
}

static void test_a_map_without_root_is_refused(void **state _unused_)
{
	struct lx_error error = { 0 };

	assert_true(plan_of("idmap.map=both 1 200000 65535", &host_hybrid, &error) < 0);
	assert_contains(error.text, "0");
}

static void test_a_limit_without_controller_is_refused(void **state _unused_)
{
	struct lx_error error = { 0 };

	assert_true(plan_of("cgroup.pids.max=10", &host_none, &error) < 0);
	assert_contains(error.text, "pids.max");
}

UNIT_MAIN(UNIT(test_plans_are_as_written), UNIT(test_a_shared_pid_namespace_needs_privilege),
	  UNIT(test_a_map_without_root_is_refused), UNIT(test_a_limit_without_controller_is_refused))
