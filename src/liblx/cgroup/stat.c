/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container uses: a table of figures, each with its file on v1 and on v2. What a host does not count stays unknown. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/macro.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/driver.h"

/* "max", and the v1 numbers that mean it, are no number. */
#define V1_UNLIMITED (1ULL << 62)

typedef int (*figure_fn)(const char *text, const char *word, uint64_t *ret);

/* The file is one number. */
static int read_number(const char *text, const char *word _unused_, uint64_t *ret)
{
	int r = parse_uint(text, ret);

	if (r >= 0 && *ret >= V1_UNLIMITED)
		return -ERANGE;
	return r;
}

static int read_nanoseconds(const char *text, const char *word, uint64_t *ret)
{
	int r = read_number(text, word, ret);

	if (r >= 0)
		*ret /= 1000;
	return r;
}

/* The number after word at the beginning of a line. */
static int read_line(const char *text, const char *word, uint64_t *ret)
{
	size_t size = strlen(word);

	for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, word, size) == 0 && line[size] == ' ') {
			char *end;

			*ret = strtoull(line + size + 1, &end, 10);
			return end > line + size + 1 ? 0 : -EINVAL;
		}
	return -ENOENT;
}

/* The sum over devices: "8:0 Read 4096" on v1, "8:0 rbytes=4096 ..." on v2. */
static int read_sum(const char *text, const char *word, uint64_t *ret)
{
	size_t size = strlen(word);
	uint64_t sum = 0;

	for (const char *p = text; (p = strstr(p, word)); p += size)
		if (p > text && p[-1] == ' ')
			sum += strtoull(p + size, NULL, 10);
	*ret = sum;
	return 0;
}

static const struct figure {
	size_t offset;
	unsigned controller;
	bool unified;
	const char *file;
	figure_fn read;
	const char *word;
} figures[] = {
#define FIELD(name) offsetof(struct lx_usage, name)
	/* every v2 group counts processor time, also without a controller */
	{ FIELD(cpu_usec), 0, true, "cpu.stat", read_line, "usage_usec" },
	{ FIELD(cpu_usec), LX_CONTROLLER_CPUACCT, false, "cpuacct.usage", read_nanoseconds, NULL },
	{ FIELD(memory_bytes), LX_CONTROLLER_MEMORY, true, "memory.current", read_number, NULL },
	{ FIELD(memory_bytes), LX_CONTROLLER_MEMORY, false, "memory.usage_in_bytes", read_number, NULL },
	{ FIELD(memory_max_bytes), LX_CONTROLLER_MEMORY, true, "memory.max", read_number, NULL },
	{ FIELD(memory_max_bytes), LX_CONTROLLER_MEMORY, false, "memory.limit_in_bytes", read_number, NULL },
	{ FIELD(swap_bytes), LX_CONTROLLER_MEMORY, true, "memory.swap.current", read_number, NULL },
	{ FIELD(swap_max_bytes), LX_CONTROLLER_MEMORY, true, "memory.swap.max", read_number, NULL },
	{ FIELD(swap_bytes), LX_CONTROLLER_MEMORY, false, "memory.stat", read_line, "total_swap" },
	{ FIELD(pids), LX_CONTROLLER_PIDS, true, "pids.current", read_number, NULL },
	{ FIELD(pids), LX_CONTROLLER_PIDS, false, "pids.current", read_number, NULL },
	{ FIELD(pids_max), LX_CONTROLLER_PIDS, true, "pids.max", read_number, NULL },
	{ FIELD(pids_max), LX_CONTROLLER_PIDS, false, "pids.max", read_number, NULL },
	{ FIELD(io_read_bytes), LX_CONTROLLER_IO, true, "io.stat", read_sum, "rbytes=" },
	{ FIELD(io_read_bytes), LX_CONTROLLER_IO, false, "blkio.throttle.io_service_bytes_recursive", read_sum, "Read " },
	{ FIELD(io_write_bytes), LX_CONTROLLER_IO, true, "io.stat", read_sum, "wbytes=" },
	{ FIELD(io_write_bytes), LX_CONTROLLER_IO, false, "blkio.throttle.io_service_bytes_recursive", read_sum, "Write " },
#undef FIELD
};

static bool has_figure(const struct lx_cgroup_group *g, const struct figure *f)
{
	return g->hierarchy.unified == f->unified && (f->controller == 0 || (g->hierarchy.controllers & f->controller));
}

static int read_figure(const struct lx_cgroup_group *g, const struct figure *f, uint64_t *ret)
{
	_cleanup_free_ char *text = NULL;
	uint64_t value;
	int r;

	r = file_read(g->fd, f->file, FILE_TEXT_MAX, &text, NULL);
	if (r < 0)
		return r;
	if (f->read == read_number || f->read == read_nanoseconds)
		str_strip(text);
	r = f->read(text, f->word, &value);
	if (r >= 0)
		*ret = value;
	return r;
}

int lx_cgroup_usage(struct lx_cgroup *cg, struct lx_usage *ret, struct lx_error *err)
{
	struct lx_usage usage;

	memset(&usage, 0xff, sizeof(usage));
	for (size_t i = 0; i < array_size(figures); i++) {
		uint64_t *field = (uint64_t *)((char *)&usage + figures[i].offset);

		vec_for_each(g, &cg->groups)
			if (*field == UINT64_MAX && has_figure(g, &figures[i]) && read_figure(g, &figures[i], field) == -ENOMEM)
				return lx_error_oom(err);
	}
	*ret = usage;
	return 0;
}

size_t lx_cgroup_descriptors(const struct lx_cgroup *cg, int *ret, size_t max)
{
	size_t n = 0;

	vec_for_each(g, &cg->groups)
		if (g->fd >= 0 && n < max && g->hierarchy.controllers & (LX_CONTROLLER_MEMORY | LX_CONTROLLER_PIDS))
			ret[n++] = g->fd;
	return n;
}
