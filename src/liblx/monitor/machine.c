/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the keeper sees of machined while the container runs, and how it registers again (renewal.h says when). */
#include "monitor/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "systemd/unit.h"

/* While a stop is under way, which may be called off. */
#define LOOK_AGAIN USEC_PER_SEC

static bool has_entry(const struct lx_monitor *m)
{
	_cleanup_free_ char *directory = lx_unit_run_path(LX_MACHINES_NAME);
	_cleanup_free_ char *path = directory ? path_join(directory, m->inst.registration.machine.name) : NULL;

	return path && access(path, F_OK) == 0;
}

static void note(struct lx_monitor *m, enum lx_renewal_event event)
{
	struct lx_renewal *renewal = &m->machine.renewal;

	lx_renewal_note(renewal, event, time_now(CLOCK_MONOTONIC));
	m->inst.registration.done = renewal->registered;
	lx_monitor_set_machine(m, renewal->registered ? m->inst.registration.machine.name : NULL);
	if (!renewal->busy)
		(void)event_set_timer(m->machine.timer, renewal->next);
}

/* What the errand has left behind; said once in a while, since tries get rarer. */
static void note_outcome(struct lx_monitor *m)
{
	const struct lx_registration *reg = &m->inst.registration;
	enum lx_renewal_event event = reg->done ? LX_RENEWAL_DONE : reg->failure.code == -EOPNOTSUPP ? LX_RENEWAL_ABSENT :
				      reg->failure.code == -EEXIST ? LX_RENEWAL_TAKEN : LX_RENEWAL_FAILED;

	note(m, event);
	if (m->machine.renewal.registered && !has_entry(m))
		note(m, LX_RENEWAL_ENTRY_GONE);
}

/* ---- what is seen */

/* Of systemd's directory: what is below name. -1: it is not there. */
static int watch_name(struct lx_machine_watch *w, const char *name, uint32_t events)
{
	_cleanup_free_ char *path = lx_unit_run_path(name);

	return path ? inotify_add_watch(w->inotify_fd, path, events | IN_ONLYDIR) : -1;
}

static void watch_directory(struct lx_machine_watch *w)
{
	w->watch = watch_name(w, LX_MACHINES_NAME, IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM);
}

static void see(struct lx_monitor *m, const struct inotify_event *e)
{
	const char *name = e->len > 0 ? e->name : "";

	if (e->mask & IN_Q_OVERFLOW) {
		note(m, has_entry(m) ? LX_RENEWAL_MACHINED_CAME : LX_RENEWAL_ENTRY_GONE);
	} else if (e->wd == m->machine.parent_watch && str_equal(name, LX_MACHINES_NAME)) {
		watch_directory(&m->machine);
		note(m, LX_RENEWAL_MACHINED_CAME);
	} else if (e->wd == m->machine.watch && e->mask & IN_IGNORED) {
		m->machine.watch = -1;
		note(m, LX_RENEWAL_ENTRY_GONE);
	} else if (e->wd == m->machine.watch && e->mask & (IN_DELETE | IN_MOVED_FROM)) {
		if (str_equal(name, m->inst.registration.machine.name))
			note(m, LX_RENEWAL_ENTRY_GONE);
	} else if (e->wd == m->machine.watch && name[0] != '.') {
		note(m, LX_RENEWAL_MACHINED_CAME);
	}
}

static int seen(struct event_source *s _unused_, int fd, uint32_t events _unused_, void *userdata)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		for (const char *p = buffer; p < buffer + n;) {
			const struct inotify_event *e = (const struct inotify_event *)p;

			see(userdata, e);
			p += sizeof(*e) + e->len;
		}
	return 0;
}

/* ---- what is done */

static void finish(struct lx_monitor *m)
{
	event_source_remove(m->machine.errand_source);
	m->machine.errand_source = NULL;
	lx_registration_finish(&m->inst, time_now(CLOCK_MONOTONIC));
	if (m->inst.registration.done)
		log_info("registered as machine %s again", m->inst.registration.machine.name);
	else
		log_info("not registered with systemd-machined again: %s", m->inst.registration.failure.text);
	note_outcome(m);
}

static int answered(struct event_source *s _unused_, int fd _unused_, uint32_t events _unused_, void *userdata)
{
	finish(userdata);
	return 0;
}

static void begin(struct lx_monitor *m)
{
	struct lx_machine_watch *w = &m->machine;
	struct lx_error error = { 0 };
	int r;

	lx_renewal_begin(&w->renewal);
	r = lx_registration_renew(&m->inst, &error);
	if (r >= 0)
		r = event_add_io(m->loop, m->inst.registration.errand.fd, EPOLLIN, answered, m, &w->errand_source);
	if (r < 0) {
		finish(m);
		return;
	}
	(void)event_set_timer(w->timer, time_deadline(LX_REGISTRATION_PATIENCE_REQUIRED));
}

static bool is_stopping(const struct lx_monitor *m)
{
	return m->state.state == LX_STATE_STOPPING || m->state.state == LX_STATE_ABORTING;
}

static int timer_ended(struct event_source *s, void *userdata)
{
	struct lx_monitor *m = userdata;

	if (m->machine.renewal.busy)
		finish(m);
	else if (is_stopping(m))
		return event_set_timer(s, time_deadline(LOOK_AGAIN));
	else
		begin(m);
	return 0;
}

static int watch(struct lx_monitor *m)
{
	struct lx_machine_watch *w = &m->machine;
	int r;

	w->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->inotify_fd < 0)
		return -errno;
	w->parent_watch = watch_name(w, "", IN_CREATE | IN_MOVED_TO);
	watch_directory(w);
	r = event_add_io(m->loop, w->inotify_fd, EPOLLIN, seen, m, &w->source);
	if (r >= 0)
		r = event_add_timer(m->loop, USEC_INFINITY, timer_ended, m, &w->timer);
	return r;
}

void lx_monitor_watch_machine(struct lx_monitor *m)
{
	int r;

	if (!m->inst.registration.wanted)
		return;
	lx_renewal_init(&m->machine.renewal);
	r = watch(m);
	if (r < 0) {
		log_warn("cannot watch what systemd-machined knows: %s", strerror(-r));
		lx_monitor_unwatch_machine(m);
		return;
	}
	note_outcome(m);
}

void lx_monitor_unwatch_machine(struct lx_monitor *m)
{
	struct lx_machine_watch *w = &m->machine;

	event_source_remove(w->source);
	event_source_remove(w->timer);
	event_source_remove(w->errand_source);
	close_fd(w->inotify_fd);
	*w = (struct lx_machine_watch) { .inotify_fd = -EBADF };
}
