/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [container]: who it is, what it runs, how it is stopped. */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "config/sections/sections.h"

#define FIELD(f) LX_FIELD(struct lx_config_container, f)

/* "db" is kept as "db:running". */
static int normal_after(const struct lx_key *key _unused_, const char *text, char **ret)
{
	static const char *const milestones[] = { "", ":running", ":ready" };
	size_t size = strcspn(text, ":");

	if (size == 0 || strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != size)
		return -EINVAL;
	for (size_t i = 0; i < array_size(milestones); i++)
		if (str_equal(text + size, milestones[i])) {
			*ret = str_format("%.*s%s", (int)size, text, milestones[i][0] ? milestones[i] : milestones[1]);
			return *ret ? 0 : -ENOMEM;
		}

	return -EINVAL;
}

static const struct lx_type after_type = {
	.name = "after",
	.syntax = "names of containers, each with :running or :ready if wanted",
	.size = sizeof(char **),
	.list = true,
	.parse = lx_type_parse_words,
	.format = lx_type_format_words,
	.done = lx_type_done_list,
	.normal = normal_after,
};

static const struct lx_key keys[] = {
	{ "hostname", &lx_type_hostname, FIELD(hostname), .unset = "the name of the container", .example = "web",
	  .doc = "Host name inside the container." },
	{ "description", &lx_type_string, FIELD(description), .example = "the public web server",
	  .doc = "A line for people." },
	{ "uuid", &lx_type_uuid, FIELD(uuid), .unset = "derived from the name and the machine id of the host",
	  .example = "8b1f9a52-4f6c-4a7e-9d0f-0123456789ab",
	  .doc = "Identity of the container, handed to its init as container_uuid." },
	{ "init", &lx_type_command, FIELD(init), .fallback = "/sbin/init",
	  .doc = "First program of the container and its arguments." },
	{ "privileged", &lx_type_bool, FIELD(privileged), .fallback = "no",
	  .doc = "Root inside is root of the host.\n"
		 "Without it the container has a user namespace and a range of ids of its own, see [idmap]." },
	{ "stop-signal", &lx_type_signal, FIELD(stop_signal), .fallback = "auto",
	  .doc = "Signal that asks init to shut down.\n"
		 "auto is SIGRTMIN+3 for systemd, SIGUSR2 for busybox and SIGPWR for other init programs." },
	{ "reboot-signal", &lx_type_signal, FIELD(reboot_signal), .fallback = "auto",
	  .doc = "Signal that asks init to reboot.\n"
		 "auto is SIGTERM for busybox and SIGINT for other init programs." },
	{ "stop-timeout", &lx_type_duration, FIELD(stop_timeout), .fallback = "30s",
	  .doc = "How long a shutdown may take before everything in the container is killed." },
	{ "environment", &lx_type_environment, FIELD(environment), .example = "LANG=C.UTF-8",
	  .doc = "A variable for init." },
	{ "work-dir", &lx_type_path, FIELD(work_dir), .unset = "/", .example = "/srv",
	  .doc = "Working directory of init." },
	{ "after", &after_type, FIELD(after), .example = "db:ready",
	  .doc = "Containers that lx-autostart starts before this one, NAME or NAME:running or NAME:ready: it waits until they\n"
		 "run, or have booted. At shutdown the order is the other way round." },
	{ "groups", &lx_type_words, FIELD(groups), .example = "web,production",
	  .doc = "Sets that this container belongs to; commands can name them." },
};

const struct lx_section lx_section_container = {
	.name = "container",
	.offset = offsetof(struct lx_config, container),
	.keys = keys,
	.n_keys = array_size(keys),
	.doc = "Who the container is, what it runs and how it is stopped.",
};
