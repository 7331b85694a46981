/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages for systemd-journald, by its native protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram of
 * fields. Both that and the protocol of sd_notify(3) are public and stable, and made to be spoken without a library: loading
 * libsystemd would cost each monitor more time and memory than these lines do.
 */
#pragma once

#include <stddef.h>

#define JOURNALD_SOCKET "/run/systemd/journal/socket"
/* Far less than a socket takes at once, so that no message needs a file of its own. */
#define JOURNALD_SIZE_MAX 8192

struct journald_message {
	char data[JOURNALD_SIZE_MAX];
	size_t size;
};

/* Adds NAME=value; the value may hold any bytes, a name is capitals, digits and "_". What has no room is left out. */
void journald_add(struct journald_message *m, const char *name, const char *value);
