/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A datagram of rtnetlink, as each of the questions that we ask reads it. The parsers are the file's own business, so it is
 * compiled in. */
#include "../../src/liblx/sys/netlink.c"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *copy = malloc(size + 1); /* aligned, and its end is watched */
	struct address_list addresses = { 0 };
	struct link_list links = { 0 };
	struct sys_link link = { 0 };
	int id = 0;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	(void)walk(copy, (ssize_t)size, take_link, &link);
	(void)walk(copy, (ssize_t)size, add_link, &links);
	(void)walk(copy, (ssize_t)size, take_id, &id);
	(void)walk(copy, (ssize_t)size, add_address, &addresses);
	if (strlen(link.name) >= sizeof(link.name) || strlen(link.kind) >= sizeof(link.kind))
		abort();
	vec_done(&links.links);
	vec_done(&addresses.addresses);
	return 0;
}
