/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hosts for the tests of cgroup/: what lx_host_probe() would say of each layout. */
#pragma once

#include "host/host.h"

static const struct lx_host host_none = { .cgroup_layout = LX_CGROUP_NONE };

static const struct lx_host host_hybrid = {
	.cgroup_layout = LX_CGROUP_HYBRID,
	.hierarchies = {
		{ "/sys/fs/cgroup/cpu", "cpu", LX_CONTROLLER_CPU, false },
		{ "/sys/fs/cgroup/cpuacct", "cpuacct", LX_CONTROLLER_CPUACCT, false },
		{ "/sys/fs/cgroup/cpuset", "cpuset", LX_CONTROLLER_CPUSET, false },
		{ "/sys/fs/cgroup/memory", "memory", LX_CONTROLLER_MEMORY, false },
		{ "/sys/fs/cgroup/devices", "devices", LX_CONTROLLER_DEVICES, false },
		{ "/sys/fs/cgroup/freezer", "freezer", LX_CONTROLLER_FREEZER, false },
		{ "/sys/fs/cgroup/blkio", "blkio", LX_CONTROLLER_IO, false },
		{ "/sys/fs/cgroup/pids", "pids", LX_CONTROLLER_PIDS, false },
		{ "/sys/fs/cgroup/systemd", "none,name=systemd", LX_CONTROLLER_SYSTEMD, false },
		{ "/sys/fs/cgroup/unified", "", 0, true },
	},
	.n_hierarchies = 10,
	.cgroup_v1 = true,
	.swap_limit = true,
	.io_weight = true,
};

static const struct lx_host host_legacy = {
	.cgroup_layout = LX_CGROUP_LEGACY,
	.hierarchies = {
		{ "/sys/fs/cgroup/cpu,cpuacct", "cpu,cpuacct", LX_CONTROLLER_CPU | LX_CONTROLLER_CPUACCT, false },
		{ "/sys/fs/cgroup/memory", "memory", LX_CONTROLLER_MEMORY, false },
		{ "/sys/fs/cgroup/freezer", "freezer", LX_CONTROLLER_FREEZER, false },
		{ "/sys/fs/cgroup/net_cls", "net_cls", 0, false },
	},
	.n_hierarchies = 4,
	.cgroup_v1 = true,
};

static const struct lx_host host_unified = {
	.cgroup_layout = LX_CGROUP_UNIFIED,
	.hierarchies = {
		{ "/sys/fs/cgroup", "",
		  LX_CONTROLLER_CPU | LX_CONTROLLER_CPUACCT | LX_CONTROLLER_CPUSET | LX_CONTROLLER_MEMORY | LX_CONTROLLER_PIDS |
			  LX_CONTROLLER_IO,
		  true },
	},
	.n_hierarchies = 1,
	.swap_limit = true,
	.io_weight = true,
};
