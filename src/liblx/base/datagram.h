/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Datagrams to a service of the host: the journal, or who made us. Nothing here ever waits for the other side. */
#pragma once

#include <stddef.h>

/* A socket that is connected to path, or to an abstract name when path begins with "@". The connection is to the socket
 * that is there now: once its owner has closed it, sending fails with -ECONNREFUSED and a new one is to be made. */
int datagram_connect(const char *path);
/* All of it, or nothing. -EAGAIN: the other side does not read. */
int datagram_send(int fd, const void *data, size_t size);
/* The same; a service that was started anew listens at another socket of the same name, so what fails otherwise than by -EAGAIN
 * is sent once more over a new connection, which takes the place of *fd (-EBADF: there is none). */
int datagram_send_again(int *fd, const char *path, const void *data, size_t size);
