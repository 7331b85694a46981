/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An error as a message: the same sentence on both sides of a socket. */
#pragma once

#include "base/error.h"
#include "base/sock.h"

int sock_send_error(int fd, uint16_t type, const struct lx_error *error);
/* Reads the payload of such a message; bounded and made printable, since the sender may be hostile. Returns its code. */
int sock_parse_error(const struct sock_message *m, struct lx_error *err);
