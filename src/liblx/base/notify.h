/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service manager that started us, by the protocol of sd_notify(3): datagrams of "KEY=VALUE" lines to the socket that
 * $NOTIFY_SOCKET names. Written by hand: it is documented for that, and libsystemd would cost each monitor 2 MB.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

/* Takes the variable out of the environment: no process that we start speaks for us, and neither do we, unless we are the one
 * that is meant. */
void notify_begin(bool meant);
void notify_end(void);
/* What the manager acts upon: waits a moment when it does not read. Nothing without a manager. */
void notify_tell(const char *format, ...) _printf_(1, 2);
/* STATUS=, for people; lost when the manager does not read. Of any length, from any source. */
void notify_status(const char *format, ...) _printf_(1, 2);
