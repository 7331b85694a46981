/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two configurations as objects: which sections they have, new with defaults, release, where a value came from. */
#include "config/config.h"

#include "base/str.h"
#include "config/schema.h"
#include "config/sections/sections.h"

static const struct lx_section *const container_sections[] = {
	&lx_section_container, &lx_section_start,    &lx_section_ready,    &lx_section_rootfs,   &lx_section_idmap,
	&lx_section_namespace, &lx_section_network,  &lx_section_mount,    &lx_section_device,
	&lx_section_cgroup,    &lx_section_security, &lx_section_console,  &lx_section_monitor,
	&lx_section_machine,   &lx_section_hook,
	NULL,
};

const struct lx_schema lx_schema_container = {
	.name = "container",
	.size = sizeof(struct lx_config),
	.origins = offsetof(struct lx_config, origins),
	.sections = container_sections,
};

static const struct lx_section *const host_sections[] = {
	&lx_section_host_paths,
	&lx_section_host_network,
	&lx_section_host_idmap,
	&lx_section_host_defaults,
	&lx_section_host_systemd,
	NULL,
};

const struct lx_schema lx_schema_host = {
	.name = "host",
	.size = sizeof(struct lx_settings),
	.origins = offsetof(struct lx_settings, origins),
	.sections = host_sections,
};

static const struct lx_section *const users_sections[] = { &lx_section_user, &lx_section_group, NULL };

const struct lx_schema lx_schema_users = {
	.name = "users",
	.size = sizeof(struct lx_user_rules),
	.origins = offsetof(struct lx_user_rules, origins),
	.alone = true, /* where included files are looked for is the user's to say */
	.sections = users_sections,
};

int lx_config_new(struct lx_config **ret, struct lx_error *err)
{
	void *config;
	int r;

	r = lx_schema_new(&lx_schema_container, &config, err);
	if (r < 0)
		return r;
	*ret = config;
	return 0;
}

void lx_idmap_done(struct lx_idmap *map)
{
	vec_done(&map->uids);
	vec_done(&map->gids);
}

static int copy_ranges(const id_ranges *from, id_ranges *to)
{
	vec_for_each(range, from) {
		struct id_range *copy = vec_add(to);

		if (!copy)
			return -ENOMEM;
		*copy = *range;
	}
	return 0;
}

int lx_idmap_copy(const struct lx_idmap *from, struct lx_idmap *to)
{
	int r = copy_ranges(&from->uids, &to->uids);

	return r < 0 ? r : copy_ranges(&from->gids, &to->gids);
}

void lx_config_free(struct lx_config *config)
{
	lx_schema_free(&lx_schema_container, config);
}

void lx_settings_free(struct lx_settings *s)
{
	lx_schema_free(&lx_schema_host, s);
}

void lx_user_rules_free(struct lx_user_rules *u)
{
	lx_schema_free(&lx_schema_users, u);
}

/* The key's own place, or the header of its section, or the file. */
static const struct lx_origin *find_place(const struct lx_config *config, const char *key)
{
	_cleanup_key_name_ struct lx_key_name name = { 0 };
	const struct lx_origin *o = lx_origins_find(&config->origins, key);
	_cleanup_free_ char *header = NULL;

	if (!o && lx_key_name_parse(&lx_schema_container, key, &name, NULL) >= 0 && name.label) {
		header = lx_key_name_format(name.section, name.label, NULL);
		o = header ? lx_origins_find(&config->origins, header) : NULL;
	}
	return o ? o : lx_origins_find(&config->origins, "");
}

bool lx_config_says(const struct lx_config *config, const char *key)
{
	return lx_origins_find(&config->origins, key) != NULL;
}

const char *lx_config_origin(const struct lx_config *config, const char *key, char *text, size_t size)
{
	const struct lx_origin *o = find_place(config, key);

	if (!o)
		snprintf(text, size, "the configuration");
	else if (o->line)
		snprintf(text, size, "%s:%u", o->file, o->line);
	else
		snprintf(text, size, "%s", o->file);
	return text;
}
