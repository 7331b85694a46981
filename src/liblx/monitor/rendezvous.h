/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a monitor that systemd starts meets the command that asked for it: a socket named after the instance of the unit, in a
 * directory that is compiled in (a user's is in the user's run directory), since the monitor has read no settings yet. The
 * command holds the container's lock and listens, then asks systemd; the monitor connects, and from then on the connection
 * is the socket to its starter, as if that had executed it.
 */
#pragma once

#include "container/container.h"

/* The instance of lx@.service that runs the container: its run_id; with other settings than the host's something that no other
 * container of this host has. New memory. */
char *lx_rendezvous_instance(const struct lx_container *c);

struct lx_rendezvous {
	char *instance;
	int directory_fd, fd;
};
#define LX_RENDEZVOUS_INIT { .directory_fd = -EBADF, .fd = -EBADF }
int lx_rendezvous_listen(struct lx_rendezvous *m, const struct lx_container *c, struct lx_error *err);
/* The monitor; only when somebody has connected. */
int lx_rendezvous_accept(struct lx_rendezvous *m, int *ret_fd, pid_t *ret_pid, struct lx_error *err);
/* Nobody is to come any more. */
void lx_rendezvous_done(struct lx_rendezvous *m);

/* The monitor's side: 1 and the socket; 0 when nobody is there: systemd alone wants it to run. */
int lx_rendezvous_connect(const char *instance, int *ret_fd, struct lx_error *err);
