/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stand-in for liblx under the commands: three containers (web runs, ice is frozen, db is stopped), answers as scripted,
 * and a record of what was asked.
 */
#pragma once

#include "lx.h"

struct fake_lx {
	int result;            /* what the next verbs return */
	struct lx_error error; /* and fill in, when result is negative or the code is set */
	char calls[4096];      /* "start web argv=/bin/sh ...\n" */
	unsigned opened;       /* how many containers were opened */
	unsigned asked;        /* what lx_container_get_info() was asked for, all together */
};

extern struct fake_lx fake_lx;
void fake_lx_reset(void);
