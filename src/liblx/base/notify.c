/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/notify.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/datagram.h"
#include "base/str.h"
#include "base/time.h"

#define SOCKET "NOTIFY_SOCKET"
#define PATIENCE (2 * USEC_PER_SEC)
#define STATUS_MAX 256

static struct {
	char *path;
	int fd;
} manager = { .fd = -EBADF };

void notify_begin(bool meant)
{
	const char *path = secure_getenv(SOCKET);

	notify_end();
	if (meant && path && (manager.path = strdup(path)))
		manager.fd = datagram_connect(path);
	(void)unsetenv(SOCKET);
}

void notify_end(void)
{
	manager.fd = close_fd(manager.fd);
	free(manager.path);
	manager.path = NULL;
}

/* A manager that was executed anew may listen at a new socket. */
static int send_once(const char *text)
{
	return datagram_send_again(&manager.fd, manager.path, text, strlen(text));
}

void notify_tell(const char *format, ...)
{
	usec_t deadline = time_deadline(PATIENCE);
	char text[1024];
	va_list arguments;

	if (!manager.path)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);

	while (send_once(text) == -EAGAIN && time_now(CLOCK_MONOTONIC) < deadline)
		(void)poll(&(struct pollfd){ .fd = manager.fd, .events = POLLOUT }, 1, time_poll_timeout(deadline));
}

void notify_status(const char *format, ...)
{
	char text[STATUS_MAX], line[STATUS_MAX + 16];
	va_list arguments;

	if (!manager.path)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);

	/* no second line, which would be another message; and text, or the manager complains of each in its log */
	snprintf(line, sizeof(line), "STATUS=%s", str_make_utf8(str_printable(text)));
	(void)send_once(line);
}
