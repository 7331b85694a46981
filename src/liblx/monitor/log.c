/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the monitor logs. */
#include "monitor/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/journald.h"
#include "base/log.h"
#include "base/str.h"
#include "monitor/client.h"
#include "monitor/orders.h"

/* Of a level, in a minute. A hook has 1000 lines at most. */
#define RATE_MAX 1200

static bool wants_journal(const struct lx_container *c, bool systemd)
{
	return systemd && !str_equal(c->settings->defaults.log_target, "file");
}

static char *usual_file(const struct lx_container *c)
{
	return str_format("%s/%s.log", c->settings->paths.log, c->run_id);
}

static char *log_place(const struct lx_container *c, const char *file, bool journal)
{
	if (journal)
		return str_format("journalctl CONTAINER=%s", c->name);
	return file ? strdup(file) : usual_file(c);
}

void lx_monitor_advise_log(const struct lx_container *c, const char *file, struct lx_error *err)
{
	const char *configured = c->config ? c->config->monitor.log_file : NULL;
	_cleanup_free_ char *place = log_place(c, file ?: configured, wants_journal(c, lx_host_has_systemd()));

	if (place)
		lx_error_advise(err, "see %s", place);
}

/* The journal takes the place of the log file; a file that somebody named is written beside it. */
static bool open_journal(const struct lx_monitor *m, const char *file)
{
	if (!wants_journal(m->container, m->host.systemd))
		return false;
	if (lx_log_set_journal(JOURNALD_SOCKET, "lx", file) < 0)
		return false;
	lx_log_set_field("CONTAINER", m->container->name);
	lx_log_set_field("LX_STORE", m->container->store);
	return true;
}

static int open_log_file(const char *file, struct lx_error *err)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0640);

	if (fd < 0)
		return lx_error_set(err, -errno, "open the log file %s", file);
	lx_log_set_file(fd, false);
	return 0;
}

static void set_log_level(const struct lx_monitor *m, const struct lx_orders *o)
{
	const char *word = o->log_level ?: m->inst.config->monitor.log_level ?: m->container->settings->defaults.log_level;
	enum lx_log_level level;

	if (lx_log_level_find(word, &level) >= 0)
		lx_log_set_level(level);
}

int lx_monitor_open_log(struct lx_monitor *m, const struct lx_orders *o, struct lx_error *err)
{
	const char *wish = o->log_file ?: m->inst.config->monitor.log_file, *directory = m->container->settings->paths.log;
	_cleanup_free_ char *file = wish ? strdup(wish) : usual_file(m->container);
	bool journal;

	if (!file)
		return lx_error_oom(err);
	if (!wish && file_mkdir_parents(AT_FDCWD, directory, 0755) < 0)
		log_warn("cannot make %s", directory);

	lx_log_set_prefix(m->container->name);
	lx_log_set_file_rate(RATE_MAX);
	set_log_level(m, o);
	journal = open_journal(m, file);
	m->log_place = log_place(m->container, file, journal);
	if (!m->log_place)
		return lx_error_oom(err);
	if (journal && !wish)
		return 0;
	m->log_file = take_ptr(file);
	return open_log_file(m->log_file, err);
}
