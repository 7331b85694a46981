/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What belongs to the library as a whole. */
#include <errno.h>
#include <fcntl.h>

#include "base/log.h"
#include "base/rootless.h"
#include "base/strv.h"
#include "container/container.h"
#include "host/host.h"

LX_PUBLIC const char *lx_version(void)
{
	return PACKAGE_VERSION;
}

LX_PUBLIC void lx_strv_free(char **v)
{
	strv_free(v);
}

LX_PUBLIC int lx_enter_user_namespace(bool make, struct lx_error *err)
{
	_cleanup_settings_ struct lx_settings *settings = NULL;
	int r;

	if (!rootless())
		return 0;
	r = lx_settings_load(&settings, err);
	if (r >= 0)
		r = make ? lx_rootless_enter(settings, err) : lx_rootless_join(settings, err);
	return r < 0 ? r : 0;
}

LX_PUBLIC int lx_log_setup(const struct lx_log_options *options, struct lx_error *err)
{
	enum lx_log_level level;
	int fd;

	if (options->program)
		lx_log_set_program(options->program);
	lx_log_set_quiet(options->quiet);
	if (options->level) {
		if (lx_log_level_find(options->level, &level) < 0)
			return lx_error_say(err, -EINVAL, "unknown log priority \"%s\"; use TRACE, DEBUG, INFO, NOTICE, WARN or ERROR",
					    options->level);
		lx_log_set_level(level);
	}
	if (!options->file)
		return 0;

	fd = open(options->file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
	if (fd < 0)
		return lx_error_set(err, -errno, "open the log file %s", options->file);
	lx_log_set_file(fd, false);
	return 0;
}
