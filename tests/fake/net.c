/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The links and addresses that a test says the host has:
 *
 *     fake_text("links", "lxbr0 5 bridge 1500 up 0\n");         name, index, kind ("-" = none), mtu, up or down, master, alias
 *     fake_text("addresses", "5 10.0.5.1/24 0\n");              index of the link, address, scope
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "fake/script.h"
#include "sys/sys.h"

/* The row after this one, NULL at the end. */
static const char *next_row(const char *row)
{
	const char *newline = strchr(row, '\n');

	return newline && newline[1] ? newline + 1 : NULL;
}

static bool parse_link(const char *row, struct sys_link *ret)
{
	struct sys_link link = { 0 };
	char up[8] = "";

	if (sscanf(row, "%15s %d %15s %u %7s %d%*[ ]%63[^\n]", link.name, &link.index, link.kind, &link.mtu, up, &link.master, link.alias) < 6)
		return false;
	if (strcmp(link.kind, "-") == 0)
		link.kind[0] = '\0';
	link.flags = strcmp(up, "up") == 0 ? IFF_UP : 0;

	*ret = link;
	return true;
}

int sys_link_get(const char *name, struct sys_link *ret)
{
	int r = script_call("sys_link_get", "%s", name);
	struct sys_link link;

	for (const char *row = script_text("links"); r >= 0 && row; row = next_row(row))
		if (parse_link(row, &link) && strcmp(link.name, name) == 0) {
			*ret = link;
			return 0;
		}

	return r < 0 ? r : -ENODEV;
}

int sys_link_ports(int master, struct sys_link **ret, size_t *ret_n)
{
	VEC(struct sys_link) ports = { 0 };
	int r = script_call("sys_link_ports", "%d", master);
	struct sys_link link;

	for (const char *row = script_text("links"); r >= 0 && row; row = next_row(row)) {
		if (!parse_link(row, &link) || link.master != master)
			continue;
		*vec_add(&ports) = link;
	}
	if (r < 0)
		return r;

	*ret = ports.items;
	*ret_n = ports.n;
	return 0;
}

static bool parse_address(const char *row, struct sys_address *ret)
{
	struct sys_address a = { 0 };
	unsigned prefix, scope;
	char text[64];

	if (sscanf(row, "%d %63[^/]/%u %u", &a.index, text, &prefix, &scope) != 4)
		return false;
	a.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	a.prefix = (unsigned char)prefix;
	a.scope = (unsigned char)scope;
	if (inet_pton(a.family, text, a.bytes) != 1)
		return false;

	*ret = a;
	return true;
}

int sys_address_list(int netns_fd, struct sys_address **ret, size_t *ret_n)
{
	VEC(struct sys_address) list = { 0 };
	int r = script_call("sys_address_list", "%s", script_fd(netns_fd));
	struct sys_address a;

	for (const char *row = script_text("addresses"); r >= 0 && row; row = next_row(row))
		if (parse_address(row, &a))
			*vec_add(&list) = a;
	if (r < 0)
		return r;

	*ret = list.items;
	*ret_n = list.n;
	return 0;
}
