/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [cgroup]: limits, in the names and the text of cgroup v2. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_cgroup, f)

static const char *const views[] = { "auto", "unified", "hybrid", "legacy", "none", NULL };

static const struct lx_key keys[] = {
	{ "memory.max", &lx_type_limit_bytes, FIELD(memory_max), .example = "512M",
	  .doc = "Most memory that the container may use; beyond it processes are killed." },
	{ "memory.high", &lx_type_limit_bytes, FIELD(memory_high), .example = "400M",
	  .doc = "Memory above which the container is slowed down and its pages are reclaimed." },
	{ "memory.swap.max", &lx_type_limit_bytes, FIELD(memory_swap_max), .example = "0",
	  .doc = "Most swap that the container may use." },
	{ "cpu.max", &lx_type_limit_cpu, FIELD(cpu_max), .example = "50%",
	  .doc = "Processor time: per cent of one processor (250% is two and a half), or quota and period in microseconds." },
	{ "cpu.weight", &lx_type_weight, FIELD(cpu_weight), .example = "100",
	  .doc = "Share of the processors when there is not enough for all; the kernel's default is 100." },
	{ "cpuset.cpus", &lx_type_cpuset, FIELD(cpuset_cpus), .example = "0-3,7",
	  .doc = "Processors that the container may run on." },
	{ "cpuset.mems", &lx_type_cpuset, FIELD(cpuset_mems), .example = "0",
	  .doc = "Memory nodes that the container may use." },
	{ "pids.max", &lx_type_limit_count, FIELD(pids_max), .min = 1, .example = "4096",
	  .doc = "Most processes and threads of the container." },
	{ "io.weight", &lx_type_io_weight, FIELD(io_weight), .example = "100",
	  .doc = "Share of the disks when there is not enough for all." },
	{ "io.max", &lx_type_io_max, FIELD(io_max), .example = "8:0 rbps=10485760 wiops=100",
	  .doc = "Limit of one disk, by its device number: bytes and operations per second, read and written." },
	{ "view", &lx_type_word, FIELD(view), .fallback = "auto", .words = views,
	  .doc = "What is mounted at /sys/fs/cgroup inside.\n"
		 "auto is what the container's init can work with on this host." },
};

const struct lx_section lx_section_cgroup = {
	.name = "cgroup",
	.offset = offsetof(struct lx_config, cgroup),
	.keys = keys,
	.n_keys = array_size(keys),
	.doc = "Limits of the whole container.\n"
	       "Names and values are those of cgroup v2 and are translated where the host has v1; a limit that this host cannot\n"
	       "apply is refused when the container is started.\n"
	       "What is unset is not limited.",
};
