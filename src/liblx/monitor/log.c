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
#include "monitor/orders.h"

/* The journal takes the place of the log file; a file that somebody named is written beside it. */
static bool open_journal(const struct lx_monitor *m, const char *file)
{
	const struct lx_settings *settings = m->container->settings;

	if (!m->host.systemd || str_equal(settings->defaults.log_target, "file"))
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
	_cleanup_free_ char *file = wish ? strdup(wish) : str_format("%s/%s.log", directory, m->container->run_id);
	bool journal;

	if (!file)
		return lx_error_oom(err);
	if (!wish && file_mkdir_parents(AT_FDCWD, directory, 0755) < 0)
		log_warn("cannot make %s", directory);

	lx_log_set_prefix(m->container->name);
	set_log_level(m, o);
	journal = open_journal(m, file);
	m->log_place = journal ? str_format("journalctl CONTAINER=%s", m->container->name) : strdup(file);
	if (!m->log_place)
		return lx_error_oom(err);
	if (journal && !wish)
		return 0;
	m->log_file = take_ptr(file);
	return open_log_file(m->log_file, err);
}
