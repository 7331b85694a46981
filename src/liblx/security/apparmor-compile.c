/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compiled profiles, kept by content: apparmor_parser takes 0.3 s for one, the kernel a few milliseconds to load it. The file's name
 * has a digest of the text and of the kernel that it was compiled for; there is one file for each container.
 */
#include "security/apparmor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/process.h"
#include "base/str.h"

#define FEATURES "/sys/kernel/security/apparmor/features"
#define COMPILED_MAX (16 * 1024 * 1024)
#define DIGEST_SIZE 32 /* characters */
#define PARSER_TIMEOUT (600 * USEC_PER_SEC)

char *lx_apparmor_cache_name(const char *name, const char *text, const char *kernel)
{
	uint64_t a = hash_word(hash_word(hash_word(HASH_INIT, "profile"), kernel), text);
	uint64_t b = hash_word(hash_word(hash_word(a, text), kernel), name);

	return str_format("%s.%016" PRIx64 "%016" PRIx64, name, a, b);
}

static bool is_of(const char *file, const char *name)
{
	const char *rest = str_after(file, name);

	return rest && *rest == '.' && strlen(rest) == 1 + DIGEST_SIZE && strspn(rest + 1, "0123456789abcdef") == DIGEST_SIZE;
}

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

int lx_apparmor_forget(const char *directory, const char *name, struct lx_error *err)
{
	_cleanup_(close_directory) DIR *list = opendir(directory);
	struct dirent *entry;

	if (!list)
		return errno == ENOENT ? 0 : lx_error_set(err, -errno, "open %s", directory);
	while ((entry = readdir(list)))
		if (is_of(entry->d_name, name) && unlinkat(dirfd(list), entry->d_name, 0) < 0 && errno != ENOENT)
			return lx_error_set(err, -errno, "remove %s/%s", directory, entry->d_name);

	return 0;
}

/* A file in memory with what the kernel looks at. */
static int open_features(bool sockets, struct lx_error *err)
{
	_cleanup_close_ int directory = open(FEATURES, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = memfd_create("features", MFD_CLOEXEC);
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r;

	if (directory < 0 || fd < 0)
		return lx_error_set(err, -errno, "read %s", FEATURES);
	r = lx_apparmor_features(directory, sockets, &text);
	if (r >= 0 && write(fd, text.data, text.size) != (ssize_t)text.size)
		r = -EIO;
	return r < 0 ? lx_error_set(err, r, "read %s", FEATURES) : take_fd(&fd);
}

/* The parser's own configuration could pin it to the features of another kernel. */
static int run_parser(const char *text, bool sockets, char **ret, size_t *ret_size, struct lx_error *err)
{
	_cleanup_close_ int features = open_features(sockets, err), fd = memfd_create("profile", MFD_CLOEXEC);
	char option[64];
	char *const argv[] = { (char *)"apparmor_parser", (char *)"--config-file=/dev/null", option,
			       (char *)"--skip-cache", (char *)"--quiet", (char *)"--stdout", NULL };
	int r;

	if (features < 0)
		return features;
	if (fd < 0)
		return lx_error_set(err, -errno, "make a file in memory");
	snprintf(option, sizeof(option), "--features-file=/proc/self/fd/%d", features);
	r = process_check(&(struct process_options){ .argv = argv, .input = text, .stdout_fd = fd, .keep_fds = &features,
						     .n_keep_fds = 1, .timeout = PARSER_TIMEOUT }, err);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return lx_error_set(err, -errno, "read the compiled profile");
	r = file_read_fd(fd, COMPILED_MAX, ret, ret_size);
	if (r >= 0 && *ret_size == 0) {
		free(*ret);
		return lx_error_say(err, -ENODATA, "apparmor_parser gave no profile");
	}
	return r < 0 ? lx_error_set(err, r, "read the compiled profile") : 0;
}

/* That nothing could be kept is no reason not to start. */
static void keep(const char *directory, const char *name, const char *path, const char *compiled, size_t size)
{
	int r = file_mkdir_parents(AT_FDCWD, directory, 0700);

	(void)lx_apparmor_forget(directory, name, NULL);
	r = r < 0 ? r : file_write_atomic(AT_FDCWD, path, compiled, size, 0600);
	if (r < 0)
		log_warn("the compiled profile cannot be kept in %s: %s", path, strerror(-r));
}

int lx_apparmor_compile(const char *directory, const char *name, const char *text, bool sockets, char **ret, size_t *ret_size,
			struct lx_error *err)
{
	_cleanup_free_ char *kernel = NULL, *file = NULL, *path = NULL;
	struct utsname uts;
	int r;

	(void)uname(&uts);
	kernel = str_format("%s %s", uts.release, uts.version);
	file = kernel ? lx_apparmor_cache_name(name, text, kernel) : NULL;
	path = file ? str_format("%s/%s", directory, file) : NULL;
	if (!path)
		return lx_error_oom(err);

	r = file_read(AT_FDCWD, path, COMPILED_MAX, ret, ret_size);
	if (r >= 0)
		return 0;
	r = run_parser(text, sockets, ret, ret_size, err);
	if (r < 0)
		return r;
	keep(directory, name, path, *ret, *ret_size);
	return 0;
}
