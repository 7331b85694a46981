/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors as values. Nothing here allocates or takes a lock, so that a freshly cloned process can use it as well.
 * Sentences are made in a buffer of their own first: an argument may point into the error that is being written.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int negative(int code)
{
	return code > 0 ? -code : code;
}

static void store(struct lx_error *err, int code, const char *text)
{
	err->code = negative(code);
	snprintf(err->text, sizeof(err->text), "%s", text);
}

int lx_error_set(struct lx_error *err, int code, const char *format, ...)
{
	char sentence[sizeof(err->text)], text[sizeof(err->text)];
	int saved = errno;
	va_list ap;

	if (!err)
		return negative(code);

	va_start(ap, format);
	vsnprintf(sentence, sizeof(sentence), format, ap);
	va_end(ap);

	/* %m, not strerror(): no static buffer and no allocation */
	errno = -negative(code);
	if (snprintf(text, sizeof(text), "%s: %m", sentence) < 0)
		text[0] = '\0';
	store(err, code, text);
	errno = saved;
	return err->code;
}

int lx_error_say(struct lx_error *err, int code, const char *format, ...)
{
	char text[sizeof(err->text)];
	va_list ap;

	if (!err)
		return negative(code);

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);

	store(err, code, text);
	return err->code;
}

/* first + separator + second, cut at the end where it is too long */
static void join(struct lx_error *err, const char *first, const char *separator, const char *second)
{
	char text[sizeof(err->text)];

	if (snprintf(text, sizeof(text), "%s%s%s", first, separator, second) >= 0)
		store(err, err->code, text);
}

void lx_error_prefix(struct lx_error *err, const char *format, ...)
{
	char prefix[sizeof(err->text)];
	va_list ap;

	if (!err || err->code == 0)
		return;

	va_start(ap, format);
	vsnprintf(prefix, sizeof(prefix), format, ap);
	va_end(ap);
	join(err, prefix, ": ", err->text);
}

void lx_error_advise(struct lx_error *err, const char *format, ...)
{
	char advice[sizeof(err->text)];
	va_list ap;

	if (!err || err->code == 0)
		return;

	va_start(ap, format);
	vsnprintf(advice, sizeof(advice), format, ap);
	va_end(ap);
	join(err, err->text, "; ", advice);
}

int lx_error_oom(struct lx_error *err)
{
	return lx_error_say(err, -ENOMEM, "out of memory");
}

void lx_error_clear(struct lx_error *err)
{
	if (!err)
		return;

	err->code = 0;
	err->text[0] = '\0';
}

void lx_error_copy(struct lx_error *to, const struct lx_error *from)
{
	if (to && from)
		store(to, from->code, from->text);
}
