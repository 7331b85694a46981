/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of commands, and what is the same for all of them: parse, set up messages, run, report. */
#include <stdlib.h>
#include <strings.h>

#include "base/str.h"
#include "base/strv.h"

#include "command.h"

const struct lx_command *const lx_commands[] = {
	&lx_attach_command,
	&lx_audit_command,
	&lx_autostart_command,
	&lx_checkconfig_command,
	&lx_complete_command,
	&lx_config_command,
	&lx_console_command,
	&lx_create_command,
	&lx_destroy_command,
	&lx_execute_command,
	&lx_freeze_command,
	&lx_gc_command,
	&lx_info_command,
	&lx_ls_command,
	&lx_net_command,
	&lx_start_command,
	&lx_stop_command,
	&lx_unfreeze_command,
	&lx_wait_command,
	NULL,
};

const char *lx_command_verb(const struct lx_command *command)
{
	return str_after(command->name, "lx-");
}

const struct lx_command *lx_command_find(const char *name)
{
	const char *verb = str_after(name, "lx-") ?: name;

	for (const struct lx_command *const *c = lx_commands; *c; c++)
		if (str_equal(lx_command_verb(*c), verb))
			return *c;

	return NULL;
}

void lx_command_name_error(struct lx_error *err, const char *name)
{
	const char *after = str_after(str_after(err->text, "container ") ?: err->text, name);

	if (!after || !strchr(": ", *after))
		lx_error_prefix(err, "%s", name);
}

void lx_command_report(const struct lx_command *command, const struct lx_common *common, const struct lx_error *err)
{
	struct lx_error shown = *err;

	if (common->quiet)
		return;

	fflush(stdout);
	/* It may repeat what a file or a guest says; the terminal of the reader is not theirs. */
	fprintf(stderr, "%s: %s\n", command->name, str_printable(shown.text));
}

static int set_up_log(const struct lx_command *command, const struct lx_common *common, struct lx_error *err)
{
	struct lx_log_options log = {
		.program = command->name,
		.file = common->log_file,
		.level = common->log_level,
		.quiet = common->quiet,
	};

	return lx_log_setup(&log, err);
}

static int show_help(const struct lx_command *command, const void *values, struct lx_error *err)
{
	lx_option_print_help(command, stdout);
	return command->more_help ? command->more_help(values, err) : 0;
}

static int run(const struct lx_command *command, const void *values, struct lx_error *err)
{
	const struct lx_common *common = values;
	int r;

	if (common->help)
		return show_help(command, values, err);
	if (common->usage) {
		lx_option_print_usage(command, stdout);
		return 0;
	}
	if (common->version) {
		printf("%s\n", lx_version());
		return 0;
	}

	r = set_up_log(command, common, err);
	if (r < 0)
		return r;
	if (command->rootless != LX_ROOTLESS_AS_IS)
		r = lx_enter_user_namespace(command->rootless == LX_ROOTLESS_ENTER, err);
	if (r < 0)
		return r;
	return command->verb ? lx_select_each(command, values, err) : command->run(values, err);
}

static int usage_error(const struct lx_command *command, const struct lx_common *common, struct lx_error *err)
{
	lx_error_advise(err, "see %s --help", command->name);
	lx_command_report(command, common, err);
	return EXIT_FAILURE;
}

/* What was printed must have arrived: a full disk is an error too. */
static int flush_output(int code, const struct lx_command *command)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;

	fprintf(stderr, "%s: write to standard output: %m\n", command->name);
	return code ?: EXIT_FAILURE;
}

int lx_command_run(const struct lx_command *command, int argc, char **argv)
{
	_cleanup_free_ void *values = calloc(1, command->size);
	struct lx_error err = { 0 };
	int r;

	if (!values) {
		lx_error_oom(&err);
		return usage_error(command, &(struct lx_common){ 0 }, &err);
	}
	if (command->defaults)
		memcpy(values, command->defaults, command->size);

	r = lx_option_parse(command, argc, argv, values, &err);
	if (r < 0) {
		r = usage_error(command, values, &err);
	} else {
		r = run(command, values, &err);
		if (err.code != 0)
			lx_command_report(command, values, &err);
		if (r < 0)
			r = command->exit_code ? command->exit_code(r) : EXIT_FAILURE;
	}
	lx_option_done(command, values);

	return flush_output(r, command);
}
