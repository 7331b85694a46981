/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* After a monitor that was killed: gives back what its run had acquired outside its own namespaces. */
#pragma once

#include "container/container.h"

/* The caller holds the container's lock. Returns the number of things given back. report may be NULL. */
int lx_instance_recover(int run_fd, void (*report)(const char *text, void *userdata), void *userdata, struct lx_error *err);
