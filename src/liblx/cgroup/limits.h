/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of cgroup/: what the keys of [cgroup] come to on a host, as a list of writes. */
#pragma once

#include "base/vec.h"
#include "cgroup/cgroup.h"

/* How what is read back is compared with what was written. */
enum lx_limit_form {
	LX_LIMIT_TEXT,       /* the same first line */
	LX_LIMIT_BYTES,      /* the kernel rounds down to pages; huge = none */
	LX_LIMIT_SET,        /* the same numbers: "0,1" is "0-1" */
	LX_LIMIT_DEVICE,     /* v1: the line "MAJ:MIN N" is there; N = 0: is not */
	LX_LIMIT_DEVICE_MAX, /* v2: the line of MAJ:MIN has all words; max: or is not there */
};

struct lx_limit_write {
	const char *key;     /* "memory.max" */
	bool siblings;       /* it counts among siblings: for the run's group, not the payload's */
	unsigned controller;
	const char *file;
	char *value;
	enum lx_limit_form form;
};
struct lx_limit_writes {
	VEC(struct lx_limit_write) list;
};

/* In the order in which a fresh group takes them. An error names the key and where it is set. Pure. */
int lx_limits_build(const struct lx_config *config, const struct lx_host *host, struct lx_limit_writes *ret, struct lx_error *err);
void lx_limits_done(struct lx_limit_writes *writes);
/* Does text, read from the file, say what was written? */
bool lx_limit_matches(const struct lx_limit_write *w, const char *text);
