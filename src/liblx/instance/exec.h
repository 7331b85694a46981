/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last act of the new process. */
#pragma once

#include "instance/instance.h"

/* Executes init, or lx-init with the command. Returns only to say why not. */
int lx_exec_init(struct lx_instance *inst, struct lx_error *err);
