/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-create: make a container from a template. */
#include "base/str.h"
#include "base/strv.h"

#include "command.h"
#include "progress.h"

struct create {
	struct lx_common common;
	const char *template_name, *config, *storage, *directory, *root_password_file, *ssh_key_file;
	bool rebuild, list_templates, machine_image;
};

#define FIELD(m) .offset = offsetof(struct create, m)

static const struct lx_option options[] = {
	{ 't', "template", .argument = "TEMPLATE", .kind = LX_OPTION_TEXT, FIELD(template_name),
	  .complete = LX_COMPLETE_TEMPLATE,
	  .doc = "What makes the root file system: a name, a path with a slash, or none; without it defaults.template of"
		 " lx.conf. With --help, its options are shown." },
	{ 'f', "config", .argument = "FILE", .kind = LX_OPTION_TEXT, FIELD(config), .complete = LX_COMPLETE_FILE,
	  .doc = "Begin the configuration with this file, in place of default.conf." },
	{ 'B', "bdev", .alias = "storage", .argument = "DRIVER", .kind = LX_OPTION_TEXT, FIELD(storage),
	  .doc = "Storage driver: overlay or dir; without it the first that works here." },
	{ 0, "dir", .argument = "DIRECTORY", .kind = LX_OPTION_TEXT, FIELD(directory), .complete = LX_COMPLETE_DIRECTORY,
	  .doc = "Use this existing tree as the root file system. lx never removes it." },
	{ 0, "rebuild", .kind = LX_OPTION_FLAG, FIELD(rebuild),
	  .doc = "Build the image again even when it is in the cache." },
	{ 0, "root-password-file", .argument = "FILE", .kind = LX_OPTION_TEXT, FIELD(root_password_file),
	  .complete = LX_COMPLETE_FILE,
	  .doc = "Give root the password in the first line of this file. Without it root has none that works." },
	{ 0, "ssh-key", .argument = "FILE", .kind = LX_OPTION_TEXT, FIELD(ssh_key_file), .complete = LX_COMPLETE_FILE,
	  .doc = "Let the owners of the public keys in this file log in as root by ssh." },
	{ 0, "machine-image", .kind = LX_OPTION_FLAG, FIELD(machine_image),
	  .doc = "Show the container among the images of machinectl, as machine.image does; its storage is dir then." },
	{ 0, "list-templates", .kind = LX_OPTION_FLAG, FIELD(list_templates),
	  .doc = "Print the names of the templates and return." },
};

static int list_templates(struct lx_error *err)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	r = lx_template_list(&names, err);
	if (r < 0)
		return r;
	strv_for_each(name, names)
		puts(name);

	return 0;
}

/* "lx-create -t debian --help" */
static int template_help(const void *values, struct lx_error *err)
{
	const struct create *v = values;
	_cleanup_free_ char *text = NULL;
	int r;

	if (!v->template_name || str_equal(v->template_name, "none"))
		return 0;
	r = lx_template_help(v->template_name, &text, err);
	if (r < 0)
		return r;

	printf("\n%s", text);
	return 0;
}

static int check_line(const struct lx_common *common, struct lx_error *err)
{
	size_t n = strv_length(common->words) + (common->name ? 1 : 0);

	if (n == 0)
		return lx_error_say(err, -EINVAL, "no container is named; give its name as the first word or with -n");
	if (n > 1)
		return lx_error_say(err, -EINVAL, "\"%s\": one container only; options of the template stand after --",
				    common->words[strv_length(common->words) - 1]);

	return 0;
}

static void show(const struct lx_progress *p, void *userdata)
{
	lx_progress_line_show(userdata, p->stage, p->message, p->percent, p->elapsed_usec);
}

static int run(const void *values, struct lx_error *err)
{
	const struct create *v = values;
	struct lx_progress_line line;
	struct lx_create_options create = {
		.path = v->common.path,
		.name = v->common.name,
		.template_name = v->template_name,
		.template_args = v->common.tail,
		.config = v->config ?: v->common.rcfile,
		.storage = v->storage,
		.directory = v->directory,
		.root_password_file = v->root_password_file,
		.ssh_key_file = v->ssh_key_file,
		.rebuild = v->rebuild,
		.machine_image = v->machine_image,
		.progress = show,
		.userdata = &line,
	};
	int r;

	if (v->list_templates)
		return list_templates(err);
	r = check_line(&v->common, err);
	if (r < 0)
		return r;
	if (!create.name)
		create.name = v->common.words[0];

	/* not before: templates can be listed without */
	r = lx_enter_user_namespace(true, err);
	if (r < 0)
		return r;

	lx_progress_line_init(&line, v->common.quiet);
	r = lx_create(&create, err);
	lx_progress_line_end(&line);
	if (r < 0)
		lx_command_name_error(err, create.name);

	return MIN_OF(r, 0);
}

const struct lx_command lx_create_command = {
	.name = "lx-create",
	.summary = "make a container from a template",
	.synopsis = "[-n] NAME [-t TEMPLATE] [-- TEMPLATE-OPTION...]",
	LX_ROWS(options),
	.operands = LX_OPERANDS_WORDS,
	.takes_tail = true,
	.size = sizeof(struct create),
	.run = run,
	.more_help = template_help,
};
