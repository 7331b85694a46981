/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the container's init tells by sd_notify(3), read in the front. */
#include "monitor/front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/str.h"
#include "base/strv.h"

/* How often the keeper and the watchers hear of it: a guest that talks without end must not fill the way of what matters, nor
 * have a watcher cut off who cannot read as fast. */
#define STATUS_EVERY (100 * USEC_PER_MSEC)

static int pass_status(struct event_source *s _unused_, void *userdata)
{
	struct lx_front *f = userdata;
	const struct lx_front_ask ask = { .run = f->run };

	f->status_waits = false;
	if (!f->status)
		return 0;
	lx_front_publish(f, LX_EVENT_STATUS, f->status);
	(void)lx_front_ask(f, LX_FRONT_STATUS, &ask, f->status);
	return 0;
}

static void take_status(struct lx_front *f, const char *text)
{
	_cleanup_free_ char *status = strndup(text, LX_FRONT_STATUS_MAX);

	if (!status || str_equal(f->status, status) || str_set(&f->status, status) < 0)
		return;
	if (f->status_timer && !f->status_waits) {
		f->status_waits = true;
		(void)event_set_timer(f->status_timer, time_now(CLOCK_MONOTONIC) + STATUS_EVERY);
	}
}

static void become_ready(struct lx_front *f)
{
	const struct lx_front_ask ask = { .run = f->run };

	if (!f->ready_told && lx_front_ask(f, LX_FRONT_READY, &ask, NULL) >= 0)
		f->ready_told = true;
}

/* systemd tells more of its targets than of itself (since v256), and says nothing else while nothing is slow. */
static void reach_target(struct lx_front *f, const char *name)
{
	_cleanup_free_ char *text = f->ready || f->ready_told ? NULL : str_format("reached %s", name);

	if (text)
		take_status(f, text);
}

void lx_front_notified(struct lx_front *f, const char *text)
{
	_cleanup_strv_ char **lines = NULL;

	if (strv_split(text, "\n", &lines) < 0)
		return;

	strv_for_each(line, lines) {
		const char *value = str_after(str_printable(line), "STATUS="), *target = str_after(line, "X_SYSTEMD_UNIT_ACTIVE=");

		if (value)
			take_status(f, value);
		else if (target)
			reach_target(f, target);
		else if (str_equal(line, "READY=1"))
			become_ready(f);
	}
}

/* Datagrams of anybody else in the container do not count, and descriptors are not wanted: control data beyond the
 * credentials is discarded by the kernel for lack of room. */
static int notified(struct event_source *s _unused_, int fd, uint32_t events _unused_, void *userdata)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct lx_front *f = userdata;
	char text[4096 + 1];
	struct iovec iov = { text, sizeof(text) - 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	struct ucred sender = { 0 };
	ssize_t n;

	n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return 0;

	c = CMSG_FIRSTHDR(&message);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS && c->cmsg_len == CMSG_LEN(sizeof(sender)))
		memcpy(&sender, CMSG_DATA(c), sizeof(sender));
	if (sender.pid != f->init_pid || (message.msg_flags & MSG_TRUNC))
		return 0;

	text[n] = 0;
	lx_front_notified(f, text);
	return 0;
}

int lx_front_watch_notify(struct lx_front *f)
{
	int r = event_add_io(f->loop, f->notify_fd, EPOLLIN, notified, f, &f->notify_source);

	return r < 0 ? r : event_add_timer(f->loop, USEC_INFINITY, pass_status, f, &f->status_timer);
}
