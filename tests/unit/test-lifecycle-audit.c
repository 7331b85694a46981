/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The score of a configuration: each layer that is switched off takes its points away, and says so. */
#include "unit.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/str.h"
#include "config/check.h"
#include "lifecycle/audit.h"
#include "security/security.h"

static const struct lx_host plain_host, selinux_host = { .selinux = true };

static bool is_not_built(const char *key)
{
	return (str_equal(key, "security.seccomp") && !lx_seccomp_is_available()) ||
	       (str_equal(key, "security.apparmor") && !lx_lsm_apparmor.built) ||
	       (str_equal(key, "security.selinux") && !lx_lsm_selinux.built);
}

/* Layers that this build has not are counted as if they were there. */
static int score_on(const struct lx_host *host, char *const *assignments, char *why, size_t size, const char *key)
{
	_cleanup_config_ struct lx_config *config = NULL;
	struct lx_finding *findings;
	struct lx_error err = { 0 };
	char path[UNIT_PATH_MAX], file[UNIT_PATH_MAX + 16];
	int score, fd = unit_directory(path);
	unsigned worth = 0;
	size_t n;

	unit_write(fd, "config", "");
	snprintf(file, sizeof(file), "%s/config", path);
	assert_done(lx_config_load(file, assignments, &config, &err), &err);
	unlinkat(fd, "config", 0);
	close(fd);
	rmdir(path);

	score = lx_audit_config(config, host, &findings, &n, &err);
	assert_true(score >= 0);
	for (size_t i = 0; i < n; i++) {
		worth += findings[i].worth;
		if (is_not_built(findings[i].key)) {
			assert_int_equal(findings[i].points, 0);
			score += (int)findings[i].worth;
		}
		assert_true(findings[i].points <= findings[i].worth);
		assert_int_equal(findings[i].points == findings[i].worth, str_empty(findings[i].detail));
		if (key && str_equal(findings[i].key, key))
			snprintf(why, size, "%s", findings[i].detail);
	}
	lx_findings_free(findings, n);
	assert_int_equal(worth, 100);
	return score;
}

static int score_of(char *const *assignments, char *why, size_t size, const char *key)
{
	return score_on(&plain_host, assignments, why, size, key);
}

/* Everything closed that can be closed. */
#define BEST                                                                                                               \
	(char *)"security.no-new-privileges=yes", (char *)"cgroup.memory.max=1G", (char *)"cgroup.pids.max=100",           \
		(char *)"rootfs.read-only=yes", (char *)"security.apparmor=some-profile"

static void test_audit_worth_is_100(void **state _unused_)
{
	char *best[] = { BEST, NULL };

	assert_int_equal(score_of(best, NULL, 0, NULL), 100);
}

/* The row of the other module takes the place of the profile's. */
static void test_audit_on_a_host_with_selinux(void **state _unused_)
{
	char *unconfined[] = { BEST, (char *)"security.apparmor=unconfined", NULL };
	char *none[] = { BEST, (char *)"security.selinux=none", NULL };
	char why[256] = "";

	assert_int_equal(score_on(&selinux_host, unconfined, NULL, 0, NULL), 100);
	assert_int_equal(score_on(&selinux_host, none, why, sizeof(why), "security.selinux"), lx_lsm_selinux.built ? 93 : 100);
	assert_contains(why, lx_lsm_selinux.built ? "that of who starts it" : "no SELinux");
}

/* Each way to open something, the layer that it takes from, and a word of the reason. */
static const struct {
	const char *assignment, *key, *why;
} openings[] = {
	{ "container.privileged=yes", "container.privileged", "root of the host" },
	{ "idmap.map=both 0 0 65536", "container.privileged", "root of the host" },
	{ "idmap.map=both 0 1000 65536", "container.privileged", "id 1000 of the host" },
	{ "idmap.range=1000", "container.privileged", "id 1000 of the host" },
	{ "idmap.shared=yes", "container.privileged", "those of other containers" },
	{ "namespace.pid=host", "namespace.pid", "shared with host" },
	{ "namespace.pid=container:web", "namespace.pid", "container:web" },
	{ "namespace.net=host", "namespace.net", "shared with host" },
	{ "network.eth0.type=none", "namespace.net", "type none" },
	{ "namespace.ipc=host", "namespace.ipc", "shared with host" },
	{ "namespace.uts=host", "namespace.uts", "shared with host" },
	{ "namespace.cgroup=host", "namespace.cgroup", "shared with host" },
	{ "security.capabilities.drop=audit_read", "security.capabilities.drop", "sys_module" },
	{ "security.capabilities.ambient=net_bind_service", "security.capabilities.drop", "other users than root" },
	{ "security.securebits=no-setuid-fixup", "security.capabilities.drop", "keep what root may" },
	{ "security.seccomp=none", "security.seccomp", "every system call" },
	{ "security.seccomp=/etc/policy", "security.seccomp", "/etc/policy" },
	{ "security.intercept.mknod=yes", "security.seccomp", "makes nodes" },
	{ "security.intercept.mount=ext4,erofs", "security.seccomp", "mounts ext4, erofs" },
	{ "security.apparmor=unconfined", "security.apparmor", "no profile" },
	{ "security.nesting=yes", "security.apparmor", "without covers" },
	{ "security.apparmor.rules=mount,", "security.apparmor", "not looked into" },
	{ "security.selinux=none", "security.apparmor", "no context of SELinux" },
	{ "security.no-new-privileges=no", "security.no-new-privileges", "set-user-id" },
	{ "device.fuse.path=/dev/fuse", "device", "opens /dev/fuse" },
	{ "mount.data.source=/srv/data", "mount", "can write to /srv/data" },
	{ "mount.etc.source=/etc", "mount", "can write to /etc" },
	{ "cgroup.memory.max=max", "cgroup.memory.max", "no limit" },
	{ "cgroup.pids.max=max", "cgroup.pids.max", "no limit" },
	{ "security.oom-score-adj=-5", "security.oom-score-adj", "before those of the container" },
	{ "rootfs.read-only=no", "rootfs.read-only", "stays over a restart" },
	{ "machine.link-journal=host", "machine.link-journal", "the host's /var/log" },
	{ "machine.link-journal=guest", "machine.link-journal", "follows links" },
	{ "monitor.sandbox=no", "monitor.sandbox", "root of the host" },
};

static void test_audit_each_layer_that_is_off_costs(void **state _unused_)
{
	char why[512];

	for (size_t i = 0; i < array_size(openings); i++) {
		char *assignments[] = { BEST, (char *)openings[i].assignment, NULL };
		int score;

		if (is_not_built(openings[i].key))
			continue;
		why[0] = 0;
		score = score_of(assignments, why, sizeof(why), openings[i].key);
		if (score >= 100)
			fail_msg("%s costs nothing", openings[i].assignment);
		assert_contains(why, openings[i].why);
	}
}

static struct lx_finding *all_findings(const struct lx_host *host, size_t *ret_n)
{
	static const struct lx_config nothing_said = { 0 };
	struct lx_finding *findings;

	assert_true(lx_audit_config(&nothing_said, host, &findings, ret_n, NULL) >= 0);
	return findings;
}

static void test_audit_each_layer_has_its_opening(void **state _unused_)
{
	size_t n;
	struct lx_finding *findings = all_findings(&plain_host, &n);

	for (size_t i = 0; i < n; i++) {
		bool found = false;

		for (size_t o = 0; o < array_size(openings); o++)
			found |= str_equal(openings[o].key, findings[i].key);
		if (!found)
			fail_msg("nothing in openings[] switches off the layer \"%s\"", findings[i].layer);
	}
	lx_findings_free(findings, n);
}

/* In the table of lx-audit(1), one line for each. */
static void check_manual(const char *page, const struct lx_host *host)
{
	size_t n;
	struct lx_finding *findings = all_findings(host, &n);

	for (size_t i = 0; i < n; i++) {
		char row[128];

		snprintf(row, sizeof(row), "\n%-20s%2u  ", findings[i].layer, findings[i].worth);
		assert_contains(page, row);
	}
	lx_findings_free(findings, n);
}

/* On top of what the same mount costs without it. */
static void test_audit_owners_of_binds_cost(void **state _unused_)
{
	char *mount[] = { (char *)"mount.data.source=/srv", NULL };
	char *alice[] = { mount[0], (char *)"mount.data.owner=4711:1000", NULL };
	char *root[] = { mount[0], (char *)"mount.data.owner=root:1000", NULL };
	char why[512];
	int plain = score_of(mount, NULL, 0, NULL);

	assert_int_equal(score_of(alice, why, sizeof(why), "mount"), plain - 1);
	assert_string_equal(why, "makes files of the host's 4711 in /srv, can write to /srv");
	assert_int_equal(score_of(root, why, sizeof(why), "mount"), plain - 3);
	assert_contains(why, "files of the host's root");
}

static void test_audit_the_manual_has_the_weights(void **state _unused_)
{
	_cleanup_free_ char *path = str_format("%s/doc/man/lx-audit.1.in", getenv("top_srcdir") ?: "."), *page = NULL;

	assert_true(file_read(AT_FDCWD, path, FILE_TEXT_MAX, &page, NULL) >= 0);
	check_manual(page, &plain_host);
	check_manual(page, &selinux_host);
}

static void test_audit_what_is_closed_further_costs_nothing(void **state _unused_)
{
	char *closed[] = { (char *)"security.capabilities.keep=chown,kill", (char *)"security.securebits=noroot",
			   (char *)"security.core-scheduling=auto", (char *)"machine.link-journal=no", (char *)"security.apparmor.rules=deny /etc/shadow w,", (char *)"mount.data.source=/srv", (char *)"mount.data.options=ro",
			   NULL };
	char *none[] = { NULL };

	assert_int_equal(score_of(closed, NULL, 0, NULL), score_of(none, NULL, 0, NULL));
}

UNIT_MAIN(
	UNIT(test_audit_worth_is_100),
	UNIT(test_audit_on_a_host_with_selinux),
	UNIT(test_audit_each_layer_that_is_off_costs),
	UNIT(test_audit_each_layer_has_its_opening),
	UNIT(test_audit_the_manual_has_the_weights),
	UNIT(test_audit_owners_of_binds_cost),
	UNIT(test_audit_what_is_closed_further_costs_nothing))
