/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strict text to number: the whole word must fit, no sign or space that was not asked for. 0, -EINVAL or -ERANGE. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

int parse_uint(const char *s, uint64_t *ret);
int parse_uint_base(const char *s, unsigned base, uint64_t *ret);
int parse_int(const char *s, int64_t *ret);
/* yes no true false on off 1 0 */
int parse_bool(const char *s, bool *ret);
/* Bytes with K M G T (powers of 1024, optional "iB" or "B"): 512M, 1.5G. */
int parse_size(const char *s, uint64_t *ret);
/* "50%" with up to two decimals, as hundredths of a per cent: 5000. */
int parse_percent(const char *s, uint64_t *ret);
int parse_pid(const char *s, pid_t *ret);
