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

/* The kernel's features say what it looks at; the parser's own configuration could pin it to those of another. */
static int run_parser(const char *text, char **ret, size_t *ret_size, struct lx_error *err)
{
	char *const argv[] = { (char *)"apparmor_parser", (char *)"--config-file=/dev/null", (char *)"--features-file=" FEATURES,
			       (char *)"--skip-cache", (char *)"--quiet", (char *)"--stdout", NULL };
	_cleanup_close_ int fd = memfd_create("profile", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		return lx_error_set(err, -errno, "make a file in memory");
	r = process_check(&(struct process_options){ .argv = argv, .input = text, .stdout_fd = fd, .timeout = PARSER_TIMEOUT }, err);
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

int lx_apparmor_compile(const char *directory, const char *name, const char *text, char **ret, size_t *ret_size,
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
	r = run_parser(text, ret, ret_size, err);
	if (r < 0)
		return r;
	keep(directory, name, path, *ret, *ret_size);
	return 0;
}
