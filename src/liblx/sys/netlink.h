/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rtnetlink for the files of this folder: one request, its attributes, its answer. */
#pragma once

#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

struct sys_netlink_request {
	struct nlmsghdr header;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg address;
		struct rtgenmsg general;
	};
	char attributes[512];
};

typedef int (*sys_netlink_fn)(const struct nlmsghdr *message, void *userdata);

int sys_netlink_open(void);
void sys_netlink_init(struct sys_netlink_request *q, uint16_t type, uint16_t flags, size_t body);
/* The caller sees to it that the attributes of a request fit. */
void sys_netlink_add(struct sys_netlink_request *q, uint16_t type, const void *data, size_t size);
/* An attribute that holds others: they follow until the end. */
struct rtattr *sys_netlink_begin(struct sys_netlink_request *q, uint16_t type);
void sys_netlink_end(struct sys_netlink_request *q, struct rtattr *nest);
/* Sends it and gives each message of the answer to fn; 0 or the kernel's -errno. */
int sys_netlink_transact(int fd, struct sys_netlink_request *q, sys_netlink_fn fn, void *userdata);
