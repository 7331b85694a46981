/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lx-usernet: makes links for containers of users who are not root; see net/usernet.h and lx-usernet(8).
 *
 * Standard input is a socket to who asks. With the file capability cap_net_admin the user runs this program, and the user is
 * who runs it. Started by systemd for a connection to its socket it is root, and the user is who connected. The right over
 * the network is the only one that it keeps.
 */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "net/usernet.h"
#include "sys/sys.h"

#define RIGHT (1ULL << CAP_NET_ADMIN)

/* Nobody may trace us, we have one right, and no way to another. */
static int give_up_rights(struct lx_error *err)
{
	uint64_t effective, permitted, inheritable;
	int r;

	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return lx_error_set(err, -errno, "give up rights");

	(void)sys_caps_ambient_clear();
	r = sys_caps_get(&effective, &permitted, &inheritable);
	if (r >= 0)
		r = sys_caps_set(permitted & RIGHT, permitted & RIGHT, 0);
	return r < 0 ? lx_error_set(err, r, "give up rights") : 0;
}

/* The credentials of the other end count for root alone: anybody else might hold a socket that leads to somebody else. */
static int find_user(uid_t *ret, struct lx_error *err)
{
	struct ucred peer;
	int type = 0, r;
	socklen_t size = sizeof(type);

	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_SEQPACKET)
		return lx_error_say(err, -ENOTSOCK, "this program is run by lx and by systemd; see lx-usernet(8)");
	r = sock_peer(STDIN_FILENO, &peer);
	if (r < 0)
		return lx_error_set(err, r, "look who asks");

	*ret = getuid() ? getuid() : peer.uid;
	return 0;
}

static int run(struct lx_error *err)
{
	uid_t uid = (uid_t)-1;
	int r;

	r = find_user(&uid, err);
	if (r >= 0)
		r = give_up_rights(err);
	if (r >= 0)
		r = fd_close_from(3, NULL, 0);

	return r < 0 ? r : lx_usernet_serve(lx_usernet_directory(), uid, STDIN_FILENO, err);
}

int main(int argc, char **argv)
{
	struct lx_error error = { 0 };

	(void)argv;
	if (argc == 1 && run(&error) >= 0)
		return EXIT_SUCCESS;

	fprintf(stderr, "lx-usernet: %s\n", error.text[0] ? error.text : "it takes no arguments; see lx-usernet(8)");
	return EXIT_FAILURE;
}
