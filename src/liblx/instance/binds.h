/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* machinectl bind, into a privileged container: the directory through which mounts of the host pass. */
#pragma once

#include "instance/instance.h"

/* A step of the host side, before mounts are made: adds one to the plan. A container without it runs as well. */
int lx_binds_up(struct lx_instance *inst, struct lx_error *err);
void lx_binds_down(struct lx_instance *inst);
