/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who a joined command is in the container, and the environment that it finds. Pure. */
#pragma once

#include "base/error.h"

struct lx_user {
	char *name, *home, *shell;  /* never NULL after lx_user_find() */
	gid_t gid;
};

/* The first line of /etc/passwd's text that has this uid; text may be NULL. Who is not there gets "root" or the number, /root
 * or /, /bin/sh and gid 0. */
int lx_user_find(const char *passwd, uid_t uid, struct lx_user *ret);
void lx_user_done(struct lx_user *user);

/*
 * The environment: PATH, TERM, HOME, USER, LOGNAME, SHELL and container=lx, then keep_var of the caller's, then set_var. With
 * keep_env the caller's own comes first, so that only what names its user and its machine is replaced.
 */
int lx_attach_env(const struct lx_attach_options *options, char *const *caller, const struct lx_user *user, char ***ret);
