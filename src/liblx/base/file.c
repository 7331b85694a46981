/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whole files. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/str.h"

#define TEMPORARY_TRIES 16

int file_read_fd(int fd, size_t max, char **ret, size_t *ret_size)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	char chunk[4096];
	char *data;
	size_t size;

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (n == 0)
			break;
		if ((size_t)n > max - text.size)
			return -EFBIG;
		buf_add_mem(&text, chunk, (size_t)n);
	}

	size = text.size;
	data = buf_steal(&text);
	if (!data)
		return -ENOMEM;

	*ret = data;
	if (ret_size)
		*ret_size = size;
	return 0;
}

int file_read(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_size)
{
	_cleanup_close_ int fd = -EBADF;

	/* O_NONBLOCK: a FIFO that somebody put there must not make us wait */
	fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;

	return file_read_fd(fd, max, ret, ret_size);
}

int file_read_line(int dir_fd, const char *path, char **ret)
{
	char *text;
	int r;

	r = file_read(dir_fd, path, FILE_TEXT_MAX, &text, NULL);
	if (r < 0)
		return r;

	text[strcspn(text, "\n")] = '\0';
	*ret = text;
	return 0;
}

int file_write(int dir_fd, const char *path, const char *text)
{
	_cleanup_close_ int fd = -EBADF;
	size_t size = strlen(text);
	ssize_t n;

	fd = openat(dir_fd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_TRUNC | O_NOCTTY);
	if (fd < 0)
		return -errno;

	do
		n = write(fd, text, size);
	while (n < 0 && errno == EINTR);

	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

/* A new file beside path; *ret_name is to be renamed or unlinked. */
static int open_temporary(int dir_fd, const char *path, char **ret_name)
{
	const char *slash = strrchr(path, '/');
	int directory = slash ? (int)(slash - path) + 1 : 0;

	for (unsigned i = 0; i < TEMPORARY_TRIES; i++) {
		_cleanup_free_ char *name = NULL;
		uint64_t number;
		int fd;

		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			return -errno;
		name = str_format("%.*s.%s.%016llx", directory, path, path + directory, (unsigned long long)number);
		if (!name)
			return -ENOMEM;

		fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd >= 0) {
			*ret_name = take_ptr(name);
			return fd;
		}
		if (errno != EEXIST)
			return -errno;
	}

	return -EEXIST;
}

static int fill(int fd, const char *data, size_t size, mode_t mode)
{
	int r;

	r = fd_write_all(fd, data, size);
	if (r < 0)
		return r;
	if (fchmod(fd, mode) < 0 || fsync(fd) < 0)
		return -errno;

	return 0;
}

int file_write_atomic(int dir_fd, const char *path, const char *data, size_t size, mode_t mode)
{
	_cleanup_close_ int fd = -EBADF;
	_cleanup_free_ char *name = NULL;
	int r;

	fd = open_temporary(dir_fd, path, &name);
	if (fd < 0)
		return fd;

	r = fill(fd, data, size, mode);
	if (r >= 0 && renameat(dir_fd, name, dir_fd, path) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dir_fd, name, 0);
	return r;
}

static bool is_directory(int dir_fd, const char *path)
{
	struct stat st;

	return fstatat(dir_fd, path, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

/* One directory whose parent exists. */
static int make_directory(int dir_fd, const char *path, mode_t mode)
{
	if (mkdirat(dir_fd, path, mode) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;

	return is_directory(dir_fd, path) ? 0 : -ENOTDIR;
}

int file_mkdir_parents(int dir_fd, const char *path, mode_t mode)
{
	_cleanup_free_ char *copy = NULL;
	int r;

	/* mostly it is there, or only its last part is missing */
	r = make_directory(dir_fd, path, mode);
	if (r != -ENOENT)
		return r;

	copy = strdup(path);
	if (!copy)
		return -ENOMEM;

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		r = make_directory(dir_fd, copy, mode);
		if (r < 0)
			return r;
		*slash = '/';
	}

	return make_directory(dir_fd, path, mode);
}

bool file_exists(int dir_fd, const char *path)
{
	return faccessat(dir_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int file_read_link(int dir_fd, const char *path, char ret[static PATH_MAX])
{
	ssize_t n = readlinkat(dir_fd, path, ret, PATH_MAX);

	if (n < 0 || n == PATH_MAX)
		return n < 0 ? -errno : -ENAMETOOLONG;
	ret[n] = '\0';
	return 0;
}
