/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What lx-net made, one line each: "bridge lxbr0", "address 10.0.5.1/24", "sysctl /proc/sys/net/ipv4/ip_forward 0 1".
 * It is written down before the thing is made and kept in the runtime directory, which a reboot empties together with
 * the things.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "net/network.h"

static char *record_path(const struct lx_network *n)
{
	return str_format("%s/record", n->directory);
}

static int load(const struct lx_network *n, char ***ret, struct lx_error *err)
{
	_cleanup_free_ char *path = record_path(n), *text = NULL;
	int r;

	if (!path)
		return lx_error_oom(err);
	r = file_read(AT_FDCWD, path, FILE_TEXT_MAX, &text, NULL);
	if (r == -ENOENT)
		text = strdup("");
	else if (r < 0)
		return lx_error_set(err, r, "read %s", path);
	if (!text || strv_split(text, "\n", ret) < 0)
		return lx_error_oom(err);

	return 0;
}

int lx_record_add(const struct lx_network *n, struct lx_error *err, const char *format, ...)
{
	_cleanup_free_ char *path = record_path(n), *line = NULL, *text = NULL;
	_cleanup_strv_ char **lines = NULL;
	_cleanup_close_ int fd = -EBADF;
	va_list ap;
	int r;

	va_start(ap, format);
	r = vasprintf(&line, format, ap);
	va_end(ap);
	if (r < 0 || !path)
		return lx_error_oom(err);

	r = load(n, &lines, err);
	if (r < 0 || strv_contains(lines, line))
		return r;
	r = file_mkdir_parents(AT_FDCWD, n->directory, 0755);
	if (r < 0)
		return lx_error_set(err, r, "make %s", n->directory);
	text = str_format("%s\n", line);
	if (!text)
		return lx_error_oom(err);

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));
	if (r < 0)
		return lx_error_set(err, r, "write %s", path);

	return 0;
}

int lx_record_list(const struct lx_network *n, const char *kind, char ***ret, struct lx_error *err)
{
	_cleanup_strv_ char **lines = NULL, **found = NULL;
	int r;

	r = load(n, &lines, err);
	if (r < 0)
		return r;

	for (size_t i = strv_length(lines); i > 0; i--) {
		const char *rest = str_after(lines[i - 1], kind);

		if (rest && *rest == ' ' && strv_append(&found, rest + 1) < 0)
			return lx_error_oom(err);
	}

	*ret = take_ptr(found);
	return 0;
}

bool lx_record_exists(const struct lx_network *n)
{
	_cleanup_strv_ char **lines = NULL;

	return load(n, &lines, NULL) >= 0 && strv_length(lines) > 0;
}

int lx_record_remove(const struct lx_network *n, const char *kind, struct lx_error *err)
{
	_cleanup_free_ char *path = record_path(n);
	_cleanup_strv_ char **lines = NULL;
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r;

	if (!path)
		return lx_error_oom(err);
	r = load(n, &lines, err);
	if (r < 0 || !lines)
		return r;

	strv_for_each(line, lines) {
		const char *rest = str_after(line, kind);

		if (!rest || *rest != ' ')
			buf_addf(&text, "%s\n", line);
	}
	if (text.failed)
		return lx_error_oom(err);
	if (text.size == 0) {
		unlink(path);
		return 0;
	}

	r = file_write_atomic(AT_FDCWD, path, text.data, text.size, 0600);
	return r < 0 ? lx_error_set(err, r, "write %s", path) : 0;
}
