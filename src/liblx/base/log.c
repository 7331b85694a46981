/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages. A message is one line, formatted on the stack and written by one write(): no lock, no stdio, no allocation
 * and no time zone data, so that a cloned child can log at any moment and two processes can share a file.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

static struct {
	enum lx_log_level level;
	char program[64];
	char prefix[256];
	int fd;
	bool also_stderr;
	bool quiet;
} state = { .level = LX_LOG_WARN, .fd = -EBADF };

static const char *const level_names[] = {
	[LX_LOG_ERROR] = "ERROR",
	[LX_LOG_WARN] = "WARN",
	[LX_LOG_NOTICE] = "NOTICE",
	[LX_LOG_INFO] = "INFO",
	[LX_LOG_DEBUG] = "DEBUG",
	[LX_LOG_TRACE] = "TRACE",
};

/* Words that only LXC has, or that people write out. */
static const struct {
	const char *word;
	enum lx_log_level level;
} level_aliases[] = {
	{ "FATAL", LX_LOG_ERROR },
	{ "ALERT", LX_LOG_ERROR },
	{ "CRIT", LX_LOG_ERROR },
	{ "WARNING", LX_LOG_WARN },
};

int lx_log_level_find(const char *word, enum lx_log_level *ret)
{
	for (size_t i = 0; i < array_size(level_names); i++)
		if (strcasecmp(word, level_names[i]) == 0) {
			*ret = (enum lx_log_level)i;
			return 0;
		}

	for (size_t i = 0; i < array_size(level_aliases); i++)
		if (strcasecmp(word, level_aliases[i].word) == 0) {
			*ret = level_aliases[i].level;
			return 0;
		}

	return -EINVAL;
}

const char *lx_log_level_name(enum lx_log_level level)
{
	return (size_t)level < array_size(level_names) ? level_names[level] : NULL;
}

void lx_log_set_level(enum lx_log_level level)
{
	state.level = level;
}

enum lx_log_level lx_log_get_level(void)
{
	return state.level;
}

void lx_log_set_program(const char *name)
{
	snprintf(state.program, sizeof(state.program), "%s", name ? name : "");
}

void lx_log_set_prefix(const char *prefix)
{
	snprintf(state.prefix, sizeof(state.prefix), "%s", prefix ? prefix : "");
}

void lx_log_set_file(int fd, bool also_stderr)
{
	if (state.fd >= 0 && state.fd != fd)
		close(state.fd);

	state.fd = fd;
	state.also_stderr = also_stderr;
}

int lx_log_get_fd(void)
{
	return state.fd;
}

void lx_log_set_quiet(bool quiet)
{
	state.quiet = quiet;
}

/* UTC as text. Done here because gmtime_r() takes a lock that a cloned child may find held for ever; the calendar is
 * counted in years that begin in March, which puts the leap day last. */
static void format_time(char *text, size_t size)
{
	struct timespec now = { 0 };
	int64_t days, era, year;
	unsigned day_of_era, year_of_era, day, month, seconds;

	clock_gettime(CLOCK_REALTIME, &now);
	days = now.tv_sec / 86400 + 719468; /* since 0000-03-01 */
	seconds = (unsigned)(now.tv_sec % 86400);

	era = days / 146097;
	day_of_era = (unsigned)(days - era * 146097);
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	day = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day + 2) / 153;
	day = day - (153 * month + 2) / 5 + 1;
	month = month < 10 ? month + 3 : month - 9;
	year = (int64_t)year_of_era + era * 400 + (month <= 2);

	snprintf(text, size, "%04lld-%02u-%02uT%02u:%02u:%02u.%03ldZ", (long long)year, month, day, seconds / 3600,
		 seconds / 60 % 60, seconds % 60, now.tv_nsec / 1000000);
}

/* "<first> <second>: <message>\n" in one write(); what is empty is left out. */
static void write_line(int fd, const char *first, const char *second, const char *message)
{
	char line[LINE_MAX_BYTES + 512];
	bool head = *first || *second;
	int n;

	n = snprintf(line, sizeof(line) - 1, "%s%s%s%s%s", first, *first && *second ? " " : "", second, head ? ": " : "",
		     message);
	if (n < 0)
		return;
	if ((size_t)n > sizeof(line) - 2)
		n = sizeof(line) - 2;

	line[n++] = '\n';
	while (write(fd, line, (size_t)n) < 0 && errno == EINTR)
		;
}

/* One message is one line, and cannot steer a terminal. */
static void make_one_line(char *s)
{
	size_t n = strlen(s);

	while (n > 0 && s[n - 1] == '\n')
		s[--n] = '\0';
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = *s == '\t' || *s == '\n' ? ' ' : '?';
		else if ((unsigned char)s[0] == 0xc2 && (unsigned char)s[1] >= 0x80 && (unsigned char)s[1] < 0xa0)
			s[0] = s[1] = '?'; /* control characters of C1 in UTF-8 */
}

static void write_file(enum lx_log_level level, const char *message)
{
	char head[96], time[72];

	format_time(time, sizeof(time));
	snprintf(head, sizeof(head), "%s %s", time, lx_log_level_name(level));
	write_line(state.fd, head, state.prefix, message);
}

void lx_log_write(enum lx_log_level level, const char *format, ...)
{
	char message[LINE_MAX_BYTES];
	int saved = errno;
	va_list ap;

	if (level > state.level)
		return;

	va_start(ap, format);
	vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	make_one_line(message);

	if (state.fd >= 0)
		write_file(level, message);
	if (!state.quiet && (state.fd < 0 || state.also_stderr))
		write_line(STDERR_FILENO, "", state.program, message);
	errno = saved;
}
