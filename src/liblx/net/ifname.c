/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Derived names. A name on the host must fit into 15 bytes, so it cannot hold the container's name; a hash of it is
 * stable, which lets a killed run's link be found, and keeps firewall counters and leases of a container together over
 * restarts. The hash need not be strong: nobody gains anything by a collision, and a taken name is an error before
 * anything is made.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "net/ifname.h"

bool lx_ifname_is_valid(const char *name)
{
	size_t size = strlen(name);

	if (size == 0 || size >= LX_IFNAME_SIZE || name[0] == '-' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;

	/* The kernel takes more; quotes, "#" and "%" mean something to ip, nft or the kernel's name patterns. */
	return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@+") == size;
}

void lx_ifname_derive(const char *run_id, const char *label, char name[static LX_IFNAME_SIZE])
{
	uint64_t hash = hash_word(hash_word(HASH_INIT, run_id), label);

	/* 40 bits, the upper ones folded in: the low bytes of the hash depend on all of the input. */
	snprintf(name, LX_IFNAME_SIZE, "lx%010" PRIx64, (uint64_t)((hash ^ (hash >> 40)) & 0xffffffffffULL));
}

void lx_mac_derive(const char *machine_id, const char *run_id, const char *label, char mac[static LX_MAC_SIZE])
{
	uint64_t hash = hash_word(hash_word(hash_word(HASH_INIT, machine_id), run_id), label);
	unsigned char b[6];

	hash ^= hash >> 48;
	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = (unsigned char)(hash >> (8 * i));
	b[0] = (b[0] & 0xfc) | 0x02; /* locally administered, unicast */

	snprintf(mac, LX_MAC_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
}
