/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lx-monitord [--plan] STORE NAME: the monitor of one container, executed by whoever starts it. Standard input is the socket
 * to the starter; the words are for people who look at ps(1), the orders come over the socket.
 *
 * lx-monitord --unit INSTANCE: the same, executed by systemd for lx@INSTANCE.service.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "monitor/monitor.h"

/* The socket that we were given; nothing is read from standard input. */
static int take_stdin(void)
{
	int fd = fd_dup(STDIN_FILENO);
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0 || null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0)
		exit(EXIT_FAILURE);
	close(null_fd);
	return fd;
}

int main(int argc, char **argv)
{
	if (chdir("/") < 0)
		return EXIT_FAILURE;
	if (argc == 3 && strcmp(argv[1], "--unit") == 0)
		return lx_monitor_main(-EBADF, argv[2]);
	if (argc > 1 && strcmp(argv[1], "--plan") == 0)
		return lx_monitor_print_plan(take_stdin());

	return lx_monitor_main(take_stdin(), NULL);
}
