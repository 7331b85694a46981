/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Links for containers of users who are not root. lx-usernet(8) has the right over the host's network that they lack, and
 * makes what the administrator's policy allows; it is not set-user-id.
 *
 * There is no ledger of who has how many links: the names are the ledger. A user's links are lxUID-0, lxUID-1 and so on, as
 * many names as the policy gives links, and the kernel makes each name once. So the quota needs no file, no lock that
 * another could hold, and no repair after a crash: a pair that dies with its container frees its name.
 *
 * A request is one message (base/sock.h): three words and the container's network namespace as a descriptor, or the name of
 * a link to remove. Every byte of it is hostile, and so is the descriptor.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/sock.h"
#include "base/strv.h"
#include "net/ifname.h"

#define LX_USERNET_SOCKET LX_RUNDIR "-usernet.socket" /* beside the directory, which is root's alone */
#define LX_USERNET_LINKS_MAX 100

enum lx_usernet_message {
	LX_USERNET_ADD = 1,     /* "BRIDGE NAME MAC", and the network namespace; answered with the host's name of the link */
	LX_USERNET_REMOVE,      /* the host's name of a link */
	LX_USERNET_DONE,
	LX_USERNET_ERROR,       /* base/sock-error.h */
};

struct lx_usernet_request {
	enum lx_usernet_message type;
	char bridge[LX_IFNAME_SIZE], name[LX_IFNAME_SIZE]; /* name: inside; of REMOVE: on the host */
	unsigned char mac[6];
	int netns_fd;           /* the message's own; -EBADF */
};

/* Strict: anything that is not exactly a request is -EPROTO. */
int lx_usernet_parse(const struct sock_message *m, struct lx_usernet_request *ret, struct lx_error *err);

/* Where the policy is: $LX_POLICY, but not for a program whose rights come with its file, or the directory of lx.conf. */
const char *lx_usernet_directory(void);

/* What the policy gives to a user. */
struct lx_usernet_grant {
	char *user;             /* the name of the user */
	char **bridges;
	uint32_t links;
};
void lx_usernet_grant_done(struct lx_usernet_grant *grant);
#define _cleanup_grant_ _cleanup_(lx_usernet_grant_done)

/* From DIRECTORY/users and DIRECTORY/users.d, which must be root's; -EACCES when it gives nothing. */
int lx_usernet_grant(const char *directory, uid_t uid, struct lx_usernet_grant *ret, struct lx_error *err);

/* The name on the host of a user's link n. */
const char *lx_usernet_name(uid_t uid, uint32_t n, char name[static LX_IFNAME_SIZE]);
/* Does what uid asks for, as far as it may. ret_name: of the link that was made. */
int lx_usernet_answer(const char *directory, uid_t uid, const struct lx_usernet_request *request, char ret_name[static LX_IFNAME_SIZE],
		      struct lx_error *err);
/* All requests of one connection. */
int lx_usernet_serve(const char *directory, uid_t uid, int fd, struct lx_error *err);

/* ---- the side of the container ---- */

/* Starts a helper, which ends with the connection to it. It gets its right by its file only outside of user namespaces of the
 * caller's. */
int lx_usernet_start(const char *program, int *ret_fd, struct lx_error *err);
/* A connection to the socket that systemd listens on. */
int lx_usernet_connect(void);
int lx_usernet_add(int fd, int netns_fd, const char *bridge, const char *name, const char *mac, char ret_name[static LX_IFNAME_SIZE],
		   struct lx_error *err);
int lx_usernet_remove(int fd, const char *name, struct lx_error *err);
