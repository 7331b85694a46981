/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sections, one file each. */
#pragma once

#include "base/macro.h"
#include "config/schema.h"
#include "config/types.h"

extern const struct lx_section lx_section_container, lx_section_start, lx_section_ready, lx_section_rootfs, lx_section_idmap,
	lx_section_namespace, lx_section_network, lx_section_mount, lx_section_device, lx_section_cgroup, lx_section_security,
	lx_section_console, lx_section_monitor, lx_section_machine, lx_section_hook;

extern const struct lx_section lx_section_user, lx_section_group;

extern const struct lx_section lx_section_host_paths, lx_section_host_network, lx_section_host_idmap,
	lx_section_host_defaults, lx_section_host_systemd;
