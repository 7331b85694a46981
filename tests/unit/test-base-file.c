/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* base/fd, base/file, base/tree, in a directory of the test's own. */
#include "unit/unit.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/macro.h"
#include "base/tree.h"

static char directory[UNIT_PATH_MAX];
static int dir_fd = -EBADF;

static int set_up(void **state)
{
	(void)state;
	dir_fd = unit_directory(directory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dir_fd = close_fd(dir_fd);
	return tree_remove(AT_FDCWD, directory, NULL);
}

static void test_fd_close_from_keeps_what_is_named(void **state)
{
	int fds[6];

	(void)state;
	for (size_t i = 0; i < array_size(fds); i++) {
		fds[i] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
		assert_int_equal(fds[i], 100 + (int)i);
	}
	assert_int_equal(fd_close_from(100, (int[]){ 104, 101, 3 }, 3), 0);
	for (size_t i = 0; i < array_size(fds); i++)
		assert_int_equal(fcntl(fds[i], F_GETFD) >= 0, fds[i] == 101 || fds[i] == 104);
	close(101);
	close(104);
}

static void test_fd_from_memory_is_sealed(void **state)
{
	_cleanup_close_ int fd = fd_from_memory("test", "hello", 5);
	char text[16];

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fd_read_full(fd, text, sizeof(text)), 5);
	assert_memory_equal(text, "hello", 5);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(errno, EPERM);
}

static void test_fd_flags(void **state)
{
	_cleanup_close_ int fd = fd_dup(dir_fd);

	(void)state;
	assert_true(fd >= 3);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fd_set_cloexec(fd, false), 0);
	assert_false(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fd_set_nonblock(fd, true), 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(fd_set_cloexec(-1, true), -EBADF);
}

static void test_fd_is_readable_at_the_end_too(void **state)
{
	int ends[2];

	(void)state;
	assert_false(fd_is_readable(-EBADF));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_false(fd_is_readable(ends[0]));
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_true(fd_is_readable(ends[0]));
	assert_int_equal(read(ends[0], (char[1]){ 0 }, 1), 1);
	assert_false(fd_is_readable(ends[0]));
	close(ends[1]);
	assert_true(fd_is_readable(ends[0]));
	close(ends[0]);
}

static void test_file_read_has_a_limit(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	(void)state;
	unit_write(dir_fd, "f", "12345");
	assert_int_equal(file_read(dir_fd, "f", 4, &text, NULL), -EFBIG);
	assert_int_equal(file_read(dir_fd, "f", 5, &text, &size), 0);
	assert_string_equal(text, "12345");
	assert_int_equal(size, 5);
	assert_int_equal(file_read(dir_fd, "none", 5, &text, NULL), -ENOENT);
	assert_int_equal(file_read(dir_fd, ".", 5, &text, NULL), -EISDIR);
}

static void test_file_read_follows_no_link(void **state)
{
	char *text;

	(void)state;
	unit_write(dir_fd, "f", "x");
	assert_int_equal(symlinkat("f", dir_fd, "link"), 0);
	assert_int_equal(file_read(dir_fd, "link", 5, &text, NULL), -ELOOP);
	assert_int_equal(file_write(dir_fd, "link", "y"), -ELOOP);
	assert_true(file_exists(dir_fd, "link"));
	assert_int_equal(mkfifoat(dir_fd, "fifo", 0600), 0);
	assert_int_equal(file_read(dir_fd, "fifo", 5, &text, NULL), 0); /* does not wait for a writer */
	assert_string_equal(text, "");
	free(text);
}

static void test_file_lines(void **state)
{
	_cleanup_free_ char *line = NULL, *text = NULL;

	(void)state;
	unit_write(dir_fd, "f", "one\ntwo\n");
	assert_int_equal(file_read_line(dir_fd, "f", &line), 0);
	assert_string_equal(line, "one");
	assert_int_equal(file_write(dir_fd, "f", "new"), 0);
	assert_int_equal(file_read(dir_fd, "f", 100, &text, NULL), 0);
	assert_string_equal(text, "new");
	assert_int_equal(file_write(dir_fd, "missing", "x"), -ENOENT);
}

static void test_file_write_atomic_replaces(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct stat st;

	(void)state;
	assert_int_equal(mkdirat(dir_fd, "sub", 0700), 0);
	unit_write(dir_fd, "sub/f", "old");
	assert_int_equal(file_write_atomic(dir_fd, "sub/f", "new", 3, 0640), 0);
	assert_int_equal(file_read(dir_fd, "sub/f", 100, &text, NULL), 0);
	assert_string_equal(text, "new");
	assert_int_equal(fstatat(dir_fd, "sub/f", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(unlinkat(dir_fd, "sub/f", 0), 0);
	assert_int_equal(unlinkat(dir_fd, "sub", AT_REMOVEDIR), 0); /* no temporary file is left */
}

static void test_file_write_atomic_cleans_up(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(dir_fd, "d", 0700), 0);
	assert_int_equal(mkdirat(dir_fd, "d/target", 0700), 0);
	assert_int_equal(file_write_atomic(dir_fd, "d/target", "x", 1, 0600), -EISDIR);
	assert_int_equal(unlinkat(dir_fd, "d/target", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(dir_fd, "d", AT_REMOVEDIR), 0);
}

static void test_file_mkdir_parents(void **state)
{
	(void)state;
	assert_int_equal(file_mkdir_parents(dir_fd, "a/b/c", 0755), 0);
	assert_int_equal(file_mkdir_parents(dir_fd, "a/b/c", 0755), 0);
	assert_int_equal(file_mkdir_parents(dir_fd, "a/x/", 0755), 0);
	assert_true(file_exists(dir_fd, "a/b/c"));
	unit_write(dir_fd, "a/f", "");
	assert_int_equal(file_mkdir_parents(dir_fd, "a/f", 0755), -ENOTDIR);
	assert_int_equal(file_mkdir_parents(dir_fd, "a/f/g", 0755), -ENOTDIR);
}

static void test_tree_remove_takes_files_links_and_trees(void **state)
{
	struct lx_error err = { 0 };

	(void)state;
	assert_int_equal(mkdirat(dir_fd, "keep", 0700), 0);
	unit_write(dir_fd, "keep/f", "x");
	assert_int_equal(file_mkdir_parents(dir_fd, "t/a/b", 0755), 0);
	unit_write(dir_fd, "t/a/f", "x");
	assert_int_equal(symlinkat("../keep", dir_fd, "t/link"), 0);
	assert_done(tree_remove(dir_fd, "t", &err), &err);
	assert_false(file_exists(dir_fd, "t"));
	assert_true(file_exists(dir_fd, "keep/f"));
	assert_done(tree_remove(dir_fd, "t", &err), &err); /* missing is fine */

	assert_int_equal(symlinkat("keep", dir_fd, "link"), 0);
	assert_done(tree_remove(dir_fd, "link", &err), &err);
	assert_true(file_exists(dir_fd, "keep/f"));
	assert_int_equal(tree_remove(dir_fd, "keep/f/g", &err), -ENOTDIR);
	assert_contains(err.text, "keep/f/g");
}

/* Deeper than paths are long and than there are descriptors: what a hostile guest leaves behind. */
static void test_tree_remove_of_a_very_deep_tree(void **state)
{
	struct rlimit limit, small;
	struct lx_error err = { 0 };
	int fd, next, r;

	(void)state;
	assert_int_equal(mkdirat(dir_fd, "deep", 0700), 0);
	fd = openat(dir_fd, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 3000; i++) {
		assert_int_equal(mkdirat(fd, "directory", 0700), 0);
		next = openat(fd, "directory", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	close(fd);

	getrlimit(RLIMIT_NOFILE, &limit);
	small = limit;
	small.rlim_cur = 1024;
	setrlimit(RLIMIT_NOFILE, &small);
	r = tree_remove(dir_fd, "deep", &err);
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_done(r, &err);
	assert_false(file_exists(dir_fd, "deep"));
}

static void make_source(void)
{
	static const struct timespec times[2] = { { 1000, 5 }, { 2000, 7 } };
	int fd;

	assert_int_equal(mkdirat(dir_fd, "to", 0700), 0);
	assert_int_equal(file_mkdir_parents(dir_fd, "from/sub", 0755), 0);
	unit_write(dir_fd, "from/sub/file", "content");
	assert_int_equal(fchmodat(dir_fd, "from/sub/file", 04751, 0), 0);
	assert_int_equal(linkat(dir_fd, "from/sub/file", dir_fd, "from/second", 0), 0);
	assert_int_equal(symlinkat("/nowhere", dir_fd, "from/link"), 0);
	assert_int_equal(mkfifoat(dir_fd, "from/fifo", 0640), 0);

	fd = openat(dir_fd, "from/sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(pwrite(fd, "end", 3, 8 << 20), 3);
	assert_int_equal(ftruncate(fd, 16 << 20), 0);
	close(fd);

	assert_int_equal(utimensat(dir_fd, "from/sub/file", times, 0), 0);
	assert_int_equal(fchmodat(dir_fd, "from/sub", 02750, 0), 0);
	assert_int_equal(utimensat(dir_fd, "from/sub", times, 0), 0);
}

static void copy_source(void)
{
	_cleanup_close_ int from_fd = openat(dir_fd, "from", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int to_fd = openat(dir_fd, "to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct lx_error err = { 0 };

	assert_done(tree_copy(from_fd, to_fd, &err), &err);
}

static struct stat look(const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static int copy_for(const struct id_range *range, struct lx_error *err)
{
	_cleanup_close_ int from_fd = openat(dir_fd, "from", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int to_fd = openat(dir_fd, "to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return tree_copy_for(from_fd, to_fd, &(struct tree_owners){ range, range, 1, 1 }, err);
}

static void test_tree_copy_gives_other_owners(void **state)
{
	const struct id_range range = { .inside = 0, .outside = 4000, .size = 10 };
	struct lx_error err = { 0 };

	(void)state;
	if (geteuid() != 0)
		skip();
	make_source();
	assert_int_equal(fchownat(dir_fd, "from/sub/file", 3, 9, 0), 0);
	assert_int_equal(fchmodat(dir_fd, "from/sub/file", 04751, 0), 0);
	assert_done(copy_for(&range, &err), &err);

	assert_int_equal(look("to").st_uid, 4000);
	assert_int_equal(look("to/sub/file").st_uid, 4003);
	assert_int_equal(look("to/sub/file").st_gid, 4009);
	assert_int_equal(look("to/sub/file").st_mode, S_IFREG | 04751);
	assert_int_equal(look("to/link").st_uid, 4000);
}

static void test_tree_copy_refuses_an_owner_that_has_no_other(void **state)
{
	const struct id_range range = { .inside = 100, .outside = 4000, .size = 10 };
	struct lx_error err = { 0 };

	(void)state;
	if (geteuid() != 0)
		skip();
	make_source();
	assert_int_equal(copy_for(&range, &err), -EOVERFLOW);
	assert_contains(err.text, "copy ");
}

static void test_tree_copy_keeps_kinds_modes_and_times(void **state)
{
	_cleanup_free_ char *text = NULL;
	char target[32] = "";
	struct stat st;

	(void)state;
	make_source();
	copy_source();

	st = look("to/sub/file");
	assert_int_equal(st.st_mode, S_IFREG | 04751);
	assert_int_equal(st.st_mtim.tv_sec, 2000);
	assert_int_equal(st.st_mtim.tv_nsec, 7);
	assert_int_equal(st.st_nlink, 2);
	assert_int_equal(st.st_ino, look("to/second").st_ino);
	assert_int_equal(file_read(dir_fd, "to/sub/file", 100, &text, NULL), 0);
	assert_string_equal(text, "content");

	st = look("to/sub");
	assert_int_equal(st.st_mode, S_IFDIR | 02750);
	assert_int_equal(st.st_mtim.tv_sec, 2000);
	assert_int_equal(look("to").st_mode, S_IFDIR | 0755);
	assert_int_equal(look("to/fifo").st_mode, S_IFIFO | 0640);
	assert_true(readlinkat(dir_fd, "to/link", target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "/nowhere");
}

static void test_tree_copy_keeps_holes(void **state)
{
	struct stat st;
	char end[4] = "";
	_cleanup_close_ int fd = -EBADF;

	(void)state;
	make_source();
	copy_source();
	st = look("to/sparse");
	assert_int_equal(st.st_size, 16 << 20);
	assert_true(st.st_blocks * 512 < 1 << 20);
	fd = openat(dir_fd, "to/sparse", O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, end, 3, 8 << 20), 3);
	assert_string_equal(end, "end");
}

static void test_tree_copy_keeps_attributes(void **state)
{
	static const unsigned char capability[20] = { 1, 0, 0, 2, 0, 0x20 }; /* cap_net_raw=ep, revision 2 */
	char path[UNIT_PATH_MAX + 32], value[64];

	(void)state;
	make_source();
	snprintf(path, sizeof(path), "%s/from/sub/file", directory);
	if (setxattr(path, "user.note", "hello", 5, 0) < 0)
		skip(); /* not on this file system */
	if (geteuid() == 0)
		assert_int_equal(setxattr(path, "security.capability", capability, sizeof(capability), 0), 0);

	copy_source();
	snprintf(path, sizeof(path), "%s/to/sub/file", directory);
	assert_int_equal(getxattr(path, "user.note", value, sizeof(value)), 5);
	if (geteuid() == 0) {
		assert_int_equal(getxattr(path, "security.capability", value, sizeof(value)), sizeof(capability));
		assert_memory_equal(value, capability, sizeof(capability));
	}
}

static void test_tree_copy_refuses_what_is_there(void **state)
{
	_cleanup_close_ int from_fd = -EBADF, to_fd = -EBADF;
	struct lx_error err = { 0 };

	(void)state;
	make_source();
	unit_write(dir_fd, "to/second", "mine");
	from_fd = openat(dir_fd, "from", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	to_fd = openat(dir_fd, "to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(tree_copy(from_fd, to_fd, &err), -EEXIST);
	assert_string_equal(err.text, "copy second: File exists");
}

static void test_tree_usage_counts_a_file_once(void **state)
{
	_cleanup_close_ int fd = -EBADF;
	unsigned long long one, two;
	struct lx_error err = { 0 };
	char block[8192] = { 1 };

	(void)state;
	assert_int_equal(mkdirat(dir_fd, "u", 0700), 0);
	fd = openat(dir_fd, "u/f", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	assert_int_equal(fsync(fd), 0); /* blocks are counted when they are allotted */
	close(fd);
	fd = openat(dir_fd, "u", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_done(tree_usage(fd, &one, &err), &err);
	assert_true(one >= sizeof(block));
	assert_int_equal(linkat(fd, "f", fd, "g", 0), 0);
	assert_done(tree_usage(fd, &two, &err), &err);
	assert_int_equal(one, two);
}

#define IN_DIRECTORY(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

UNIT_MAIN(
	UNIT(test_fd_close_from_keeps_what_is_named),
	UNIT(test_fd_from_memory_is_sealed),
	UNIT(test_fd_is_readable_at_the_end_too),
	IN_DIRECTORY(test_fd_flags),
	IN_DIRECTORY(test_file_read_has_a_limit),
	IN_DIRECTORY(test_file_read_follows_no_link),
	IN_DIRECTORY(test_file_lines),
	IN_DIRECTORY(test_file_write_atomic_replaces),
	IN_DIRECTORY(test_file_write_atomic_cleans_up),
	IN_DIRECTORY(test_file_mkdir_parents),
	IN_DIRECTORY(test_tree_remove_takes_files_links_and_trees),
	IN_DIRECTORY(test_tree_remove_of_a_very_deep_tree),
	IN_DIRECTORY(test_tree_copy_gives_other_owners),
	IN_DIRECTORY(test_tree_copy_refuses_an_owner_that_has_no_other),
	IN_DIRECTORY(test_tree_copy_gives_other_owners),
	IN_DIRECTORY(test_tree_copy_refuses_an_owner_that_has_no_other),
	IN_DIRECTORY(test_tree_copy_keeps_kinds_modes_and_times),
	IN_DIRECTORY(test_tree_copy_keeps_holes),
	IN_DIRECTORY(test_tree_copy_keeps_attributes),
	IN_DIRECTORY(test_tree_copy_refuses_what_is_there),
	IN_DIRECTORY(test_tree_usage_counts_a_file_once),
)
