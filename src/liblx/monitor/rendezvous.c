/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "monitor/rendezvous.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/rootless.h"
#include "base/sock.h"
#include "base/str.h"

char *lx_rendezvous_instance(const struct lx_container *c)
{
	_cleanup_free_ char *settings = lx_settings_file();

	return settings ? str_format("%s_%08x", c->run_id, (uint32_t)hash_word(HASH_INIT, settings)) : strdup(c->run_id);
}

static int directory_path(char **ret, struct lx_error *err)
{
	if (rootless())
		return lx_user_path(LX_USER_RUN, "units", ret, err);
	*ret = strdup(LX_RUNDIR "/units");
	return *ret ? 0 : lx_error_oom(err);
}

/* Who may make names here may give us orders. */
static int check(int fd, const char *path, struct lx_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return lx_error_set(err, -errno, "stat %s", path);
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return lx_error_say(err, -EPERM, "%s must belong to uid %u and have mode 0700", path, geteuid());
	return 0;
}

/* -ENOENT without a sentence when it is not there, and create is not set. */
static int open_directory(bool create, int *ret_fd, struct lx_error *err)
{
	_cleanup_free_ char *path = NULL, *parent = NULL;
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = directory_path(&path, err);
	if (r < 0)
		return r;
	if (create) {
		parent = strndup(path, strlen(path) - strlen("/units"));
		r = parent ? file_mkdir_parents(AT_FDCWD, parent, 0755) : -ENOMEM;
		if (r >= 0 && mkdir(path, 0700) < 0 && errno != EEXIST)
			r = -errno;
		if (r < 0)
			return lx_error_set(err, r, "make %s", path);
	}

	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT && !create ? -ENOENT : lx_error_set(err, -errno, "open %s", path);
	r = check(fd, path, err);
	if (r < 0)
		return r;
	*ret_fd = take_fd(&fd);
	return 0;
}

static int check_peer(int fd, pid_t *ret_pid, struct lx_error *err)
{
	struct ucred peer;
	int r = sock_peer(fd, &peer);

	if (r < 0)
		return lx_error_set(err, r, "look who is at the other end");
	if (peer.uid != geteuid())
		return lx_error_say(err, -EPERM, "uid %u is at the other end", peer.uid);
	if (ret_pid)
		*ret_pid = peer.pid;
	return 0;
}

/* ---- the command ---- */

void lx_rendezvous_done(struct lx_rendezvous *m)
{
	if (m->fd >= 0)
		(void)unlinkat(m->directory_fd, m->instance, 0);
	close_fd(m->fd);
	close_fd(m->directory_fd);
	free(m->instance);
	*m = (struct lx_rendezvous)LX_RENDEZVOUS_INIT;
}

int lx_rendezvous_listen(struct lx_rendezvous *m, const struct lx_container *c, struct lx_error *err)
{
	int r;

	m->instance = lx_rendezvous_instance(c);
	if (!m->instance)
		return lx_error_oom(err);
	r = open_directory(true, &m->directory_fd, err);
	if (r < 0)
		return r;

	/* of a command that was killed: the lock is ours, so the name is */
	(void)unlinkat(m->directory_fd, m->instance, 0);
	m->fd = sock_listen(m->directory_fd, m->instance);
	return m->fd < 0 ? lx_error_set(err, m->fd, "listen for the monitor") : 0;
}

int lx_rendezvous_accept(struct lx_rendezvous *m, int *ret_fd, pid_t *ret_pid, struct lx_error *err)
{
	_cleanup_close_ int fd = sock_accept(m->fd);
	int r;

	if (fd < 0)
		return lx_error_set(err, fd, "hear from the monitor");
	r = check_peer(fd, ret_pid, err);
	if (r < 0)
		return r;
	*ret_fd = take_fd(&fd);
	return 0;
}

/* ---- the monitor ---- */

/* The instance may be anything, and what is there is removed in the end. */
static bool is_entry(const char *instance)
{
	return *instance && *instance != '.' && !strchr(instance, '/');
}

int lx_rendezvous_connect(const char *instance, int *ret_fd, struct lx_error *err)
{
	_cleanup_close_ int directory_fd = -EBADF, fd = -EBADF;
	int r;

	if (!is_entry(instance))
		return 0;
	r = open_directory(false, &directory_fd, err);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	fd = sock_connect(directory_fd, instance);
	if (fd == -ENOENT)
		return 0;
	if (fd == -ECONNREFUSED) {
		/* its orders may have been others than our own would be */
		(void)unlinkat(directory_fd, instance, 0);
		return lx_error_say(err, -ECANCELED, "the command that wanted to start the container is gone; start it again");
	}
	if (fd < 0)
		return lx_error_set(err, fd, "connect to the command that wants to start the container");

	r = check_peer(fd, NULL, err);
	if (r < 0)
		return r;
	*ret_fd = take_fd(&fd);
	return 1;
}
