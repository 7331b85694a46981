/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Capabilities of a container: which of them its processes can ever have. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <sys/capability.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/library.h"
#include "base/macro.h"
#include "base/str.h"
#include "base/strv.h"
#include "security/security.h"
#include "sys/sys.h"

/*
 * Dropped from every container that says nothing else. In a user namespace most of these give no power over the host, but
 * units of a guest ask for them (ConditionCapability=) and skip themselves only when they are gone. What is not here but
 * concerns the whole host (perfmon, bpf, checkpoint_restore) is part of sys_admin, which init needs.
 *
 * For a privileged container the list was held against systemd-nspawn's, which names what stays. lx keeps more: ipc_lock
 * (the cgroup bounds it), sys_pacct (accounting is of a pid namespace), and those three that sys_admin includes. It keeps less:
 * audit_control. Both drop net_admin when the network is the host's.
 */
static const int dropped[] = {
	CAP_SYS_MODULE,    /* the host's kernel */
	CAP_SYS_RAWIO,     /* the host's hardware */
	CAP_SYS_TIME,      /* the host's clock: timesyncd, chrony */
	CAP_SYSLOG,        /* the host's kernel log */
	CAP_WAKE_ALARM,    /* the host's sleep */
	CAP_BLOCK_SUSPEND,
	CAP_MAC_ADMIN,     /* the host's policy */
	CAP_MAC_OVERRIDE,
	CAP_AUDIT_CONTROL, /* the host's audit: one daemon may listen, and it is not the guest's journald */
	CAP_AUDIT_READ,
};

/* libcap knows the names. */
#define FUNCTIONS(X) X(cap_from_name) X(cap_to_name) X(cap_free)

static struct { FUNCTIONS(LIBRARY_MEMBER) } library;
static const char *const functions[] = { FUNCTIONS(LIBRARY_NAME) };

int lx_cap_names_load(struct lx_error *err)
{
	return library_load("libcap.so.2", functions, array_size(functions), &library, err);
}

/* libcap takes them with the prefix, in lower case. */
int lx_cap_find(const char *name)
{
	const char *word = strncasecmp(name, "cap_", 4) == 0 ? name + 4 : name;
	char text[64] = "cap_";
	cap_value_t cap;

	if (strlen(word) >= sizeof(text) - 4 || lx_cap_names_load(NULL) < 0)
		return -EINVAL;
	for (size_t i = 0; word[i]; i++)
		text[4 + i] = (char)tolower((unsigned char)word[i]);

	return library.cap_from_name(text, &cap) < 0 ? -EINVAL : cap;
}

char *lx_cap_name(int cap, char *text, size_t size)
{
	char *name;

	if (lx_cap_names_load(NULL) < 0) {
		snprintf(text, size, "%d", cap);
		return text;
	}
	name = cap >= 0 ? library.cap_to_name((cap_value_t)cap) : NULL;
	snprintf(text, size, "%s", name && strncmp(name, "cap_", 4) == 0 ? name + 4 : name ?: "of a negative number");
	library.cap_free(name);
	return text;
}

static int parse_set(const struct lx_config *config, const char *key, char *const *words, uint64_t *ret, struct lx_error *err)
{
	int r = words && words[0] ? lx_cap_names_load(err) : 0;
	uint64_t set = 0;
	char place[512];

	if (r < 0)
		return r;
	strv_for_each(word, words) {
		int cap = lx_cap_find(word);

		if (cap < 0)
			return lx_error_say(err, cap, "%s is not a capability (%s)", word,
					    lx_config_origin(config, key, place, sizeof(place)));
		set |= 1ULL << cap;
	}
	*ret = set;
	return 0;
}

/* The network of the host, which only a user namespace keeps it from changing. */
static bool has_hosts_network(const struct lx_config *config)
{
	vec_for_each(network, &config->networks)
		if (str_equal(network->type, "none"))
			return true;
	return config->namespace.net && str_equal(config->namespace.net, "host");
}

static uint64_t default_drops(const struct lx_config *config)
{
	uint64_t set = config->container.privileged && has_hosts_network(config) ? 1ULL << CAP_NET_ADMIN : 0;

	for (size_t i = 0; i < array_size(dropped); i++)
		set |= 1ULL << dropped[i];
	return set;
}

int lx_caps_build(const struct lx_config *config, const struct lx_host *host, uint64_t *ret_bounding, struct lx_error *err)
{
	const struct lx_config_security *security = &config->security;
	uint64_t keep = ~0ULL, drop = default_drops(config);
	int r;

	if (security->capabilities_keep) {
		drop = 0;
		r = parse_set(config, "security.capabilities.keep", security->capabilities_keep, &keep, err);
		if (r < 0)
			return r;
	}
	if (security->capabilities_drop) {
		r = parse_set(config, "security.capabilities.drop", security->capabilities_drop, &drop, err);
		if (r < 0)
			return r;
	}

	*ret_bounding = host->capability_bound & keep & ~drop;
	return 0;
}

int lx_caps_build_ambient(const struct lx_config *config, uint64_t bounding, uint64_t *ret, struct lx_error *err)
{
	char name[LX_CAP_NAME_MAX], place[512];
	uint64_t set;
	int r = parse_set(config, "security.capabilities.ambient", config->security.capabilities_ambient, &set, err);

	if (r < 0)
		return r;
	for (int cap = 0; cap < 64; cap++)
		if (set & ~bounding & (1ULL << cap))
			return lx_error_say(err, -EPERM, "ambient capability %s is not in the bounding set; see %s",
					    lx_cap_name(cap, name, sizeof(name)),
					    lx_config_origin(config, "security.capabilities.ambient", place, sizeof(place)));
	*ret = set;
	return 0;
}

/* Without names: this runs where the files are a guest's already, libcap among them. */
int lx_caps_apply(uint64_t bounding, struct lx_error *err)
{
	uint64_t effective, permitted, inheritable;
	int last = sys_caps_last(), r;

	for (int cap = 0; cap <= last; cap++) {
		if (cap < 64 && (bounding & (1ULL << cap)))
			continue;
		r = sys_caps_bound_drop(cap);
		if (r < 0)
			return lx_error_set(err, r, "drop capability %d", cap);
	}

	r = sys_caps_get(&effective, &permitted, &inheritable);
	if (r >= 0)
		r = sys_caps_set(effective, permitted, 0);
	if (r >= 0)
		r = sys_caps_ambient_clear();
	return r < 0 ? lx_error_set(err, r, "clear the inheritable capabilities") : 0;
}
