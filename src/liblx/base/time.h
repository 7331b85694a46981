/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Durations and clocks, in microseconds. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <time.h>

typedef uint64_t usec_t;

#define USEC_PER_MSEC 1000ULL
#define USEC_PER_SEC 1000000ULL
#define USEC_INFINITY UINT64_MAX

usec_t time_now(clockid_t clock);
/* The moment of CLOCK_MONOTONIC when timeout has passed; USEC_INFINITY stays that. */
usec_t time_deadline(usec_t timeout);
/* What is left until the deadline, for poll(2). */
int time_poll_timeout(usec_t deadline);
/* "30s", "1min 30s", "250ms", "2h", "1d", "infinity"; a bare number is seconds. */
int time_parse(const char *s, usec_t *ret);
/* The shortest exact form that time_parse() reads back: "30s", "1min 30s". Returns buf. */
char *time_format(usec_t t, char *buf, size_t size);
#define TIME_TEXT_MAX 64
