/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The network that lx manages: one bridge with addresses, a table of nftables, forwarding, and dnsmasq for DHCP and
 * names. Everything is derived from [network] and [paths] of lx.conf, so that a second configuration with another
 * bridge lives beside the first one. Each part can be brought up again and again, which repairs what is missing, and
 * is taken down by what was recorded in its directory, however far it came.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/strv.h"
#include "config/config.h"
#include "net/address.h"

struct lx_network {
	char *bridge;
	char *table;                 /* of nftables, family inet: "lx", or "lx_BRIDGE" for another bridge than lxbr0 */
	char *directory;             /* RUN/.net/BRIDGE: what was made, pid file; no container can have that name */
	char *lease_file, *log_file; /* survive a reboot */
	char *domain;                /* NULL: none */
	char **addresses;            /* of the bridge, ADDRESS/PREFIX */
	bool has4, has6;
	struct lx_address address4, address6;
	char *range_first, *range_last; /* DHCP for IPv4; NULL when there is none */
	uint64_t lease_seconds;
	uint32_t mtu;                /* 0 = kernel's */
	bool nat;
};

/* network.c. Pure. */
int lx_network_build(const struct lx_settings *settings, struct lx_network *ret, struct lx_error *err);
void lx_network_done(struct lx_network *n);
#define _cleanup_network_ _cleanup_(lx_network_done)

/* record.c: lines in DIRECTORY/record, written before the thing is made. */
int lx_record_add(const struct lx_network *n, struct lx_error *err, const char *format, ...) _printf_(3, 4);
/* All lines that begin with kind and a space, without that; newest first. A missing record has none. */
int lx_record_list(const struct lx_network *n, const char *kind, char ***ret, struct lx_error *err);
/* Is anything recorded? */
bool lx_record_exists(const struct lx_network *n);
/* Forgets the lines of kind. */
int lx_record_remove(const struct lx_network *n, const char *kind, struct lx_error *err);

/* The parts. */
int lx_bridge_up(const struct lx_network *n, struct lx_error *err);
int lx_bridge_down(const struct lx_network *n, struct lx_error *err);
/* Links that are ports of the bridge. */
int lx_bridge_members(const struct lx_network *n, char ***ret, struct lx_error *err);

int lx_forwarding_up(const struct lx_network *n, struct lx_error *err);
int lx_forwarding_down(const struct lx_network *n, struct lx_error *err);

int lx_nft_up(const struct lx_network *n, struct lx_error *err);
int lx_nft_down(const struct lx_network *n, struct lx_error *err);
bool lx_nft_is_loaded(const struct lx_network *n);
/* Is there a table of another lx network in this network namespace? */
bool lx_nft_has_other(const struct lx_network *n);
/* The transaction that makes our table, whether or not it is there. Pure; NULL when memory is short. */
char *lx_nft_ruleset(const struct lx_network *n);
/* Forward chains of others that drop what we accept: one sentence with the remedy for each. */
int lx_nft_conflicts(const struct lx_network *n, char ***ret, struct lx_error *err);
/* Pure part of it: "family table chain" of each base chain at hook forward with policy drop in what "nft list chains"
 * says. */
int lx_nft_find_drops(const char *listing, char ***ret);

int lx_dnsmasq_up(const struct lx_network *n, struct lx_error *err);
int lx_dnsmasq_down(const struct lx_network *n, struct lx_error *err);
pid_t lx_dnsmasq_pid(const struct lx_network *n); /* 0 = does not run */
/* Pure; user NULL = stay root. */
int lx_dnsmasq_arguments(const struct lx_network *n, const char *user, char ***ret);
/* "address mac name" of the lease file. */
int lx_dnsmasq_leases(const struct lx_network *n, char ***ret, struct lx_error *err);
