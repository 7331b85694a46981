/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wire form of an error: its code as decimal text, a space, the sentence. */
#include "base/sock-error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"

int sock_send_error(int fd, uint16_t type, const struct lx_error *error)
{
	char text[sizeof(error->text) + 16];
	int n = snprintf(text, sizeof(text), "%d %s", error->code, error->text);

	return sock_send(fd, type, text, (size_t)n, NULL, 0);
}

int sock_parse_error(const struct sock_message *m, struct lx_error *err)
{
	char *end = NULL;
	long code = m->data ? strtol(m->data, &end, 10) : 0;

	if (code >= 0 || code < -4095 || !end || *end != ' ' || !end[1])
		return lx_error_say(err, -EPROTO, "the other side sent an error that cannot be read");

	return lx_error_say(err, (int)code, "%s", str_printable(end + 1));
}
