/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a user may send to lx-usernet: type, number of descriptors, text. A request that is taken has names that the kernel and
 * our messages can take as they are, and the descriptor that belongs to it. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "net/usernet.h"

static void check(const struct sock_message *m, const struct lx_usernet_request *request)
{
	bool adds = request->type == LX_USERNET_ADD;

	if ((!adds && request->type != LX_USERNET_REMOVE) || !lx_ifname_is_valid(request->name))
		abort();
	if (adds ? request->netns_fd != m->fds[0] || !lx_ifname_is_valid(request->bridge) || (request->mac[0] & 1) :
		   request->netns_fd >= 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sock_message m = { .fds = { 7, 8, 9 } };
	struct lx_usernet_request request;
	struct lx_error err = { 0 };

	if (size < 2)
		return 0;
	m.type = data[0];
	m.n_fds = data[1] % 4;
	m.size = size - 2;
	m.data = malloc(m.size + 1);
	if (!m.data)
		return 0;
	memcpy(m.data, data + 2, m.size);
	m.data[m.size] = '\0';

	if (lx_usernet_parse(&m, &request, &err) >= 0)
		check(&m, &request);
	else if (err.code >= 0)
		abort();
	free(m.data);
	return 0;
}
