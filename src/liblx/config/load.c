/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two configurations, by name: what callers load. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/rootless.h"
#include "base/str.h"
#include "config/config.h"
#include "config/read.h"

static int load_container(const struct lx_read *options, struct lx_config **ret, struct lx_error *err)
{
	void *config;
	int r;

	r = lx_schema_read(&lx_schema_container, options, &config, err);
	if (r < 0)
		return r;
	*ret = config;
	return 0;
}

int lx_config_load(const char *file, char *const *assignments, struct lx_config **ret, struct lx_error *err)
{
	return load_container(&(struct lx_read){ .file = file, .assignments = assignments }, ret, err);
}

int lx_config_load_own(const char *file, char *const *assignments, struct lx_config **ret, struct lx_error *err)
{
	return load_container(&(struct lx_read){ .file = file, .assignments = assignments, .of_root = !rootless() }, ret, err);
}

int lx_config_load_text(const char *file, const char *text, struct lx_config **ret, struct lx_error *err)
{
	return load_container(&(struct lx_read){ .file = file, .text = text }, ret, err);
}

int lx_config_load_all(const char *file, struct lx_config **ret, char ***problems, struct lx_error *err)
{
	return load_container(&(struct lx_read){ .file = file, .problems = problems }, ret, err);
}

#define HOST_FILE LX_SYSCONFDIR "/lx.conf"

static int load_user(struct lx_settings **ret, struct lx_error *err)
{
	_cleanup_free_ char *file = NULL;
	struct lx_read options = { .below = HOST_FILE, .optional = true };
	void *settings;
	int r;

	r = lx_user_path(LX_USER_CONFIG, "lx.conf", &file, err);
	if (r < 0)
		return r;
	options.file = file;
	r = lx_schema_read(&lx_schema_host, &options, &settings, err);
	if (r < 0)
		return r;
	*ret = settings;
	return 0;
}

static int load_file(const char *named, struct lx_settings **ret, struct lx_error *err)
{
	struct lx_read options = { .file = named ? named : HOST_FILE, .optional = !named };
	void *settings;
	int r;

	r = lx_schema_read(&lx_schema_host, &options, &settings, err);
	if (r < 0)
		return r;
	*ret = settings;
	return 0;
}

/* NULL: the environment names none. */
static const char *named_file(void)
{
	const char *named = secure_getenv("LX_CONFIG");

	return str_empty(named) ? NULL : named;
}

char *lx_settings_file(void)
{
	const char *named = named_file();

	return named && !str_equal(named, HOST_FILE) ? realpath(named, NULL) : NULL;
}

int lx_settings_load(struct lx_settings **ret, struct lx_error *err)
{
	_cleanup_settings_ struct lx_settings *settings = NULL;
	const char *named = named_file();
	bool for_user = rootless();
	int r;

	r = named || !for_user ? load_file(named, &settings, err) : load_user(&settings, err);
	if (r >= 0 && for_user)
		r = lx_settings_use_user_paths(settings, named ? NULL : HOST_FILE, err);
	if (r < 0)
		return r;
	*ret = take_ptr(settings);
	return 0;
}

int lx_user_rules_load(const char *directory, struct lx_user_rules **ret, struct lx_error *err)
{
	_cleanup_free_ char *file = path_join(directory, "users");
	struct lx_read options = { .file = file, .optional = true };
	void *users;
	int r;

	if (!file)
		return lx_error_oom(err);
	r = lx_schema_read(&lx_schema_users, &options, &users, err);
	if (r < 0)
		return r;
	*ret = users;
	return 0;
}
