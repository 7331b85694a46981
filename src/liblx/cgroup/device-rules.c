/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of devices a container may use. */
#include "cgroup/device-rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/macro.h"

/* What is in every container's /dev, and what its terminals are. */
static const struct lx_device_rule always[] = {
	{ 'c', 1, 3, LX_DEVICE_ALL },               /* null */
	{ 'c', 1, 5, LX_DEVICE_ALL },               /* zero */
	{ 'c', 1, 7, LX_DEVICE_ALL },               /* full */
	{ 'c', 1, 8, LX_DEVICE_ALL },               /* random */
	{ 'c', 1, 9, LX_DEVICE_ALL },               /* urandom */
	{ 'c', 5, 0, LX_DEVICE_ALL },               /* tty */
	{ 'c', 5, 1, LX_DEVICE_ALL },               /* console */
	{ 'c', 5, 2, LX_DEVICE_ALL },               /* ptmx */
	{ 'c', 136, LX_DEVICE_ANY, LX_DEVICE_ALL }, /* pts/N */
};

static int add_rule(struct lx_device_rules *rules, const struct lx_device_rule *rule)
{
	struct lx_device_rule *added = vec_add(&rules->list);

	if (!added)
		return -ENOMEM;
	*added = *rule;
	return 0;
}

static unsigned parse_access(const char *text)
{
	unsigned access = 0;

	for (const char *p = text; *p; p++)
		access |= *p == 'r' ? LX_DEVICE_READ : *p == 'w' ? LX_DEVICE_WRITE : *p == 'm' ? LX_DEVICE_MKNOD : 0;
	return access;
}

static int add_device(const struct lx_config *config, const struct lx_config_device *device, struct lx_device_rules *rules,
		      struct lx_error *err)
{
	struct lx_device_rule rule;
	char key[256], place[512];
	struct stat st;

	snprintf(key, sizeof(key), "device.%s.path", device->label);
	if (stat(device->path, &st) < 0) {
		lx_error_set(err, -errno, "look at device %s", device->path);
		lx_error_advise(err, "see %s", lx_config_origin(config, key, place, sizeof(place)));
		return err ? err->code : -errno;
	}
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return lx_error_say(err, -ENODEV, "%s is not a device; see %s", device->path,
				    lx_config_origin(config, key, place, sizeof(place)));

	rule = (struct lx_device_rule){
		.type = S_ISBLK(st.st_mode) ? 'b' : 'c',
		.major = (int)major(st.st_rdev),
		.minor = (int)minor(st.st_rdev),
		.access = device->access ? parse_access(device->access) : LX_DEVICE_ALL,
	};
	return add_rule(rules, &rule) < 0 ? lx_error_oom(err) : 0;
}

int lx_device_rules_build(const struct lx_config *config, struct lx_device_rules *ret, struct lx_error *err)
{
	_cleanup_(lx_device_rules_done) struct lx_device_rules rules = { 0 };
	int r;

	for (size_t i = 0; i < array_size(always); i++)
		if (add_rule(&rules, &always[i]) < 0)
			return lx_error_oom(err);

	vec_for_each(device, &config->devices) {
		r = add_device(config, device, &rules, err);
		if (r < 0)
			return r;
	}

	*ret = rules;
	rules = (struct lx_device_rules){ 0 };
	return 0;
}

void lx_device_rules_done(struct lx_device_rules *rules)
{
	vec_done(&rules->list);
}
