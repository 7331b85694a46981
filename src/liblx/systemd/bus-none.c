/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A build without sd-bus: no bus can be opened, so nothing else of it is ever called. */
#include "systemd/bus.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

void lx_bus_interrupt_by(int fd _unused_)
{
}

int lx_bus_open(enum lx_bus_which which _unused_, usec_t deadline _unused_, struct lx_bus **ret _unused_, struct lx_error *err)
{
	return lx_error_say(err, -EOPNOTSUPP, "this lx was built without libsystemd (--without-systemd) and can call nobody over D-Bus");
}

int lx_bus_open_connected(int fd, usec_t deadline, struct lx_bus **ret, struct lx_error *err)
{
	close_fd(fd);
	return lx_bus_open(LX_BUS_MACHINES, deadline, ret, err);
}

void lx_bus_close(struct lx_bus *bus _unused_)
{
	abort();
}

int lx_bus_get_fd(struct lx_bus *bus _unused_)
{
	abort();
}

int lx_bus_get_events(struct lx_bus *bus _unused_)
{
	abort();
}

int lx_bus_process(struct lx_bus *bus _unused_, struct lx_error *err _unused_)
{
	abort();
}

int lx_bus_new_call(struct lx_bus *bus _unused_, const struct lx_bus_method *method _unused_, struct lx_bus_message **ret _unused_,
		    struct lx_error *err _unused_)
{
	abort();
}

void lx_bus_message_free(struct lx_bus_message *m _unused_)
{
	abort();
}

void lx_bus_add(struct lx_bus_message *m _unused_, const char *types _unused_, ...)
{
	abort();
}

void lx_bus_add_array(struct lx_bus_message *m _unused_, char type _unused_, const void *data _unused_, size_t size _unused_)
{
	abort();
}

void lx_bus_begin(struct lx_bus_message *m _unused_, char container _unused_, const char *contents _unused_)
{
	abort();
}

void lx_bus_end(struct lx_bus_message *m _unused_)
{
	abort();
}

int lx_bus_read(struct lx_bus_message *m _unused_, const char *types _unused_, ...)
{
	abort();
}

int lx_bus_call(struct lx_bus *bus _unused_, struct lx_bus_message *m _unused_, usec_t deadline _unused_,
		struct lx_bus_message **ret_reply _unused_, struct lx_error *err _unused_)
{
	abort();
}

bool lx_bus_failed_by(const struct lx_bus *bus _unused_, const char *error_name _unused_)
{
	abort();
}

int lx_bus_ask(struct lx_bus *bus _unused_, const struct lx_bus_method *method _unused_, usec_t deadline _unused_,
	       struct lx_bus_message **ret_reply _unused_, struct lx_error *err _unused_, const char *types _unused_, ...)
{
	abort();
}

int lx_bus_watch(struct lx_bus *bus _unused_, const struct lx_bus_method *signal _unused_, lx_bus_signal_fn fn _unused_,
		 void *userdata _unused_, struct lx_error *err _unused_)
{
	abort();
}
