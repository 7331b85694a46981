/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Units of systemd: of PID 1's for root, of the user's own for another user. */
#pragma once

#include <stdint.h>

#include "systemd/bus.h"

/* A file of systemd's at run time: "private", its socket. New memory; NULL when nothing says where the user's are. */
char *lx_unit_run_path(const char *name);
/* Where that systemd and its friends can be called over D-Bus. */
char *lx_unit_bus_path(void);

/* Is there a systemd that could start a unit for us? Only looks: a host without one pays two system calls. */
bool lx_unit_is_possible(void);

/*
 * Is there a unit of this name, and does it run this program? Another's of the same name would not find our orders, and run
 * something else. From the files: asking systemd makes it load the unit and all that it is ordered after, and forget them again.
 */
bool lx_unit_is_ours(const char *name, const char *program);
/* ... with this text. */
bool lx_unit_text_runs(const char *text, const char *program);
/* Is there one of this name at all? From the files, too. */
bool lx_unit_exists(const char *name);

/* A unit that was asked for. */
struct lx_unit_start {
	struct lx_bus *bus;
	char *job;                      /* its object path */
	char *result;                   /* NULL until the job is over: "done", "failed", "canceled" ... */
};
void lx_unit_start_done(struct lx_unit_start *s);

/*
 * Has it started: again where it still is on its way down, so nothing may run in it that shall not end. Returns when systemd
 * has queued that: 1; 0 when it cannot be asked, which err says. Whoever waits then calls lx_unit_hear() when s->bus can be
 * read.
 */
int lx_unit_restart(struct lx_unit_start *s, const char *unit, usec_t deadline, struct lx_error *err);
/* Takes in what systemd has told, without waiting. */
int lx_unit_hear(struct lx_unit_start *s, struct lx_error *err);
/* Has it stopped, or never started. Does not wait for that. */
int lx_unit_stop(struct lx_bus *bus, const char *unit, usec_t deadline, struct lx_error *err);

/* That it has failed is of no interest any more. Fine when it has not, or is not known. */
void lx_unit_forget_failure(const char *unit);

/* A number that can be changed while the unit runs (org.freedesktop.systemd1(5)). */
struct lx_unit_property {
	const char *name;
	uint64_t value;
};
/* Until the host boots again, also for the unit's next runs: systemd writes them down below /run. */
int lx_unit_set_properties(struct lx_bus *bus, const char *unit, const struct lx_unit_property *properties, size_t n, usec_t deadline,
			   struct lx_error *err);
/* Has this property been set in that way, or by `systemctl set-property --runtime`, and not been taken back? Only looks. */
bool lx_unit_keeps_property(const char *unit, const char *name);
