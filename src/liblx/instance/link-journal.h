/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [machine] link-journal: the guest's journal among those of the host. */
#pragma once

#include "instance/instance.h"

/* A step of the host side, after the root is open and before sources of mounts are. */
int lx_link_journal_up(struct lx_instance *inst, struct lx_error *err);
/* Of a start that failed: what was made is removed. What a run leaves stays until the container is destroyed. */
void lx_link_journal_down(struct lx_instance *inst);
