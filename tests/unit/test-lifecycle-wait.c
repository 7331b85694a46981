/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for a container whose monitor is not to be relied on. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/sock.h"
#include "container/container.h"
#include "monitor/monitor.h"

/* A container below a directory of the test's. */
static struct lx_container *container(const char *directory, int dir_fd)
{
	char file[UNIT_PATH_MAX + 16], text[2 * UNIT_PATH_MAX + 64];
	struct lx_error err = { 0 };
	struct lx_container *c;

	snprintf(text, sizeof(text), "[paths]\nrun = %s/run\ncontainers = %s/store\n", directory, directory);
	assert_int_equal(file_write_atomic(dir_fd, "lx.conf", text, strlen(text), 0600), 0);
	snprintf(file, sizeof(file), "%s/lx.conf", directory);
	setenv("LX_CONFIG", file, true);
	assert_done(lx_container_new(NULL, "web", &c, &err), &err);
	return c;
}

/* It takes each caller, and lets go of it. */
static pid_t cut_off(int listen_fd, volatile unsigned *n)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	while (pid == 0) {
		close_fd(sock_accept(listen_fd));
		++*n;
	}
	return pid;
}

static void test_wait_for_one_who_hangs_up_takes_its_time(void **state _unused_)
{
	char directory[UNIT_PATH_MAX];
	_cleanup_close_ int dir_fd = unit_directory(directory), run_fd = -EBADF, listen_fd = -EBADF;
	_cleanup_container_ struct lx_container *c = container(directory, dir_fd);
	volatile unsigned *n = mmap(NULL, sizeof(*n), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct lx_error err = { 0 };
	pid_t pid;

	assert_true((const volatile void *)n != MAP_FAILED);
	assert_done(lx_container_open_run(c, true, &run_fd, &err), &err);
	listen_fd = sock_listen(run_fd, LX_MONITOR_SOCKET);
	assert_true(listen_fd >= 0);
	pid = cut_off(listen_fd, n);
	alarm(20);
	assert_int_equal(lx_wait(c, 1u << LX_STATE_READY, 200 * USEC_PER_MSEC, &err), -ETIMEDOUT);
	while (*n == 0)
		(void)usleep(1000); /* the first has connected, and is yet to be accepted */
	alarm(0);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_in_range(*n, 1, 50);
	assert_int_equal(munmap((void *)n, sizeof(*n)), 0);
}

UNIT_MAIN(
	UNIT(test_wait_for_one_who_hangs_up_takes_its_time),
)
