/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sections of lx.conf: where things are, the bridge, the pool of ids, defaults of the commands, systemd. */
#include "base/log.h"
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_settings_paths, f)

static const struct lx_key paths_keys[] = {
	{ "containers", &lx_type_path, FIELD(containers), .fallback = LX_STATEDIR,
	  .doc = "Directory of the containers, one directory each." },
	{ "images", &lx_type_path, FIELD(images), .fallback = LX_CACHEDIR "/images",
	  .doc = "Cache of the images that templates build." },
	{ "cache", &lx_type_path, FIELD(cache), .fallback = LX_CACHEDIR,
	  .doc = "What else can be made again: compiled AppArmor profiles." },
	{ "run", &lx_type_path, FIELD(run), .fallback = LX_RUNDIR, .doc = "What lives as long as a container runs." },
	{ "log", &lx_type_path, FIELD(log), .fallback = LX_LOGDIR, .doc = "Logs of monitors and consoles." },
	{ "templates", &lx_type_path, FIELD(templates), .fallback = LX_DATADIR "/templates",
	  .doc = "Templates of lx-create." },
	{ "share", &lx_type_path, FIELD(share), .fallback = LX_DATADIR,
	  .doc = "Installed files; profiles that include = names are in its directory config." },
	{ "libexec", &lx_type_path, FIELD(libexec), .fallback = LX_LIBEXECDIR, .doc = "Programs that lx runs itself." },
	{ "config", &lx_type_path, FIELD(config), .fallback = LX_SYSCONFDIR,
	  .doc = "The administrator's files: default.conf, hooks, profiles." },
};

const struct lx_section lx_section_host_paths = {
	.name = "paths",
	.offset = offsetof(struct lx_settings, paths),
	.keys = paths_keys,
	.n_keys = array_size(paths_keys),
	.doc = "Where things are.",
};

#undef FIELD
#define FIELD(f) LX_FIELD(struct lx_settings_network, f)

static const struct lx_key network_keys[] = {
	{ "bridge", &lx_type_interface, FIELD(bridge), .fallback = "lxbr0",
	  .doc = "Bridge that lx-net makes, and that links are put into when they name none." },
	{ "ipv4.address", &lx_type_ipv4_network, FIELD(ipv4_address), .fallback = "10.0.5.1/24",
	  .doc = "Address of the bridge; the network of the containers." },
	{ "ipv4.dhcp-range", &lx_type_ipv4_range, FIELD(ipv4_dhcp_range), .unset = "all addresses above that of the bridge, or below it where there are more",
	  .example = "10.0.5.100,10.0.5.200", .doc = "Addresses that are given out by DHCP." },
	{ "dhcp-lease-time", &lx_type_duration, FIELD(dhcp_lease_time), .fallback = "1h", .min = 120000000,
	  .doc = "How long an address given out by DHCP is valid." },
	{ "ipv6.address", &lx_type_ipv6_network, FIELD(ipv6_address), .unset = "no IPv6", .example = "fd00:5::1/64",
	  .doc = "IPv6 address of the bridge." },
	{ "domain", &lx_type_hostname, FIELD(domain), .fallback = "lx",
	  .doc = "Domain of the containers: NAME.DOMAIN is resolved by the bridge's DNS server." },
	{ "nat", &lx_type_bool, FIELD(nat), .fallback = "yes",
	  .doc = "Containers reach other networks with the address of the host." },
	{ "mtu", &lx_type_uint, FIELD(mtu), .min = 68, .max = 65535, .unset = "the kernel decides", .example = "1500",
	  .doc = "Largest packet on the bridge in bytes." },
};

const struct lx_section lx_section_host_network = {
	.name = "network",
	.offset = offsetof(struct lx_settings, network),
	.keys = network_keys,
	.n_keys = array_size(network_keys),
	.doc = "The bridge that lx-net manages.",
};

#undef FIELD
#define FIELD(f) LX_FIELD(struct lx_settings_idmap, f)

static const struct lx_key idmap_keys[] = {
	{ "base", &lx_type_uint, FIELD(base), .fallback = "1879048192", .min = 65536, .max = 4294901760,
	  .doc = "First id of the pool on the host; used when /etc/subuid or /etc/subgid has no range for root." },
	{ "size", &lx_type_uint, FIELD(size), .fallback = "268304384", .min = 65536, .max = 4294901760,
	  .doc = "Number of ids in the pool." },
	{ "range", &lx_type_uint, FIELD(range), .fallback = "65536", .min = 1, .max = 4294901760,
	  .doc = "Number of ids that each container gets." },
};

const struct lx_section lx_section_host_idmap = {
	.name = "idmap",
	.offset = offsetof(struct lx_settings, idmap),
	.keys = idmap_keys,
	.n_keys = array_size(idmap_keys),
	.doc = "The pool of ids for containers with range = auto.",
};

#undef FIELD
#define FIELD(f) LX_FIELD(struct lx_settings_defaults, f)

static const char *const log_targets[] = { "auto", "file", NULL };

static const struct lx_key defaults_keys[] = {
	{ "template", &lx_type_string, FIELD(template_name), .fallback = "debian",
	  .doc = "Template of lx-create when none is named." },
	{ "storage", &lx_type_string, FIELD(storage), .unset = "the first that works", .example = "overlay",
	  .doc = "Storage driver of new containers." },
	{ "log-level", &lx_type_word, FIELD(log_level), .fallback = "info", .words = lx_log_level_words,
	  .doc = "The least important messages that monitors log." },
	{ "log-target", &lx_type_word, FIELD(log_target), .fallback = "auto", .words = log_targets,
	  .doc = "Where monitors log: with auto to the journal of a host with systemd, to files elsewhere; or always to files. A file "
		 "that is named in [monitor] log-file or on the command line is written in any case." },
	{ "image-expiry", &lx_type_duration, FIELD(image_expiry), .fallback = "7d",
	  .doc = "Age at which a cached image is built anew." },
};

const struct lx_section lx_section_host_defaults = {
	.name = "defaults",
	.offset = offsetof(struct lx_settings, defaults),
	.keys = defaults_keys,
	.n_keys = array_size(defaults_keys),
	.doc = "What commands and containers use when nothing else is said.",
};

#undef FIELD
#define FIELD(f) LX_FIELD(struct lx_settings_systemd, f)

static const char *const units_words[] = { "auto", "no", NULL };

static const struct lx_key systemd_keys[] = {
	{ "units", &lx_type_word, FIELD(units), .fallback = "auto", .words = units_words,
	  .doc = "Who starts the monitor of a container: systemd, as unit lx@NAME.service, where it runs and the unit is installed (auto);"
		 " or always the command itself (no)." },
};

const struct lx_section lx_section_host_systemd = {
	.name = "systemd",
	.offset = offsetof(struct lx_settings, systemd),
	.keys = systemd_keys,
	.n_keys = array_size(systemd_keys),
	.doc = "How lx works together with systemd.",
};
