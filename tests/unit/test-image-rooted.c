/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Edits to a hostile tree stay inside it, and what identifies a system is taken out. */
#include "unit.h"

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "fake/fake.h"
#include "image/image.h"
#include "image/rooted.h"

/* outside/secret, and root/ with links that want to lead there. */
struct fixture {
	char path[UNIT_PATH_MAX];
	int fd, root_fd;
	struct lx_rooted_owner owner;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->owner = (struct lx_rooted_owner){ getuid(), getgid() };
	f->fd = unit_directory(f->path);
	assert_int_equal(mkdirat(f->fd, "outside", 0755), 0);
	unit_write(f->fd, "outside/secret", "secret");
	assert_int_equal(mkdirat(f->fd, "root", 0755), 0);
	f->root_fd = openat(f->fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(symlinkat("../outside", f->root_fd, "up"), 0);
	assert_int_equal(symlinkat("../outside/secret", f->root_fd, "file"), 0);
	assert_int_equal(symlinkat("/", f->root_fd, "self"), 0);
	fake_reset();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close(f->root_fd);
	close(f->fd);
	tree_remove(AT_FDCWD, f->path, NULL);
	free(f);
	return 0;
}

static void file_is(int dir_fd, const char *path, const char *expected)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(file_read(dir_fd, path, 1024, &text, NULL), 0);
	assert_string_equal(text, expected);
}

static int write_text(struct fixture *f, const char *path, const char *text)
{
	return lx_rooted_write(f->root_fd, path, text, strlen(text), 0640, f->owner);
}

static void test_rooted_write_replaces_a_link(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(write_text(f, "/file", "new"), 0);
	file_is(f->fd, "outside/secret", "secret");
	file_is(f->root_fd, "file", "new");
	assert_int_equal(fstatat(f->root_fd, "file", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
}

/* "up" means root/outside, as it would for a process of the guest. */
static void test_rooted_write_stays_inside(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(write_text(f, "/../../x", "x"), 0);
	file_is(f->root_fd, "x", "x");
	assert_int_equal(faccessat(f->fd, "x", F_OK, 0), -1);

	assert_int_equal(lx_rooted_mkdir(f->root_fd, "/outside", 0700, f->owner), 0);
	assert_int_equal(write_text(f, "/up/secret", "theirs"), 0);
	file_is(f->fd, "outside/secret", "secret");
	file_is(f->root_fd, "outside/secret", "theirs");
	assert_int_equal(write_text(f, "/self/self/etc/deep/y", "y"), 0);
	file_is(f->root_fd, "etc/deep/y", "y");
}

static void test_rooted_read_stays_inside(void **state)
{
	struct fixture *f = *state;
	char *text = NULL;

	assert_int_equal(lx_rooted_read(f->root_fd, "/file", 100, &text, NULL), -ENOENT);
	assert_int_equal(lx_rooted_exists(f->root_fd, "/up/secret"), 0);
	assert_int_equal(mkfifoat(f->root_fd, "pipe", 0600), 0);
	assert_int_equal(lx_rooted_read(f->root_fd, "/pipe", 100, &text, NULL), -EINVAL);
	assert_int_equal(lx_rooted_read(f->root_fd, "/", 100, &text, NULL), -EISDIR);
}

static void test_rooted_modes_are_of_the_thing_itself(void **state)
{
	struct fixture *f = *state;
	struct stat before, after;

	assert_int_equal(fstatat(f->fd, "outside/secret", &before, 0), 0);
	assert_int_equal(lx_rooted_chmod(f->root_fd, "/file", 0777), -ELOOP);
	assert_int_equal(lx_rooted_chown(f->root_fd, "/file", f->owner), 0);
	assert_int_equal(fstatat(f->fd, "outside/secret", &after, 0), 0);
	assert_int_equal(before.st_mode, after.st_mode);

	assert_int_equal(write_text(f, "/mine", ""), 0);
	assert_int_equal(lx_rooted_chmod(f->root_fd, "/mine", 04711), 0);
	assert_int_equal(fstatat(f->root_fd, "mine", &after, 0), 0);
	assert_int_equal(after.st_mode, S_IFREG | 04711);
}

static void test_rooted_removes_and_links(void **state)
{
	struct fixture *f = *state;
	_cleanup_strv_ char **names = NULL;

	assert_int_equal(lx_rooted_remove(f->root_fd, "/up"), 0);
	assert_int_equal(lx_rooted_remove(f->root_fd, "/no/such/thing"), 0);
	file_is(f->fd, "outside/secret", "secret");

	assert_int_equal(lx_rooted_symlink(f->root_fd, "first", "/a/link"), 0);
	assert_int_equal(lx_rooted_symlink(f->root_fd, "second", "/a/link"), 0);
	assert_int_equal(write_text(f, "/a/b", ""), 0);
	assert_int_equal(lx_rooted_list(f->root_fd, "/a", &names), 0);
	assert_int_equal(strv_length(names), 2);
	assert_string_equal(names[0], "b");
	assert_int_equal(lx_rooted_remove(f->root_fd, "/a"), 0);
	assert_int_equal(lx_rooted_exists(f->root_fd, "/a"), 0);
}

/* ---- identity; files become root's, so these need root ---- */

#define NEEDS_ROOT()           \
	do {                   \
		if (getuid())  \
			skip();\
	} while (0)

static void test_identity_is_taken_out(void **state)
{
	static const char *const gone[] = {
		"etc/hostname", "etc/ssh/ssh_host_rsa_key", "etc/ssh/ssh_host_rsa_key.pub", "var/lib/systemd/random-seed",
	};
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	char target[64] = "";

	NEEDS_ROOT();
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		assert_int_equal(write_text(f, gone[i], "x"), 0);
	assert_int_equal(write_text(f, "/etc/machine-id", "0123"), 0);
	assert_int_equal(write_text(f, "/etc/ssh/sshd_config", "keep"), 0);
	assert_int_equal(write_text(f, "/var/lib/dbus/machine-id", "0123"), 0);

	assert_done(lx_identity_reset(f->root_fd, &err), &err);
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		assert_int_equal(faccessat(f->root_fd, gone[i], F_OK, 0), -1);
	file_is(f->root_fd, "etc/machine-id", "");
	file_is(f->root_fd, "etc/ssh/sshd_config", "keep");
	assert_true(readlinkat(f->root_fd, "var/lib/dbus/machine-id", target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "/etc/machine-id");
}

static void test_identity_of_a_container(void **state)
{
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	_cleanup_free_ char *password = str_format("%s/outside/password", f->path);
	_cleanup_free_ char *keys = str_format("%s/outside/keys", f->path);
	_cleanup_free_ char *shadow = NULL;

	NEEDS_ROOT();
	unit_write(f->fd, "outside/password", "open sesame\nsecond line\n");
	unit_write(f->fd, "outside/keys", "ssh-ed25519 AAAA me@here\n");
	assert_int_equal(write_text(f, "/etc/shadow", "daemon:*:1:0:99999:7:::\nroot:*:1:0:99999:7:::\n"), 0);

	assert_done(lx_identity_apply(f->root_fd, &(struct lx_identity){ "web", password, keys }, &err), &err);
	file_is(f->root_fd, "etc/hostname", "web\n");
	file_is(f->root_fd, "root/.ssh/authorized_keys", "ssh-ed25519 AAAA me@here\n");
	assert_int_equal(file_read(f->root_fd, "etc/shadow", 1024, &shadow, NULL), 0);
	assert_contains(shadow, "daemon:*:1:0:99999:7:::\nroot:$y$");
	assert_contains(shadow, ":1:0:99999:7:::\n");
}

static void test_identity_refuses_a_private_key(void **state)
{
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	_cleanup_free_ char *keys = str_format("%s/outside/keys", f->path);

	unit_write(f->fd, "outside/keys", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n");
	assert_int_equal(lx_identity_apply(f->root_fd, &(struct lx_identity){ .ssh_key_file = keys }, &err), -EINVAL);
	assert_contains(err.text, "not a file of ssh public keys");
}

static void test_identity_refuses_an_empty_password(void **state)
{
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	_cleanup_free_ char *password = str_format("%s/outside/password", f->path);

	unit_write(f->fd, "outside/password", "\nsecond\n");
	assert_int_equal(lx_identity_apply(f->root_fd, &(struct lx_identity){ .password_file = password }, &err), -EINVAL);
	assert_contains(err.text, "is empty");
}

#define WITH_FILES(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

UNIT_MAIN(
	WITH_FILES(test_rooted_write_replaces_a_link),
	WITH_FILES(test_rooted_write_stays_inside),
	WITH_FILES(test_rooted_read_stays_inside),
	WITH_FILES(test_rooted_modes_are_of_the_thing_itself),
	WITH_FILES(test_rooted_removes_and_links),
	WITH_FILES(test_identity_is_taken_out),
	WITH_FILES(test_identity_of_a_container),
	WITH_FILES(test_identity_refuses_a_private_key),
	WITH_FILES(test_identity_refuses_an_empty_password))
