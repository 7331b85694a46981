/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IPv4 and IPv6 addresses with a prefix, as values. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/net.h"

struct lx_ip_batch;

struct lx_address {
	int family;              /* AF_INET, AF_INET6 */
	unsigned char bytes[16]; /* network order */
	unsigned prefix;
};
#define LX_ADDRESS_TEXT_MAX 64

/* "10.0.5.1/24", "fd00::1/64"; without a prefix it is that of a single host. family 0 = either. -EINVAL. */
int lx_address_parse(const char *text, int family, struct lx_address *ret);
/* Without the prefix; returns text. */
const char *lx_address_format(const struct lx_address *a, char text[static LX_ADDRESS_TEXT_MAX]);
/* Is b in the network of a? */
bool lx_address_contains(const struct lx_address *a, const struct lx_address *b);
/* The network itself: host bits zero. */
struct lx_address lx_address_network(const struct lx_address *a);

/* The first global address of a link of our own network namespace, as text without its prefix; -EADDRNOTAVAIL. */
int lx_address_of_link(int index, int family, char **ret);

/* Lines that configure one link inside; none when nothing is static. */
int lx_address_batch(const struct lx_link *link, struct lx_ip_batch *batch);
