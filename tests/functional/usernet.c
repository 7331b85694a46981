/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other side of lx-usernet, for its tests:
 *
 *     usernet HELPER add BRIDGE NAME MAC PID    asks for a link into the network namespace of PID; prints its name on the host
 *     usernet HELPER file BRIDGE NAME MAC FILE  the same with a descriptor of FILE
 *     usernet HELPER remove LINK
 *     usernet HELPER text TYPE TEXT             sends any message
 *     usernet HELPER idle SECONDS               asks nothing
 *     usernet HELPER listen SOCKET              what systemd does for lx-usernet.socket: runs HELPER for each connection
 *
 * HELPER is the program, or the socket that is listened on.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/process.h"
#include "base/sock-error.h"
#include "base/str.h"
#include "net/usernet.h"
#include "sys/sys.h"

static int open_helper(const char *helper, struct lx_error *err)
{
	struct process_options options = { .argv = (char *[]){ (char *)helper, NULL }, .stdout_fd = -1, .stderr_fd = -1 };
	struct stat st;
	int pair[2], r;

	if (stat(helper, &st) == 0 && S_ISSOCK(st.st_mode))
		return sock_connect(AT_FDCWD, helper);

	r = sock_pair(&pair[0], &pair[1]);
	if (r < 0)
		return r;
	options.stdin_fd = pair[1];
	r = process_spawn(&options, NULL, NULL, err);
	close(pair[1]);
	return r < 0 ? r : pair[0];
}

static int do_add(int fd, char **words, int netns_fd, struct lx_error *err)
{
	char name[LX_IFNAME_SIZE];
	int r;

	if (netns_fd < 0)
		return lx_error_set(err, netns_fd, "open the namespace");
	r = lx_usernet_add(fd, netns_fd, words[0], words[1], words[2], name, err);
	close(netns_fd);
	if (r >= 0)
		puts(name);
	return r;
}

static int do_text(int fd, char **words, struct lx_error *err)
{
	_cleanup_message_ struct sock_message m = { 0 };
	int r;

	r = sock_send(fd, (uint16_t)atoi(words[0]), words[1], strlen(words[1]), NULL, 0);
	if (r >= 0)
		r = sock_recv(fd, USEC_INFINITY, &m);
	if (r < 0)
		return lx_error_set(err, r, "ask");
	return m.type == LX_USERNET_ERROR ? sock_parse_error(&m, err) : 0;
}

static int do_listen(const char *helper, const char *path, struct lx_error *err)
{
	int listen_fd = sock_listen(AT_FDCWD, path);

	if (listen_fd < 0 || chmod(path, 0666) < 0)
		return lx_error_set(err, listen_fd < 0 ? listen_fd : -errno, "listen");
	for (;;) {
		int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
		struct process_options options = {
			.argv = (char *[]){ (char *)helper, NULL }, .stdin_fd = fd, .stdout_fd = -1, .stderr_fd = -1,
		};

		if (fd < 0 || process_run(&options, NULL, err) < 0)
			return -EIO;
		close(fd);
	}
}

static int run(int argc, char **argv, struct lx_error *err)
{
	const char *verb = argc > 2 ? argv[2] : "";
	int fd;

	if (str_equal(verb, "listen"))
		return do_listen(argv[1], argv[3], err);
	fd = argc > 3 ? open_helper(argv[1], err) : -EINVAL;
	if (fd < 0)
		return err->code ? fd : lx_error_set(err, fd, "reach the helper");
	if (str_equal(verb, "add") && argc == 7)
		return do_add(fd, argv + 3, sys_namespace_open(atoi(argv[6]), SYS_NS_NET), err);
	if (str_equal(verb, "file") && argc == 7)
		return do_add(fd, argv + 3, open(argv[6], O_RDONLY | O_CLOEXEC), err);
	if (str_equal(verb, "remove"))
		return lx_usernet_remove(fd, argv[3], err);
	if (str_equal(verb, "idle"))
		return (int)sleep((unsigned)atoi(argv[3]));
	return do_text(fd, argv + 3, err);
}

int main(int argc, char **argv)
{
	struct lx_error error = { 0 };

	if (run(argc, argv, &error) >= 0)
		return EXIT_SUCCESS;
	printf("refused: %s\n", error.text);
	return EXIT_FAILURE;
}
