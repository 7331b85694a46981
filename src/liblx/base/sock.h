/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Unix sockets that carry framed messages: a header of fixed size (magic, version, type, length), then the payload, with
 * descriptors beside it. Everything that arrives is bounded and checked here.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/time.h"

#define SOCK_FDS_MAX 32
#define SOCK_PAYLOAD_MAX (256 * 1024)

struct sock_message {
	uint16_t type;
	char *data; /* NUL added after size bytes */
	size_t size;
	int fds[SOCK_FDS_MAX];
	size_t n_fds;
};

void sock_message_done(struct sock_message *m); /* frees data, closes descriptors that are left */
#define _cleanup_message_ __attribute__((cleanup(sock_message_done)))

/* Both ends of a SOCK_SEQPACKET connection, close-on-exec. */
int sock_pair(int *ret_ours, int *ret_theirs);
/* SOCK_SEQPACKET listening socket at name below dir_fd (works for paths longer than sun_path, through /proc/self/fd). */
int sock_listen(int dir_fd, const char *name);
int sock_connect(int dir_fd, const char *name);
/* The same to a stream of somebody else's, without messages, and without waiting: -EAGAIN when too many others do. */
int sock_connect_stream(int dir_fd, const char *name);
/* The next connection to a listening socket, close-on-exec. */
int sock_accept(int fd);
/* Peer's credentials. */
int sock_peer(int fd, struct ucred *ret);

/* One message with up to SOCK_FDS_MAX descriptors (borrowed). -EMSGSIZE when too long. */
int sock_send(int fd, uint16_t type, const void *data, size_t size, const int *fds, size_t n_fds);
/* Until there is something to receive, or the end of the stream: 0; -ETIMEDOUT at the deadline, -ECANCELED as soon as cancel_fd
 * (-EBADF: none) can be read. */
int sock_wait(int fd, int cancel_fd, usec_t deadline);
/* Receives one message; waits until deadline (CLOCK_MONOTONIC, USEC_INFINITY = for ever). 0, -EPIPE at end of stream,
 * -ETIMEDOUT, -EPROTO for a message of another version or size. */
int sock_recv(int fd, usec_t deadline, struct sock_message *ret);
