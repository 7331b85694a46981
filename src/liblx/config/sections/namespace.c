/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [namespace]: what the container shares, and the offsets of its clocks. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_namespace, f)

static const struct lx_key keys[] = {
	{ "net", &lx_type_namespace, FIELD(net), .fallback = "private",
	  .doc = "Network namespace: private, that of the host, of another container or of a process." },
	{ "pid", &lx_type_namespace, FIELD(pid), .fallback = "private", .doc = "Process namespace." },
	{ "ipc", &lx_type_namespace, FIELD(ipc), .fallback = "private", .doc = "Namespace of System V IPC and message queues." },
	{ "uts", &lx_type_namespace, FIELD(uts), .fallback = "private", .doc = "Namespace of the host name." },
	{ "cgroup", &lx_type_namespace, FIELD(cgroup), .fallback = "private", .doc = "Control group namespace." },
	{ "boottime-offset", &lx_type_offset, FIELD(boottime_usec), .fallback = "0",
	  .doc = "Added to the time since boot that the container sees.\n"
		 "A time namespace is made when an offset is not zero." },
	{ "monotonic-offset", &lx_type_offset, FIELD(monotonic_usec), .fallback = "0",
	  .doc = "Added to the monotonic clock that the container sees." },
};

const struct lx_section lx_section_namespace = {
	.name = "namespace",
	.offset = offsetof(struct lx_config, namespace),
	.keys = keys,
	.n_keys = array_size(keys),
	.doc = "What the container shares with others.\n"
	       "Each is private, host, container:NAME (a running container) or pid:PID.\n"
	       "The mount namespace is always its own.",
};
