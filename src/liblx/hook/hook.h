/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs of the administrator that run at named stages of a container's life. */
#pragma once

#include "base/error.h"
#include "config/config.h"

/* What a hook is told, as LX_* and LXC_* variables and as JSON on its standard input. */
struct lx_hook_facts {
	const struct lx_config *config;
	const char *name, *directory, *config_file, *run_directory, *log_file;
	const char *root_path;      /* rootfs.path */
	const char *root_mount;     /* where the root is for this hook, or "" */
	int root_fd;                /* > 0: passed on to the hook under its number, which root_mount names */
	int cancel_fd;              /* > 0: the hook is ended as soon as it can be read */
	const char *target;         /* "stop" or "reboot", for stop and post-stop; NULL */
	const char *source_name;    /* clone: the original; NULL */
	pid_t init_pid;             /* 0 before there is one */
	const char *state;          /* STARTING ... */
	const int *namespaces;      /* SYS_NS_MAX descriptors of the container (-EBADF = none); NULL */
};

const char *lx_hook_stage_name(enum lx_hook_stage stage); /* "pre-start" */
/* Runs all commands of the stage in order, each within hook.timeout, output to the log. The first failure ends it (for
 * stop and post-stop the caller logs and goes on). */
int lx_hook_run(enum lx_hook_stage stage, const struct lx_hook_facts *facts, struct lx_error *err);
