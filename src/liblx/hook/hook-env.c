/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The environment of hooks: nothing of ours is inherited, every variable is a row here. LXC's names stand beside the
 * LX_ ones, with the values that LXC gives to hooks of version 1, so that hooks written for it run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "hook/hook-env.h"
#include "sys/sys.h"

#define HOOK_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct variable {
	const char *name, *lxc_name; /* either may be NULL */
	/* NULL: the variable is not set. text is room for a number. */
	const char *(*value)(enum lx_hook_stage stage, const struct lx_hook_facts *facts, char text[static 32]);
};

#define VALUE(function, expression)                                                                                     \
	static const char *function(_unused_ enum lx_hook_stage stage, _unused_ const struct lx_hook_facts *facts,      \
				    _unused_ char text[static 32])                                                      \
	{                                                                                                               \
		return expression;                                                                                      \
	}

VALUE(name, facts->name)
VALUE(stage_word, lx_hook_stage_name(stage))
VALUE(config_file, facts->config_file)
VALUE(directory, facts->directory)
VALUE(run_directory, facts->run_directory)
VALUE(log_file, facts->log_file)
VALUE(root_path, facts->root_path)
VALUE(root_mount, facts->root_mount)
VALUE(target, facts->target)
VALUE(source_name, facts->source_name)
VALUE(state_word, facts->state)
VALUE(console_log, facts->config ? facts->config->console.log_file : NULL)
VALUE(log_level, facts->config ? facts->config->monitor.log_level : NULL)
VALUE(one, "1")
VALUE(section, "lxc")

static const char *init_pid(_unused_ enum lx_hook_stage stage, const struct lx_hook_facts *facts, char text[static 32])
{
	if (facts->init_pid <= 0)
		return NULL;
	snprintf(text, 32, "%d", (int)facts->init_pid);
	return text;
}

static const struct variable variables[] = {
	{ "LX_NAME", "LXC_NAME", name },
	{ "LX_STAGE", "LXC_HOOK_TYPE", stage_word },
	{ "LX_STATE", NULL, state_word },
	{ "LX_CONFIG_FILE", "LXC_CONFIG_FILE", config_file },
	{ "LX_DIRECTORY", NULL, directory },
	{ "LX_RUN_DIRECTORY", NULL, run_directory },
	{ "LX_LOG_FILE", NULL, log_file },
	{ "LX_LOG_LEVEL", "LXC_LOG_LEVEL", log_level },
	{ "LX_CONSOLE_LOG", "LXC_CONSOLE_LOGPATH", console_log },
	{ "LX_ROOTFS_PATH", "LXC_ROOTFS_PATH", root_path },
	{ "LX_ROOTFS_MOUNT", "LXC_ROOTFS_MOUNT", root_mount },
	{ "LX_INIT_PID", "LXC_PID", init_pid },
	{ "LX_TARGET", "LXC_TARGET", target },
	{ "LX_SOURCE_NAME", "LXC_SRC_NAME", source_name },
	{ NULL, "LXC_HOOK_VERSION", one },
	{ NULL, "LXC_HOOK_SECTION", section },
	{ NULL, "LXC_CGNS_AWARE", one },
};

static int add(char ***env, const char *variable, const char *value)
{
	return variable ? strv_appendf(env, "%s=%s", variable, value) : 0;
}

/* Namespaces of the container as files that a hook can give to nsenter(1); we hold them open while it runs. */
static int add_namespaces(const struct lx_hook_facts *facts, char ***env)
{
	int r = 0;

	for (int i = 0; facts->namespaces && i < SYS_NS_MAX; i++) {
		char word[16], path[64], variable[32];
		size_t n = 0;

		if (facts->namespaces[i] < 0)
			continue;
		for (const char *p = sys_namespaces[i].name; *p && n < sizeof(word) - 1; p++)
			word[n++] = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
		word[n] = '\0';
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), facts->namespaces[i]);
		for (const char *const *prefix = (const char *const[]){ "LX", "LXC", NULL }; r >= 0 && *prefix; prefix++) {
			snprintf(variable, sizeof(variable), "%s_%s_NS", *prefix, word);
			r = add(env, variable, path);
		}
	}

	return r;
}

int lx_hook_environment(enum lx_hook_stage stage, const struct lx_hook_facts *facts, char ***ret)
{
	_cleanup_strv_ char **env = NULL;
	int r;

	r = add(&env, "PATH", HOOK_PATH);
	if (r >= 0)
		r = add(&env, "LANG", "C.UTF-8");
	for (size_t i = 0; r >= 0 && i < array_size(variables); i++) {
		char text[32];
		const char *value = variables[i].value(stage, facts, text);

		if (!value)
			continue;
		r = add(&env, variables[i].name, value);
		if (r >= 0)
			r = add(&env, variables[i].lxc_name, value);
	}
	if (r >= 0)
		r = add_namespaces(facts, &env);
	if (r < 0)
		return r;

	*ret = take_ptr(env);
	return 0;
}
