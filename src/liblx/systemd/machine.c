/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.freedesktop.machine1: https://www.freedesktop.org/software/systemd/man/org.freedesktop.machine1.html */
#include "systemd/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/macro.h"
#include "base/sock.h"
#include "base/str.h"
#include "container/container.h"
#include "systemd/bus.h"
#include "systemd/unit.h"

#define SERVICE "lx"
#define DESTINATION "org.freedesktop.machine1"
#define MACHINE_EXISTS DESTINATION ".MachineExists"
#define NO_SUCH_MACHINE DESTINATION ".NoSuchMachine"
#define MANAGER(member) { DESTINATION, "/org/freedesktop/machine1", DESTINATION ".Manager", member }

static const struct lx_bus_method get_machine = MANAGER("GetMachine"), unregister = MANAGER("UnregisterMachine");

/* Answers of a host that has no machined, or of one that may not be asked: a container in a container. */
static const char *const absent[] = {
	"org.freedesktop.DBus.Error.AccessDenied",
	"org.freedesktop.DBus.Error.FileExists", /* its unit is masked: the file that is in the way */
	"org.freedesktop.DBus.Error.NameHasNoOwner",
	"org.freedesktop.DBus.Error.ServiceUnknown",
	"org.freedesktop.DBus.Error.Spawn.ServiceNotFound",
	"org.freedesktop.DBus.Error.UnknownMethod",
	"org.freedesktop.systemd1.LoadFailed",
	"org.freedesktop.systemd1.NoSuchUnit",
	"org.freedesktop.systemd1.UnitMasked",
};

static bool is_absent(const struct lx_bus *bus)
{
	for (size_t i = 0; i < array_size(absent); i++)
		if (lx_bus_failed_by(bus, absent[i]))
			return true;
	return false;
}

/* The "_" before the hash of a run id is in no host name. */
int lx_machine_name(const char *run_id, char ret[static LX_MACHINE_NAME_MAX + 1], struct lx_error *err)
{
	const char *hash = strchr(run_id, '_');
	size_t size = hash ? (size_t)(hash - run_id) : strlen(run_id), room = LX_MACHINE_NAME_MAX - (hash ? strlen(hash) : 0);

	if (room > LX_MACHINE_NAME_MAX || (!hash && size > room))
		return lx_error_say(err, -ENAMETOOLONG, "%s: systemd-machined takes names of at most %d letters", run_id, LX_MACHINE_NAME_MAX);
	snprintf(ret, LX_MACHINE_NAME_MAX + 1, "%.*s%s%s", (int)MIN_OF(size, room), run_id, hash ? "-" : "", hash ? hash + 1 : "");
	return 0;
}

int lx_machine_connect(void)
{
	_cleanup_free_ char *path = lx_unit_bus_path();

	return path ? sock_connect_stream(AT_FDCWD, path) : -ENOENT;
}

int lx_machine_open_bus(int fd, usec_t deadline, struct lx_bus **ret, struct lx_error *err)
{
	int r = fd < 0 ? lx_bus_open(LX_BUS_MACHINES, deadline, ret, err) : lx_bus_open_connected(fd, deadline, ret, err);

	if (r == -ENOENT || r == -ECONNREFUSED || r == -ECONNRESET)
		return lx_error_say(err, -ENOTCONN, "%s", err ? err->text : "");
	return r;
}

void lx_machine_wake(struct lx_bus *bus, const char *name, usec_t deadline)
{
	struct lx_error ignored = { 0 };

	(void)lx_bus_ask(bus, &get_machine, deadline, NULL, &ignored, "s", name);
}

/* ---- forms of the call */

/* Since systemd 259: the process is named by a descriptor, so that it is the right one whatever becomes of its number. */
static void add_properties(struct lx_bus_message *m, const struct lx_machine *machine, int leader_fd)
{
	lx_bus_add(m, "s", machine->name);
	lx_bus_begin(m, 'a', "(sv)");
	lx_bus_begin(m, 'r', "sv");
	lx_bus_add(m, "s", "Id");
	lx_bus_begin(m, 'v', "ay");
	lx_bus_add_array(m, 'y', machine->id, sizeof(machine->id));
	lx_bus_end(m);
	lx_bus_end(m);
	lx_bus_add(m, "(sv)(sv)(sv)(sv)", "Service", "s", SERVICE, "Class", "s", "container", "LeaderPIDFD", "h", leader_fd,
		   "RootDirectory", "s", machine->root);
	lx_bus_begin(m, 'r', "sv");
	lx_bus_add(m, "s", "NetworkInterfaces");
	lx_bus_begin(m, 'v', "ai");
	lx_bus_add_array(m, 'i', machine->links, machine->n_links * sizeof(machine->links[0]));
	lx_bus_end(m);
	lx_bus_end(m);
	lx_bus_end(m);
}

static void add_plain(struct lx_bus_message *m, const struct lx_machine *machine, int leader_fd _unused_)
{
	lx_bus_add(m, "s", machine->name);
	lx_bus_add_array(m, 'y', machine->id, sizeof(machine->id));
	lx_bus_add(m, "ssus", SERVICE, "container", (uint32_t)machine->leader, machine->root);
}

static void add_with_network(struct lx_bus_message *m, const struct lx_machine *machine, int leader_fd)
{
	add_plain(m, machine, leader_fd);
	lx_bus_add_array(m, 'i', machine->links, machine->n_links * sizeof(machine->links[0]));
}

static const struct {
	struct lx_bus_method method;
	void (*add)(struct lx_bus_message *m, const struct lx_machine *machine, int leader_fd);
} forms[] = {
	{ MANAGER("RegisterMachineEx"), add_properties },
	{ MANAGER("RegisterMachineWithNetwork"), add_with_network },
	{ MANAGER("RegisterMachine"), add_plain },
};

static bool is_unknown(const struct lx_bus *bus)
{
	return lx_bus_failed_by(bus, "org.freedesktop.DBus.Error.UnknownMethod");
}

static int try_register(struct lx_bus *bus, const struct lx_machine *machine, int leader_fd, usec_t deadline, struct lx_error *err)
{
	int r = -EOPNOTSUPP;

	for (size_t i = 0; i < array_size(forms); i++) {
		_cleanup_bus_message_ struct lx_bus_message *m = NULL;

		lx_error_clear(err);
		r = lx_bus_new_call(bus, &forms[i].method, &m, err);
		if (r < 0)
			return r;
		forms[i].add(m, machine, leader_fd);
		r = lx_bus_call(bus, m, deadline, NULL, err);
		if (r >= 0 || !is_unknown(bus))
			return r;
	}
	return r;
}

/* ---- who has the name */

struct entry {
	uint32_t leader;
	const char *unit;
	struct lx_bus_message *reply;       /* holds the text */
};

static void entry_done(struct entry *e)
{
	if (e->reply)
		lx_bus_message_free(e->reply);
}

static int forgive_missing(const struct lx_bus *bus, int r, struct lx_error *err)
{
	if (r >= 0 || !lx_bus_failed_by(bus, NO_SUCH_MACHINE))
		return r;
	lx_error_clear(err);
	return 0;
}

static int read_property(struct lx_bus *bus, const char *path, const char *name, usec_t deadline, struct lx_bus_message **ret,
			 struct lx_error *err)
{
	const struct lx_bus_method get = { DESTINATION, path, "org.freedesktop.DBus.Properties", "Get" };

	return lx_bus_ask(bus, &get, deadline, ret, err, "ss", DESTINATION ".Machine", name);
}

static int look_up(struct lx_bus *bus, const char *name, usec_t deadline, struct entry *ret, struct lx_error *err)
{
	_cleanup_bus_message_ struct lx_bus_message *found = NULL, *leader = NULL;
	const char *path;
	int r;

	r = lx_bus_ask(bus, &get_machine, deadline, &found, err, "s", name);
	if (r >= 0)
		r = lx_bus_read(found, "o", &path);
	if (r >= 0)
		r = read_property(bus, path, "Leader", deadline, &leader, err);
	if (r >= 0)
		r = lx_bus_read(leader, "v", "u", &ret->leader);
	if (r >= 0)
		r = read_property(bus, path, "Unit", deadline, &ret->reply, err);
	if (r >= 0)
		r = lx_bus_read(ret->reply, "v", "s", &ret->unit);
	return r;
}

int lx_machine_unregister(struct lx_bus *bus, const char *name, usec_t deadline, struct lx_error *err)
{
	int r = lx_bus_ask(bus, &unregister, deadline, NULL, err, "s", name);

	return forgive_missing(bus, r, err);
}

/* It is of a run that is over; or of this one, which renews it. */
static bool gives_way(const struct entry *e, const struct lx_machine *machine)
{
	uint64_t ticks;

	return lx_process_start_ticks((pid_t)e->leader, &ticks) == -ESRCH || str_equal(e->unit, machine->unit);
}

/* 1: it is this run's already; 0: the name is free now. */
static int make_room(struct lx_bus *bus, const struct lx_machine *machine, usec_t deadline, struct lx_error *err)
{
	_cleanup_(entry_done) struct entry e = { 0 };
	int r = look_up(bus, machine->name, deadline, &e, err);

	if (r < 0)
		return forgive_missing(bus, r, err);
	if ((pid_t)e.leader == machine->leader && str_equal(e.unit, machine->unit))
		return 1;
	if (!gives_way(&e, machine))
		return lx_error_say(err, -EEXIST, "systemd-machined has another machine of the name %s, in %s", machine->name, e.unit);
	return lx_machine_unregister(bus, machine->name, deadline, err);
}

/* What the code means to the caller, in words that say what was done. */
static int explain(struct lx_bus *bus, int r, const struct lx_machine *machine, struct lx_error *err)
{
	if (r < 0 && is_absent(bus))
		return lx_error_say(err, -EOPNOTSUPP, "systemd-machined cannot be asked: %s", err ? err->text : "");
	if (r == -ENXIO)
		return lx_error_say(err, r, "systemd knows no unit of process %d", (int)machine->leader);
	return r;
}

int lx_machine_register(struct lx_bus *bus, const struct lx_machine *machine, int leader_fd, usec_t deadline, struct lx_error *err)
{
	int r = try_register(bus, machine, leader_fd, deadline, err);

	if (r >= 0 || !lx_bus_failed_by(bus, MACHINE_EXISTS))
		return explain(bus, r, machine, err);

	lx_error_clear(err);
	r = make_room(bus, machine, deadline, err);
	if (r != 0)
		return r < 0 ? r : 0;
	return explain(bus, try_register(bus, machine, leader_fd, deadline, err), machine, err);
}

int lx_machine_withdraw(struct lx_bus *bus, const struct lx_machine *machine, usec_t deadline, struct lx_error *err)
{
	_cleanup_(entry_done) struct entry e = { 0 };
	int r = look_up(bus, machine->name, deadline, &e, err);

	if (r >= 0 && str_equal(e.unit, machine->unit))
		return lx_machine_unregister(bus, machine->name, deadline, err);
	return forgive_missing(bus, r, err);
}
