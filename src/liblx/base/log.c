/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages. A message is one line, formatted on the stack and written by one write(): no lock, no stdio, no allocation
 * and no time zone data, so that a cloned child can log at any moment and two processes can share a file.
 *
 * The journal gets it as one datagram, which is sent or is not: a journal that is slow or gone never makes us wait. What it
 * does not take goes to a file that is opened for it.
 */
#include "base/log.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <sys/types.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/datagram.h"
#include "base/journald.h"
#include "base/rate.h"
#include "base/str.h"

#define LINE_MAX_BYTES 2048
#define FIELDS_MAX 6

static struct {
	enum lx_log_level level;
	char program[64];
	char prefix[256];
	int fd;
	unsigned rate_max; /* of messages to a file */
	struct rate rates[LX_LOG_LEVELS];
	bool also_stderr;
	bool quiet;
	struct {
		int fd;
		pid_t owner; /* a child may be in another root directory, where the names below mean something else */
		char *socket, *identifier, *fallback_file;
	} journal;
	struct {
		const char *name;
		char value[256];
	} fields[FIELDS_MAX];
	lx_log_relay_fn relay;
	void *relay_userdata;
} state = { .level = LX_LOG_WARN, .fd = -EBADF, .journal = { .fd = -EBADF } };

const char *const lx_log_level_words[LX_LOG_LEVELS + 1] = {
	[LX_LOG_ERROR] = "error",
	[LX_LOG_WARN] = "warn",
	[LX_LOG_NOTICE] = "notice",
	[LX_LOG_INFO] = "info",
	[LX_LOG_DEBUG] = "debug",
	[LX_LOG_TRACE] = "trace",
};

static const char *const priorities[] = {
	[LX_LOG_ERROR] = "3",
	[LX_LOG_WARN] = "4",
	[LX_LOG_NOTICE] = "5",
	[LX_LOG_INFO] = "6",
	[LX_LOG_DEBUG] = "7",
	[LX_LOG_TRACE] = "7",
};
_Static_assert(LOG_ERR == 3 && LOG_WARNING == 4 && LOG_NOTICE == 5 && LOG_INFO == 6 && LOG_DEBUG == 7, "those of syslog(3)");

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
	for (size_t i = 0; i < LX_LOG_LEVELS; i++)
		if (strcasecmp(word, lx_log_level_words[i]) == 0) {
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
	return (size_t)level < LX_LOG_LEVELS ? lx_log_level_words[level] : NULL;
}

void lx_log_set_level(enum lx_log_level level)
{
	state.level = level;
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

int lx_log_set_journal(const char *socket, const char *identifier, const char *fallback_file)
{
	_cleanup_close_ int fd = datagram_connect(socket);

	if (fd < 0)
		return fd;
	if (str_set(&state.journal.socket, socket) < 0 || str_set(&state.journal.identifier, identifier) < 0 ||
	    str_set(&state.journal.fallback_file, fallback_file) < 0)
		return -ENOMEM;

	close_fd(state.journal.fd);
	state.journal.fd = take_fd(&fd);
	state.journal.owner = getpid();
	return 0;
}

void lx_log_set_field(const char *name, const char *value)
{
	size_t i = 0;

	while (i < FIELDS_MAX && state.fields[i].name && !str_equal(state.fields[i].name, name))
		i++;
	if (i == FIELDS_MAX)
		return;
	state.fields[i].name = name;
	snprintf(state.fields[i].value, sizeof(state.fields[i].value), "%s", value ?: "");
}

void lx_log_set_relay(lx_log_relay_fn fn, void *userdata)
{
	state.relay = fn;
	state.relay_userdata = userdata;
}

void lx_log_close(void)
{
	state.fd = close_fd(state.fd);
	state.journal.fd = close_fd(state.journal.fd);
	state.journal.owner = 0;
}

void lx_log_set_file_rate(unsigned per_minute)
{
	state.rate_max = per_minute;
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

/* One message is one line, cannot steer a terminal, and is text: the journal shows nothing of what is not UTF-8. */
static void make_one_line(char *s)
{
	size_t n = strlen(s);

	while (n > 0 && s[n - 1] == '\n')
		s[--n] = '\0';
	for (char *p = s; *p; p++)
		if (*p == '\t' || *p == '\n')
			*p = ' ';
	str_make_utf8(str_printable(s));
}

/* The journal bounds what it keeps; a file must not fill the disk with what a guest can make happen. */
static bool is_left_out(enum lx_log_level level, const char **message)
{
	unsigned n;

	if (state.rate_max == 0 || level == LX_LOG_ERROR || level > LX_LOG_INFO)
		return false;
	n = rate_count(&state.rates[level], 60 * USEC_PER_SEC);
	if (n == state.rate_max + 1)
		*message = "too many messages of this level; the rest of this minute is left out";
	return n > state.rate_max + 1;
}

static void write_file(int fd, enum lx_log_level level, const char *message)
{
	char head[96], time[72];

	if (is_left_out(level, &message))
		return;

	format_time(time, sizeof(time));
	snprintf(head, sizeof(head), "%s %s", time, lx_log_level_name(level));
	for (char *p = head; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	write_line(fd, head, state.prefix, message);
}

/* Opened by name, which only means the same in the process that was told it. */
static void write_fallback(enum lx_log_level level, const char *message)
{
	_cleanup_close_ int fd = -EBADF;

	if (state.fd >= 0 || !state.journal.fallback_file || getpid() != state.journal.owner)
		return;
	fd = open(state.journal.fallback_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0640);
	if (fd >= 0)
		write_file(fd, level, message);
}

static void format_journal(struct journald_message *m, const char *id, enum lx_log_level level, const char *message)
{
	char text[LINE_MAX_BYTES + sizeof(state.prefix) + 2];

	snprintf(text, sizeof(text), "%s%s%s", state.prefix, state.prefix[0] ? ": " : "", message);
	m->size = 0;
	journald_add(m, "MESSAGE", text);
	journald_add(m, "PRIORITY", priorities[level]);
	journald_add(m, "SYSLOG_IDENTIFIER", state.journal.identifier);
	if (id)
		journald_add(m, "MESSAGE_ID", id);
	for (size_t i = 0; i < FIELDS_MAX && state.fields[i].name; i++)
		if (state.fields[i].value[0])
			journald_add(m, state.fields[i].name, state.fields[i].value);
}

/* A journal that was started anew listens with a socket of the same name, unless systemd kept the old one for it. In a child the
 * name may mean something else. */
static int send_to_journal(const struct journald_message *m)
{
	if (getpid() != state.journal.owner)
		return state.journal.fd < 0 ? -ENOTCONN : datagram_send(state.journal.fd, m->data, m->size);
	return datagram_send_again(&state.journal.fd, state.journal.socket, m->data, m->size);
}

static bool has_journal(void)
{
	return state.journal.owner > 0;
}

static void write_message(const char *id, enum lx_log_level level, const char *format, va_list ap) _printf_(3, 0);

static void write_message(const char *id, enum lx_log_level level, const char *format, va_list ap)
{
	char message[LINE_MAX_BYTES];
	struct journald_message m;

	vsnprintf(message, sizeof(message), format, ap);
	make_one_line(message);

	if (state.relay) {
		state.relay(level, message, state.relay_userdata);
		return;
	}
	if (has_journal()) {
		format_journal(&m, id, level, message);
		if (send_to_journal(&m) < 0)
			write_fallback(level, message);
	}
	if (state.fd >= 0)
		write_file(state.fd, level, message);
	if (!state.quiet && ((state.fd < 0 && !has_journal()) || state.also_stderr))
		write_line(STDERR_FILENO, "", state.program, message);
}

static void write_event(const char *id, enum lx_log_level level, const char *format, va_list ap) _printf_(3, 0);

/* Whoever logs may be about to look at errno. */
static void write_event(const char *id, enum lx_log_level level, const char *format, va_list ap)
{
	int saved = errno;

	if (level <= state.level)
		write_message(id, level, format, ap);
	errno = saved;
}

void lx_log_write(enum lx_log_level level, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_event(NULL, level, format, ap);
	va_end(ap);
}

void lx_log_write_event(const char *id, enum lx_log_level level, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	write_event(id, level, format, ap);
	va_end(ap);
}
