/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Value types about networks: interface names, MAC and IP addresses. */
#include "config/types.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"

/* What the kernel takes: no "/", no ":", no white space, neither "." nor "..". */
static int normal_interface(const struct lx_key *key _unused_, const char *text, char **ret)
{
	if (strlen(text) >= IF_NAMESIZE || str_equal(text, ".") || str_equal(text, ".."))
		return -EINVAL;
	for (const char *p = text; *p; p++)
		if (*p == '/' || *p == ':' || !isgraph((unsigned char)*p))
			return -EINVAL;
	return lx_type_keep(text, ret);
}

const struct lx_type lx_type_interface =
	LX_TYPE_TEXT("interface", "a name of an interface, at most 15 characters", normal_interface);
const struct lx_type lx_type_interfaces =
	LX_TYPE_LIST("interfaces", "a name of an interface, at most 15 characters", normal_interface);

/* Unicast only: a bit of the first byte says "group". */
static int normal_mac(const struct lx_key *key _unused_, const char *text, char **ret)
{
	unsigned b[6];
	char *mac;
	int end = 0;

	if (strlen(text) != 17 || sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &end) != 6 ||
	    end != 17)
		return -EINVAL;
	if (b[0] & 1)
		return -EINVAL;
	mac = str_format("%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
	if (!mac)
		return -ENOMEM;
	*ret = mac;
	return 0;
}

const struct lx_type lx_type_mac =
	LX_TYPE_TEXT("mac", "a unicast MAC address such as 02:00:5e:10:00:01", normal_mac);

static int check_address(int family, const char *text, size_t size)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr binary;

	if (size >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, size);
	address[size] = '\0';
	return inet_pton(family, address, &binary) == 1 ? 0 : -EINVAL;
}

static int normal_network(int family, unsigned bits, const char *text, char **ret)
{
	const char *slash = strchr(text, '/');
	uint64_t prefix;
	int r;

	if (!slash)
		return -EINVAL;
	r = check_address(family, text, (size_t)(slash - text));
	if (r < 0)
		return r;
	r = parse_uint(slash + 1, &prefix);
	if (r < 0)
		return r;
	return prefix == 0 || prefix > bits ? -ERANGE : lx_type_keep(text, ret);
}

static int normal_ipv4_network(const struct lx_key *key _unused_, const char *text, char **ret)
{
	return normal_network(AF_INET, 32, text, ret);
}

static int normal_ipv6_network(const struct lx_key *key _unused_, const char *text, char **ret)
{
	return normal_network(AF_INET6, 128, text, ret);
}

#define IPV4_SYNTAX "an IPv4 address with its prefix length, such as 10.0.5.20/24"
#define IPV6_SYNTAX "an IPv6 address with its prefix length, such as fd00::20/64"

const struct lx_type lx_type_ipv4_network = LX_TYPE_TEXT("IPv4 address", IPV4_SYNTAX, normal_ipv4_network);
const struct lx_type lx_type_ipv6_network = LX_TYPE_TEXT("IPv6 address", IPV6_SYNTAX, normal_ipv6_network);
const struct lx_type lx_type_ipv4_networks = LX_TYPE_LIST("IPv4 addresses", IPV4_SYNTAX, normal_ipv4_network);
const struct lx_type lx_type_ipv6_networks = LX_TYPE_LIST("IPv6 addresses", IPV6_SYNTAX, normal_ipv6_network);

static int normal_gateway(int family, const char *text, char **ret)
{
	if (!str_equal(text, "auto") && check_address(family, text, strlen(text)) < 0)
		return -EINVAL;
	return lx_type_keep(text, ret);
}

static int normal_ipv4_gateway(const struct lx_key *key _unused_, const char *text, char **ret)
{
	return normal_gateway(AF_INET, text, ret);
}

static int normal_ipv6_gateway(const struct lx_key *key _unused_, const char *text, char **ret)
{
	return normal_gateway(AF_INET6, text, ret);
}

const struct lx_type lx_type_ipv4_gateway = LX_TYPE_TEXT("IPv4 gateway", "auto or an IPv4 address", normal_ipv4_gateway);
const struct lx_type lx_type_ipv6_gateway = LX_TYPE_TEXT("IPv6 gateway", "auto or an IPv6 address", normal_ipv6_gateway);

static int normal_ipv4_range(const struct lx_key *key _unused_, const char *text, char **ret)
{
	const char *comma = strchr(text, ',');

	if (!comma || check_address(AF_INET, text, (size_t)(comma - text)) < 0 ||
	    check_address(AF_INET, comma + 1, strlen(comma + 1)) < 0)
		return -EINVAL;
	return lx_type_keep(text, ret);
}

const struct lx_type lx_type_ipv4_range =
	LX_TYPE_TEXT("IPv4 range", "two IPv4 addresses FIRST,LAST", normal_ipv4_range);

/* The address before a port: "A.B.C.D", "[ADDRESS]". */
static int parse_endpoint_address(const char *text, size_t size, struct lx_endpoint *ret)
{
	bool brackets = size > 2 && text[0] == '[' && text[size - 1] == ']';
	char address[INET6_ADDRSTRLEN];

	ret->family = brackets ? AF_INET6 : AF_INET;
	if (brackets) {
		text++;
		size -= 2;
	}
	if (size >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, size);
	address[size] = '\0';
	return inet_pton(ret->family, address, ret->address) == 1 ? 0 : -EINVAL;
}

int lx_endpoint_parse(const char *text, struct lx_endpoint *ret)
{
	struct lx_endpoint endpoint = { .family = AF_UNSPEC };
	const char *colon = strrchr(text, ':');
	uint64_t port;
	int r = 0;

	if (colon)
		r = parse_endpoint_address(text, (size_t)(colon - text), &endpoint);
	if (r >= 0)
		r = parse_uint(colon ? colon + 1 : text, &port);
	if (r < 0)
		return r;
	if (port == 0 || port > UINT16_MAX)
		return -ERANGE;

	endpoint.port = (uint16_t)port;
	*ret = endpoint;
	return 0;
}

static int normal_endpoint(const struct lx_key *key _unused_, const char *text, char **ret)
{
	struct lx_endpoint endpoint;
	int r = lx_endpoint_parse(text, &endpoint);

	return r < 0 ? r : lx_type_keep(text, ret);
}

const struct lx_type lx_type_endpoint =
	LX_TYPE_TEXT("endpoint", "a port from 1 to 65535, or ADDRESS:PORT with an IPv6 address in brackets", normal_endpoint);

/* PORT, or also ADDRESS:PORT. */
static int check_port(const char *text, bool address)
{
	_cleanup_free_ char *copy = strdup(text);
	char *colon = copy ? strrchr(copy, ':') : NULL;
	uint64_t port;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	if (colon)
		r = address ? check_address(AF_INET, copy, (size_t)(colon - copy)) : -EINVAL;
	if (r >= 0)
		r = parse_uint(colon ? colon + 1 : copy, &port);
	if (r < 0)
		return r;
	return port == 0 || port > 65535 ? -ERANGE : 0;
}

/* One form is kept: three words, one space between. */
static int normal_forward(const struct lx_key *key _unused_, const char *text, char **ret)
{
	_cleanup_strv_ char **words = NULL;
	const char *inside;
	size_t n;
	int r;

	if (strv_split(text, " \t", &words) < 0)
		return -ENOMEM;
	n = strv_length(words);
	if (n < 2 || n > 3 || (!str_equal(words[0], "tcp") && !str_equal(words[0], "udp")))
		return -EINVAL;

	inside = words[n - 1];
	if (n == 2 && strrchr(inside, ':'))
		inside = strrchr(inside, ':') + 1;
	r = check_port(words[1], true);
	r = r < 0 ? r : check_port(inside, false);
	if (r < 0)
		return r;

	*ret = str_format("%s %s %s", words[0], words[1], inside);
	return *ret ? 0 : -ENOMEM;
}

const struct lx_type lx_type_forwards =
	LX_TYPE_LIST("forwards", "tcp or udp, a port of the host or ADDRESS:PORT, and the port inside unless it is the same", normal_forward);
