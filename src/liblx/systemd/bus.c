/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/bus.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"
#include "base/library.h"
#include "base/rootless.h"
#include "base/str.h"
#include "systemd/unit.h"

/* What we use of sd-bus(3): all of it is in systemd 240 and newer. */
#define FUNCTIONS(X)                                                                                                               \
	X(sd_bus_new) X(sd_bus_set_address) X(sd_bus_set_fd) X(sd_bus_set_bus_client) X(sd_bus_start) X(sd_bus_is_ready)           \
	X(sd_bus_close) X(sd_bus_unref)                                                                                            \
	X(sd_bus_is_bus_client) X(sd_bus_open_system) X(sd_bus_open_user) X(sd_bus_process) X(sd_bus_get_fd)                       \
	X(sd_bus_get_events) X(sd_bus_call_async) X(sd_bus_slot_unref) X(sd_bus_message_ref) X(sd_bus_message_get_error)           \
	X(sd_bus_match_signal_async) X(sd_bus_message_new_method_call) X(sd_bus_message_unref) X(sd_bus_message_appendv)           \
	X(sd_bus_message_append_array) X(sd_bus_message_open_container) X(sd_bus_message_close_container)                          \
	X(sd_bus_message_readv) X(sd_bus_error_get_errno)

static struct { FUNCTIONS(LIBRARY_MEMBER) } sd;

struct lx_bus {
	sd_bus *bus;
	char *failure;          /* name of the error that the last call failed by */
	struct lx_bus_match {
		struct lx_bus_match *next;
		lx_bus_signal_fn fn;
		void *userdata;
	} *matches;
};

struct lx_bus_message {
	sd_bus_message *message;
	int r;                  /* of the first that failed */
};

static int load(struct lx_error *err)
{
	static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) };

	return library_load("libsystemd.so.0", names, array_size(names), &sd, err);
}

/* ---- connections ---- */

/* Every byte that means something in an address is written in hex (D-Bus specification, server addresses). */
static char *make_address(const char *path)
{
	char *text = malloc(sizeof("unix:path=") + 3 * strlen(path)), *p = text;

	if (!text)
		return NULL;
	p = stpcpy(p, "unix:path=");
	for (const char *c = path; *c; c++)
		p += sprintf(p, strchr("/-_.", *c) || (*c >= '0' && *c <= '9') || ((*c | 32) >= 'a' && (*c | 32) <= 'z') ? "%c" : "%%%02x",
			     (unsigned char)*c);
	return text;
}

/* Not by flushing it, which waits for who does not answer; nothing is left to be sent. */
static void let_go(sd_bus *bus)
{
	sd.sd_bus_close(bus);
	sd.sd_bus_unref(bus);
}

/* As systemctl does: there is no daemon between, which may not run yet or not any more. */
static int open_private(sd_bus **ret)
{
	_cleanup_free_ char *path = lx_unit_run_path("private"), *address = NULL;
	sd_bus *bus;
	int r;

	if (!path)
		return -ENOENT;
	address = make_address(path);
	if (!address)
		return -ENOMEM;
	r = sd.sd_bus_new(&bus);
	if (r < 0)
		return r;
	r = sd.sd_bus_set_address(bus, address);
	if (r >= 0)
		r = sd.sd_bus_start(bus);
	if (r < 0)
		let_go(bus);
	else
		*ret = bus;
	return r;
}

static int open_any(enum lx_bus_which which, sd_bus **ret)
{
	bool manager = which == LX_BUS_MANAGER;

	if (manager && open_private(ret) >= 0)
		return 0;
	return rootless() ? sd.sd_bus_open_user(ret) : sd.sd_bus_open_system(ret);
}

/* The descriptor is the bus's from the moment that it has been told. */
static int open_connected(int fd, sd_bus **ret)
{
	_cleanup_close_ int ours = fd;
	sd_bus *bus;
	int r;

	r = sd.sd_bus_new(&bus);
	if (r < 0)
		return r;
	r = sd.sd_bus_set_fd(bus, fd, fd);
	if (r >= 0) {
		(void)take_fd(&ours);
		r = sd.sd_bus_set_bus_client(bus, true);
	}
	if (r >= 0)
		r = sd.sd_bus_start(bus);
	if (r < 0)
		let_go(bus);
	else
		*ret = bus;
	return r;
}

static int interrupt_fd = -EBADF;

void lx_bus_interrupt_by(int fd)
{
	interrupt_fd = fd;
}

/* Does what has come, or waits for more. */
static int work(sd_bus *bus, usec_t deadline)
{
	struct pollfd p[] = { { .fd = sd.sd_bus_get_fd(bus) }, { .fd = interrupt_fd, .events = POLLIN } };
	int r = sd.sd_bus_process(bus, NULL);

	if (r != 0)
		return r;
	p[0].events = (short)sd.sd_bus_get_events(bus);
	r = poll(p, array_size(p), time_poll_timeout(deadline));
	if (r == 0)
		return -ETIMEDOUT;
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	return p[1].revents ? -EINTR : 0;
}

/* Opening only began the exchange of greetings. */
static int wait_until_ready(sd_bus *bus, usec_t deadline)
{
	int r;

	while ((r = sd.sd_bus_is_ready(bus)) == 0) {
		r = work(bus, deadline);
		if (r < 0)
			return r;
	}
	return r;
}

static const char *name_of(enum lx_bus_which which)
{
	if (which == LX_BUS_MANAGER)
		return "systemd";
	return rootless() ? "the bus of this user" : "the system bus";
}

/* fd: taken over; -EBADF: there is no connection yet. */
static int open_bus(enum lx_bus_which which, int fd, usec_t deadline, struct lx_bus **ret, struct lx_error *err)
{
	_cleanup_close_ int connection = fd;
	_cleanup_bus_ struct lx_bus *bus = NULL;
	int r;

	r = load(err);
	if (r < 0)
		return r;
	bus = calloc(1, sizeof(*bus));
	if (!bus)
		return lx_error_oom(err);
	r = fd < 0 ? open_any(which, &bus->bus) : open_connected(take_fd(&connection), &bus->bus);
	if (r >= 0)
		r = wait_until_ready(bus->bus, deadline);
	if (r < 0)
		return lx_error_set(err, r, "connect to %s", name_of(which));

	*ret = take_ptr(bus);
	return 0;
}

int lx_bus_open(enum lx_bus_which which, usec_t deadline, struct lx_bus **ret, struct lx_error *err)
{
	return open_bus(which, -EBADF, deadline, ret, err);
}

int lx_bus_open_connected(int fd, usec_t deadline, struct lx_bus **ret, struct lx_error *err)
{
	return open_bus(LX_BUS_MACHINES, fd, deadline, ret, err);
}

void lx_bus_close(struct lx_bus *bus)
{
	if (bus->bus)
		let_go(bus->bus);
	while (bus->matches) {
		struct lx_bus_match *match = bus->matches;

		bus->matches = match->next;
		free(match);
	}
	free(bus->failure);
	free(bus);
}

int lx_bus_get_fd(struct lx_bus *bus)
{
	return sd.sd_bus_get_fd(bus->bus);
}

int lx_bus_get_events(struct lx_bus *bus)
{
	return sd.sd_bus_get_events(bus->bus);
}

int lx_bus_process(struct lx_bus *bus, struct lx_error *err)
{
	int r;

	do
		r = sd.sd_bus_process(bus->bus, NULL);
	while (r > 0);
	return r < 0 ? lx_error_set(err, r, "listen to the bus") : 0;
}

/* ---- messages ---- */

int lx_bus_new_call(struct lx_bus *bus, const struct lx_bus_method *method, struct lx_bus_message **ret, struct lx_error *err)
{
	struct lx_bus_message *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return lx_error_oom(err);
	r = sd.sd_bus_message_new_method_call(bus->bus, &m->message, method->destination, method->path, method->interface, method->member);
	if (r < 0) {
		free(m);
		return lx_error_set(err, r, "make the call %s", method->member);
	}
	*ret = m;
	return 0;
}

void lx_bus_message_free(struct lx_bus_message *m)
{
	sd.sd_bus_message_unref(m->message);
	free(m);
}

static void remember(struct lx_bus_message *m, int r)
{
	if (r < 0 && m->r >= 0)
		m->r = r;
}

static void add(struct lx_bus_message *m, const char *types, va_list arguments)
{
	remember(m, sd.sd_bus_message_appendv(m->message, types, arguments));
}

void lx_bus_add(struct lx_bus_message *m, const char *types, ...)
{
	va_list arguments;

	va_start(arguments, types);
	add(m, types, arguments);
	va_end(arguments);
}

void lx_bus_add_array(struct lx_bus_message *m, char type, const void *data, size_t size)
{
	remember(m, sd.sd_bus_message_append_array(m->message, type, data, size));
}

void lx_bus_begin(struct lx_bus_message *m, char container, const char *contents)
{
	remember(m, sd.sd_bus_message_open_container(m->message, container, contents));
}

void lx_bus_end(struct lx_bus_message *m)
{
	remember(m, sd.sd_bus_message_close_container(m->message));
}

int lx_bus_read(struct lx_bus_message *m, const char *types, ...)
{
	va_list arguments;
	int r = m->r;

	va_start(arguments, types);
	if (r >= 0)
		r = sd.sd_bus_message_readv(m->message, types, arguments);
	va_end(arguments);
	remember(m, r);
	return r;
}

/* ---- calls ---- */

/* Their sentences begin like ours end: with a full stop, and often with a capital, which may be that of a name. */
static int take_failure(struct lx_bus *bus, int r, const sd_bus_error *error, struct lx_error *err)
{
	int code = error->name ? -sd.sd_bus_error_get_errno(error) : r;
	size_t n = error->message ? strlen(error->message) : 0;

	if (str_set(&bus->failure, error->name) < 0)
		return lx_error_oom(err);
	if (n == 0)
		return lx_error_set(err, code < 0 ? code : -EIO, "%s", error->name ?: "call");

	_cleanup_free_ char *text = strndup(error->message, error->message[n - 1] == '.' ? n - 1 : n);

	if (!text)
		return lx_error_oom(err);
	return lx_error_say(err, code < 0 ? code : -EIO, "%s", str_printable(text));
}

static int answered(sd_bus_message *message, void *userdata, sd_bus_error *error _unused_)
{
	struct lx_bus_message *reply = userdata;

	reply->message = sd.sd_bus_message_ref(message);
	return 0;
}

/* sd_bus_call(3) would not hear of anything else. */
static int call(sd_bus *bus, sd_bus_message *m, usec_t deadline, struct lx_bus_message *reply)
{
	sd_bus_slot *slot;
	int r = sd.sd_bus_call_async(bus, &slot, m, answered, reply, UINT64_MAX);

	if (r < 0)
		return r;
	while (!reply->message && r >= 0)
		r = work(bus, deadline);
	sd.sd_bus_slot_unref(slot);
	return r < 0 ? r : 0;
}

int lx_bus_call(struct lx_bus *bus, struct lx_bus_message *m, usec_t deadline, struct lx_bus_message **ret_reply, struct lx_error *err)
{
	_cleanup_bus_message_ struct lx_bus_message *reply = NULL;
	const sd_bus_error none = SD_BUS_ERROR_NULL, *error;
	int r;

	(void)str_set(&bus->failure, NULL);
	if (m->r < 0)
		return lx_error_set(err, m->r, "write a call");
	reply = calloc(1, sizeof(*reply));
	if (!reply)
		return lx_error_oom(err);
	r = call(bus->bus, m->message, deadline, reply);
	error = reply->message ? sd.sd_bus_message_get_error(reply->message) : NULL;
	if (r < 0 || error)
		return take_failure(bus, r, error ?: &none, err);

	if (ret_reply)
		*ret_reply = take_ptr(reply);
	return 0;
}

bool lx_bus_failed_by(const struct lx_bus *bus, const char *error_name)
{
	return bus->failure && str_equal(bus->failure, error_name);
}

int lx_bus_ask(struct lx_bus *bus, const struct lx_bus_method *method, usec_t deadline, struct lx_bus_message **ret_reply,
	       struct lx_error *err, const char *types, ...)
{
	_cleanup_bus_message_ struct lx_bus_message *m = NULL;
	va_list arguments;
	int r;

	r = lx_bus_new_call(bus, method, &m, err);
	if (r < 0)
		return r;
	if (types) {
		va_start(arguments, types);
		add(m, types, arguments);
		va_end(arguments);
	}
	return lx_bus_call(bus, m, deadline, ret_reply, err);
}

/* ---- signals ---- */

static int signalled(sd_bus_message *message, void *userdata, sd_bus_error *error _unused_)
{
	struct lx_bus_match *match = userdata;
	struct lx_bus_message m = { .message = message };

	return match->fn(&m, match->userdata);
}

/* Not waiting for the bus to have it: what is sent after this is answered after this. On a bus anybody may send a signal, so the
 * sender counts; what comes without a bus between has none. */
int lx_bus_watch(struct lx_bus *bus, const struct lx_bus_method *signal, lx_bus_signal_fn fn, void *userdata, struct lx_error *err)
{
	const char *sender = sd.sd_bus_is_bus_client(bus->bus) > 0 ? signal->destination : NULL;
	struct lx_bus_match *match = calloc(1, sizeof(*match));
	int r;

	if (!match)
		return lx_error_oom(err);
	*match = (struct lx_bus_match){ .next = bus->matches, .fn = fn, .userdata = userdata };
	bus->matches = match;
	r = sd.sd_bus_match_signal_async(bus->bus, NULL, sender, signal->path, signal->interface, signal->member, signalled, NULL, match);
	return r < 0 ? lx_error_set(err, r, "watch for %s", signal->member) : 0;
}
