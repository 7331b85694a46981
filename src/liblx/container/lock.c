/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One lock per container: an open file description lock on RUNDIR/lock. It belongs to the descriptor, not to the process:
 * the command that starts a container takes it and hands it to the monitor without a moment in between, and the kernel
 * gives it back when the last copy is closed, however the holder died.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "container/container.h"

#define LOCK_FILE "lock"
#define PAUSE_FIRST (500 /* usec */)
#define PAUSE_MAX (20 * USEC_PER_MSEC)
#define MOMENT USEC_PER_SEC

/* The file that we locked may have been removed with its directory while we waited for it. */
static bool is_current(const struct lx_container *c, int fd)
{
	_cleanup_free_ char *path = path_join(c->run_directory, LOCK_FILE);
	struct stat ours, named;

	return path && fstat(fd, &ours) == 0 && lstat(path, &named) == 0 && ours.st_dev == named.st_dev &&
	       ours.st_ino == named.st_ino;
}

/* 0, -EBUSY without a sentence when it is held, -ESTALE when the file has gone meanwhile. */
static int try_lock(const struct lx_container *c, int *ret_fd, struct lx_error *err)
{
	_cleanup_close_ int run_fd = -EBADF, fd = -EBADF;
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int r;

	r = lx_container_open_run(c, true, &run_fd, err);
	if (r < 0)
		return r;
	fd = openat(run_fd, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == ENOENT ? -ESTALE : lx_error_set(err, -errno, "open %s/" LOCK_FILE, c->run_directory);
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		return errno == EAGAIN || errno == EACCES ? -EBUSY : lx_error_set(err, -errno, "lock %s", c->run_directory);
	if (!is_current(c, fd))
		return -ESTALE;

	*ret_fd = take_fd(&fd);
	return 0;
}

int lx_lock_wait(const struct lx_container *c, usec_t deadline, int *ret_fd, struct lx_error *err)
{
	usec_t pause = PAUSE_FIRST;

	for (;;) {
		int r = try_lock(c, ret_fd, err);
		struct timespec ts;

		if (r != -EBUSY && r != -ESTALE)
			return r;
		if (r == -EBUSY && (deadline == 0 || time_now(CLOCK_MONOTONIC) >= deadline))
			return lx_error_say(err, -EBUSY, "the container is running, or another command is changing it");
		if (r == -ESTALE)
			continue;
		ts = (struct timespec){ .tv_nsec = (long)(pause * 1000) };
		nanosleep(&ts, NULL);
		pause = MIN_OF(pause * 2, PAUSE_MAX);
	}
}

int lx_lock_take(const struct lx_container *c, int *ret_fd, struct lx_error *err)
{
	return lx_lock_wait(c, 0, ret_fd, err);
}

/* ---- to start it */

static enum lx_state state_now(const struct lx_container *c)
{
	_cleanup_(lx_run_state_done) struct lx_run_state state = { 0 };

	return lx_run_state_load(c, &state, NULL) < 0 ? LX_STATE_RUNNING : state.state;
}

/* How long it may take until whoever has the lock gives it back; 0: it is not about to. */
static usec_t patience(struct lx_container *c, enum lx_state state)
{
	const struct lx_config *config;
	usec_t timeout;

	switch (state) {
	case LX_STATE_STOPPED: /* a monitor at its very end, or a command */
		return MOMENT;
	case LX_STATE_STOPPING:
	case LX_STATE_ABORTING:
		if (lx_container_config(c, &config, NULL) < 0)
			return LX_STOP_MARGIN;
		timeout = config->container.stop_timeout;
		return timeout < USEC_INFINITY - LX_STOP_MARGIN ? timeout + LX_STOP_MARGIN : USEC_INFINITY;
	default:
		return 0;
	}
}

static int refuse(const struct lx_container *c, enum lx_state state, struct lx_error *err)
{
	switch (state) {
	case LX_STATE_STOPPED:
		return lx_error_say(err, -EBUSY, "another command is working on the container; try again when it is done");
	case LX_STATE_STOPPING:
	case LX_STATE_ABORTING:
		return lx_error_say(err, -ETIMEDOUT, "the container is still stopping; lx-stop -k %s kills it", c->name);
	default:
		return lx_error_say(err, -EBUSY, "the container is %s already", lx_state_name(state));
	}
}

int lx_lock_take_to_start(struct lx_container *c, usec_t deadline, void (*status)(const char *text, void *userdata), void *userdata,
			  int *ret_fd, struct lx_error *err)
{
	enum lx_state before = LX_STATE_MAX, state;
	usec_t since = 0;

	for (;;) {
		usec_t now = time_now(CLOCK_MONOTONIC), limit;
		int r = lx_lock_wait(c, MIN_OF(now + PAUSE_MAX, deadline), ret_fd, err);

		if (r != -EBUSY)
			return r;
		lx_error_clear(err);
		state = state_now(c);
		if (state != before) /* another start may have been faster, or a kill */
			since = now;
		before = state;
		limit = patience(c, state);
		if (now >= deadline || now - since >= limit)
			return refuse(c, state, err);
		if (status && state != LX_STATE_STOPPED && now - since >= MOMENT) {
			status("waiting until it has stopped", userdata);
			status = NULL;
		}
	}
}

bool lx_lock_is_held(const struct lx_container *c)
{
	_cleanup_free_ char *path = path_join(c->run_directory, LOCK_FILE);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	_cleanup_close_ int fd = -EBADF;

	fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -EBADF;
	return fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}
