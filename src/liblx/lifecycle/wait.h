/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "container/container.h"

/* The errors of who waits for READY: the time is over, with what the container waits for; or it is too late. */
int lx_wait_say_late(const struct lx_container *c, struct lx_error *err);
int lx_wait_say_stopped(struct lx_error *err);
