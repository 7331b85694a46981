/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What kind of system is recognised in a tree, and that nothing outside the tree is looked at. */
#include "unit/unit.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/tree.h"
#include "rootfs/rootfs.h"

struct tree {
	char path[UNIT_PATH_MAX];
	int fd;
};

static struct tree tree_new(void)
{
	struct tree t;

	t.fd = unit_directory(t.path);
	mkdirat(t.fd, "sbin", 0755);
	mkdirat(t.fd, "bin", 0755);
	mkdirat(t.fd, "lib", 0755);
	mkdirat(t.fd, "lib/systemd", 0755);
	return t;
}

static void tree_done(struct tree *t)
{
	struct lx_error error = { 0 };

	close(t->fd);
	assert_done(tree_remove(AT_FDCWD, t->path, &error), &error);
}

static struct lx_guest probe(const char *link, const char *program, const char *library)
{
	struct tree t = tree_new();
	struct lx_error error = { 0 };
	struct lx_guest guest;

	unit_write(t.fd, program, "");
	if (link)
		assert_int_equal(symlinkat(link, t.fd, "sbin/init"), 0);
	if (library)
		unit_write(t.fd, library, "");
	assert_done(lx_guest_probe(t.fd, "/sbin/init", &guest, &error), &error);
	tree_done(&t);
	return guest;
}

static void test_systemd_and_its_version(void **state _unused_)
{
	static const struct {
		const char *library;
		unsigned version;
	} rows[] = {
		{ "lib/systemd/libsystemd-shared-252.so", 252 },
		{ "lib/systemd/libsystemd-shared-257.9-1~deb13u1.so", 257 },
		{ "lib/systemd/libsystemd-shared.so", 0 },
	};

	for (size_t i = 0; i < array_size(rows); i++) {
		struct lx_guest guest = probe("/lib/systemd/systemd", "lib/systemd/systemd", rows[i].library);

		assert_int_equal(guest.init, LX_INIT_SYSTEMD);
		assert_int_equal(guest.systemd_version, rows[i].version);
	}
}

static void test_others(void **state _unused_)
{
	assert_int_equal(probe("../bin/busybox", "bin/busybox", NULL).init, LX_INIT_BUSYBOX);
	assert_int_equal(probe(NULL, "sbin/init", NULL).init, LX_INIT_SYSVINIT);
	assert_int_equal(probe("/bin/own", "bin/own", NULL).init, LX_INIT_OTHER);
}

static void test_a_link_out_of_the_tree_stays_inside(void **state _unused_)
{
	struct tree t = tree_new();
	struct lx_error error = { 0 };
	struct lx_guest guest;

	/* the host has a /bin/sh; the tree has not */
	assert_int_equal(symlinkat("/../../../bin/sh", t.fd, "sbin/init"), 0);
	assert_int_equal(lx_guest_probe(t.fd, "/sbin/init", &guest, &error), -ENOENT);
	assert_contains(error.text, "init /sbin/init in the root file system");
	tree_done(&t);
}

UNIT_MAIN(UNIT(test_systemd_and_its_version), UNIT(test_others), UNIT(test_a_link_out_of_the_tree_stays_inside))
