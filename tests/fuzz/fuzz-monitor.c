/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A caller of the monitor that sends what it likes and reads nothing: messages of two bytes (type, length of the payload) and
 * their payload. The bytes of type 0 are a datagram of init's notifications. The keeper does not read either.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "fuzz.h"
#include "monitor/front.h"

#include "fake/fake.h"

static void set_up(struct lx_front *f, int keeper_fd)
{
	struct lx_front_setup setup = {
		.keeper_fd = keeper_fd,
		.listen_fd = -EBADF,
		.console = { .buffer_size = 4096, .log_fd = -EBADF },
		.state.state = LX_STATE_RUNNING,
	};
	struct lx_error err = { 0 };

	if (fd_set_nonblock(keeper_fd, true) < 0 || lx_front_init(f, &setup, &err) < 0)
		abort();
	f->init_pidfd = dup(keeper_fd);
	f->devpts_fd = dup(keeper_fd);
}

/* What the server does with a message, without its loop. False when the caller has lost the connection. */
static bool give(struct lx_front *f, struct lx_client *client, const uint8_t *data, size_t size)
{
	struct sock_message message = { .type = data[0], .data = strndup((const char *)data + 2, size), .size = size };
	int r = 0;

	if (!message.data)
		return true;
	if (message.type == 0)
		lx_front_notified(f, message.data);
	else if (message.type != LX_REQUEST_CONSOLE) /* whose descriptor would have a new owner */
		r = lx_front_answer(client, &message);
	sock_message_done(&message);
	return r >= 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool quiet;
	struct lx_client *client = NULL;
	struct lx_error err = { 0 };
	struct lx_front f;
	int pair[2], keeper[2];

	fake_reset();
	if (!quiet)
		lx_log_set_file(open("/dev/null", O_WRONLY | O_CLOEXEC), false);
	quiet = true;
	if (sock_pair(&keeper[0], &keeper[1]) < 0 || sock_pair(&pair[0], &pair[1]) < 0)
		abort();
	set_up(&f, keeper[1]);
	if (lx_front_add_client(&f, pair[1], false, &client, &err) < 0)
		abort();
	f.run = size > 0 && data[0] & 0x80 ? 0 : 1;

	while (size >= 2) {
		size_t n = data[1] < size - 2 ? data[1] : size - 2;

		if (!give(&f, client, data, n))
			break;
		data += 2 + n;
		size -= 2 + n;
	}
	if (f.n_clients != 1)
		abort();
	lx_front_done(&f);
	close(keeper[0]);
	close(keeper[1]);
	close(pair[0]);
	return 0;
}
