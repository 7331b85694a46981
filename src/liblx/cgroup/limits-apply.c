/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes limits, and reads them back: the kernel clamps some values without a word. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/limits.h"
#include "cgroup/named.h"

/* Numbers of processors and memory nodes that we compare. */
#define SET_MAX 8192
#define V1_UNLIMITED (1ULL << 62)

static bool first_line_is(const char *text, const char *wanted)
{
	size_t size = strcspn(text, "\n");

	return strlen(wanted) == size && strncmp(text, wanted, size) == 0;
}

/* UINT64_MAX for what means "no limit" */
static uint64_t read_bytes(const char *text)
{
	uint64_t value = strtoull(text, NULL, 10);

	return !isdigit((unsigned char)*text) || value >= V1_UNLIMITED ? UINT64_MAX : value;
}

static bool same_bytes(const char *wanted, const char *text)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), value = read_bytes(wanted);

	return (value == UINT64_MAX ? value : value / page * page) == read_bytes(text);
}

/* "0-3,7" as bits; false when it is not of this form. */
static bool read_set(const char *text, uint8_t *bits)
{
	const char *p = text;

	while (isdigit((unsigned char)*p)) {
		char *end;
		unsigned long first = strtoul(p, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (last >= SET_MAX || first > last)
			return false;
		for (unsigned long i = first; i <= last; i++)
			bits[i] = 1;
		p = *end == ',' ? end + 1 : end;
	}
	return *p == '\0' || *p == '\n';
}

static bool same_set(const char *wanted, const char *text)
{
	uint8_t a[SET_MAX] = { 0 }, b[SET_MAX] = { 0 };

	return read_set(wanted, a) && read_set(text, b) && memcmp(a, b, sizeof(a)) == 0;
}

/* The line of text that begins with the first word of wanted; size 0: there is none. */
static const char *find_device_line(const char *wanted, const char *text, size_t *ret_size)
{
	size_t size = strcspn(wanted, " ");

	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");

		if (length > size && strncmp(line, wanted, size) == 0 && line[size] == ' ') {
			*ret_size = length;
			return line;
		}
		line += length + (line[length] == '\n');
	}
	*ret_size = 0;
	return NULL;
}

static bool same_device(const char *wanted, const char *text)
{
	size_t size;
	const char *line = find_device_line(wanted, text, &size);

	if (str_ends_with(wanted, " 0"))
		return !line;
	return line && strlen(wanted) == size && strncmp(line, wanted, size) == 0;
}

static bool same_device_max(const char *wanted, const char *text)
{
	_cleanup_strv_ char **words = NULL, **found = NULL;
	_cleanup_free_ char *copy = NULL;
	size_t size;
	const char *line = find_device_line(wanted, text, &size);

	copy = line ? strndup(line, size) : strdup("");
	if (!copy || strv_split(wanted, " \t", &words) < 0 || strv_split(copy, " ", &found) < 0 || !words)
		return false;
	strv_for_each(word, words + 1)
		if (!strv_contains(found, word) && (line || !str_ends_with(word, "=max")))
			return false;
	return true;
}

bool lx_limit_matches(const struct lx_limit_write *w, const char *text)
{
	switch (w->form) {
	case LX_LIMIT_BYTES:
		return same_bytes(w->value, text);
	case LX_LIMIT_SET:
		return same_set(w->value, text);
	case LX_LIMIT_DEVICE:
		return same_device(w->value, text);
	case LX_LIMIT_DEVICE_MAX:
		return same_device_max(w->value, text);
	case LX_LIMIT_TEXT:
	default:
		return first_line_is(text, w->value);
	}
}

/* The group of the controller, which only limits need for some of them. */
static int find_group(struct lx_cgroup *cg, unsigned controller, const struct lx_cgroup_group **ret, struct lx_error *err)
{
	const struct lx_cgroup_group *g = lx_cgroup_find_group(cg, controller);
	int r;

	for (size_t i = 0; !g && i < cg->host.n_hierarchies; i++) {
		if (!(cg->host.hierarchies[i].controllers & controller))
			continue;
		r = lx_cgroup_add_group(cg, &cg->host.hierarchies[i], true, err);
		if (r < 0)
			return r;
		g = lx_cgroup_find_group(cg, controller);
	}
	*ret = g;
	return g ? 0 : -ENOENT;
}

static const char *origin(const struct lx_config *config, const char *limit, char *text, size_t size)
{
	char key[64];

	snprintf(key, sizeof(key), "cgroup.%s", limit);
	return lx_config_origin(config, key, text, size);
}

static int read_back(const struct lx_config *config, int group_fd, const char *group, const struct lx_limit_write *w, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL;
	char place[512];
	int r;

	r = file_read(group_fd, w->file, FILE_TEXT_MAX, &text, NULL);
	if (r < 0)
		return lx_error_set(err, r, "%s: read %s of group %s back", w->key, w->file, group);
	if (lx_limit_matches(w, text))
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return lx_error_say(err, -ERANGE, "%s: the kernel made \"%s\" of \"%s\" in %s (%s)", w->key, text, w->value, w->file,
			    origin(config, w->key, place, sizeof(place)));
}

static int write_to(const struct lx_config *config, int group_fd, const char *group, const struct lx_limit_write *w,
		    struct lx_error *err)
{
	char place[512];
	int r;

	r = file_write(group_fd, w->file, w->value);
	if (r < 0) {
		lx_error_set(err, r, "%s: write %s to %s of group %s", w->key, w->value, w->file, group);
		lx_error_advise(err, "see %s", origin(config, w->key, place, sizeof(place)));
		return r;
	}
	return read_back(config, group_fd, group, w, err);
}

/* The payload's only sibling is the monitor; those that are meant are the other containers. */
static int write_to_run(const struct lx_config *config, const struct lx_cgroup_group *g, const struct lx_limit_write *w,
			struct lx_error *err)
{
	_cleanup_close_ int run_fd = openat(g->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (run_fd < 0)
		return lx_error_set(err, -errno, "open group %s", g->run);
	return write_to(config, run_fd, g->run, w, err);
}

static int apply_write(struct lx_cgroup *cg, const struct lx_config *config, const struct lx_limit_write *w, struct lx_error *err)
{
	const struct lx_cgroup_group *g;
	int r;

	r = find_group(cg, w->controller, &g, err);
	if (r < 0)
		return r;
	return w->siblings && g->leaves ? write_to_run(config, g, w, err) : write_to(config, g->fd, g->path, w, err);
}

int lx_cgroup_apply(struct lx_cgroup *cg, const struct lx_config *config, struct lx_error *err)
{
	_cleanup_(lx_limits_done) struct lx_limit_writes writes = { 0 };
	int r;

	r = lx_limits_build(config, &cg->host, &writes, err);
	if (r < 0)
		return r;

	/* v1: memory cannot be larger than its sum with swap. The order fits a fresh group and one that shrinks; when a
	 * group grows, the sum has to come first. */
	vec_for_each(w, &writes.list) {
		const struct lx_limit_write *next = w + 1 < writes.list.items + writes.list.n ? w + 1 : NULL;

		r = apply_write(cg, config, w, err);
		if (r == -EINVAL && next && next->controller == w->controller && apply_write(cg, config, next, NULL) >= 0) {
			lx_error_clear(err);
			r = apply_write(cg, config, w, err);
		}
		if (r < 0)
			return r;
	}
	return 0;
}
