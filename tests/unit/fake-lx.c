/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/error.h"
#include "base/str.h"
#include "base/strv.h"

#include "fake-lx.h"

struct fake_lx fake_lx;

struct lx_container {
	char *name, *path;
	enum lx_state state;
};

void fake_lx_reset(void)
{
	memset(&fake_lx, 0, sizeof(fake_lx));
}

static void _printf_(1, 2) note(const char *format, ...)
{
	size_t used = strlen(fake_lx.calls);
	va_list ap;

	va_start(ap, format);
	vsnprintf(fake_lx.calls + used, sizeof(fake_lx.calls) - used, format, ap);
	va_end(ap);
}

static void note_list(const char *name, char *const *list)
{
	if (!list)
		return;
	note(" %s=", name);
	for (size_t i = 0; list[i]; i++)
		note("%s%s", i ? "," : "", list[i]);
}

static void note_text(const char *name, const char *text)
{
	if (text)
		note(" %s=%s", name, text);
}

static int answer(struct lx_error *err)
{
	note("\n");
	if (err && fake_lx.error.code)
		*err = fake_lx.error;
	return fake_lx.result;
}

/* ---- what is there ------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum lx_state state;
} containers[] = {
	{ "db", LX_STATE_STOPPED },
	{ "ice", LX_STATE_FROZEN },
	{ "web", LX_STATE_RUNNING },
};

static const char *const states[LX_STATE_MAX] = {
	"STOPPED", "STARTING", "RUNNING", "STOPPING", "ABORTING", "FREEZING", "FROZEN", "THAWED", "READY",
};

const char *lx_version(void)
{
	return "1.2.3";
}

void lx_strv_free(char **v)
{
	strv_free(v);
}

int lx_log_setup(const struct lx_log_options *options _unused_, struct lx_error *err _unused_)
{
	return 0;
}

const char *lx_state_name(enum lx_state state)
{
	return states[state];
}

int lx_state_find(const char *word)
{
	for (int i = 0; i < LX_STATE_MAX; i++)
		if (strcasecmp(states[i], word) == 0)
			return i;

	return -EINVAL;
}

int lx_store_path(const char *path, char **ret, struct lx_error *err _unused_)
{
	*ret = strdup(path ?: "/var/lib/lx");
	return 0;
}

int lx_store_list(const char *path _unused_, char ***ret, struct lx_error *err _unused_)
{
	char **names = NULL;

	for (size_t i = 0; i < array_size(containers); i++)
		strv_append(&names, containers[i].name);

	*ret = names;
	return 0;
}

int lx_container_open(const char *path, const char *name, struct lx_container **ret, struct lx_error *err)
{
	for (size_t i = 0; i < array_size(containers); i++) {
		struct lx_container *c;

		if (strcmp(containers[i].name, name) != 0)
			continue;
		c = calloc(1, sizeof(*c));
		c->name = strdup(name);
		c->path = strdup(path ?: "/var/lib/lx");
		c->state = containers[i].state;
		fake_lx.opened++;
		*ret = c;
		return 0;
	}

	return lx_error_say(err, -ENOENT, "there is no container of this name");
}

void lx_container_close(struct lx_container *c)
{
	if (!c)
		return;
	free(c->name);
	free(c->path);
	free(c);
}

const char *lx_container_name(const struct lx_container *c)
{
	return c->name;
}

const char *lx_container_path(const struct lx_container *c)
{
	return c->path;
}

const char *lx_container_directory(const struct lx_container *c)
{
	return c->path;
}

int lx_container_define(struct lx_container *c _unused_, const char *assignment, struct lx_error *err _unused_)
{
	note("define %s\n", assignment);
	return 0;
}

int lx_container_use_config(struct lx_container *c _unused_, const char *file, struct lx_error *err _unused_)
{
	note("config %s\n", file);
	return 0;
}

int lx_container_get_state(struct lx_container *c, enum lx_state *ret, struct lx_error *err _unused_)
{
	*ret = c->state;
	return 0;
}

static void fill_running(struct lx_info *ret, unsigned what)
{
	ret->init_pid = 4242;
	ret->monitor_pid = 4240;
	ret->ready = true;
	ret->boot_usec = 1250000;
	ret->status = strdup("Startup finished");
	ret->machine = strdup("web");
	ret->uuid = strdup("6f1c0b6e-0000-4000-8000-000000000001");
	if (what & LX_INFO_ADDRESSES) {
		strv_append(&ret->ipv4, "10.0.5.20");
		strv_append(&ret->ipv6, "fd42::20");
	}
	if (what & LX_INFO_LINKS) {
		ret->links = calloc(1, sizeof(*ret->links));
		ret->n_links = 1;
		ret->links[0] = (struct lx_link_info){ strdup("eth0"), strdup("vethweb0"), 2048, 1024 };
	}
	if (what & LX_INFO_USAGE) {
		ret->usage.cpu_usec = 1500000;
		ret->usage.memory_bytes = 13107200;
		ret->usage.memory_max_bytes = 67108864;
		ret->usage.swap_bytes = UINT64_MAX;
		ret->usage.io_read_bytes = 4096;
		ret->usage.io_write_bytes = 4096;
		ret->usage.pids = 7;
		ret->usage.pids_max = UINT64_MAX;
	}
}

int lx_container_get_info(struct lx_container *c, unsigned what, struct lx_info *ret, struct lx_error *err _unused_)
{
	struct lx_info info = { .state = c->state, .unprivileged = true, .id_base = 100000, .id_size = 65536, .gid_base = 100000,
		.gid_size = 65536 };

	fake_lx.asked |= what;
	if (c->state == LX_STATE_RUNNING)
		fill_running(&info, what);

	*ret = info;
	return 0;
}

void lx_info_done(struct lx_info *info)
{
	free(info->status);
	free(info->machine);
	free(info->uuid);
	strv_free(info->ipv4);
	strv_free(info->ipv6);
	for (size_t i = 0; i < info->n_links; i++) {
		free(info->links[i].name);
		free(info->links[i].host_name);
	}
	free(info->links);
}

/* ---- verbs ---------------------------------------------------------------------------------------------------- */

int lx_create(const struct lx_create_options *o, struct lx_error *err)
{
	struct lx_progress progress = { .stage = "unpack", .percent = 10 };

	note("create %s", o->name);
	note_text("path", o->path);
	note_text("template", o->template_name);
	note_list("args", o->template_args);
	note_text("config", o->config);
	note_text("storage", o->storage);
	note_text("dir", o->directory);
	note_text("password", o->root_password_file);
	note_text("key", o->ssh_key_file);
	if (o->rebuild)
		note(" rebuild");
	o->progress(&progress, o->userdata);
	return answer(err);
}

/* What a command does is the same for root and for others. */
int lx_enter_user_namespace(bool make _unused_, struct lx_error *err _unused_)
{
	return 0;
}

int lx_destroy(struct lx_container *c, bool force, struct lx_error *err)
{
	note("destroy %s%s", c->name, force ? " force" : "");
	return answer(err);
}

int lx_template_list(char ***ret, struct lx_error *err _unused_)
{
	char **names = NULL;

	strv_append(&names, "busybox");
	strv_append(&names, "debian");
	*ret = names;
	return 0;
}

int lx_template_help(const char *name, char **ret, struct lx_error *err _unused_)
{
	*ret = str_format("  --release NAME  a release of %s\n", name);
	return 0;
}

int lx_template_words(const char *name _unused_, char ***ret, struct lx_error *err _unused_)
{
	char **words = NULL;

	strv_append(&words, "--release");
	strv_append(&words, "--variant");
	*ret = words;
	return 0;
}

static void note_start(const struct lx_start_options *o)
{
	static const char *const waits[] = { "running", "ready", "none" };

	note(" wait=%s", waits[o->wait]);
	if (o->timeout_usec)
		note(" timeout=%lu", (unsigned long)o->timeout_usec);
	if (o->foreground)
		note(" foreground");
	note_list("argv", o->argv);
	note_text("pidfile", o->pid_file);
	note_text("console-log", o->console_log);
	note_text("log", o->log_file);
	note_text("level", o->log_level);
	note_list("share", o->share);
}

int lx_start(struct lx_container *c, const struct lx_start_options *options, struct lx_error *err)
{
	note("start %s", c->name);
	note_start(options);
	return answer(err);
}

int lx_start_plan(struct lx_container *c, const struct lx_start_options *options, char **ret, struct lx_error *err)
{
	note("plan %s", c->name);
	note_start(options);
	*ret = strdup("a plan\n");
	return answer(err);
}

int lx_execute(struct lx_container *c, char *const *argv, const struct lx_start_options *options, struct lx_error *err)
{
	note("execute %s", c->name);
	note_list("command", argv);
	note_start(options);
	return answer(err);
}

int lx_stop(struct lx_container *c, unsigned flags, uint64_t timeout_usec, struct lx_error *err)
{
	note("stop %s flags=%u timeout=%lu", c->name, flags, (unsigned long)timeout_usec);
	return answer(err);
}

int lx_freeze(struct lx_container *c, struct lx_error *err)
{
	note("freeze %s", c->name);
	return answer(err);
}

int lx_unfreeze(struct lx_container *c, struct lx_error *err)
{
	note("unfreeze %s", c->name);
	return answer(err);
}

int lx_wait(struct lx_container *c, unsigned wanted, uint64_t timeout_usec, struct lx_error *err)
{
	note("wait %s states=%#x timeout=%s%lu", c->name, wanted, timeout_usec == UINT64_MAX ? "never " : "",
	     timeout_usec == UINT64_MAX ? 0 : (unsigned long)timeout_usec);
	return answer(err);
}

int lx_attach(struct lx_container *c, const struct lx_attach_options *o, struct lx_error *err)
{
	note("attach %s namespaces=%#x elevated=%u uid=%d gid=%d fds=%d,%d,%d%s", c->name, o->namespaces, o->elevated,
	     (int)o->uid, (int)o->gid, o->stdin_fd, o->stdout_fd, o->stderr_fd, o->keep_env ? " keep-env" : "");
	note_list("argv", o->argv);
	note_list("keep", o->keep_var);
	note_list("set", o->set_var);
	note_list("groups", o->groups);
	note_text("work-dir", o->work_dir);
	note_text("log", o->pty_log);
	return answer(err);
}

int lx_console(struct lx_container *c, int escape, struct lx_error *err)
{
	note("console %s escape=%d", c->name, escape);
	return answer(err);
}

int lx_console_log(struct lx_container *c, bool clear, char **ret, size_t *ret_size, struct lx_error *err)
{
	note("console-log %s%s", c->name, clear ? " clear" : "");
	*ret = strdup("login:");
	*ret_size = strlen(*ret);
	return answer(err);
}

int lx_gc(const char *path _unused_, const char *name, void (*report)(const char *text, void *userdata), void *userdata,
	  struct lx_error *err)
{
	note("gc %s", name ?: "(all)");
	if (report)
		report("web: removed link vethweb0", userdata);
	return answer(err);
}

/* ---- configuration, network, host ---------------------------------------------------------------------------- */

int lx_config_get(struct lx_container *c, const char *key, char **ret, struct lx_error *err)
{
	if (strcmp(key, "container.groups") == 0)
		*ret = strdup(strcmp(c->name, "web") == 0 ? "front\nall" : "all");
	else if (strcmp(key, "start.auto") == 0)
		*ret = strdup(strcmp(c->name, "web") == 0 ? "yes" : "no");
	else if (strcmp(key, "container.hostname") == 0)
		*ret = strdup(c->name);
	else
		return lx_error_say(err, -ENOENT, "there is no key %s", key);

	return 0;
}

int lx_config_set(struct lx_container *c, const char *key, const char *value, bool add, struct lx_error *err)
{
	note("set %s %s=%s%s", c->name, key, value, add ? " add" : "");
	return answer(err);
}

int lx_config_unset(struct lx_container *c, const char *key, struct lx_error *err)
{
	note("unset %s %s", c->name, key);
	return answer(err);
}

int lx_config_list(struct lx_container *c, bool all, bool origins, char ***ret, struct lx_error *err _unused_)
{
	char **lines = NULL;

	strv_appendf(&lines, "container.hostname = %s", c->name);
	if (all)
		strv_append(&lines, "container.init = /sbin/init");
	if (origins)
		strv_append(&lines, "# origins");
	*ret = lines;
	return 0;
}

int lx_config_diff(struct lx_container *c, struct lx_container *other, char ***ret, struct lx_error *err _unused_)
{
	char **lines = NULL;

	strv_appendf(&lines, "%s %s", c->name, other ? other->name : "defaults");
	*ret = lines;
	return 0;
}

int lx_config_check(struct lx_container *c, char ***ret, struct lx_error *err _unused_)
{
	char **lines = NULL;
	bool broken = strcmp(c->name, "db") == 0;

	if (broken)
		strv_append(&lines, "config:3: [rootfs] pth: there is no such key; did you mean path?");
	*ret = lines;
	return broken ? 1 : 0;
}

int lx_config_describe(const char *what, const char *key, char **ret, struct lx_error *err _unused_)
{
	*ret = key ? str_format("%s %s\n", what, key) : str_format("%s.one\n%s.two\n", what, what);
	return 0;
}

int lx_host_config_get(const char *key, char **ret, struct lx_error *err)
{
	if (strcmp(key, "paths.containers") != 0)
		return lx_error_say(err, -ENOENT, "there is no key %s", key);

	*ret = strdup("/var/lib/lx");
	return 0;
}

int lx_net_up(struct lx_error *err)
{
	note("net up");
	return answer(err);
}

int lx_net_down(bool force, struct lx_error *err)
{
	note("net down%s", force ? " force" : "");
	return answer(err);
}

int lx_net_get_status(struct lx_net_status *ret, struct lx_error *err _unused_)
{
	*ret = (struct lx_net_status){ .bridge = strdup("lxbr0"), .up = true, .nft_loaded = true };
	strv_append(&ret->addresses, "10.0.5.1/24");
	return 0;
}

void lx_net_status_done(struct lx_net_status *s)
{
	free(s->bridge);
	strv_free(s->addresses);
	strv_free(s->members);
	strv_free(s->leases);
}

int lx_check_host(struct lx_feature **ret, size_t *ret_n, struct lx_error *err _unused_)
{
	struct lx_feature *f = calloc(2, sizeof(*f));

	f[0] = (struct lx_feature){ "kernel", "clone3", true, true, NULL };
	f[1] = (struct lx_feature){ "kernel", "idmapped mounts", false, true, strdup("Linux 5.12 is needed") };
	*ret = f;
	*ret_n = 2;
	return 1;
}

void lx_features_free(struct lx_feature *features, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(features[i].detail);
	free(features);
}

int lx_audit(struct lx_container *c, struct lx_finding **ret, size_t *ret_n, struct lx_error *err)
{
	struct lx_finding *f;
	int r;

	note("audit %s", c->name);
	r = answer(err);
	if (r < 0)
		return r;
	f = calloc(2, sizeof(*f));
	f[0] = (struct lx_finding){ "ids", "container.privileged", 0, 30, strdup("root inside is root of the host") };
	f[1] = (struct lx_finding){ "mounts", "mount", 4, 4, strdup("") };
	*ret = f;
	*ret_n = 2;
	return 4;
}

void lx_findings_free(struct lx_finding *findings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(findings[i].detail);
	free(findings);
}

int lx_autostart_plan(const char *path, char *const *groups, unsigned flags,
		      void (*report)(const struct lx_error *broken, void *userdata) _unused_, void *userdata _unused_,
		      struct lx_job **ret, size_t *ret_n, struct lx_error *err)
{
	struct lx_job *jobs;
	int r;

	note("autostart flags=%u", flags);
	note_text("path", path);
	note_list("groups", groups);
	r = answer(err);
	if (r < 0)
		return r;
	jobs = calloc(2, sizeof(*jobs));
	jobs[0] = (struct lx_job){ .name = strdup("db"), .delay_usec = 5000000 };
	jobs[1] = (struct lx_job){ .name = strdup("web") };
	*ret = jobs;
	*ret_n = 2;
	return 0;
}

void lx_jobs_free(struct lx_job *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(jobs[i].name);
	free(jobs);
}
