/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Log and scripts of the fake. Memory that runs out ends the test. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/fake.h"
#include "fake/script.h"

#define SCRIPT_MAX 256
#define FD_MAX 1024

struct answer {
	const char *function;
	int result;
	bool always, used;
	const char *text;
	unsigned long long value;
	enum { ANSWER_RESULT, ANSWER_TEXT, ANSWER_VALUE } kind;
};

static struct answer answers[SCRIPT_MAX];
static size_t n_answers;
static char *log_text;
static size_t log_size;
static unsigned fd_numbers[FD_MAX], n_fds;

static struct answer *add_answer(const char *function)
{
	if (n_answers == SCRIPT_MAX)
		abort();
	answers[n_answers] = (struct answer){ .function = function };
	return &answers[n_answers++];
}

void fake_clear_log(void)
{
	free(log_text);
	log_text = NULL;
	log_size = 0;
}

void fake_reset(void)
{
	fake_clear_log();
	memset(fd_numbers, 0, sizeof(fd_numbers));
	n_answers = n_fds = 0;
}

void fake_result(const char *function, int result)
{
	add_answer(function)->result = result;
}

void fake_result_always(const char *function, int result)
{
	struct answer *a = add_answer(function);

	a->result = result;
	a->always = true;
}

void fake_text(const char *function, const char *text)
{
	struct answer *a = add_answer(function);

	a->text = text;
	a->kind = ANSWER_TEXT;
}

void fake_value(const char *function, unsigned long long value)
{
	struct answer *a = add_answer(function);

	a->value = value;
	a->kind = ANSWER_VALUE;
}

const char *fake_log(void)
{
	return log_text ? log_text : "";
}

unsigned fake_count(const char *function)
{
	size_t size = strlen(function);
	unsigned n = 0;

	for (const char *line = fake_log(); line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		n += strncmp(line, function, size) == 0 && line[size] == '(';
	return n;
}

/* The oldest answer that waits; those for every call come after it, the newest first. */
static struct answer *find_answer(const char *function)
{
	for (size_t i = 0; i < n_answers; i++)
		if (answers[i].kind == ANSWER_RESULT && !answers[i].always && !answers[i].used &&
		    strcmp(answers[i].function, function) == 0)
			return &answers[i];
	for (size_t i = n_answers; i > 0; i--)
		if (answers[i - 1].kind == ANSWER_RESULT && answers[i - 1].always &&
		    strcmp(answers[i - 1].function, function) == 0)
			return &answers[i - 1];
	return NULL;
}

static const struct answer *find_last(const char *function, int kind)
{
	for (size_t i = n_answers; i > 0; i--)
		if ((int)answers[i - 1].kind == kind && strcmp(answers[i - 1].function, function) == 0)
			return &answers[i - 1];
	return NULL;
}

bool script_has(const char *function)
{
	return find_answer(function) != NULL;
}

const char *script_text(const char *function)
{
	const struct answer *a = find_last(function, ANSWER_TEXT);

	return a ? a->text : "";
}

bool script_value(const char *function, unsigned long long *ret)
{
	const struct answer *a = find_last(function, ANSWER_VALUE);

	if (a)
		*ret = a->value;
	return a != NULL;
}

const char *script_fd(int fd)
{
	static char text[4][16];
	static unsigned next;
	char *s = text[next++ % 4];

	if (fd == AT_FDCWD)
		return "cwd";
	if (fd < 0)
		return "-";
	if (fd < FD_MAX && fd_numbers[fd])
		snprintf(s, sizeof(text[0]), "fd%u", fd_numbers[fd]);
	else
		snprintf(s, sizeof(text[0]), "%d", fd);
	return s;
}

static void name_fd(int fd)
{
	if (fd >= 0 && fd < FD_MAX)
		fd_numbers[fd] = ++n_fds;
}

static void log_append(const char *text)
{
	size_t size = strlen(text);

	log_text = realloc(log_text, log_size + size + 1);
	if (!log_text)
		abort();
	memcpy(log_text + log_size, text, size + 1);
	log_size += size;
}

_printf_(2, 0) static void log_call(const char *function, const char *format, va_list arguments, int result, bool makes_fd)
{
	char line[4096], answer[32];

	if (result < 0 && strerrorname_np(-result))
		snprintf(answer, sizeof(answer), "-%s", strerrorname_np(-result));
	else if (makes_fd)
		snprintf(answer, sizeof(answer), "%s", script_fd(result));
	else
		snprintf(answer, sizeof(answer), "%d", result);

	log_append(function);
	log_append("(");
	vsnprintf(line, sizeof(line), format, arguments);
	log_append(line);
	snprintf(line, sizeof(line), ") = %s\n", answer);
	log_append(line);
}

static int answer_call(const char *function, bool makes_fd)
{
	struct answer *a = find_answer(function);
	int fd;

	if (a) {
		a->used = true;
		return a->result;
	}
	if (!makes_fd)
		return 0;
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		abort();
	name_fd(fd);
	return fd;
}

int script_call(const char *function, const char *format, ...)
{
	int result = answer_call(function, false);
	va_list arguments;

	va_start(arguments, format);
	log_call(function, format, arguments, result, false);
	va_end(arguments);
	return result;
}

int script_call_fd(const char *function, const char *format, ...)
{
	int result = answer_call(function, true);
	va_list arguments;

	va_start(arguments, format);
	log_call(function, format, arguments, result, true);
	va_end(arguments);
	return result;
}

int script_record(const char *function, int result, bool makes_fd, const char *format, ...)
{
	va_list arguments;

	if (makes_fd)
		name_fd(result);
	va_start(arguments, format);
	log_call(function, format, arguments, result, makes_fd);
	va_end(arguments);
	return result;
}
