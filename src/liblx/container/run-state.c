/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RUNDIR/state: what the monitor says of its run, INI text, replaced as a whole at each change. Fields are rows of a table,
 * which reader and writer share.
 *
 * A file outlives a monitor that was killed, and a pid is given to another process sooner or later. So the file counts only
 * while somebody holds the container's lock and the monitor, by pid and start time, is the process that wrote it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/ini.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/str.h"
#include "container/container.h"

#define STATE_FILE "state"

enum field_type { FIELD_STATE, FIELD_BOOL, FIELD_PID, FIELD_U64, FIELD_U32, FIELD_TEXT };

static const struct field {
	const char *key;
	enum field_type type;
	size_t offset;
} fields[] = {
#define FIELD(key, type, member) { key, FIELD_##type, offsetof(struct lx_run_state, member) }
	FIELD("state", STATE, state),
	FIELD("ready", BOOL, ready),
	FIELD("init-pid", PID, init_pid),
	FIELD("init-start-ticks", U64, init_start_ticks),
	FIELD("monitor-pid", PID, monitor_pid),
	FIELD("monitor-start-ticks", U64, monitor_start_ticks),
	FIELD("started-usec", U64, started_usec),
	FIELD("boot-usec", U64, boot_usec),
	FIELD("status", TEXT, status),
	FIELD("waiting", TEXT, waiting),
	FIELD("trouble", TEXT, trouble),
	FIELD("machine", TEXT, machine),
	FIELD("uuid", TEXT, uuid),
	FIELD("cgroup", TEXT, cgroup),
	FIELD("id-base", U32, id_base),
	FIELD("id-size", U32, id_size),
	FIELD("gid-base", U32, gid_base),
	FIELD("gid-size", U32, gid_size),
#undef FIELD
};

void lx_run_state_done(struct lx_run_state *s)
{
	vec_for_each(link, &s->links) {
		free(link->name);
		free(link->host_name);
	}
	vec_done(&s->links);
	free(s->status);
	free(s->waiting);
	free(s->trouble);
	free(s->machine);
	free(s->uuid);
	free(s->cgroup);
	*s = (struct lx_run_state){ 0 };
}

static int parse_field(const struct field *f, const char *value, struct lx_run_state *s)
{
	void *member = (char *)s + f->offset;
	uint64_t number;
	int r;

	switch (f->type) {
	case FIELD_STATE:
		r = lx_state_find(value);
		if (r >= 0)
			*(enum lx_state *)member = (enum lx_state)r;
		return r < 0 ? r : 0;
	case FIELD_BOOL:
		return parse_bool(value, member);
	case FIELD_TEXT:
		return str_set(member, value);
	default:
		r = parse_uint(value, &number);
		if (r < 0)
			return r;
	}

	if (f->type == FIELD_U64)
		*(uint64_t *)member = number;
	else if (f->type == FIELD_U32 && number <= UINT32_MAX)
		*(uint32_t *)member = (uint32_t)number;
	else if (f->type == FIELD_PID && number <= INT32_MAX)
		*(pid_t *)member = (pid_t)number;
	else
		return -ERANGE;
	return 0;
}

static int read_link(const struct ini_line *line, struct lx_run_state *s)
{
	struct lx_run_link *link;

	if (!line->key) {
		link = vec_add(&s->links);
		return link ? str_set(&link->name, line->label ? line->label : "") : -ENOMEM;
	}
	link = &s->links.items[s->links.n - 1];
	return str_equal(line->key, "host-name") ? str_set(&link->host_name, line->value) : 0;
}

/* Keys that we do not know are a newer monitor's. */
static int read_line(const struct ini_line *line, void *userdata, struct lx_error *err)
{
	struct lx_run_state *s = userdata;
	int r = 0;

	if (str_equal(line->section, "link"))
		r = read_link(line, s);
	for (size_t i = 0; i < array_size(fields) && line->key && str_equal(line->section, "run"); i++)
		if (str_equal(fields[i].key, line->key))
			r = parse_field(&fields[i], line->value, s);
	return r < 0 ? lx_error_set(err, r, "%s:%u: %s", line->file, line->line, line->key ? line->key : line->section) : 0;
}

int lx_run_state_parse(const char *file, const char *text, struct lx_run_state *ret, struct lx_error *err)
{
	_cleanup_(lx_run_state_done) struct lx_run_state s = { 0 };
	int r = ini_parse(file, text, read_line, NULL, &s, err);

	if (r < 0)
		return r;
	*ret = s;
	s = (struct lx_run_state){ 0 };
	return 0;
}

int lx_process_start_ticks(pid_t pid, uint64_t *ret)
{
	char path[64], text[1024];
	_cleanup_close_ int fd = -EBADF;
	const char *rest;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';

	/* The name in field 2 may hold anything; what follows its last parenthesis begins with field 3. */
	rest = strrchr(text, ')');
	if (!rest || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %" SCNu64,
			    ret) != 1)
		return -EINVAL;
	return 0;
}

pid_t lx_process_inner_pid(pid_t pid)
{
	_cleanup_free_ char *status = NULL;
	char path[64];
	const char *p;
	pid_t inner = 1;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (file_read(AT_FDCWD, path, FILE_TEXT_MAX, &status, NULL) < 0 || !(p = strstr(status, "\nNSpid:")))
		return inner;
	for (p += strlen("\nNSpid:"); *p == '\t'; p += strcspn(p, "\t\n"))
		inner = (pid_t)strtol(++p, NULL, 10);
	return inner;
}

/* start_ticks 0: the writer did not know, the pid must do. */
static bool is_alive(pid_t pid, uint64_t start_ticks)
{
	uint64_t now;

	return pid > 0 && lx_process_start_ticks(pid, &now) == 0 && (start_ticks == 0 || now == start_ticks);
}

int lx_run_state_load(const struct lx_container *c, struct lx_run_state *ret, struct lx_error *err)
{
	_cleanup_(lx_run_state_done) struct lx_run_state s = { 0 };
	_cleanup_free_ char *path = NULL, *text = NULL;
	int r;

	path = path_join(c->run_directory, STATE_FILE);
	if (!path)
		return lx_error_oom(err);
	r = file_read(AT_FDCWD, path, FILE_TEXT_MAX, &text, NULL);
	if (r < 0 && r != -ENOENT)
		return lx_error_set(err, r, "read %s", path);

	if (r >= 0 && lx_lock_is_held(c)) {
		r = lx_run_state_parse(path, text, &s, err);
		if (r < 0)
			return r;
		if (!is_alive(s.monitor_pid, s.monitor_start_ticks)) {
			lx_run_state_done(&s);
		} else if (s.init_pid > 0 && !is_alive(s.init_pid, s.init_start_ticks)) {
			s.state = LX_STATE_STOPPING;
			s.ready = false;
			s.init_pid = 0;
		}
	}

	*ret = s;
	s = (struct lx_run_state){ 0 };
	return 0;
}

/* One line of text, whatever the guest said. */
static void add_text(struct buf *b, const char *key, const char *value)
{
	_cleanup_free_ char *clean = strdup(value), *quoted = NULL;

	quoted = clean ? ini_quote(str_printable(clean)) : NULL;
	if (quoted)
		buf_addf(b, "%s = %s\n", key, quoted);
	else
		b->failed = true;
}

static void add_field(struct buf *b, const struct field *f, const struct lx_run_state *s)
{
	const void *member = (const char *)s + f->offset;
	const char *text;

	switch (f->type) {
	case FIELD_STATE:
		buf_addf(b, "%s = %s\n", f->key, lx_state_name(*(const enum lx_state *)member));
		break;
	case FIELD_BOOL:
		buf_addf(b, "%s = %s\n", f->key, *(const bool *)member ? "yes" : "no");
		break;
	case FIELD_PID:
		buf_addf(b, "%s = %d\n", f->key, (int)*(const pid_t *)member);
		break;
	case FIELD_U64:
		buf_addf(b, "%s = %" PRIu64 "\n", f->key, *(const uint64_t *)member);
		break;
	case FIELD_U32:
		buf_addf(b, "%s = %" PRIu32 "\n", f->key, *(const uint32_t *)member);
		break;
	case FIELD_TEXT:
		text = *(char *const *)member;
		if (text)
			add_text(b, f->key, text);
		break;
	}
}

void lx_run_state_format(const struct lx_run_state *s, struct buf *b)
{
	buf_add(b, "[run]\n");
	for (size_t i = 0; i < array_size(fields); i++)
		add_field(b, &fields[i], s);
	vec_for_each(link, &s->links) {
		buf_addf(b, "[link %s]\n", link->name);
		if (link->host_name)
			add_text(b, "host-name", link->host_name);
	}
}

int lx_run_state_save(int run_fd, const struct lx_run_state *s, struct lx_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	int r;

	lx_run_state_format(s, &b);
	if (b.failed)
		return lx_error_oom(err);

	r = file_write_atomic(run_fd, STATE_FILE, b.data, b.size, 0600);
	return r < 0 ? lx_error_set(err, r, "write the state file") : 0;
}
