/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-attach: run a command inside a running container. */
#include <sched.h>

#include "command.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

struct attach {
	struct lx_common common;
	unsigned elevated, namespaces;
	bool clear_env, keep_env;
	char **keep_var, **set_var, **groups;
	const char *pty_log, *work_dir;
	int64_t uid, gid;
};

static const struct attach defaults = {
	.uid = -1,
	.gid = -1,
};

static const struct lx_word elevated_words[] = {
	{ "CAP", LX_ELEVATED_CAP },
	{ "CGROUP", LX_ELEVATED_CGROUP },
	{ "LSM", LX_ELEVATED_LSM },
	{ "SECCOMP", LX_ELEVATED_SECCOMP },
	{ NULL, 0 },
};

static const struct lx_word namespace_words[] = {
	{ "MOUNT", CLONE_NEWNS },
	{ "PID", CLONE_NEWPID },
	{ "UTSNAME", CLONE_NEWUTS },
	{ "IPC", CLONE_NEWIPC },
	{ "USER", CLONE_NEWUSER },
	{ "NETWORK", CLONE_NEWNET },
	{ "CGROUP", CLONE_NEWCGROUP },
	{ "TIME", CLONE_NEWTIME },
	{ NULL, 0 },
};

#define FIELD(m) .offset = offsetof(struct attach, m)

static const struct lx_option options[] = {
	{ 'e', "elevated-privileges", .argument = "LIST", .optional = true, .kind = LX_OPTION_SET, FIELD(elevated),
	  .words = elevated_words, .doc = "Restrictions of the container that are not put on the command; without a list all." },
	{ 's', "namespaces", .argument = "LIST", .kind = LX_OPTION_SET, FIELD(namespaces), .words = namespace_words,
	  .doc = "Join only these namespaces, not all of the container's." },
	{ 0, "clear-env", .kind = LX_OPTION_FLAG, FIELD(clear_env),
	  .doc = "Start the command with a clean environment. This is the default." },
	{ 0, "keep-env", .kind = LX_OPTION_FLAG, FIELD(keep_env),
	  .doc = "Pass the whole environment of the caller on." },
	{ 0, "keep-var", .argument = "NAME", .kind = LX_OPTION_LIST, FIELD(keep_var),
	  .doc = "Pass this variable on; may be repeated." },
	{ 'v', "set-var", .argument = "NAME=VALUE", .kind = LX_OPTION_LIST, FIELD(set_var),
	  .doc = "Set this variable; may be repeated." },
	{ 'L', "pty-log", .argument = "FILE", .kind = LX_OPTION_TEXT, FIELD(pty_log), .complete = LX_COMPLETE_FILE,
	  .doc = "Copy what the command writes to its terminal to this file." },
	{ 'u', "uid", .argument = "UID", .kind = LX_OPTION_NUMBER, FIELD(uid),
	  .doc = "Run as this user, a number of the container." },
	{ 'g', "gid", .argument = "GID", .kind = LX_OPTION_NUMBER, FIELD(gid),
	  .doc = "Run with this group, a number of the container." },
	{ 'G', "groups", .argument = "GID", .kind = LX_OPTION_LIST, FIELD(groups),
	  .doc = "Add this supplementary group, a number; may be repeated." },
	{ 0, "work-dir", .argument = "DIRECTORY", .kind = LX_OPTION_TEXT, FIELD(work_dir),
	  .doc = "Directory to run in, in place of the user's home." },
	{ 'f', "rcfile", .argument = "FILE", .kind = LX_OPTION_TEXT, FIELD(common.rcfile), .complete = LX_COMPLETE_FILE,
	  .doc = "Read this file in place of the container's own configuration." },
};

static int run(struct lx_container *c, const void *values, struct lx_error *err)
{
	const struct attach *v = values;
	struct lx_attach_options attach = LX_ATTACH_OPTIONS_INIT;

	if (v->keep_env && v->clear_env)
		return lx_error_say(err, -EINVAL, "--keep-env and --clear-env exclude each other");

	attach.argv = v->common.tail;
	attach.namespaces = v->namespaces;
	attach.keep_env = v->keep_env;
	attach.keep_var = v->keep_var;
	attach.set_var = v->set_var;
	attach.work_dir = v->work_dir;
	attach.uid = v->uid;
	attach.gid = v->gid;
	attach.groups = v->groups;
	attach.elevated = v->elevated;
	attach.pty_log = v->pty_log;

	return lx_attach(c, &attach, err);
}

const struct lx_command lx_attach_command = {
	.name = "lx-attach",
	.summary = "run a command or a shell inside a running container",
	.synopsis = "[-n] NAME [--] [COMMAND [ARGUMENT...]]",
	LX_ROWS(options),
	.operands = LX_OPERANDS_NAME,
	.complete = LX_COMPLETE_RUNNING,
	.takes_command = true,
	.size = sizeof(struct attach),
	.rootless = LX_ROOTLESS_JOIN,
	.defaults = &defaults,
	.verb = run,
};
