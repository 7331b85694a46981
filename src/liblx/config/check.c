/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules that tie keys together, each a row: the section it is about (every element of it), the key that the message points
 * at, the test, and the sentence. What one key alone may hold is its type's business.
 */
#include "config/check.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "config/sections/sections.h"

#define IDMAP_LINES_MAX 340 /* of the kernel, since 4.15 */

struct rule {
	const struct lx_section *section;
	const char *key;
	unsigned kind;
	bool (*is_broken)(const struct lx_config *config, const void *element);
	const char *sentence;
};

/* ---- root, container, namespaces ---- */

static bool rootfs_missing(const struct lx_config *config, const void *element _unused_)
{
	return !config->rootfs.path;
}

static bool hostname_shared(const struct lx_config *config, const void *element _unused_)
{
	return config->container.hostname && !str_equal(config->namespace.uts, "private");
}

/* A namespace that a command shares for one run leaves the configuration as it is. */
static bool is_from_file(const struct lx_config *config, const char *key)
{
	const struct lx_origin *o = lx_origins_find(&config->origins, key);

	return o && o->line > 0;
}

static bool links_shared(const struct lx_config *config, const void *element _unused_)
{
	return config->networks.n > 0 && !str_equal(config->namespace.net, "private") && is_from_file(config, "namespace.net");
}

static bool image_of_no_directory(const struct lx_config *config, const void *element _unused_)
{
	const char *path = config->rootfs.path;

	return config->machine.image && path && !path_is_absolute(path) && !str_after(path, "dir:");
}

static bool memory_high_above_max(const struct lx_config *config, const void *element _unused_)
{
	uint64_t high, max;

	return config->cgroup.memory_high && config->cgroup.memory_max && parse_size(config->cgroup.memory_high, &high) == 0 &&
	       parse_size(config->cgroup.memory_max, &max) == 0 && high > max;
}

static bool keep_and_drop(const struct lx_config *config, const void *element _unused_)
{
	return config->security.capabilities_keep && config->security.capabilities_drop;
}

static bool rlimit_twice(const struct lx_config *config, const void *element _unused_)
{
	char **limits = config->security.rlimits;

	for (size_t i = 0; limits && limits[i]; i++)
		for (size_t j = i + 1; limits[j]; j++)
			if (strncmp(limits[i], limits[j], strcspn(limits[i], "=") + 1) == 0)
				return true;
	return false;
}

/* ---- id maps ---- */

typedef bool (*ranges_fn)(const struct id_range *ranges, size_t n);

static bool either(const struct lx_idmap *map, ranges_fn fn)
{
	return fn(map->uids.items, map->uids.n) || fn(map->gids.items, map->gids.n);
}

static bool has_map(const struct lx_config *config)
{
	return config->idmap.map.uids.n || config->idmap.map.gids.n;
}

static bool map_of_privileged(const struct lx_config *config, const void *element _unused_)
{
	return config->container.privileged && has_map(config);
}

static bool range_of_privileged(const struct lx_config *config, const void *element _unused_)
{
	return config->container.privileged && !str_equal(config->idmap.range, "auto");
}

static bool map_and_range(const struct lx_config *config, const void *element _unused_)
{
	return has_map(config) && !str_equal(config->idmap.range, "auto");
}

static bool map_half(const struct lx_config *config, const void *element _unused_)
{
	return (config->idmap.map.uids.n == 0) != (config->idmap.map.gids.n == 0);
}

static bool lacks_root(const struct id_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ranges[i].inside == 0)
			return false;
	return n > 0;
}

static bool map_without_root(const struct lx_config *config, const void *element _unused_)
{
	return either(&config->idmap.map, lacks_root);
}

static bool spans_meet(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return (uint64_t)a < (uint64_t)b + b_size && (uint64_t)b < (uint64_t)a + a_size;
}

static bool meet_inside(const struct id_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (spans_meet(ranges[i].inside, ranges[i].size, ranges[j].inside, ranges[j].size))
				return true;
	return false;
}

static bool meet_outside(const struct id_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (spans_meet(ranges[i].outside, ranges[i].size, ranges[j].outside, ranges[j].size))
				return true;
	return false;
}

static bool map_meets_inside(const struct lx_config *config, const void *element _unused_)
{
	return either(&config->idmap.map, meet_inside);
}

static bool map_meets_outside(const struct lx_config *config, const void *element _unused_)
{
	return either(&config->idmap.map, meet_outside);
}

static bool map_too_long(const struct lx_config *config, const void *element _unused_)
{
	return config->idmap.map.uids.n > IDMAP_LINES_MAX || config->idmap.map.gids.n > IDMAP_LINES_MAX;
}

static bool mknod_of_privileged(const struct lx_config *config, const void *element _unused_)
{
	return config->container.privileged && config->security.intercept_mknod;
}

static bool mount_of_privileged(const struct lx_config *config, const void *element _unused_)
{
	return config->container.privileged && config->security.intercept_mount;
}

/* The kernel takes one write, of less than a page. */
static bool text_too_long(const struct id_range *ranges, size_t n)
{
	size_t size = 0;

	for (size_t i = 0; i < n; i++)
		size += (size_t)snprintf(NULL, 0, "%u %u %u\n", ranges[i].inside, ranges[i].outside, ranges[i].size);
	return size >= 4096;
}

static bool map_text_too_long(const struct lx_config *config, const void *element _unused_)
{
	return either(&config->idmap.map, text_too_long);
}

static bool shared_without_ids(const struct lx_config *config, const void *element _unused_)
{
	return config->idmap.shared && !has_map(config) && str_equal(config->idmap.range, "auto");
}

/* ---- links ---- */

static const char *name_inside(const struct lx_config_network *n)
{
	return n->name ? n->name : n->label;
}

static bool is_link(const struct lx_config_network *n)
{
	return str_equal(n->type, "veth") || str_equal(n->type, "user");
}

static bool bridge_of_user_link(const struct lx_config *config _unused_, const void *element)
{
	const struct lx_config_network *n = element;

	return str_equal(n->type, "user") && (n->link || n->host_name);
}

static bool forward_of_other_link(const struct lx_config *config _unused_, const void *element)
{
	const struct lx_config_network *n = element;

	return n->forward && !str_equal(n->type, "user");
}

static bool several_user_addresses(const struct lx_config *config _unused_, const void *element)
{
	const struct lx_config_network *n = element;

	return str_equal(n->type, "user") && (strv_length(n->ipv4_address) > 1 || strv_length(n->ipv6_address) > 1);
}

static bool label_is_no_name(const struct lx_config *config _unused_, const void *element)
{
	const struct lx_config_network *n = element;

	return is_link(n) && !n->name && strlen(n->label) >= IF_NAMESIZE;
}

static bool name_is_loopback(const struct lx_config *config _unused_, const void *element)
{
	return is_link(element) && str_equal(name_inside(element), "lo");
}

static bool settings_without_link(const struct lx_config *config _unused_, const void *element)
{
	const struct lx_config_network *n = element;

	return !is_link(n) && (n->link || n->name || n->host_name || n->mac || n->mtu || n->ipv4_address || n->ipv4_gateway ||
			       n->ipv6_address || n->ipv6_gateway);
}

static bool host_network_and_links(const struct lx_config *config, const void *element)
{
	const struct lx_config_network *n = element;

	return str_equal(n->type, "none") && config->networks.n > 1;
}

static bool gateway4_without_address(const struct lx_config *config _unused_, const void *element)
{
	const struct lx_config_network *n = element;

	return n->ipv4_gateway && !n->ipv4_address;
}

static bool gateway6_without_address(const struct lx_config *config _unused_, const void *element)
{
	const struct lx_config_network *n = element;

	return n->ipv6_gateway && !n->ipv6_address;
}

/* An earlier link that has the same: the message is about the later one. */
static bool name_twice(const struct lx_config *config, const void *element)
{
	const struct lx_config_network *n = element;

	for (const struct lx_config_network *other = config->networks.items; other < n; other++)
		if (is_link(other) && is_link(n) && str_equal(name_inside(other), name_inside(n)))
			return true;
	return false;
}

static bool host_name_twice(const struct lx_config *config, const void *element)
{
	const struct lx_config_network *n = element;

	for (const struct lx_config_network *other = config->networks.items; other < n; other++)
		if (n->host_name && str_equal(other->host_name, n->host_name))
			return true;
	return false;
}

static bool mac_twice(const struct lx_config *config, const void *element)
{
	const struct lx_config_network *n = element;

	for (const struct lx_config_network *other = config->networks.items; other < n; other++)
		if (n->mac && str_equal(other->mac, n->mac))
			return true;
	return false;
}

/* ---- mounts and devices ---- */

static bool is_bind(const struct lx_config_mount *m)
{
	return !m->type || str_equal(m->type, "bind") || str_equal(m->type, "none");
}

static bool mount_without_source(const struct lx_config *config _unused_, const void *element)
{
	const struct lx_config_mount *m = element;

	return is_bind(m) && !m->source;
}

static bool mount_without_target(const struct lx_config *config _unused_, const void *element)
{
	return !((const struct lx_config_mount *)element)->target;
}

static bool bind_of_no_path(const struct lx_config *config _unused_, const void *element)
{
	const struct lx_config_mount *m = element;

	return is_bind(m) && m->source && !path_is_absolute(m->source);
}

static bool mount_ro_and_rw(const struct lx_config *config _unused_, const void *element)
{
	const struct lx_config_mount *m = element;

	return strv_contains(m->options, "ro") && strv_contains(m->options, "rw");
}

static bool mount_creates_what(const struct lx_config *config _unused_, const void *element)
{
	const struct lx_config_mount *m = element;
	size_t n = 0;

	strv_for_each(option, m->options) {
		const char *what = str_after(option, "create=");

		if (what && !str_equal(what, "dir") && !str_equal(what, "file"))
			return true;
		n += what != NULL;
	}
	return n > 1;
}

static bool owner_of_no_bind(const struct lx_config *config _unused_, const void *element)
{
	const struct lx_config_mount *m = element;

	return !is_bind(m) && (m->owner || m->group);
}

static bool group_without_owner(const struct lx_config *config _unused_, const void *element)
{
	const struct lx_config_mount *m = element;

	return m->group && !m->owner;
}

static bool owner_and_idmap(const struct lx_config *config _unused_, const void *element)
{
	const struct lx_config_mount *m = element;

	return m->owner && strv_contains(m->options, "idmap");
}

static bool device_without_path(const struct lx_config *config _unused_, const void *element)
{
	return !((const struct lx_config_device *)element)->path;
}

/* ---- probes ---- */

static unsigned count_kinds(const struct lx_config_ready *probe)
{
	return (probe->command != NULL) + (probe->tcp != NULL) + (probe->file != NULL);
}

static bool probe_of_nothing(const struct lx_config *config _unused_, const void *element)
{
	return count_kinds(element) == 0;
}

static bool probe_of_several(const struct lx_config *config _unused_, const void *element)
{
	return count_kinds(element) > 1;
}

static const struct rule rules[] = {
	{ &lx_section_rootfs, "path", LX_RULE_INCOMPLETE, rootfs_missing, "path is not set; the container has no root file system" },
	{ &lx_section_container, "hostname", LX_RULE_CONFLICT, hostname_shared,
	  "hostname cannot be set for a host name that is shared; remove it, or set [namespace] uts = private" },
	{ &lx_section_namespace, "net", LX_RULE_CONFLICT, links_shared,
	  "a shared network takes no links; remove the [network] sections, or set net = private" },

	{ &lx_section_ready, "command", LX_RULE_INCOMPLETE, probe_of_nothing, "a probe needs command, tcp or file" },
	{ &lx_section_ready, "command", LX_RULE_CONFLICT, probe_of_several,
	  "command, tcp and file exclude each other; give each probe a section of its own" },

	{ &lx_section_idmap, "map", LX_RULE_CONFLICT, map_of_privileged,
	  "a privileged container has no id map; remove map, or set [container] privileged = no" },
	{ &lx_section_idmap, "range", LX_RULE_CONFLICT, range_of_privileged,
	  "a privileged container has no range of ids; remove range, or set [container] privileged = no" },
	{ &lx_section_idmap, "range", LX_RULE_CONFLICT, map_and_range, "range and map exclude each other; remove one of them" },
	{ &lx_section_idmap, "map", LX_RULE_INCOMPLETE, map_half, "map needs lines for uid and for gid" },
	{ &lx_section_idmap, "map", LX_RULE_INCOMPLETE, map_without_root, "map has no line for id 0 of the container" },
	{ &lx_section_idmap, "map", LX_RULE_CONFLICT, map_meets_inside, "two lines of map have the same ids of the container" },
	{ &lx_section_idmap, "map", LX_RULE_CONFLICT, map_meets_outside, "two lines of map have the same ids of the host" },
	{ &lx_section_idmap, "map", LX_RULE_CONFLICT, map_too_long, "the kernel takes no more than 340 lines of map" },
	{ &lx_section_idmap, "map", LX_RULE_CONFLICT, map_text_too_long,
	  "the kernel takes no more than 4095 bytes of map; join lines whose ids follow each other" },
	{ &lx_section_idmap, "shared", LX_RULE_CONFLICT, shared_without_ids,
	  "shared is about ids that range or map names; an allotted range is nobody else's" },

	{ &lx_section_network, "name", LX_RULE_INCOMPLETE, label_is_no_name,
	  "the label is too long for an interface; set name to one of at most 15 characters" },
	{ &lx_section_network, "name", LX_RULE_CONFLICT, name_is_loopback, "lo is the loopback interface; set another name" },
	{ &lx_section_network, "type", LX_RULE_CONFLICT, settings_without_link,
	  "type empty and type none take no other key; remove the others, or set type = veth" },
	{ &lx_section_network, "type", LX_RULE_CONFLICT, bridge_of_user_link,
	  "type user has nothing on the host; remove link and host-name, or set type = veth" },
	{ &lx_section_network, "forward", LX_RULE_CONFLICT, forward_of_other_link,
	  "forward is for type user; with a bridge the container has an address of its own" },
	{ &lx_section_network, "type", LX_RULE_CONFLICT, several_user_addresses,
	  "type user has one IPv4 and one IPv6 address" },
	{ &lx_section_network, "type", LX_RULE_CONFLICT, host_network_and_links,
	  "type none is the network of the host; there can be no other link beside it" },
	{ &lx_section_network, "name", LX_RULE_CONFLICT, name_twice, "an interface of this name is there already" },
	{ &lx_section_network, "host-name", LX_RULE_CONFLICT, host_name_twice, "another link has this host-name" },
	{ &lx_section_network, "mac", LX_RULE_CONFLICT, mac_twice, "another link has this mac" },
	{ &lx_section_network, "ipv4.gateway", LX_RULE_INCOMPLETE, gateway4_without_address,
	  "ipv4.gateway needs ipv4.address; without one the guest gets both by DHCP" },
	{ &lx_section_network, "ipv6.gateway", LX_RULE_INCOMPLETE, gateway6_without_address, "ipv6.gateway needs ipv6.address" },

	{ &lx_section_mount, "source", LX_RULE_INCOMPLETE, mount_without_source, "source is not set" },
	{ &lx_section_mount, "target", LX_RULE_INCOMPLETE, mount_without_target, "target is not set" },
	{ &lx_section_mount, "source", LX_RULE_INCOMPLETE, bind_of_no_path,
	  "source is no absolute path; set type when it is a file system" },
	{ &lx_section_mount, "options", LX_RULE_CONFLICT, mount_ro_and_rw, "options ro and rw exclude each other" },
	{ &lx_section_mount, "options", LX_RULE_CONFLICT, mount_creates_what, "expected one option create=dir or create=file" },
	{ &lx_section_mount, "owner", LX_RULE_CONFLICT, owner_of_no_bind, "owner and group are for bind mounts" },
	{ &lx_section_mount, "group", LX_RULE_INCOMPLETE, group_without_owner, "group needs owner" },
	{ &lx_section_mount, "owner", LX_RULE_CONFLICT, owner_and_idmap,
	  "owner and the option idmap exclude each other: one maps the users that it names, the other all" },
	{ &lx_section_device, "path", LX_RULE_INCOMPLETE, device_without_path, "path is not set" },

	{ &lx_section_cgroup, "memory.high", LX_RULE_CONFLICT, memory_high_above_max, "memory.high is more than memory.max" },
	{ &lx_section_machine, "image", LX_RULE_CONFLICT, image_of_no_directory,
	  "systemd takes directories as images, which the root file system is not; create the container with --storage dir" },
	{ &lx_section_security, "capabilities.keep", LX_RULE_CONFLICT, keep_and_drop,
	  "capabilities.keep and capabilities.drop exclude each other; remove one of them" },
	{ &lx_section_security, "intercept.mknod", LX_RULE_CONFLICT, mknod_of_privileged,
	  "a privileged container makes its nodes itself; remove intercept.mknod, or set [container] privileged = no" },
	{ &lx_section_security, "intercept.mount", LX_RULE_CONFLICT, mount_of_privileged,
	  "a privileged container mounts what it likes itself; remove intercept.mount, or set [container] privileged = no" },
	{ &lx_section_security, "rlimit", LX_RULE_CONFLICT, rlimit_twice, "two lines of rlimit are about the same resource" },
};

/* "FILE:LINE: [section label]: sentence" */
static int say_broken(const struct rule *rule, const struct lx_config *config, const void *element, struct lx_error *err)
{
	const char *label = lx_section_element_label(rule->section, element);
	_cleanup_free_ char *key = NULL;
	char place[512];

	key = str_format("%s%s%s.%s", rule->section->name, label ? "." : "", label ? label : "", rule->key);
	if (!key)
		return lx_error_oom(err);
	return lx_error_say(err, -EINVAL, "%s: [%s%s%s]: %s", lx_config_origin(config, key, place, sizeof(place)),
			    rule->section->name, label ? " " : "", label ? label : "", rule->sentence);
}

static int apply_rule(const struct rule *rule, const struct lx_config *config, char ***problems, struct lx_error *err)
{
	for (size_t i = 0; i < lx_section_count(rule->section, config); i++) {
		const void *element = lx_section_element_at(rule->section, config, i);
		struct lx_error broken = { 0 };

		if (!rule->is_broken(config, element))
			continue;
		say_broken(rule, config, element, &broken);
		if (!problems || broken.code == -ENOMEM) {
			lx_error_copy(err, &broken);
			return broken.code;
		}
		if (strv_append(problems, broken.text) < 0)
			return lx_error_oom(err);
	}
	return 0;
}

int lx_config_check_rules(const struct lx_config *config, unsigned kinds, char ***problems, struct lx_error *err)
{
	for (size_t i = 0; i < array_size(rules); i++) {
		int r = rules[i].kind & kinds ? apply_rule(&rules[i], config, problems, err) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

int lx_config_verify(const struct lx_config *config, char ***problems, struct lx_error *err)
{
	return lx_config_check_rules(config, LX_RULE_ALL, problems, err);
}
