/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [network LABEL]: links of the container. */
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_network, f)

static const char *const types[] = { "veth", "user", "empty", "none", NULL };

static const struct lx_key keys[] = {
	{ "type", &lx_type_word, FIELD(type), .fallback = "veth", .words = types,
	  .doc = "veth is a pair of links, one in the container and one on the host.\n"
		 "user is a link of a program on the host, pasta or slirp4netns, which speaks for the container with sockets of its\n"
		 "own: no bridge and no right over the host's network is needed; services of the host's loopback stay out of reach.\n"
		 "empty is a network namespace with nothing but a loopback interface.\n"
		 "none is the network of the host." },
	{ "link", &lx_type_interface, FIELD(link), .unset = "the bridge of lx.conf", .example = "lxbr0",
	  .doc = "Bridge on the host that the link is put into." },
	{ "name", &lx_type_interface, FIELD(name), .unset = "the label", .example = "eth0",
	  .doc = "Name of the interface inside." },
	{ "host-name", &lx_type_interface, FIELD(host_name), .unset = "derived from the name of the container",
	  .example = "web-eth0", .doc = "Name of the interface on the host." },
	{ "mac", &lx_type_mac, FIELD(mac), .unset = "derived from the name of the container, always the same",
	  .example = "02:00:5e:10:00:01", .doc = "MAC address inside." },
	{ "mtu", &lx_type_uint, FIELD(mtu), .min = 68, .max = 65535, .unset = "the kernel decides", .example = "1500",
	  .doc = "Largest packet in bytes." },
	{ "ipv4.address", &lx_type_ipv4_networks, FIELD(ipv4_address), .unset = "the guest asks for one by DHCP; for type user: 10.0.2.100/24",
	  .example = "10.0.5.20/24", .doc = "Static IPv4 address with its prefix length." },
	{ "ipv4.gateway", &lx_type_ipv4_gateway, FIELD(ipv4_gateway), .unset = "no default route is set", .example = "auto",
	  .doc = "Default route for IPv4; auto is the address of the bridge.\n"
		 "For type user it is the second address of the network, and the third one is the name server." },
	{ "ipv6.address", &lx_type_ipv6_networks, FIELD(ipv6_address), .example = "fd00:5::20/64",
	  .doc = "Static IPv6 address with its prefix length." },
	{ "ipv6.gateway", &lx_type_ipv6_gateway, FIELD(ipv6_gateway), .unset = "no default route is set", .example = "auto",
	  .doc = "Default route for IPv6; auto is the address of the bridge." },
	{ "forward", &lx_type_forwards, FIELD(forward), .example = "tcp 8080 80",
	  .doc = "With type user: a port of the host that leads to one of the container; needs pasta.\n"
		 "Ports below 1024 are not for it, unless sysctl net.ipv4.ip_unprivileged_port_start says so." },
};

const struct lx_section lx_section_network = {
	.name = "network",
	.labelled = true,
	.offset = offsetof(struct lx_config, networks),
	.element_size = sizeof(struct lx_config_network),
	.keys = keys,
	.n_keys = array_size(keys),
	.label = "the name of the interface inside, unless name is set",
	.doc = "A network link of the container.\n"
	       "A container without such a section has a loopback interface only.",
};
