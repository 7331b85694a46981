/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The channel of a start, fed by the other side: messages of three bytes (type, length and number of descriptors, first byte
 * of the payload) and their payload. Whatever comes, the reader ends with an answer and holds no descriptor afterwards.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/sock.h"
#include "fuzz.h"
#include "instance/sync.h"

static int count_fds(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);

	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lx_error err = { 0 };
	struct lx_sync sync;
	int pair[2], fds[8], lowest = count_fds();

	if (sock_pair(&pair[0], &pair[1]) < 0)
		return 0;
	(void)fcntl(pair[0], F_SETFL, O_NONBLOCK); /* nobody reads yet: what does not fit is not sent */
	for (size_t i = 0; i < 8; i++)
		fds[i] = STDERR_FILENO;
	while (size >= 2) {
		size_t n = data[1] & 31, n_fds = data[1] >> 5;
		uint16_t type = data[0];

		data += 2;
		size -= 2;
		n = n < size ? n : size;
		if (sock_send(pair[0], type, data, n, fds, n_fds) < 0)
			break;
		data += n;
		size -= n;
	}
	close(pair[0]);

	lx_sync_init(&sync, pair[1]);
	if (lx_sync_wait(&sync, LX_GATE_PTS, &err) < 0) {
		if (err.code >= 0 || !err.text[0])
			abort();
	} else if (lx_sync_wait_closed(&sync, &err) < 0 && !err.text[0]) {
		abort();
	}
	(void)lx_sync_peek_error(&sync, &err);
	lx_sync_done(&sync);
	if (count_fds() != lowest)
		abort();
	return 0;
}
