/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootless.h"
#include "base/str.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER SYSTEMD ".Manager"

static const struct lx_bus_method restart_unit = { SYSTEMD, MANAGER_PATH, MANAGER, "RestartUnit" };
static const struct lx_bus_method stop_unit = { SYSTEMD, MANAGER_PATH, MANAGER, "StopUnit" };
static const struct lx_bus_method set_properties = { SYSTEMD, MANAGER_PATH, MANAGER, "SetUnitProperties" };
static const struct lx_bus_method job_removed = { SYSTEMD, MANAGER_PATH, MANAGER, "JobRemoved" };

bool lx_unit_is_possible(void)
{
	_cleanup_free_ char *path = NULL;
	const char *directory;

	if (!rootless())
		return access("/run/systemd/system", F_OK) == 0;

	directory = secure_getenv("XDG_RUNTIME_DIR");
	path = directory && path_is_absolute(directory) ? path_join(directory, "systemd/private") : NULL;
	return path && access(path, F_OK) == 0;
}

void lx_unit_start_done(struct lx_unit_start *s)
{
	if (s->bus)
		lx_bus_close(s->bus);
	free(s->job);
	free(s->result);
	*s = (struct lx_unit_start){ 0 };
}

/* ---- is it ours ---- */

/* The unit as an object: bytes that are not letters or digits in hex, and so is a digit at the beginning. */
static char *object_path(const char *unit)
{
	_cleanup_buf_ struct buf path = BUF_INIT;

	buf_add(&path, MANAGER_PATH "/unit/");
	for (const char *p = unit; *p; p++) {
		bool digit = *p >= '0' && *p <= '9', letter = (*p | 32) >= 'a' && (*p | 32) <= 'z';

		if (letter || (digit && p > unit))
			buf_add_char(&path, *p);
		else
			buf_addf(&path, "_%02x", (unsigned char)*p);
	}

	return buf_steal(&path);
}

static int get_property(struct lx_bus *bus, const char *path, const char *interface, const char *name, usec_t deadline,
			struct lx_bus_message **ret, struct lx_error *err)
{
	const struct lx_bus_method get = { SYSTEMD, path, "org.freedesktop.DBus.Properties", "Get" };

	return lx_bus_ask(bus, &get, deadline, ret, err, "ss", interface, name);
}

#define EXEC "sasbttttuii"

/* The file of the unit's first command; NULL when it has none. */
static int read_program(struct lx_bus_message *reply, const char **ret)
{
	int r;

	*ret = NULL;
	r = lx_bus_enter(reply, 'v', "a(" EXEC ")");
	if (r >= 0)
		r = lx_bus_enter(reply, 'a', "(" EXEC ")");
	if (r >= 0)
		r = lx_bus_enter(reply, 'r', EXEC);
	return r > 0 ? lx_bus_read(reply, "s", ret) : r;
}

/* One without a command is not there, or is masked or broken: then the answer to its start says so better than we could. */
static int is_there(struct lx_bus *bus, const char *path, usec_t deadline, struct lx_error *err)
{
	_cleanup_bus_message_ struct lx_bus_message *reply = NULL;
	const char *state;
	int r;

	r = get_property(bus, path, SYSTEMD ".Unit", "LoadState", deadline, &reply, err);
	if (r < 0)
		return r;
	r = lx_bus_read(reply, "v", "s", &state);
	return r < 0 ? lx_error_set(err, r, "read the answer of systemd") : !str_equal(state, "not-found");
}

/* Another program's unit of the same name is none: it would not find our orders, and run something else. */
static int is_ours(struct lx_bus *bus, const char *unit, const char *program, usec_t deadline, struct lx_error *err)
{
	_cleanup_bus_message_ struct lx_bus_message *reply = NULL;
	_cleanup_free_ char *path = object_path(unit);
	const char *found;
	int r;

	if (!path)
		return lx_error_oom(err);
	r = get_property(bus, path, SYSTEMD ".Service", "ExecStart", deadline, &reply, err);
	if (r < 0)
		return r;
	r = read_program(reply, &found);
	if (r < 0)
		return lx_error_set(err, r, "read the answer of systemd");
	if (!found)
		return is_there(bus, path, deadline, err);

	if (!str_equal(found, program))
		log_debug("%s runs %s, not %s", unit, found, program);
	return str_equal(found, program);
}

/* ---- start and stop ---- */

static int job_over(struct lx_bus_message *m, void *userdata)
{
	struct lx_unit_start *s = userdata;
	const char *job, *unit, *result;
	uint32_t id;
	int r;

	r = lx_bus_read(m, "uoss", &id, &job, &unit, &result);
	if (r < 0 || !str_equal(job, s->job))
		return r;
	return str_set(&s->result, result);
}

static int queue(struct lx_unit_start *s, const char *unit, usec_t deadline, struct lx_error *err)
{
	_cleanup_bus_message_ struct lx_bus_message *reply = NULL;
	const char *job;
	int r;

	/* before the job is there, or its end could be missed */
	r = lx_bus_watch(s->bus, &job_removed, job_over, s, err);
	if (r >= 0)
		r = lx_bus_ask(s->bus, &restart_unit, deadline, &reply, err, "ss", unit, "replace");
	if (r < 0)
		return r;

	r = lx_bus_read(reply, "o", &job);
	return r < 0 || str_set(&s->job, job) < 0 ? lx_error_set(err, r < 0 ? r : -ENOMEM, "read the answer of systemd") : 1;
}

int lx_unit_restart(struct lx_unit_start *s, const char *unit, const char *program, usec_t deadline, struct lx_error *err)
{
	int r;

	r = lx_bus_open(LX_BUS_MANAGER, deadline, &s->bus, err);
	if (r < 0)
		return 0;
	r = is_ours(s->bus, unit, program, deadline, err);
	return r > 0 ? queue(s, unit, deadline, err) : r;
}

int lx_unit_hear(struct lx_unit_start *s, struct lx_error *err)
{
	return lx_bus_process(s->bus, err);
}

int lx_unit_stop(struct lx_bus *bus, const char *unit, usec_t deadline, struct lx_error *err)
{
	return lx_bus_ask(bus, &stop_unit, deadline, NULL, err, "ss", unit, "replace");
}

/* ---- properties ---- */

static void add_value(struct lx_bus_message *m, const struct lx_unit_property *p)
{
	switch (p->type) {
	case 't':
		lx_bus_add(m, "v", "t", p->number);
		break;
	case 'b':
		lx_bus_add(m, "v", "b", (int)p->flag);
		break;
	case 's':
		lx_bus_add(m, "v", "s", p->text);
		break;
	default:
		lx_bus_begin(m, 'v', "ay");
		lx_bus_add_array(m, 'y', p->bytes.data, p->bytes.size);
		lx_bus_end(m);
	}
}

int lx_unit_set_properties(struct lx_bus *bus, const char *unit, const struct lx_unit_property *properties, size_t n, usec_t deadline,
			   struct lx_error *err)
{
	_cleanup_bus_message_ struct lx_bus_message *m = NULL;
	int r;

	r = lx_bus_new_call(bus, &set_properties, &m, err);
	if (r < 0)
		return r;
	lx_bus_add(m, "sb", unit, (int)true);
	lx_bus_begin(m, 'a', "(sv)");
	for (size_t i = 0; i < n; i++) {
		lx_bus_begin(m, 'r', "sv");
		lx_bus_add(m, "s", properties[i].name);
		add_value(m, &properties[i]);
		lx_bus_end(m);
	}
	lx_bus_end(m);
	return lx_bus_call(bus, m, deadline, NULL, err);
}

/* Its drop-in, where systemd.unit(5) has them. */
static char *property_file(const char *unit, const char *name)
{
	const char *directory = rootless() ? secure_getenv("XDG_RUNTIME_DIR") : "/run";

	if (!directory || !path_is_absolute(directory))
		return NULL;
	return str_format("%s/systemd/%s.control/%s.d/50-%s.conf", directory, rootless() ? "user" : "system", unit, name);
}

bool lx_unit_keeps_property(const char *unit, const char *name)
{
	_cleanup_free_ char *path = property_file(unit, name), *text = NULL, *line = str_format("\n%s=", name);
	const char *found;

	if (!path || !line || file_read(AT_FDCWD, path, FILE_TEXT_MAX, &text, NULL) < 0)
		return false;
	found = strstr(text, line);
	/* taken back it is a line without a value */
	return found && found[strlen(line)] != '\n';
}
