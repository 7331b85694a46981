/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The wish, as data: what the administrator wants of one container. Values only, no descriptors; never changed after
 * reading. Every field is filled by one key of the schema (config/schema.h), which also says what it means.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/id-range.h"
#include "base/time.h"
#include "base/vec.h"

/* [container] */
struct lx_config_container {
	char *hostname;             /* NULL: the container's name */
	char *description;
	char *uuid;                 /* NULL: derived from the name and the host's machine id */
	char *init;                 /* words: program and arguments */
	bool privileged;
	int stop_signal;            /* 0 = auto */
	int reboot_signal;          /* 0 = auto */
	usec_t stop_timeout;
	char **environment;         /* NAME=VALUE, for init */
	char *work_dir;
	char **groups;              /* sets of containers that commands can name */
	char **after;               /* "NAME:running" or "NAME:ready": lx-autostart orders by it */
};

/* [start]: what lx-autostart does with the container */
struct lx_config_start {
	bool automatic;
	uint32_t order;
	usec_t delay, timeout;      /* timeout 0: none */
};

/* [ready LABEL]: a probe, one of command, tcp and file */
struct lx_config_ready {
	char *label;
	char *command;              /* words: program and arguments */
	char *tcp;                  /* lx_endpoint_parse() */
	char *file;
	usec_t interval, timeout;
};
/* A port, and the address that it is reached at. */
struct lx_endpoint {
	int family;                 /* AF_INET, AF_INET6; AF_UNSPEC: the loopback address of both */
	uint8_t address[16];        /* 4 or 16 bytes, in the order of the network */
	uint16_t port;
};
/* "PORT", "A.B.C.D:PORT", "[ADDRESS]:PORT"; -EINVAL, -ERANGE. */
int lx_endpoint_parse(const char *text, struct lx_endpoint *ret);

/* [rootfs] */
struct lx_config_rootfs {
	char *path;                 /* driver:source, or a directory */
	bool read_only;
};

/* [idmap] */
struct lx_idmap {
	id_ranges uids, gids;
};
void lx_idmap_done(struct lx_idmap *map);
int lx_idmap_copy(const struct lx_idmap *from, struct lx_idmap *to);
struct lx_config_idmap {
	char *range;                /* "auto" or "BASE:SIZE" or "BASE" */
	bool shared;                /* with other containers */
	struct lx_idmap map;        /* explicit lines "uid|gid|both INSIDE OUTSIDE SIZE" */
};

/* [namespace]: for each, "private", "host", "container:NAME" or "pid:PID" */
struct lx_config_namespace {
	char *net, *pid, *ipc, *uts, *cgroup;
	int64_t boottime_usec, monotonic_usec;    /* offsets of the time namespace */
};

/* [network LABEL]; the label is the name inside unless name is set */
struct lx_config_network {
	char *label;
	char *type;                 /* veth, user, empty, none */
	char *link;                 /* bridge on the host; NULL: the one of lx.conf */
	char *name;
	char *host_name;            /* NULL: derived */
	char *mac;                  /* NULL: derived, stable */
	uint32_t mtu;               /* 0 = kernel's */
	char **ipv4_address;        /* A.B.C.D/N */
	char *ipv4_gateway;         /* address, "auto" (the bridge's address) or NULL */
	char **ipv6_address;
	char *ipv6_gateway;
	char **forward;             /* "tcp [ADDRESS:]PORT PORT" */
};

/* [mount LABEL] */
struct lx_config_mount {
	char *label;
	char *source;
	char *target;               /* relative to the root of the container */
	char *type;                 /* NULL = bind when source is a path */
	char **options;             /* mount(8) words, and optional, create=dir|file, idmap */
	char **owner, **group;      /* "HOST:ID": who of the host is whom inside */
};

/* [device LABEL] */
struct lx_config_device {
	char *label;
	char *path;                 /* host node, e.g. /dev/fuse */
	char *access;               /* r w m */
	char *target;               /* NULL: same path */
	mode_t mode;
};

/* [cgroup]; text as the kernel takes it on v2, "" or NULL = not set */
struct lx_config_cgroup {
	char *memory_max, *memory_high, *memory_swap_max;
	char *cpu_max;              /* "50%", "QUOTA PERIOD" in microseconds, "max" */
	char *cpu_weight, *cpuset_cpus, *cpuset_mems, *pids_max, *io_weight;
	char **io_max;              /* "MAJ:MIN rbps=N ..." */
	char *view;                 /* auto, unified, hybrid, legacy, none: what the guest sees in /sys/fs/cgroup */
};

/* [security] */
struct lx_config_security {
	char **capabilities_drop;   /* names without CAP_, lower case; NULL = default set */
	char **capabilities_keep;   /* when set, exactly these */
	char **capabilities_ambient;
	char **securebits;          /* "noroot-locked" */
	char *core_scheduling;      /* no, auto, yes */
	bool no_new_privileges;
	char *apparmor;             /* "generated", "unconfined", or the name of a profile; NULL: nothing said */
	char **apparmor_rules;      /* lines for the generated profile */
	bool nesting;               /* containers can be run inside */
	char *selinux;              /* "auto", "none", or the context of init; NULL: nothing said */
	char *selinux_mount_context; /* NULL: that which goes with it */
	char *seccomp;              /* "default", "none", or the path of a policy */
	bool intercept_mknod, intercept_sysinfo;
	char **intercept_mount;     /* types of file systems */
	char **rlimits;             /* "nofile=1024:4096" */
	char **sysctls;             /* "net.ipv4.ip_forward=1" */
	char *oom_score_adj;        /* -1000 to 1000 */
	char **masked_paths, **read_only_paths; /* absolute, as the guest sees them */
};

/* [console] */
struct lx_config_console {
	char *log_file;             /* NULL: LOGDIR/NAME.console */
	uint64_t log_size;          /* rotated beyond; 0 = no log file */
	uint64_t buffer_size;       /* ring in the monitor */
};

/* [monitor] */
struct lx_config_monitor {
	char *log_file;             /* NULL: the journal, or LOGDIR/NAME.log */
	char *log_level;
	bool sandbox;
};

/* [machine]: the container as systemd on the host sees it */
struct lx_config_machine {
	char *registration;         /* auto, yes, no */
	char *link_journal;         /* host, guest, auto, no */
	bool image;                 /* machinectl shows it among the images */
};

/* [hook]: command lines, split like a shell would, run in order */
enum lx_hook_stage {
	LX_HOOK_PRE_START,
	LX_HOOK_PRE_MOUNT,
	LX_HOOK_MOUNT,
	LX_HOOK_START_HOST,
	LX_HOOK_START,
	LX_HOOK_STOP,
	LX_HOOK_POST_STOP,
	LX_HOOK_CLONE,
	LX_HOOK_DESTROY,
	LX_HOOK_MAX,
};
struct lx_config_hook {
	char **commands[LX_HOOK_MAX];
	usec_t timeout;
};

/* Where a value was read: for messages. */
struct lx_origin {
	char *key;                  /* section[.label].key; section.label: its first header; "": the main file itself */
	char *file;
	unsigned line;              /* 0: not from a file */
};
struct lx_origins {
	struct lx_origin *items;
	size_t n;
};

struct lx_config {
	struct lx_config_container container;
	struct lx_config_start start;
	VEC(struct lx_config_ready) probes;
	struct lx_config_rootfs rootfs;
	struct lx_config_idmap idmap;
	struct lx_config_namespace namespace;
	VEC(struct lx_config_network) networks;
	VEC(struct lx_config_mount) mounts;
	VEC(struct lx_config_device) devices;
	struct lx_config_cgroup cgroup;
	struct lx_config_security security;
	struct lx_config_console console;
	struct lx_config_monitor monitor;
	struct lx_config_machine machine;
	struct lx_config_hook hook;
	struct lx_origins origins;
};

/* Defaults filled in. */
int lx_config_new(struct lx_config **ret, struct lx_error *err);
void lx_config_free(struct lx_config *config);
DEFINE_CLEANUP(struct lx_config *, lx_config_free)
#define _cleanup_config_ _cleanup_(lx_config_freep)

/* Does the configuration say it, be it what the default is? */
bool lx_config_says(const struct lx_config *config, const char *key);
/* "FILE:LINE" of the key; when it has its default, of the header of its section [name label], or the container file itself.
 * For messages. Never NULL. */
const char *lx_config_origin(const struct lx_config *config, const char *key, char *text, size_t size);

/* read.c: file, then the drop-ins of <file>.d/ (for ".../config": "config.d/") in name order, include = on the way, then the assignments ("section[.label].key=value").
 * The first mistake is the error. */
int lx_config_load(const char *file, char *const *assignments, struct lx_config **ret, struct lx_error *err);
/* The same of a container's own file, which was found and not given: for root it must be root's. */
int lx_config_load_own(const char *file, char *const *assignments, struct lx_config **ret, struct lx_error *err);
/* As if file held text. */
int lx_config_load_text(const char *file, const char *text, struct lx_config **ret, struct lx_error *err);
/* As lx_config_load(), but walks on and appends every mistake to *problems; *ret is what could be read. */
int lx_config_load_all(const char *file, struct lx_config **ret, char ***problems, struct lx_error *err);

/* edit.c: changes one key of a container's own file in place; comments, order and all other bytes stay. The value is
 * checked by its type, and the whole configuration must still load. ADD gives a list one more value. UNSET with the name
 * of a whole section (network.eth0) removes that. The new file replaces the old one at once, with its owner and mode. */
enum lx_config_edit { LX_CONFIG_SET, LX_CONFIG_ADD, LX_CONFIG_UNSET };
int lx_config_edit(const char *file, const char *key, const char *value, enum lx_config_edit how, struct lx_error *err);
/* As above, on text that is to become the file: nothing is written. */
int lx_config_edit_text(const char *file, const char *text, const char *key, const char *value, enum lx_config_edit how,
			char **ret, struct lx_error *err);

/* check.c: rules that tie keys together. The first broken one is the error; with problems all are appended. */
int lx_config_verify(const struct lx_config *config, char ***problems, struct lx_error *err);

/* Host-wide /etc/lx/lx.conf, same machinery, its own sections. */
struct lx_settings_paths {
	char *containers, *images, *cache, *run, *log, *templates, *share, *libexec, *config;
};
struct lx_settings_network {
	char *bridge;
	char *ipv4_address;         /* of the bridge, with prefix */
	char *ipv4_dhcp_range;      /* FIRST,LAST; NULL: derived from the address */
	usec_t dhcp_lease_time;
	char *ipv6_address;         /* NULL: none */
	char *domain;               /* names NAME.DOMAIN */
	bool nat;
	uint32_t mtu;               /* 0 = kernel's */
};
struct lx_settings_idmap {
	uint32_t base, size;        /* pool on the host when /etc/subuid or /etc/subgid names none for root */
	uint32_t range;             /* ids of each container */
};
struct lx_settings_defaults {
	char *template_name, *storage;
	char *log_level;
	char *log_target;           /* "auto", "file" */
	usec_t image_expiry;
};
struct lx_settings_systemd {
	char *units;                /* "auto", "no" */
};
struct lx_settings {
	struct lx_settings_paths paths;
	struct lx_settings_network network;
	struct lx_settings_idmap idmap;
	struct lx_settings_defaults defaults;
	struct lx_settings_systemd systemd;
	struct lx_origins origins;
};
/* $LX_CONFIG names another file than SYSCONFDIR/lx/lx.conf (a missing default file is fine). For a user who is not root the
 * user's own file lies over the host's, and what is written is in the user's directories: user-paths.c. */
int lx_settings_load(struct lx_settings **ret, struct lx_error *err);
/* The file that $LX_CONFIG names, without links; NULL when it names none, or the host's. New memory. */
char *lx_settings_file(void);
void lx_settings_free(struct lx_settings *s);
/* user-paths.c: the directories of a user, from the environment: $XDG_..._HOME, $HOME. */
enum lx_user_path { LX_USER_CONFIG, LX_USER_DATA, LX_USER_CACHE, LX_USER_STATE, LX_USER_RUN };
int lx_user_path(enum lx_user_path which, const char *name, char **ret, struct lx_error *err);
/* Puts a user's directories in place of those that only root may write to; what the user's own files say stays. host_file: the
 * file (and its drop-ins) whose paths are the host's; NULL when only a file that the user named was read. */
int lx_settings_use_user_paths(struct lx_settings *s, const char *host_file, struct lx_error *err);
DEFINE_CLEANUP(struct lx_settings *, lx_settings_free)
#define _cleanup_settings_ _cleanup_(lx_settings_freep)

/* What the administrator lets users do who are not root. */
struct lx_config_user {
	char *label;
	char **bridges;
	uint32_t links;
};
struct lx_user_rules {
	VEC(struct lx_config_user) users;
	VEC(struct lx_config_user) groups;
	struct lx_origins origins;
};
/* DIRECTORY/users and DIRECTORY/users.d, in name order; missing ones are fine. */
int lx_user_rules_load(const char *directory, struct lx_user_rules **ret, struct lx_error *err);
void lx_user_rules_free(struct lx_user_rules *u);
DEFINE_CLEANUP(struct lx_user_rules *, lx_user_rules_free)
#define _cleanup_user_rules_ _cleanup_(lx_user_rules_freep)
