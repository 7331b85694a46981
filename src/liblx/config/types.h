/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Value types: how a value is written, kept, and written back. A type knows nothing of the key that uses it but its
 * bounds and words.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/schema.h"

struct lx_type {
	const char *name;
	const char *syntax;          /* "expected ...": the form in words */
	size_t size;                 /* of the field */
	bool list;                   /* another line adds to it */
	bool bounded;                /* min and max of the key count */
	/* Text into *field; never called with "". -EINVAL (not of this form), -ERANGE (out of bounds), -ENOMEM. */
	int (*parse)(const struct lx_key *key, const char *text, void *field);
	/* Appends the value as text, one string per item; nothing for an unset value. */
	int (*format)(const struct lx_key *key, const void *field, char ***ret);
	/* Releases and zeroes the field. */
	void (*done)(void *field);
	/* For types that keep text: the form that is kept, new memory. NULL: as it is written. */
	int (*normal)(const struct lx_key *key, const char *text, char **ret);
};

/* types.c */
extern const struct lx_type lx_type_bool;        /* bool */
extern const struct lx_type lx_type_uint;        /* uint32_t */
extern const struct lx_type lx_type_size;        /* uint64_t, bytes */
extern const struct lx_type lx_type_duration;    /* usec_t */
extern const struct lx_type lx_type_offset;      /* int64_t, signed microseconds */
extern const struct lx_type lx_type_mode;        /* mode_t */
extern const struct lx_type lx_type_signal;      /* int; 0 = auto */

/* types-text.c: char *, or char ** for lists */
extern const struct lx_type lx_type_string;
extern const struct lx_type lx_type_word;
extern const struct lx_type lx_type_words;       /* several on a line, comma or space between */
extern const struct lx_type lx_type_path;
extern const struct lx_type lx_type_relative_path;
extern const struct lx_type lx_type_source;      /* path or a bare word (file system source) */
extern const struct lx_type lx_type_command;
extern const struct lx_type lx_type_commands;
extern const struct lx_type lx_type_environment;
extern const struct lx_type lx_type_rootfs;      /* driver:source */
extern const struct lx_type lx_type_hostname;
extern const struct lx_type lx_type_uuid;
extern const struct lx_type lx_type_access;      /* rwm */

/* types-id.c */
extern const struct lx_type lx_type_id_range;    /* char * */
extern const struct lx_type lx_type_idmap;       /* struct lx_idmap */
extern const struct lx_type lx_type_owners;      /* char ** */
extern const struct lx_type lx_type_capabilities; /* char ** */
extern const struct lx_type lx_type_namespace;   /* char * */
extern const struct lx_type lx_type_rlimits;     /* char ** */

/* types-net.c: char *, or char ** for lists */
extern const struct lx_type lx_type_interface;
extern const struct lx_type lx_type_interfaces;
extern const struct lx_type lx_type_mac;
extern const struct lx_type lx_type_ipv4_network;  /* one address with prefix */
extern const struct lx_type lx_type_ipv6_network;
extern const struct lx_type lx_type_ipv4_networks;
extern const struct lx_type lx_type_ipv6_networks;
extern const struct lx_type lx_type_ipv4_gateway;
extern const struct lx_type lx_type_ipv6_gateway;
extern const struct lx_type lx_type_ipv4_range;
extern const struct lx_type lx_type_endpoint;      /* "5432", "127.0.0.1:5432", "[::1]:5432" */
extern const struct lx_type lx_type_forwards;      /* "tcp 127.0.0.1:8080 80" */

/* types-limit.c: char *, or char ** for lists; the kernel's v2 text */
extern const struct lx_type lx_type_limit_bytes;
extern const struct lx_type lx_type_limit_count;
extern const struct lx_type lx_type_limit_cpu;
extern const struct lx_type lx_type_weight;
extern const struct lx_type lx_type_io_weight;
extern const struct lx_type lx_type_cpuset;
extern const struct lx_type lx_type_io_max;

/* The parts that types share. */
int lx_type_keep(const char *text, char **ret); /* the text as it is written */
int lx_type_parse_text(const struct lx_key *key, const char *text, void *field);
int lx_type_format_text(const struct lx_key *key, const void *field, char ***ret);
void lx_type_done_text(void *field);
int lx_type_parse_list(const struct lx_key *key, const char *text, void *field);
int lx_type_format_list(const struct lx_key *key, const void *field, char ***ret);
int lx_type_parse_words(const struct lx_key *key, const char *text, void *field);
int lx_type_format_words(const struct lx_key *key, const void *field, char ***ret);
void lx_type_done_list(void *field);

/* A type that keeps one text, and one that keeps a list of them, one per line. */
#define LX_TYPE_TEXT(type_name, words, function)                                                                 \
	{                                                                                                       \
		.name = type_name, .syntax = words, .size = sizeof(char *), .parse = lx_type_parse_text,        \
		.format = lx_type_format_text, .done = lx_type_done_text, .normal = function                    \
	}
#define LX_TYPE_LIST(type_name, words, function)                                                                 \
	{                                                                                                       \
		.name = type_name, .syntax = words, .size = sizeof(char **), .list = true,                      \
		.parse = lx_type_parse_list, .format = lx_type_format_list, .done = lx_type_done_list,          \
		.normal = function                                                                              \
	}
