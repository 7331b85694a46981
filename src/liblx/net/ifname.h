/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and hardware addresses of links that nobody has chosen by hand: always the same for the same link. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LX_IFNAME_SIZE 16 /* with NUL, the kernel's IFNAMSIZ */
#define LX_MAC_SIZE 18    /* "02:12:34:56:78:9a" with NUL */

#define LX_IFNAME_RULE "at most 15 letters, digits, - _ ."

/* May the kernel and iproute2's batch reader take this as the name of a link? */
bool lx_ifname_is_valid(const char *name);

/* "lx" and ten digits from run_id and label. */
void lx_ifname_derive(const char *run_id, const char *label, char name[static LX_IFNAME_SIZE]);

/* A locally administered unicast address from machine_id (may be ""), run_id and label. */
void lx_mac_derive(const char *machine_id, const char *run_id, const char *label, char mac[static LX_MAC_SIZE]);
