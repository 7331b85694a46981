/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* systemd/journal-dir, below a directory of the test's own; the ids of containers are this user's, or nobody's here. */
#include "unit/unit.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/tree.h"
#include "fake/fake.h"
#include "systemd/journal-dir.h"

#define ID "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"

struct fixture {
	char path[UNIT_PATH_MAX];
	int base_fd;
	struct lx_error err;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->base_fd = unit_directory(f->path);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close_fd(f->base_fd);
	(void)tree_remove(AT_FDCWD, f->path, NULL);
	free(f);
	return 0;
}

static void test_machine_id_is_32_digits(void **state)
{
	char id[LX_MACHINE_ID_SIZE];

	(void)state;
	assert_true(lx_machine_id_parse(ID "\nmore", id));
	assert_string_equal(id, ID);
	assert_true(lx_machine_id_parse("01234567-89ab-cdef-0123-456789abcdef", id));
	assert_string_equal(id, ID);
	assert_false(lx_machine_id_parse("", id));
	assert_false(lx_machine_id_parse("uninitialized\n", id));
	assert_false(lx_machine_id_parse("00000000000000000000000000000000\n", id));
	assert_false(lx_machine_id_parse("0123456789ABCDEF0123456789ABCDEF\n", id));
	assert_false(lx_machine_id_parse(ID "0\n", id));
	assert_false(lx_machine_id_parse("../../../../../../../etc/shadow0\n", id));
}

/* A guest may have made anything of its /etc/machine-id. */
static void test_machine_id_of_a_guest(void **state)
{
	struct fixture *f = *state;
	char id[LX_MACHINE_ID_SIZE];

	assert_int_equal(lx_machine_id_read(f->base_fd, id), -ENOENT);
	assert_int_equal(mkdirat(f->base_fd, "etc", 0755), 0);
	assert_int_equal(lx_machine_id_read(f->base_fd, id), -ENOENT);
	unit_write(f->base_fd, "etc/machine-id", ID "\n");
	assert_int_equal(lx_machine_id_read(f->base_fd, id), 0);
	assert_string_equal(id, ID);

	unit_write(f->base_fd, "etc/machine-id", "");
	assert_int_equal(lx_machine_id_read(f->base_fd, id), -ENOENT);
	assert_int_equal(unlinkat(f->base_fd, "etc/machine-id", 0), 0);
	assert_int_equal(mkfifoat(f->base_fd, "etc/machine-id", 0644), 0); /* nobody waits for its writer */
	assert_int_equal(lx_machine_id_read(f->base_fd, id), -ENOENT);
	assert_int_equal(unlinkat(f->base_fd, "etc/machine-id", 0), 0);
	assert_int_equal(symlinkat("/etc/machine-id", f->base_fd, "etc/machine-id"), 0);
	assert_true(lx_machine_id_read(f->base_fd, id) < 0);
}

static int give(struct fixture *f, uid_t uid, bool make)
{
	struct id_range range = { 0, uid, 1000 };
	const id_ranges uids = { &range, 1 };
	const struct lx_journal_owner owner = { uid, getegid(), &uids };

	lx_error_clear(&f->err);
	return lx_journal_dir_give(f->base_fd, ID, &owner, make, &f->err);
}

static void test_directory_is_made_for_who_asks(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(give(f, geteuid(), false), -ENOENT);
	assert_int_equal(give(f, geteuid(), true), 1);
	assert_int_equal(fstatat(f->base_fd, ID, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 02755);
	assert_int_equal(st.st_uid, geteuid());

	unit_write(f->base_fd, ID "/system.journal", "x");
	assert_int_equal(give(f, geteuid(), true), 0);
	assert_int_equal(give(f, geteuid(), false), 0);
}

/* Its journald could not write there otherwise. */
static void test_directory_has_the_label_of_its_container(void **state)
{
	struct fixture *f = *state;
	const struct lx_journal_owner owner = { geteuid(), getegid(), NULL, "system_u:object_r:lx_file_t:s0:c1,c2" };

	fake_reset();
	fake_result("sys_xattr_set", -EOPNOTSUPP);
	assert_int_equal(lx_journal_dir_give(f->base_fd, ID, &owner, true, &f->err), -EOPNOTSUPP);
	assert_contains(f->err.text, "give " LX_JOURNAL_DIR "/" ID " the label system_u:object_r:lx_file_t:s0:c1,c2");
	assert_int_equal(lx_journal_dir_give(f->base_fd, ID, &owner, false, &f->err), -ENOENT);

	fake_reset();
	assert_int_equal(lx_journal_dir_give(f->base_fd, ID, &owner, true, &f->err), 1);
	assert_int_equal(fake_count("sys_xattr_set"), 1);
	assert_int_equal(lx_journal_dir_give(f->base_fd, ID, &owner, false, &f->err), 0); /* it may be the administrator's */
	assert_int_equal(fake_count("sys_xattr_set"), 2);
}

/* A guest can name any machine id. What is another's, or the host's own, it does not get. */
static void test_directory_of_another_is_not_given(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdirat(f->base_fd, ID, 0755), 0);
	unit_write(f->base_fd, ID "/system.journal", "x");
	assert_int_equal(give(f, geteuid() + 1000, true), -EPERM);
	assert_contains(f->err.text, "is not the container's");
	assert_int_equal(give(f, geteuid() + 1000, false), -EPERM);

	assert_int_equal(lx_journal_dir_link(f->base_fd, ID, "/store/web/upper/x", "/store/web", &f->err), -EEXIST);
	assert_int_equal(unlinkat(f->base_fd, ID "/system.journal", 0), 0);
	assert_int_equal(unlinkat(f->base_fd, ID, AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("/etc", f->base_fd, ID), 0);
	assert_int_equal(give(f, geteuid(), true), -EEXIST);
}

static void expect_link(struct fixture *f, const char *expected)
{
	char target[64] = "";

	assert_true(readlinkat(f->base_fd, ID, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, expected);
}

static int make_link(struct fixture *f, const char *target, const char *directory)
{
	lx_error_clear(&f->err);
	return lx_journal_dir_link(f->base_fd, ID, target, directory, &f->err);
}

static void test_link_is_changed_by_its_container_only(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(make_link(f, "/store/web/rootfs/j", "/store/web"), 1);
	assert_int_equal(make_link(f, "/store/web/rootfs/j", "/store/web"), 0);
	assert_int_equal(make_link(f, "/store/web/upper/j", "/store/web"), 1);
	expect_link(f, "/store/web/upper/j");
	assert_int_equal(make_link(f, "/store/we/upper/j", "/store/we"), -EEXIST);
	assert_contains(f->err.text, "/etc/machine-id");

	assert_int_equal(lx_journal_dir_release(f->base_fd, ID, "/store/we", &f->err), 0);
	expect_link(f, "/store/web/upper/j");
	assert_int_equal(lx_journal_dir_release(f->base_fd, ID, "/store/web", &f->err), 0);
	assert_int_equal(faccessat(f->base_fd, ID, F_OK, AT_SYMLINK_NOFOLLOW), -1);
}

static void test_what_was_written_stays(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(lx_journal_dir_release(f->base_fd, ID, "/store/web", &f->err), 0);
	assert_int_equal(give(f, geteuid(), true), 1);
	assert_int_equal(lx_journal_dir_release(f->base_fd, ID, "/store/web", &f->err), 0);
	assert_int_equal(faccessat(f->base_fd, ID, F_OK, 0), -1);
	if (geteuid() != 0)
		return; /* who cannot give things away */

	assert_int_equal(give(f, 100000, true), 1);
	unit_write(f->base_fd, ID "/system.journal", "x");
	assert_int_equal(lx_journal_dir_release(f->base_fd, ID, "/store/web", &f->err), 1);
	assert_int_equal(faccessat(f->base_fd, ID "/system.journal", F_OK, 0), 0);
	/* a user of the container's is the container, */
	assert_int_equal(fchownat(f->base_fd, ID, 100999, (gid_t)-1, 0), 0);
	assert_int_equal(give(f, 100000, true), 0);
	assert_int_equal(fchownat(f->base_fd, ID, 101000, (gid_t)-1, 0), 0);
	assert_int_equal(give(f, 100000, true), -EPERM);
	assert_int_equal(lx_journal_dir_release(f->base_fd, ID, "/store/web", &f->err), 1);
	/* the next container with these ids is not given it */
	assert_int_equal(give(f, 100000, true), -EPERM);
}

static void test_note_is_a_link(void **state)
{
	struct fixture *f = *state;
	char id[LX_MACHINE_ID_SIZE];

	assert_int_equal(lx_journal_note_read(f->base_fd, id), -ENOENT);
	assert_int_equal(lx_journal_note_write(f->base_fd, ID), 0);
	assert_int_equal(lx_journal_note_read(f->base_fd, id), 0);
	assert_string_equal(id, ID);
	assert_int_equal(lx_journal_note_write(f->base_fd, OTHER), 0);
	assert_int_equal(lx_journal_note_read(f->base_fd, id), 0);
	assert_string_equal(id, OTHER);

	assert_int_equal(unlinkat(f->base_fd, LX_JOURNAL_NAME, 0), 0);
	assert_int_equal(symlinkat("/var/log/journal/..", f->base_fd, LX_JOURNAL_NAME), 0);
	assert_int_equal(lx_journal_note_read(f->base_fd, id), -ENOENT);
	assert_int_equal(unlinkat(f->base_fd, LX_JOURNAL_NAME, 0), 0);
	unit_write(f->base_fd, LX_JOURNAL_NAME, "x");
	assert_int_equal(lx_journal_note_read(f->base_fd, id), -ENOENT);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_machine_id_is_32_digits),
		CASE(test_machine_id_of_a_guest),
		CASE(test_directory_is_made_for_who_asks),
		CASE(test_directory_has_the_label_of_its_container),
		CASE(test_directory_of_another_is_not_given),
		CASE(test_link_is_changed_by_its_container_only),
		CASE(test_what_was_written_stays),
		CASE(test_note_is_a_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
