/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whom this process works for: root of the host, or a user who is not. A user's process that has entered the user's own
 * namespace (host/rootless.c) has uid 0 as well; it is told apart by a mark in the environment, which programs that it runs
 * inherit, and which counts in that one namespace only.
 */
#pragma once

#include <stdbool.h>

bool rootless(void);
/* The namespace that this process is in is the user's own. 0 or -errno. */
int rootless_mark(void);
/* ... and this process is in it. */
bool rootless_inside(void);
