/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "instance/sync.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/macro.h"
#include "base/names.h"
#include "base/sock-error.h"
#include "base/sock.h"

enum { SYNC_GATE = 1, SYNC_ERROR };

static const char *const gate_names[] = {
	[LX_GATE_NONE] = "none", [LX_GATE_IDS] = "ids",	      [LX_GATE_PTS] = "pts",
	[LX_GATE_NET] = "net",	 [LX_GATE_INSIDE] = "inside", [LX_GATE_FILTER] = "filter",
	[LX_GATE_GO] = "go",
};

const char *lx_gate_name(enum lx_gate gate)
{
	return NAMES_GET(gate_names, gate);
}

void lx_sync_init(struct lx_sync *sync, int fd)
{
	*sync = (struct lx_sync) { .fd = fd, .cancel_fd = -EBADF };
	for (size_t g = 0; g < LX_GATE_MAX; g++)
		for (size_t i = 0; i < LX_GATE_FDS; i++)
			sync->fds[g][i] = -EBADF;
}

void lx_sync_done(struct lx_sync *sync)
{
	for (size_t g = 0; g < LX_GATE_MAX; g++)
		for (size_t i = 0; i < LX_GATE_FDS; i++)
			sync->fds[g][i] = close_fd(sync->fds[g][i]);
	sync->fd = close_fd(sync->fd);
}

int lx_sync_open(struct lx_sync *sync, enum lx_gate gate, const int *fds, size_t n, struct lx_error *err)
{
	unsigned char byte = (unsigned char)gate;
	int r;

	r = sock_send(sync->fd, SYNC_GATE, &byte, sizeof(byte), fds, n);
	if (r < 0)
		return lx_error_set(err, r, "open gate %s", lx_gate_name(gate));

	return 0;
}

static int receive(struct lx_sync *sync, usec_t deadline, struct lx_error *err)
{
	_cleanup_message_ struct sock_message m = { 0 };
	unsigned gate;
	int r = 0;

	if (deadline == USEC_INFINITY && sync->cancel_fd >= 0)
		r = sock_wait(sync->fd, sync->cancel_fd, deadline);
	if (r >= 0)
		r = sock_recv(sync->fd, deadline, &m);
	if (r < 0)
		return r;

	if (m.type == SYNC_ERROR) {
		sync->remote_error = true;
		return sock_parse_error(&m, err);
	}

	gate = m.size == 1 ? (unsigned char)m.data[0] : LX_GATE_NONE;
	if (m.type != SYNC_GATE || gate == LX_GATE_NONE || gate >= LX_GATE_MAX || m.n_fds > LX_GATE_FDS ||
	    (sync->opened & (1u << gate)))
		return lx_error_say(err, -EPROTO, "the other side of the start sent an unknown message");

	for (size_t i = 0; i < m.n_fds; i++)
		sync->fds[gate][i] = take_fd(&m.fds[i]);
	sync->opened |= 1u << gate;
	return 0;
}

int lx_sync_wait(struct lx_sync *sync, enum lx_gate gate, struct lx_error *err)
{
	while (!(sync->opened & (1u << gate))) {
		int r = receive(sync, USEC_INFINITY, err);

		if (r == -EPIPE && !sync->remote_error)
			return lx_error_say(err, r, "the other side of the start ended before gate \"%s\"", lx_gate_name(gate));
		if (r < 0)
			return err && err->code ? r : lx_error_set(err, r, "wait for gate %s", lx_gate_name(gate));
	}

	return 0;
}

int lx_sync_look(struct lx_sync *sync, struct lx_error *err)
{
	bool before = sync->remote_error;
	int r = receive(sync, time_now(CLOCK_MONOTONIC), err);

	if (r == 0 || sync->remote_error != before)
		return 1;
	return r == -ETIMEDOUT ? 0 : r;
}

void lx_sync_fail(struct lx_sync *sync, const struct lx_error *error)
{
	(void)sock_send_error(sync->fd, SYNC_ERROR, error); /* nobody is left to tell when this fails */
}

bool lx_sync_peek_error(struct lx_sync *sync, struct lx_error *err)
{
	struct lx_error theirs = { 0 };

	if (sync->fd < 0 || sync->remote_error)
		return false;
	while (receive(sync, time_now(CLOCK_MONOTONIC), &theirs) == 0)
		;
	if (!sync->remote_error)
		return false;

	lx_error_copy(err, &theirs);
	return true;
}

int lx_sync_wait_closed(struct lx_sync *sync, struct lx_error *err)
{
	for (;;) {
		int r = receive(sync, USEC_INFINITY, err);

		if (r == -EPIPE && !sync->remote_error)
			return 0;
		if (r < 0)
			return err && err->code ? r : lx_error_set(err, r, "wait for init");
	}
}
