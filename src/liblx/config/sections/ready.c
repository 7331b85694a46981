/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [ready LABEL]: what must have succeeded once before the container counts as ready. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_ready, f)

static const struct lx_key keys[] = {
	{ "command", &lx_type_command, FIELD(command), .example = "/usr/bin/pg_isready -q",
	  .doc = "Program of the container and its arguments: it succeeds when it exits with 0.\n"
		 "It runs as root of the container with the rights that lx-attach gives. What it leaves running is killed when it\n"
		 "ends, and nobody sees what it prints." },
	{ "tcp", &lx_type_endpoint, FIELD(tcp), .example = "5432",
	  .doc = "A port in the container's network that takes a connection: PORT on 127.0.0.1 or ::1, or ADDRESS:PORT, with an\n"
		 "IPv6 address in brackets. Nothing is sent." },
	{ "file", &lx_type_path, FIELD(file), .example = "/run/app/ready", .doc = "A file of the container that is there." },
	{ "interval", &lx_type_duration, FIELD(interval), .fallback = "1s", .min = 100 * USEC_PER_MSEC, .max = 24 * 3600 * USEC_PER_SEC,
	  .doc = "How long to wait after an attempt that failed." },
	{ "timeout", &lx_type_duration, FIELD(timeout), .fallback = "5s", .min = 10 * USEC_PER_MSEC, .max = 3600 * USEC_PER_SEC,
	  .doc = "How long one attempt may take; then it is killed, with everything that it started, and has failed." },
};

const struct lx_section lx_section_ready = {
	.name = "ready",
	.labelled = true,
	.offset = offsetof(struct lx_config, probes),
	.element_size = sizeof(struct lx_config_ready),
	.keys = keys,
	.n_keys = array_size(keys),
	.label = "any word",
	.doc = "A probe: the container is READY when each has succeeded once, and not only when init says that booting is finished,\n"
	       "or runs where it cannot say so.\n"
	       "They are asked one after the other, in the order of the sections, from when init has said so. A section has one of\n"
	       "command, tcp and file. lx-execute asks none.",
};
