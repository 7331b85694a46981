/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages for the administrator: levels, and one of several targets. Library code logs at debug level only what helps
 * to follow a run; failures are errors (base/error.h), not messages.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

enum lx_log_level {
	LX_LOG_ERROR,
	LX_LOG_WARN,
	LX_LOG_NOTICE,
	LX_LOG_INFO,
	LX_LOG_DEBUG,
	LX_LOG_TRACE,
	LX_LOG_LEVELS,
};

/* Words of the levels, the least talkative first; NULL-terminated. */
extern const char *const lx_log_level_words[LX_LOG_LEVELS + 1];
/* As users write them (LXC's names are accepted too: FATAL ALERT CRIT ERROR WARN ...). */
int lx_log_level_find(const char *word, enum lx_log_level *ret);
const char *lx_log_level_name(enum lx_log_level level);

void lx_log_set_level(enum lx_log_level level);

/* Messages go to stderr as "<program>: <message>" until a file is set; then to the file as
 * "<UTC time> <level> <prefix>: <message>" and, when also_stderr, to both. The descriptor is taken over. */
void lx_log_set_program(const char *name);
void lx_log_set_prefix(const char *prefix);
void lx_log_set_file(int fd, bool also_stderr);
void lx_log_set_quiet(bool quiet);

/* The most messages of each level that a file gets within a minute; one more says that some are missing. Errors, debug and trace
 * have no limit: the first end something, the others were asked for. 0, the default: none has. */
void lx_log_set_file_rate(unsigned per_minute);

/* The journal of systemd is a target in place of stderr, beside a file when one is set. While nobody listens at its socket,
 * messages go to the end of fallback_file instead, which may be NULL. The texts are copied. Fails when nobody listens now. */
int lx_log_set_journal(const char *socket, const char *identifier, const char *fallback_file);
/* A field of all further messages in the journal; the name is kept, not copied. NULL: no more. */
void lx_log_set_field(const char *name, const char *value);

/* For a process that cannot write by itself: fn gets each message, and no other target does. */
typedef void (*lx_log_relay_fn)(enum lx_log_level level, const char *message, void *userdata);
void lx_log_set_relay(lx_log_relay_fn fn, void *userdata);
/* For a copy of a process, before it closes what it does not need: it has no target any more but stderr. */
void lx_log_close(void);

void lx_log_write(enum lx_log_level level, const char *format, ...) _printf_(2, 3);
/* One of the well-known events, each of which has an id of 128 bits (sd-messages(3)). */
void lx_log_write_event(const char *id, enum lx_log_level level, const char *format, ...) _printf_(3, 4);

#define log_error(...) lx_log_write(LX_LOG_ERROR, __VA_ARGS__)
#define log_warn(...) lx_log_write(LX_LOG_WARN, __VA_ARGS__)
#define log_notice(...) lx_log_write(LX_LOG_NOTICE, __VA_ARGS__)
#define log_info(...) lx_log_write(LX_LOG_INFO, __VA_ARGS__)
#define log_debug(...) lx_log_write(LX_LOG_DEBUG, __VA_ARGS__)
#define log_trace(...) lx_log_write(LX_LOG_TRACE, __VA_ARGS__)
