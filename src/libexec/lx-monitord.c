/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lx-monitord [--plan] STORE NAME: the monitor of one container, exec'd by whoever starts it. Standard input is the socket
 * to the starter; the words are for people who look at ps(1), the orders come over the socket.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "monitor/monitor.h"

int main(int argc, char **argv)
{
	int fd = fd_dup(STDIN_FILENO);
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0 || null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 || chdir("/") < 0)
		return EXIT_FAILURE;
	close(null_fd);

	if (argc > 1 && strcmp(argv[1], "--plan") == 0)
		return lx_monitor_print_plan(fd);

	return lx_monitor_main(fd);
}
