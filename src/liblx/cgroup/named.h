/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of cgroup/: the v1 hierarchy name=systemd that lx makes for old guests on a v2 host. */
#pragma once

#include "cgroup/driver.h"

/* Adds the container's group there, when the hierarchy lives and has one. */
int lx_cgroup_named_open(struct lx_cgroup *cg, struct lx_error *err);

/* cgroup.c: adds the group of a hierarchy, made or (when it exists) opened. */
int lx_cgroup_add_group(struct lx_cgroup *cg, const struct lx_host_hierarchy *h, bool make, struct lx_error *err);
