/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of storage drivers, and what does not depend on one. */
#include <sys/mount.h>

#include "storage/storage.h"

#include "base/path.h"
#include "base/sock.h"
#include "base/str.h"
#include "sys/sys.h"

const struct lx_storage_driver *const lx_storage_drivers[] = {
	&lx_storage_overlay,
	&lx_storage_dir,
	NULL,
};

const struct lx_storage_driver *lx_storage_find(const char *name)
{
	for (const struct lx_storage_driver *const *d = lx_storage_drivers; *d; d++)
		if (str_equal((*d)->name, name))
			return *d;

	return NULL;
}

static int unknown_driver(const char *name, struct lx_error *err)
{
	const char *names[array_size(lx_storage_drivers)] = { NULL };
	const char *near;

	for (size_t i = 0; lx_storage_drivers[i]; i++)
		names[i] = lx_storage_drivers[i]->name;

	near = str_nearest(name, names);
	if (near)
		return lx_error_say(err, -EINVAL, "unknown storage driver \"%s\"; did you mean \"%s\"?", name, near);
	return lx_error_say(err, -EINVAL, "unknown storage driver \"%s\"; there are overlay and dir", name);
}

int lx_storage_parse(const char *path, struct lx_storage *ret, struct lx_error *err)
{
	_cleanup_free_ char *name = NULL;
	const char *source = path;
	const struct lx_storage_driver *driver = &lx_storage_dir;

	if (!path_is_absolute(path)) {
		const char *colon = strchr(path, ':');

		if (!colon)
			return lx_error_say(err, -EINVAL, "root file system \"%s\" is neither an absolute path nor driver:source", path);
		name = strndup(path, (size_t)(colon - path));
		if (!name)
			return lx_error_oom(err);
		driver = lx_storage_find(name);
		if (!driver)
			return unknown_driver(name, err);
		source = colon + 1;
	}

	*ret = (struct lx_storage){ .driver = driver, .source = strdup(source) };
	return ret->source ? 0 : lx_error_oom(err);
}

void lx_storage_done(struct lx_storage *s)
{
	free(s->source);
	*s = (struct lx_storage){ 0 };
}

enum { ASIDE_FD = 1, ASIDE_ERROR };

/* The child's part: everything that is mounted here dies with its mount namespace. */
static int open_in_child(const struct lx_storage *s, const struct lx_idmap *map, int *ret_fd, struct lx_error *err)
{
	int r;

	r = sys_unshare(CLONE_NEWNS);
	if (r < 0)
		return lx_error_set(err, r, "make a mount namespace");

	r = sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (r < 0)
		return lx_error_set(err, r, "cut mount propagation");

	return s->driver->open(s, map, false, ret_fd, err);
}

_noreturn_ static void child(const struct lx_storage *s, const struct lx_idmap *map, int sock_fd)
{
	_cleanup_close_ int mount_fd = -EBADF;
	struct lx_error err = { 0 };

	if (open_in_child(s, map, &mount_fd, &err) < 0)
		sock_send(sock_fd, ASIDE_ERROR, &err, sizeof(err), NULL, 0);
	else
		sock_send(sock_fd, ASIDE_FD, NULL, 0, &mount_fd, 1);
	_exit(0);
}

static int receive(int sock_fd, int *ret_mount_fd, struct lx_error *err)
{
	_cleanup_message_ struct sock_message m = { 0 };
	struct lx_error theirs;
	int r;

	r = sock_recv(sock_fd, USEC_INFINITY, &m);
	if (r < 0)
		return lx_error_set(err, r, "open the root file system: helper process");

	if (m.type == ASIDE_FD && m.n_fds == 1) {
		*ret_mount_fd = m.fds[0];
		m.n_fds = 0;
		return 0;
	}
	if (m.type != ASIDE_ERROR || m.size != sizeof(theirs))
		return lx_error_set(err, -EPROTO, "open the root file system: helper process");

	memcpy(&theirs, m.data, sizeof(theirs));
	theirs.text[sizeof(theirs.text) - 1] = 0;
	return lx_error_say(err, theirs.code < 0 ? theirs.code : -EPROTO, "%s", theirs.text);
}

int lx_storage_open_aside(const struct lx_storage *s, const struct lx_idmap *map, int *ret_mount_fd, struct lx_error *err)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF, pidfd = -EBADF;
	int pair[2], status, r;
	pid_t pid;

	r = sock_pair(pair);
	if (r < 0)
		return lx_error_set(err, r, "make a socket pair");
	ours = pair[0];
	theirs = pair[1];

	pid = sys_clone(0, -1, &pidfd);
	if (pid < 0)
		return lx_error_set(err, (int)pid, "start a process");
	if (pid == 0) {
		close_fd(ours);
		child(s, map, theirs);
	}

	theirs = close_fd(theirs);
	r = receive(ours, ret_mount_fd, err);
	sys_pidfd_wait(pidfd, false, &status);
	return r;
}
