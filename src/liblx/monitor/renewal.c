/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "monitor/renewal.h"

#include "base/macro.h"

void lx_renewal_init(struct lx_renewal *r)
{
	*r = (struct lx_renewal) { .next = USEC_INFINITY };
}

/* Each try waits twice as long as the one before. */
static void try_later(struct lx_renewal *r, usec_t now)
{
	usec_t delay = LX_RENEWAL_FIRST << MIN_OF(r->tries, 12U);

	r->next = now + MIN_OF(delay, LX_RENEWAL_LAST);
}

static void lost(struct lx_renewal *r, usec_t now)
{
	if (!r->registered && r->next != USEC_INFINITY)
		return; /* it is to be tried anyway */
	if (r->registered && now - r->since >= LX_RENEWAL_STABLE)
		r->tries = 0;
	r->registered = false;
	try_later(r, now);
}

static void ended(struct lx_renewal *r, enum lx_renewal_event event, usec_t now)
{
	r->busy = false;
	r->registered = event == LX_RENEWAL_DONE;
	r->taken = event == LX_RENEWAL_TAKEN;
	r->since = now;
	r->next = USEC_INFINITY; /* until something is seen */
	if (event == LX_RENEWAL_FAILED && r->tries < LX_RENEWAL_TRIES_MAX)
		try_later(r, now);
}

void lx_renewal_note(struct lx_renewal *r, enum lx_renewal_event event, usec_t now)
{
	switch (event) {
	case LX_RENEWAL_DONE:
	case LX_RENEWAL_ABSENT:
	case LX_RENEWAL_TAKEN:
	case LX_RENEWAL_FAILED:
		ended(r, event, now);
		break;
	case LX_RENEWAL_ENTRY_GONE:
		if (!r->busy)
			lost(r, now);
		break;
	case LX_RENEWAL_MACHINED_CAME:
		/* an entry that came without us may also be of a call whose answer was not waited for: asking tells */
		if (!r->busy && !r->registered && !r->taken && r->next == USEC_INFINITY)
			try_later(r, now);
		break;
	}
}

void lx_renewal_begin(struct lx_renewal *r)
{
	r->tries++;
	r->busy = true;
	r->next = USEC_INFINITY;
}
