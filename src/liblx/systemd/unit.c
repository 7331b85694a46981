/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootless.h"
#include "base/str.h"
#include "host/host.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER SYSTEMD ".Manager"

static const struct lx_bus_method restart_unit = { SYSTEMD, MANAGER_PATH, MANAGER, "RestartUnit" };
static const struct lx_bus_method stop_unit = { SYSTEMD, MANAGER_PATH, MANAGER, "StopUnit" };
static const struct lx_bus_method reset_failed = { SYSTEMD, MANAGER_PATH, MANAGER, "ResetFailedUnit" };
static const struct lx_bus_method set_properties = { SYSTEMD, MANAGER_PATH, MANAGER, "SetUnitProperties" };
static const struct lx_bus_method job_removed = { SYSTEMD, MANAGER_PATH, MANAGER, "JobRemoved" };

static const char *run_directory(void)
{
	const char *directory = rootless() ? secure_getenv("XDG_RUNTIME_DIR") : "/run";

	return directory && path_is_absolute(directory) ? directory : NULL;
}

char *lx_unit_run_path(const char *name)
{
	const char *directory = run_directory();

	return directory ? str_format("%s/systemd/%s", directory, name) : NULL;
}

char *lx_unit_bus_path(void)
{
	const char *directory = run_directory();

	return directory ? str_format("%s/%s", directory, rootless() ? "bus" : "dbus/system_bus_socket") : NULL;
}

bool lx_unit_is_possible(void)
{
	_cleanup_free_ char *path = NULL;

	if (!rootless())
		return lx_host_has_systemd();
	path = lx_unit_run_path("private");
	return path && file_exists(AT_FDCWD, path);
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

/* Where systemd looks for units, the first that has one wins (systemd.unit(5)): below system/, or user/ after what lies in the
 * user's own directories. */
static const char *const directories[] = {
	"/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd", "/lib/systemd",
};
static const struct {
	const char *variable, *below;
} own_directories[] = {
	{ "XDG_CONFIG_HOME", "systemd/user" }, { "HOME", ".config/systemd/user" }, { "XDG_DATA_HOME", "systemd/user" },
	{ "HOME", ".local/share/systemd/user" },
};

/* -ENOENT when the directory has no such file. A link is followed: one to /dev/null masks the unit. */
static int read_unit(const char *directory, const char *name, char **ret)
{
	_cleanup_free_ char *path = path_join(directory, name);
	_cleanup_close_ int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -EBADF;

	if (fd < 0)
		return path ? -errno : -ENOMEM;
	return file_read_fd(fd, FILE_TEXT_MAX, ret, NULL);
}

static int read_own_unit(const char *name, char **ret)
{
	int r = -ENOENT;

	for (size_t i = 0; i < array_size(own_directories) && r == -ENOENT; i++) {
		const char *base = secure_getenv(own_directories[i].variable);
		_cleanup_free_ char *directory = base && path_is_absolute(base) ? path_join(base, own_directories[i].below) : NULL;

		if (directory)
			r = read_unit(directory, name, ret);
	}
	return r;
}

static int find_unit(const char *name, char **ret)
{
	int r = rootless() ? read_own_unit(name, ret) : -ENOENT;

	for (size_t i = 0; i < array_size(directories) && r == -ENOENT; i++) {
		_cleanup_free_ char *directory = path_join(directories[i], rootless() ? "user" : "system");

		r = directory ? read_unit(directory, name, ret) : -ENOMEM;
	}
	return r;
}

bool lx_unit_exists(const char *name)
{
	_cleanup_free_ char *text = NULL;

	return find_unit(name, &text) >= 0;
}

bool lx_unit_text_runs(const char *text, const char *program)
{
	const char *line = text, *command;

	for (; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		command = str_after(line, "ExecStart=");
		if (command && *command != '\n' && *command)
			return str_after(command, program) && strchr(" \n", command[strlen(program)]);
	}

	return true; /* masked or broken: systemd says so better than we could */
}

bool lx_unit_is_ours(const char *name, const char *program)
{
	_cleanup_free_ char *text = NULL;

	return find_unit(name, &text) >= 0 && lx_unit_text_runs(text, program);
}

/* ---- start and stop ---- */

static int job_over(struct lx_bus_message *m, void *userdata)
{
	struct lx_unit_start *s = userdata;
	const char *job, *unit, *result;
	uint32_t id;
	int r;

	r = lx_bus_read(m, "uoss", &id, &job, &unit, &result);
	if (r < 0)
		return r;
	return str_equal(job, s->job) ? str_set(&s->result, result) : 0;
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

int lx_unit_restart(struct lx_unit_start *s, const char *unit, usec_t deadline, struct lx_error *err)
{
	int r;

	r = lx_bus_open(LX_BUS_MANAGER, deadline, &s->bus, err);
	if (r < 0)
		return r == -EINTR ? r : 0;
	return queue(s, unit, deadline, err);
}

int lx_unit_hear(struct lx_unit_start *s, struct lx_error *err)
{
	return lx_bus_process(s->bus, err);
}

int lx_unit_stop(struct lx_bus *bus, const char *unit, usec_t deadline, struct lx_error *err)
{
	return lx_bus_ask(bus, &stop_unit, deadline, NULL, err, "ss", unit, "replace");
}

void lx_unit_forget_failure(const char *unit)
{
	usec_t deadline = time_deadline(LX_BUS_PATIENCE);
	_cleanup_bus_ struct lx_bus *bus = NULL;
	struct lx_error error = { 0 };

	if (lx_bus_open(LX_BUS_MANAGER, deadline, &bus, &error) < 0 ||
	    lx_bus_ask(bus, &reset_failed, deadline, NULL, &error, "s", unit) < 0)
		log_debug("%s: %s", unit, error.text);
}

/* ---- properties ---- */

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
	for (size_t i = 0; i < n; i++)
		lx_bus_add(m, "(sv)", properties[i].name, "t", properties[i].value);
	lx_bus_end(m);
	return lx_bus_call(bus, m, deadline, NULL, err);
}

/* Its drop-in, where systemd.unit(5) has them. */
static char *property_file(const char *unit, const char *name)
{
	_cleanup_free_ char *file = str_format("%s.control/%s.d/50-%s.conf", rootless() ? "user" : "system", unit, name);

	return file ? lx_unit_run_path(file) : NULL;
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
