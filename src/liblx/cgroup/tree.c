/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directories of groups. What is below a payload's group was made by its guest, as deep and as named as it liked: it is
 * removed by descriptor with two of them open at most, so that neither PATH_MAX nor the number of open files ends it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/str.h"
#include "cgroup/driver.h"

/* A neighbour that stops may remove the common parent between our two calls. */
#define MAKE_TRIES 16
/* A process that we move may be forking. */
#define MOVE_TRIES 16
/* More is no guest that we want to look into; v2 could limit it, v1 cannot. */
#define DEPTH_MAX 100000

bool lx_backoff_wait(struct lx_backoff *b)
{
	usec_t now = time_now(CLOCK_MONOTONIC);
	struct timespec t;

	if (now >= b->deadline)
		return false;
	b->next = b->next == 0 ? 50 : MIN_OF(b->next * 2, 20 * USEC_PER_MSEC);
	b->next = MIN_OF(b->next, b->deadline - now);
	t = (struct timespec){ .tv_sec = 0, .tv_nsec = (long)b->next * 1000 };
	nanosleep(&t, NULL);
	return true;
}

int lx_cgroup_tree_make(const char *path)
{
	const char *slash = strrchr(path, '/');

	for (unsigned i = 0; i < MAKE_TRIES; i++) {
		_cleanup_free_ char *parent = NULL;
		int r;

		if (mkdir(path, 0755) == 0)
			return 1;
		if (errno == EEXIST)
			return 0;
		if (errno != ENOENT || !slash || slash == path)
			return -errno;

		parent = strndup(path, (size_t)(slash - path));
		if (!parent)
			return -ENOMEM;
		r = lx_cgroup_tree_make(parent);
		if (r < 0)
			return r;
	}
	return -EAGAIN;
}

static int open_group(int dir_fd, const char *name)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

typedef int (*group_fn)(int dir_fd, const char *name, void *userdata);

/* Calls fn for each group in the directory; a return other than 0 ends it and is returned. */
static int for_each_group(int dir_fd, group_fn fn, void *userdata)
{
	_cleanup_closedir_ DIR *dir = NULL;
	int fd = open_group(dir_fd, ".");

	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		close_fd(fd);
		return -ENOMEM;
	}

	for (struct dirent *e; (e = readdir(dir));) {
		int r;

		if (e->d_type != DT_DIR || str_equal(e->d_name, ".") || str_equal(e->d_name, ".."))
			continue;
		r = fn(dir_fd, e->d_name, userdata);
		if (r != 0)
			return r;
	}
	return 0;
}

static int remove_group(int dir_fd, const char *name)
{
	if (unlinkat(dir_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return -errno;
}

/* One look at the groups of a directory. */
struct removal_pass {
	int next_fd;  /* the first that cannot go: the walk continues inside of it */
	bool removed; /* others went */
};

static int remove_or_descend(int dir_fd, const char *name, void *userdata)
{
	struct removal_pass *pass = userdata;
	int r;

	r = remove_group(dir_fd, name);
	if (r == 0)
		pass->removed = true;
	if (r != -EBUSY)
		return r;
	r = open_group(dir_fd, name);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	pass->next_fd = r;
	return 1;
}

/* Removes every group below dir_fd, deepest first. A group that stays busy though nothing is below it has processes. */
static int remove_below(int dir_fd, struct lx_backoff *backoff)
{
	_cleanup_close_ int at_fd = -EBADF;
	bool entered = false;
	size_t depth = 0;

	at_fd = open_group(dir_fd, ".");
	if (at_fd < 0)
		return at_fd;

	for (;;) {
		struct removal_pass pass = { .next_fd = -EBADF };
		int r = for_each_group(at_fd, remove_or_descend, &pass);

		if (r < 0)
			return r;
		if (r == 0 && depth == 0)
			return 0;
		if (r == 0) {
			/* it was busy, and there is nothing below it: wait for its processes */
			if (entered && !pass.removed && !lx_backoff_wait(backoff))
				return -EBUSY;
			pass.next_fd = open_group(at_fd, "..");
			if (pass.next_fd < 0)
				return pass.next_fd;
		}
		entered = r > 0;
		depth = entered ? depth + 1 : depth - 1;
		close_fd(at_fd);
		at_fd = pass.next_fd;
		if (depth > DEPTH_MAX)
			return -ELOOP;
	}
}

int lx_cgroup_tree_remove(int dir_fd, const char *name, usec_t deadline)
{
	struct lx_backoff backoff = { .deadline = deadline };
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = remove_group(dir_fd, name);
	if (r != -EBUSY)
		return r;

	fd = open_group(dir_fd, name);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = remove_below(fd, &backoff);
	if (r < 0)
		return r;

	do {
		r = remove_group(dir_fd, name);
		if (r != -EBUSY)
			return r;
	} while (lx_backoff_wait(&backoff));
	return -EBUSY;
}

/* Processes of one group alone. */
static int signal_group(int dir_fd, int signal)
{
	_cleanup_free_ char *text = NULL;
	char *state = NULL;
	int n = 0, r;

	r = file_read(dir_fd, "cgroup.procs", SIZE_MAX, &text, NULL);
	if (r == -ENOENT || r == -ENODEV)
		return 0; /* removed meanwhile */
	if (r < 0)
		return r;

	for (char *word = strtok_r(text, "\n", &state); word; word = strtok_r(NULL, "\n", &state)) {
		pid_t pid;

		/* 0 is a process that our pid namespace cannot name; never signal ourselves */
		if (parse_pid(word, &pid) < 0 || pid <= 1 || pid == getpid())
			continue;
		if (signal != 0)
			kill(pid, signal);
		n++;
	}
	return n;
}

struct signal_walk {
	int signal;
	int found;
	unsigned depth;
};

static int signal_below(int dir_fd, const char *name, void *userdata)
{
	struct signal_walk *walk = userdata;
	_cleanup_close_ int fd = open_group(dir_fd, name);
	int r;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (walk->depth > 64)
		return -ELOOP;

	r = signal_group(fd, walk->signal);
	if (r < 0)
		return r;
	walk->found += r;

	walk->depth++;
	r = for_each_group(fd, signal_below, walk);
	walk->depth--;
	return r;
}

int lx_cgroup_tree_signal(int dir_fd, int signal)
{
	struct signal_walk walk = { .signal = signal };
	int r;

	r = signal_below(dir_fd, ".", &walk);
	return r < 0 ? r : walk.found;
}

/* One look; 0: there was none. */
static int move_some(const char *from, const char *to)
{
	_cleanup_free_ char *source = str_format("%s/cgroup.procs", from), *target = str_format("%s/cgroup.procs", to), *text = NULL;
	char *state = NULL;
	int n = 0, r;

	if (!source || !target)
		return -ENOMEM;
	r = file_read(AT_FDCWD, source, FILE_TEXT_MAX, &text, NULL);
	if (r < 0)
		return r;
	for (char *word = strtok_r(text, "\n", &state); word; word = strtok_r(NULL, "\n", &state)) {
		r = file_write(AT_FDCWD, target, word);
		if (r < 0 && r != -ESRCH)
			return r;
		n++;
	}
	return n;
}

int lx_cgroup_tree_move(const char *from, const char *to)
{
	for (unsigned i = 0; i < MOVE_TRIES; i++) {
		int r = move_some(from, to);

		if (r <= 0)
			return r;
	}
	return -EBUSY;
}
