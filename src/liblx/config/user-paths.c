/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where lx keeps things for a user who is not root, by the XDG base directory specification. A relative value of one of its
 * variables counts as none, as that says.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/path.h"
#include "base/str.h"
#include "config/config.h"
#include "config/schema.h"

static const struct {
	const char *variable, *below_home;
} bases[] = {
	[LX_USER_CONFIG] = { "XDG_CONFIG_HOME", ".config" },
	[LX_USER_DATA] = { "XDG_DATA_HOME", ".local/share" },
	[LX_USER_CACHE] = { "XDG_CACHE_HOME", ".cache" },
	[LX_USER_STATE] = { "XDG_STATE_HOME", ".local/state" },
	/* where no login made one: on disk, but as private. Locks tell what is left of another boot. */
	[LX_USER_RUN] = { "XDG_RUNTIME_DIR", ".local/state/lx" },
};

static const char *absolute(const char *variable)
{
	const char *value = secure_getenv(variable);

	return value && path_is_absolute(value) ? value : NULL;
}

int lx_user_path(enum lx_user_path which, const char *name, char **ret, struct lx_error *err)
{
	const char *base = absolute(bases[which].variable), *home = absolute("HOME");
	bool fallback = which == LX_USER_RUN && !base;

	if (!base && !home)
		return lx_error_say(err, -ENOENT, "neither %s nor HOME says where a user's containers are", bases[which].variable);

	/* lx is the name of our directory in each of them; the fallback of the run directory is in it already */
	if (base)
		*ret = str_format("%s/lx%s%s", base, *name ? "/" : "", name);
	else
		*ret = str_format("%s/%s/%s%s%s", home, bases[which].below_home, fallback ? "run" : "lx", *name ? "/" : "", name);
	return *ret ? 0 : lx_error_oom(err);
}

static const struct {
	const char *key;
	size_t field;
	enum lx_user_path base;
	const char *name;
} paths[] = {
	{ "paths.containers", offsetof(struct lx_settings_paths, containers), LX_USER_DATA, "containers" },
	{ "paths.images", offsetof(struct lx_settings_paths, images), LX_USER_CACHE, "images" },
	{ "paths.cache", offsetof(struct lx_settings_paths, cache), LX_USER_CACHE, "" },
	{ "paths.run", offsetof(struct lx_settings_paths, run), LX_USER_RUN, "" },
	{ "paths.log", offsetof(struct lx_settings_paths, log), LX_USER_STATE, "log" },
	{ "paths.config", offsetof(struct lx_settings_paths, config), LX_USER_CONFIG, "" },
};

/* Said by a file of the user's, not by the host's or its drop-ins. */
static bool is_own(const struct lx_settings *s, const char *key, const char *host_file)
{
	const struct lx_origin *origin = lx_origins_find(&s->origins, key);

	return origin && !(host_file && str_after(origin->file, host_file));
}

int lx_settings_use_user_paths(struct lx_settings *s, const char *host_file, struct lx_error *err)
{
	for (size_t i = 0; i < array_size(paths); i++) {
		char **field = (char **)((char *)&s->paths + paths[i].field), *path;
		int r;

		if (is_own(s, paths[i].key, host_file))
			continue;
		r = lx_user_path(paths[i].base, paths[i].name, &path, err);
		if (r < 0)
			return r;
		free(*field);
		*field = path;
	}
	return 0;
}
