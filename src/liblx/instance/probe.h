/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One attempt of a probe of readiness ([ready] sections): a process of the container's, with the rights of those that lx-attach
 * makes, which executes the command, connects to the port, or looks whether the file is there. Nothing of it is waited for here.
 * What a command has started is the caller's to end, with the control group that it was given.
 */
#pragma once

#include "instance/attach-steps.h"
#include "instance/instance.h"

struct lx_probe {
	struct lx_attach attach;
	struct lx_attach_options options;
	struct lx_attach_grant grant;   /* borrowed in all its parts */
	struct lx_endpoint endpoint;
	char **argv;
	int status;                     /* its wait status, once it has ended */
	bool ended;
	bool closed;                    /* it says nothing more */
	struct lx_error why;            /* what it said of its failure */
};
void lx_probe_init(struct lx_probe *p);

/* "tcp 5432": what people read. New memory. */
char *lx_probe_describe(const struct lx_config_ready *config);
/* config, inst and cgroup (NULL: it stays in the caller's) are borrowed while it runs. */
int lx_probe_start(struct lx_probe *p, const struct lx_config_ready *config, const struct lx_instance *inst, struct lx_cgroup *cgroup,
		   struct lx_error *err);
enum { LX_PROBE_SYNC, LX_PROBE_PROCESS, LX_PROBE_FDS };
/* What becomes readable when there is something to take; -EBADF: nothing more comes of that one. They stay open until
 * lx_probe_done(). */
void lx_probe_fds(const struct lx_probe *p, int ret[static LX_PROBE_FDS]);
/* Takes what has happened, without waiting; true when it is over. LX_GATE_FILTER is the caller's to answer. */
bool lx_probe_stir(struct lx_probe *p);
/* It ends soon. */
void lx_probe_kill(struct lx_probe *p);
/* Once it is over: 0, or why it failed. */
int lx_probe_result(const struct lx_probe *p, struct lx_error *err);
void lx_probe_done(struct lx_probe *p);
