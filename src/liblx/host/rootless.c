/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The namespace of a user who is not root, found again by a lock.
 *
 * All of a user's containers are in one namespace: a right over a container's own, which is what attaching to it takes, comes
 * with being root of the namespace that it was made in. Nothing but a process can keep a namespace, and there is no daemon; so
 * every process that is in it holds a shared lock on a file in the run directory, and who comes later asks the kernel which
 * process that is. The lock goes with its holder, however that ends: there is nothing to clean up, and nothing to believe.
 *
 * These must be the locks of fcntl(2) that belong to a process, because only they name their holder. They are lost when the
 * process closes any descriptor of the file: it is opened once, here, and stays open.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/process.h"
#include "base/rootless.h"
#include "base/str.h"
#include "base/strv.h"
#include "config/config.h"
#include "sys/sys.h"

#define LOCK_FILE ".namespace"

/* Bytes of the file: the first is held by who looks for the namespace or makes it, the second by who is in it. */
enum { BYTE_CHANGE, BYTE_INSIDE };

static struct flock lock_of(int type, int byte)
{
	return (struct flock){ .l_type = (short)type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
}

static int set_lock(int fd, int type, int byte)
{
	struct flock lock = lock_of(type, byte);
	int r;

	do
		r = fcntl(fd, F_SETLKW, &lock);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

/* A process that is in the namespace, 0 when there is none. */
static pid_t find_holder(int fd)
{
	struct flock lock = lock_of(F_WRLCK, BYTE_INSIDE);

	return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0 ? lock.l_pid : 0;
}

/* One that attaches cannot be looked into for a moment, and one may just have ended: the next may be another. */
static int open_held(int lock_fd, pid_t *ret_holder)
{
	int fd = -ESRCH;

	for (int i = 0; i < 100; i++) {
		*ret_holder = find_holder(lock_fd);
		if (*ret_holder == 0)
			return -ESRCH;
		fd = sys_namespace_open(*ret_holder, SYS_NS_USER);
		if (fd >= 0 && find_holder(lock_fd) == *ret_holder)
			return fd;
		fd = fd >= 0 ? close_fd(fd) : fd; /* it has ended: its number may be another's by now */
		nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);
	}
	return fd;
}

static int open_lock(const char *run, struct lx_error *err)
{
	_cleanup_free_ char *path = str_format("%s/" LOCK_FILE, run);
	struct stat st;
	int fd, r;

	if (!path)
		return lx_error_oom(err);
	r = file_mkdir_parents(AT_FDCWD, run, 0700);
	if (r < 0)
		return lx_error_set(err, r, "create %s", run);
	if (stat(run, &st) < 0)
		return lx_error_set(err, -errno, "look at %s", run);
	if (st.st_uid != geteuid())
		return lx_error_say(err, -EPERM, "the containers of %s are those of uid %u; run the command as that user", run, st.st_uid);
	if (st.st_mode & 022)
		return lx_error_say(err, -EPERM, "others can write to %s; chmod it to 0700", run);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? lx_error_set(err, -errno, "open %s", path) : fd;
}

/* ---- a new one ----------------------------------------------------------------------------------------------- */

static const struct side {
	const char *file, *program;
	bool groups;
} sides[] = {
	{ "/etc/subuid", "newuidmap", false },
	{ "/etc/subgid", "newgidmap", true },
};

static void pool_done(lx_subid_pool *pool)
{
	vec_done(pool);
}

static void ranges_done(id_ranges *map)
{
	vec_done(map);
}

int lx_rootless_spans(const char *file, lx_subid_pool *ret, struct lx_error *err)
{
	const struct passwd *user = getpwuid(geteuid());
	_cleanup_free_ char *text = NULL;
	int r;

	r = file_read(AT_FDCWD, file, FILE_TEXT_MAX, &text, NULL);
	if (r < 0 && r != -ENOENT)
		return lx_error_set(err, r, "read %s", file);
	if (text && lx_subid_spans_parse(text, user ? user->pw_name : NULL, geteuid(), ret) < 0)
		return lx_error_oom(err);
	if (ret->n == 0)
		return lx_error_say(err, -ENOENT, "%s gives user %s no ids for containers; as root: usermod --add-subuids 100000-165535 "
				    "--add-subgids 100000-165535 %s (a range that nobody else has)", file,
				    user ? user->pw_name : "of this number", user ? user->pw_name : "NAME");
	return 0;
}

static int write_map(const struct side *side, pid_t pid, struct lx_error *err)
{
	_cleanup_(pool_done) lx_subid_pool spans = { 0 };
	_cleanup_(ranges_done) id_ranges map = { 0 };
	_cleanup_strv_ char **argv = NULL;
	int r;

	if (!process_have(side->program))
		return lx_error_say(err, -ENOENT, "%s is not installed, which users' containers need; install the package uidmap",
				    side->program);
	r = lx_rootless_spans(side->file, &spans, err);
	if (r < 0)
		return r;

	if (lx_rootless_map_build(side->groups ? getegid() : geteuid(), &spans, &map) < 0 || strv_append(&argv, side->program) < 0 ||
	    strv_appendf(&argv, "%d", (int)pid) < 0)
		return lx_error_oom(err);
	vec_for_each(line, &map)
		if (strv_appendf(&argv, "%u", line->inside) < 0 || strv_appendf(&argv, "%u", line->outside) < 0 ||
		    strv_appendf(&argv, "%u", line->size) < 0)
			return lx_error_oom(err);

	return process_check(&(struct process_options){ .argv = argv }, err);
}

/* A namespace is born with a process; this one waits for its end. */
static pid_t clone_sleeper(int *ret_pidfd)
{
	pid_t pid = sys_clone(CLONE_NEWUSER, -1, ret_pidfd);

	if (pid != 0)
		return pid;
	(void)sys_set_death_signal(SIGKILL);
	for (;;)
		pause();
}

static int advise(int code, struct lx_error *err)
{
	lx_error_set(err, code, "make a user namespace");
	if (code == -ENOSPC || code == -EPERM || code == -EACCES || code == -EUSERS)
		lx_error_advise(err, "the host forbids it; lx-checkconfig says what to change");
	return code;
}

static int make(int *ret_fd, struct lx_error *err)
{
	_cleanup_close_ int pidfd = -EBADF;
	int fd = 0;
	pid_t pid;

	pid = clone_sleeper(&pidfd);
	if (pid < 0)
		return advise((int)pid, err);
	for (size_t i = 0; i < array_size(sides) && fd >= 0; i++)
		fd = write_map(&sides[i], pid, err);
	if (fd >= 0) {
		fd = sys_namespace_open(pid, SYS_NS_USER);
		if (fd < 0)
			lx_error_set(err, fd, "open the new user namespace");
	}

	(void)sys_pidfd_signal(pidfd, SIGKILL);
	(void)sys_pidfd_wait(pidfd, false, NULL);
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

/* ---- into it ------------------------------------------------------------------------------------------------- */

static int go_in(int lock_fd, int userns_fd, struct lx_error *err)
{
	int r = sys_setns(userns_fd, CLONE_NEWUSER);

	if (r < 0)
		return advise(r, err);
	r = rootless_mark();
	if (r >= 0)
		r = set_lock(lock_fd, F_RDLCK, BYTE_INSIDE);
	return r < 0 ? lx_error_set(err, r, "be known in the user's namespace") : 0;
}

/* 1 in it, 0 when nobody is and none is to be made. */
static int look_and_enter(int lock_fd, bool can_make, struct lx_error *err)
{
	_cleanup_close_ int userns_fd = -EBADF;
	pid_t holder;
	int r;

	userns_fd = open_held(lock_fd, &holder);
	if (userns_fd < 0 && holder > 0)
		return lx_error_set(err, userns_fd, "join the user namespace of process %d", (int)holder);
	if (userns_fd < 0 && !can_make)
		return 0;
	if (userns_fd < 0) {
		r = make(&userns_fd, err);
		if (r < 0)
			return r;
	}

	r = go_in(lock_fd, userns_fd, err);
	return r < 0 ? r : 1;
}

/* A program that another one of ours has executed is in the namespace, but holds no lock of its own. */
static int enter(const struct lx_settings *settings, bool can_make, struct lx_error *err)
{
	static int lock_fd = -EBADF;
	int r;

	if (!rootless() || lock_fd >= 0)
		return rootless();
	lock_fd = open_lock(settings->paths.run, err);
	if (lock_fd < 0)
		return lock_fd;
	if (rootless_inside()) {
		r = set_lock(lock_fd, F_RDLCK, BYTE_INSIDE);
		return r < 0 ? lx_error_set(err, r, "be known in the user's namespace") : 1;
	}

	r = set_lock(lock_fd, F_WRLCK, BYTE_CHANGE);
	r = r < 0 ? lx_error_set(err, r, "lock %s/" LOCK_FILE, settings->paths.run) : look_and_enter(lock_fd, can_make, err);
	(void)set_lock(lock_fd, F_UNLCK, BYTE_CHANGE);
	if (r <= 0)
		lock_fd = close_fd(lock_fd);
	return r;
}

int lx_rootless_enter(const struct lx_settings *settings, struct lx_error *err)
{
	int r = enter(settings, true, err);

	return r < 0 ? r : 0;
}

int lx_rootless_join(const struct lx_settings *settings, struct lx_error *err)
{
	return enter(settings, false, err);
}
