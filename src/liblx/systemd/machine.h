/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The container as systemd-machined knows it: a name, the process that is its init, and the unit that this process is in.
 * Made so that every release since 246 understands it; what a newer one offers is tried first.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/time.h"

/* What machined takes as a name: a host name. */
#define LX_MACHINE_NAME_MAX 64
/* Where machined writes down whom it knows, as lx_unit_run_path() takes it. */
#define LX_MACHINES_NAME "machines"
/* A user's own is a unit of this name; the systemd of releases before 259 has none. */
#define LX_MACHINED_UNIT "systemd-machined.service"
#define LX_MACHINE_LINKS_MAX 32

struct lx_bus;

/* A value without pointers: it is sent to the process that makes the calls. */
struct lx_machine {
	char name[LX_MACHINE_NAME_MAX + 1];
	char unit[256];                     /* that its processes are in */
	char root[1024];                    /* path on the host; "": it has none */
	uint8_t id[16];
	pid_t leader;                       /* init, on the host */
	int links[LX_MACHINE_LINKS_MAX];    /* indices of its links' ends on the host */
	size_t n_links;
};

/* The name for a container's run id, which is the container's name in most cases. */
int lx_machine_name(const char *run_id, char ret[static LX_MACHINE_NAME_MAX + 1], struct lx_error *err);

/*
 * Connects to the bus on which machined is, and neither waits nor loads a library. machined from 258 on keeps the process that
 * did this for the one that supervises the machines it registers over that connection, whoever uses it, and has that one
 * terminate them. -errno.
 */
int lx_machine_connect(void);
/* fd: such a connection, which is taken over; when it is negative a new one is made.
 * -ENOTCONN: there is no bus, or not yet; -EOPNOTSUPP: lx has no library for it. */
int lx_machine_open_bus(int fd, usec_t deadline, struct lx_bus **ret, struct lx_error *err);
/* Starts machined where it does not run, and has it look for this name; what comes of it is told by the next call. */
void lx_machine_wake(struct lx_bus *bus, const char *name, usec_t deadline);
/* An entry of that name whose init is dead, or that is of the same unit, is an older one of this container's, and gives way.
 * leader_fd: pidfd of the leader. -EOPNOTSUPP: this host has no machined, -EEXIST: another machine has the name. */
int lx_machine_register(struct lx_bus *bus, const struct lx_machine *machine, int leader_fd, usec_t deadline, struct lx_error *err);
/* Fine when there is none. */
int lx_machine_unregister(struct lx_bus *bus, const char *name, usec_t deadline, struct lx_error *err);
/* The same of what is of this unit, that is; fine when there is none. */
int lx_machine_withdraw(struct lx_bus *bus, const struct lx_machine *machine, usec_t deadline, struct lx_error *err);
