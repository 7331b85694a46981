/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two configurations, by name: what callers load. */
#include <stdlib.h>

#include "base/str.h"
#include "config/config.h"
#include "config/read.h"

int lx_config_load(const char *file, char *const *assignments, struct lx_config **ret, struct lx_error *err)
{
	struct lx_read options = { .file = file, .assignments = assignments };
	void *config;
	int r;

	r = lx_schema_read(&lx_schema_container, &options, &config, err);
	if (r < 0)
		return r;
	*ret = config;
	return 0;
}

int lx_config_load_all(const char *file, struct lx_config **ret, char ***problems, struct lx_error *err)
{
	struct lx_read options = { .file = file, .problems = problems };
	void *config;
	int r;

	r = lx_schema_read(&lx_schema_container, &options, &config, err);
	if (r < 0)
		return r;
	*ret = config;
	return 0;
}

int lx_settings_load(struct lx_settings **ret, struct lx_error *err)
{
	const char *named = secure_getenv("LX_CONFIG");
	struct lx_read options = {
		.file = str_empty(named) ? LX_SYSCONFDIR "/lx.conf" : named,
		.optional = str_empty(named),
	};
	void *settings;
	int r;

	r = lx_schema_read(&lx_schema_host, &options, &settings, err);
	if (r < 0)
		return r;
	*ret = settings;
	return 0;
}
