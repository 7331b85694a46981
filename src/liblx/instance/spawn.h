/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process that becomes init: created in its namespaces, then walked through lx_init_steps. */
#pragma once

#include "instance/instance.h"

/* Fills init_pid, init_pidfd and sync. The child never returns. */
int lx_spawn(struct lx_instance *inst, struct lx_error *err);
