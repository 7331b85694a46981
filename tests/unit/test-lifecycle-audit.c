/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The score of a configuration: each layer that is switched off takes its points away, and says so. */
#include "unit.h"

#include "base/str.h"
#include "config/check.h"
#include "lifecycle/audit.h"

static int score_of(char *const *assignments, char *why, size_t size, const char *key)
{
	_cleanup_config_ struct lx_config *config = NULL;
	struct lx_finding *findings;
	struct lx_error err = { 0 };
	char path[UNIT_PATH_MAX], file[UNIT_PATH_MAX + 16];
	int score, fd = unit_directory(path);
	size_t n;

	unit_write(fd, "config", "");
	snprintf(file, sizeof(file), "%s/config", path);
	assert_done(lx_config_load(file, assignments, &config, &err), &err);
	unlinkat(fd, "config", 0);
	close(fd);
	rmdir(path);

	score = lx_audit_config(config, &findings, &n, &err);
	assert_true(score >= 0);
	for (size_t i = 0; i < n; i++) {
		assert_true(findings[i].points <= findings[i].worth);
		assert_int_equal(findings[i].points == findings[i].worth, str_empty(findings[i].detail));
		if (key && str_equal(findings[i].key, key))
			snprintf(why, size, "%s", findings[i].detail);
	}
	lx_findings_free(findings, n);
	return score;
}

static void test_audit_worth_is_100(void **state _unused_)
{
	char *best[] = { (char *)"security.no-new-privileges=yes", (char *)"cgroup.memory.max=1G", (char *)"cgroup.pids.max=100",
			 (char *)"rootfs.read-only=yes", NULL };

	assert_int_equal(score_of(best, NULL, 0, NULL), 100);
}

static void test_audit_each_layer_that_is_off_costs(void **state _unused_)
{
	static const struct {
		const char *assignment, *key, *why;
		int loss;
	} cases[] = {
		{ "container.privileged=yes", "container.privileged", "root of the host", 30 },
		{ "namespace.pid=host", "namespace.pid", "shared with host", 6 },
		{ "namespace.pid=container:web", "namespace.pid", "container:web", 3 },
		{ "namespace.net=host", "namespace.net", "shared with host", 6 },
		{ "network.eth0.type=none", "namespace.net", "type none", 6 },
		{ "namespace.ipc=host", "namespace.ipc", "shared with host", 3 },
		{ "namespace.uts=host", "namespace.uts", "shared with host", 1 },
		{ "namespace.cgroup=host", "namespace.cgroup", "shared with host", 4 },
		{ "security.capabilities.drop=audit_read", "security.capabilities.drop", "sys_module", 10 },
		{ "security.seccomp=none", "security.seccomp", "every system call", 15 },
		{ "device.fuse.path=/dev/fuse", "device", "opens /dev/fuse", 2 },
		{ "mount.data.source=/srv/data", "mount", "can write to /srv/data", 1 },
		{ "mount.etc.source=/etc", "mount", "can write to /etc", 4 },
		{ "security.oom-score-adj=-5", "security.oom-score-adj", "before those of the container", 1 },
	};
	char *none[] = { NULL }, why[512];
	int whole = score_of(none, NULL, 0, NULL);

	assert_int_equal(whole, 87);
	for (size_t i = 0; i < array_size(cases); i++) {
		char *assignments[] = { (char *)cases[i].assignment, NULL };

		why[0] = 0;
		if (score_of(assignments, why, sizeof(why), cases[i].key) != whole - cases[i].loss)
			fail_msg("%s: %d", cases[i].assignment, score_of(assignments, why, sizeof(why), cases[i].key));
		assert_contains(why, cases[i].why);
	}
}

static void test_audit_what_is_closed_further_costs_nothing(void **state _unused_)
{
	char *closed[] = { (char *)"security.capabilities.keep=chown,kill", (char *)"mount.data.source=/srv", (char *)"mount.data.options=ro",
			   NULL };

	assert_int_equal(score_of(closed, NULL, 0, NULL), 87);
}

UNIT_MAIN(
	UNIT(test_audit_worth_is_100),
	UNIT(test_audit_each_layer_that_is_off_costs),
	UNIT(test_audit_what_is_closed_further_costs_nothing))
