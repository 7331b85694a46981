/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The side of lx-usernet that asks. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"
#include "base/sock-error.h"
#include "base/str.h"
#include "net/usernet.h"

#define PATIENCE (20 * USEC_PER_SEC)

int lx_usernet_start(const char *program, int *ret_fd, struct lx_error *err)
{
	_cleanup_close_ int ours = -EBADF, theirs = -EBADF;
	char *const argv[] = { (char *)program, NULL };
	struct process_options options = { .argv = argv, .new_session = true, .work_dir = "/" };
	int r;

	r = sock_pair(&ours, &theirs);
	if (r < 0)
		return lx_error_set(err, r, "make a socket pair");

	options.stdin_fd = theirs;
	options.stdout_fd = options.stderr_fd = theirs; /* it prints nothing */
	r = process_spawn(&options, NULL, NULL, err);
	if (r < 0)
		return r;

	*ret_fd = take_fd(&ours);
	return 0;
}

int lx_usernet_connect(void)
{
	return sock_connect(AT_FDCWD, LX_USERNET_SOCKET);
}

static int call(int fd, enum lx_usernet_message type, const char *text, int netns_fd, char ret_name[static LX_IFNAME_SIZE],
		struct lx_error *err)
{
	_cleanup_message_ struct sock_message m = { 0 };
	int r;

	r = sock_send(fd, (uint16_t)type, text, strlen(text), &netns_fd, netns_fd >= 0);
	if (r >= 0)
		r = sock_recv(fd, time_deadline(PATIENCE), &m);
	if (r < 0)
		return lx_error_set(err, r, "ask lx-usernet for a link");
	if (m.type == LX_USERNET_ERROR)
		return sock_parse_error(&m, err);
	if (m.type != LX_USERNET_DONE || m.size >= LX_IFNAME_SIZE)
		return lx_error_say(err, -EPROTO, "lx-usernet gave an answer that cannot be read");

	snprintf(ret_name, LX_IFNAME_SIZE, "%s", m.data);
	return 0;
}

int lx_usernet_add(int fd, int netns_fd, const char *bridge, const char *name, const char *mac, char ret_name[static LX_IFNAME_SIZE],
		   struct lx_error *err)
{
	_cleanup_free_ char *text = str_format("%s %s %s", bridge, name, mac);

	return text ? call(fd, LX_USERNET_ADD, text, netns_fd, ret_name, err) : lx_error_oom(err);
}

int lx_usernet_remove(int fd, const char *name, struct lx_error *err)
{
	char none[LX_IFNAME_SIZE];

	return call(fd, LX_USERNET_REMOVE, name, -EBADF, none, err);
}
