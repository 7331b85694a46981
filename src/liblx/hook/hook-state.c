/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state as JSON: what a runtime of the Open Container Initiative tells its hooks, and what only we know. */
#include <jansson.h>
#include <stdlib.h>

#include "base/str.h"
#include "hook/hook-env.h"

#define OCI_VERSION "1.0.2"

/* A value that is unset, or not UTF-8, which JSON cannot hold, is left out: the environment has it. */
static void set_text(json_t *object, const char *key, const char *value)
{
	if (value)
		(void)json_object_set_new(object, key, json_string(value));
}

/* The four words of OCI for ours. */
static const char *oci_status(const struct lx_hook_facts *facts)
{
	static const struct {
		const char *state, *status;
	} words[] = {
		{ "STARTING", "creating" }, { "RUNNING", "running" }, { "FREEZING", "running" }, { "FROZEN", "running" },
		{ "THAWED", "running" },    { "READY", "running" },
	};

	for (size_t i = 0; i < array_size(words); i++)
		if (str_equal(facts->state, words[i].state))
			return words[i].status;

	return "stopped";
}

static json_t *own_members(enum lx_hook_stage stage, const struct lx_hook_facts *facts)
{
	json_t *own = json_object();

	set_text(own, "stage", lx_hook_stage_name(stage));
	set_text(own, "state", facts->state);
	set_text(own, "configFile", facts->config_file);
	set_text(own, "runDirectory", facts->run_directory);
	set_text(own, "logFile", facts->log_file);
	set_text(own, "rootfsPath", facts->root_path);
	set_text(own, "rootfsMount", facts->root_mount);
	set_text(own, "target", facts->target);
	set_text(own, "sourceName", facts->source_name);

	return own;
}

char *lx_hook_state(enum lx_hook_stage stage, const struct lx_hook_facts *facts)
{
	_cleanup_free_ char *text = NULL;
	json_t *object = json_object();

	set_text(object, "ociVersion", OCI_VERSION);
	set_text(object, "id", facts->name);
	set_text(object, "status", oci_status(facts));
	if (facts->init_pid > 0)
		(void)json_object_set_new(object, "pid", json_integer(facts->init_pid));
	set_text(object, "bundle", facts->directory);
	(void)json_object_set_new(object, "lx", own_members(stage, facts));

	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text ? str_format("%s\n", text) : NULL;
}
