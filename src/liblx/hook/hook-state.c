/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state as JSON. One flat object that is only written: that takes less than what every command would pay for a library
 * at each start (0.1 ms), and a path that is not UTF-8 is no reason to fail.
 */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "hook/hook-env.h"

#define OCI_VERSION "1.0.2"

static void add_string(struct buf *b, const char *s)
{
	buf_add_char(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addf(b, "\\%c", *s);
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			buf_addf(b, "\\u%04x", (unsigned)*s);
		else
			buf_add_char(b, *s);
	}
	buf_add_char(b, '"');
}

/* A member after the first one; nothing when there is no value. */
static void add_member(struct buf *b, const char *key, const char *value)
{
	if (!value)
		return;
	buf_add_char(b, ',');
	add_string(b, key);
	buf_add_char(b, ':');
	add_string(b, value);
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

char *lx_hook_state(enum lx_hook_stage stage, const struct lx_hook_facts *facts)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_add(&b, "{\"ociVersion\":\"" OCI_VERSION "\"");
	add_member(&b, "id", facts->name);
	add_member(&b, "status", oci_status(facts));
	if (facts->init_pid > 0)
		buf_addf(&b, ",\"pid\":%d", (int)facts->init_pid);
	add_member(&b, "bundle", facts->directory);

	buf_add(&b, ",\"lx\":{\"stage\":");
	add_string(&b, lx_hook_stage_name(stage));
	add_member(&b, "state", facts->state);
	add_member(&b, "configFile", facts->config_file);
	add_member(&b, "runDirectory", facts->run_directory);
	add_member(&b, "logFile", facts->log_file);
	add_member(&b, "rootfsPath", facts->root_path);
	add_member(&b, "rootfsMount", facts->root_mount);
	add_member(&b, "target", facts->target);
	add_member(&b, "sourceName", facts->source_name);
	buf_add(&b, "}}\n");

	return b.failed ? NULL : buf_steal(&b);
}
