/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When to register the machine again: pure, from what is seen of machined. The bus is not listened to, a connection would
 * have to be kept; machined's directory of those whom it knows says enough.
 */
#pragma once

#include <stdbool.h>

#include "base/time.h"

/* It is not to be asked while it goes down itself; and whoever removes entries gets his way for a while. */
#define LX_RENEWAL_FIRST (200 * USEC_PER_MSEC)
#define LX_RENEWAL_LAST (300 * USEC_PER_SEC)
/* An entry that has been there for so long was no quick end of the last renewal. */
#define LX_RENEWAL_STABLE (60 * USEC_PER_SEC)
/* So often without an entry, then only something new to be seen is a reason. */
#define LX_RENEWAL_TRIES_MAX 10

struct lx_renewal {
	bool registered;
	bool busy;                  /* one is under way: what is seen is our own doing */
	bool taken;                 /* the name is another's */
	unsigned tries;             /* since it was stable */
	usec_t since;               /* when it was registered */
	usec_t next;                /* when to try; USEC_INFINITY: nothing is to be done */
};

enum lx_renewal_event {
	LX_RENEWAL_DONE,            /* a registration succeeded */
	LX_RENEWAL_ABSENT,          /* it failed: this host has no machined */
	LX_RENEWAL_TAKEN,           /* it failed: the name is another's */
	LX_RENEWAL_FAILED,          /* it failed for another reason */
	LX_RENEWAL_ENTRY_GONE,      /* seen: no entry of our name any more */
	LX_RENEWAL_MACHINED_CAME,   /* seen: machined has written an entry, ours or another */
};

void lx_renewal_init(struct lx_renewal *r);
/* Changes r->next. */
void lx_renewal_note(struct lx_renewal *r, enum lx_renewal_event event, usec_t now);
/* It is done now. */
void lx_renewal_begin(struct lx_renewal *r);
