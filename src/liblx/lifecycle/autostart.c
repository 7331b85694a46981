/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lx_autostart_plan(): which containers are started at boot, and which of them wait for which. What waits for nothing may run
 * side by side; who runs it is the caller's business.
 */
#include "lifecycle/autostart.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/strv.h"
#include "container/container.h"

LX_PUBLIC void lx_jobs_free(struct lx_job *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(jobs[i].name);
		free(jobs[i].after);
	}
	free(jobs);
}

/* ---- who waits for whom ---- */

/* A square of flags: does row wait for column? */
struct graph {
	const struct lx_candidate *candidates;
	size_t n;
	bool *waits;
	bool *needs_ready; /* by candidate: somebody waits until it is ready */
};

static void graph_done(struct graph *g)
{
	free(g->waits);
	free(g->needs_ready);
}

static const struct lx_candidate *find(const struct graph *g, const char *name, size_t size)
{
	for (size_t i = 0; i < g->n; i++)
		if (strlen(g->candidates[i].name) == size && memcmp(g->candidates[i].name, name, size) == 0)
			return &g->candidates[i];

	return NULL;
}

static int graph_build(struct graph *g, struct lx_error *err)
{
	g->waits = calloc(g->n * g->n, sizeof(bool));
	g->needs_ready = calloc(g->n, sizeof(bool));
	if (!g->waits || !g->needs_ready)
		return lx_error_oom(err);

	for (size_t i = 0; i < g->n; i++) {
		const struct lx_config *config = g->candidates[i].config;

		strv_for_each(word, config->container.after) {
			const struct lx_candidate *other = find(g, word, strcspn(word, ":"));

			if (!other)
				continue;
			g->waits[i * g->n + (size_t)(other - g->candidates)] = true;
			if (str_equal(strchr(word, ':'), ":ready"))
				g->needs_ready[other - g->candidates] = true;
		}
		for (size_t j = 0; j < g->n; j++)
			if (g->candidates[j].config->start.order < config->start.order)
				g->waits[i * g->n + j] = true;
	}

	return 0;
}

/* ---- one after the other ---- */

static bool can_be_next(const struct graph *g, const size_t *places, size_t i)
{
	if (places[i] != SIZE_MAX)
		return false;
	for (size_t j = 0; j < g->n; j++)
		if (g->waits[i * g->n + j] && places[j] == SIZE_MAX)
			return false;

	return true;
}

static bool goes_before(const struct lx_candidate *a, const struct lx_candidate *b)
{
	if (a->config->start.order != b->config->start.order)
		return a->config->start.order < b->config->start.order;

	return strcmp(a->name, b->name) < 0;
}

/* One of those without a place that it waits for; such a one has always one. */
static size_t step_back(const struct graph *g, const size_t *places, size_t at)
{
	size_t j = 0;

	while (!g->waits[at * g->n + j] || places[j] != SIZE_MAX)
		j++;
	return j;
}

/* Some of those without a place form a ring: whoever is entered once more on a walk along what they wait for. */
static int explain_ring(const struct graph *g, const size_t *places, struct lx_error *err)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	size_t at = 0, first;

	while (places[at] != SIZE_MAX)
		at++;
	for (size_t step = 0; step < g->n; step++) /* after as many steps it is on the ring */
		at = step_back(g, places, at);

	first = at;
	buf_add(&text, g->candidates[at].name);
	do {
		at = step_back(g, places, at);
		buf_addf(&text, " after %s", g->candidates[at].name);
	} while (at != first);
	if (text.failed)
		return lx_error_oom(err);

	return lx_error_say(err, -ELOOP, "containers wait for each other: %s; see container.after and start.order", text.data);
}

static int fill_job(const struct graph *g, const size_t *places, size_t i, struct lx_job *job)
{
	const struct lx_config *config = g->candidates[i].config;

	job->delay_usec = config->start.delay;
	job->timeout_usec = config->start.timeout;
	job->wait = g->needs_ready[i] ? LX_WAIT_READY : LX_WAIT_RUNNING;
	job->name = strdup(g->candidates[i].name);
	job->after = calloc(g->n, sizeof(*job->after));
	if (!job->name || !job->after)
		return -ENOMEM;
	for (size_t j = 0; j < g->n; j++)
		if (g->waits[i * g->n + j])
			job->after[job->n_after++] = places[j];

	return 0;
}

static int place_all(const struct graph *g, size_t *places, struct lx_job *jobs, struct lx_error *err)
{
	for (size_t place = 0; place < g->n; place++) {
		size_t next = SIZE_MAX;

		for (size_t i = 0; i < g->n; i++)
			if (can_be_next(g, places, i) && (next == SIZE_MAX || goes_before(&g->candidates[i], &g->candidates[next])))
				next = i;
		if (next == SIZE_MAX)
			return explain_ring(g, places, err);
		if (fill_job(g, places, next, &jobs[place]) < 0)
			return lx_error_oom(err);
		places[next] = place;
	}

	return 0;
}

int lx_jobs_order(const struct lx_candidate *candidates, size_t n, struct lx_job **ret, struct lx_error *err)
{
	_cleanup_(graph_done) struct graph g = { .candidates = candidates, .n = n };
	_cleanup_free_ size_t *places = calloc(n + 1, sizeof(*places));
	struct lx_job *jobs = calloc(n + 1, sizeof(*jobs));
	int r;

	if (!places || !jobs) {
		free(jobs);
		return lx_error_oom(err);
	}
	memset(places, 0xff, n * sizeof(*places));

	r = graph_build(&g, err);
	if (r >= 0)
		r = place_all(&g, places, jobs, err);
	if (r < 0) {
		lx_jobs_free(jobs, n);
		return r;
	}

	*ret = jobs;
	return 0;
}

/* ---- backwards ---- */

int lx_jobs_reverse(struct lx_job *jobs, size_t n, struct lx_error *err)
{
	struct lx_job *turned = calloc(n + 1, sizeof(*turned));

	for (size_t i = 0; turned && i < n; i++) {
		struct lx_job *job = &turned[n - 1 - i];

		job->after = calloc(n, sizeof(*job->after));
		if (!job->after) {
			lx_jobs_free(turned, n);
			turned = NULL;
			break;
		}
		for (size_t j = n; j-- > i;)
			for (size_t k = 0; k < jobs[j].n_after; k++)
				if (jobs[j].after[k] == i)
					job->after[job->n_after++] = n - 1 - j;
	}
	if (!turned)
		return lx_error_oom(err);

	for (size_t i = 0; i < n; i++) {
		turned[n - 1 - i].name = jobs[i].name;
		free(jobs[i].after);
	}
	memcpy(jobs, turned, n * sizeof(*jobs));
	free(turned);
	return 0;
}

/* ---- which containers ---- */

static bool is_in_group(const struct lx_config *config, char *const *groups)
{
	if (!groups)
		return true;
	strv_for_each(group, groups)
		if (str_empty(group) ? !config->container.groups : strv_contains(config->container.groups, group))
			return true;

	return false;
}

/* Keeps the container open where it is one of those: its configuration is used until the order is found. */
static int consider(const char *path, const char *name, char *const *groups, unsigned flags, struct lx_container **ret,
		    struct lx_error *err)
{
	_cleanup_container_ struct lx_container *c = NULL;
	const struct lx_config *config;
	int r;

	*ret = NULL;
	r = lx_container_open(path, name, &c, err);
	if (r >= 0)
		r = lx_container_config(c, &config, err);
	if (r < 0) {
		lx_error_prefix(err, "%s", name);
		return r;
	}

	if ((config->start.automatic || (flags & LX_AUTOSTART_ANY)) && is_in_group(config, groups))
		*ret = take_ptr(c);
	return 0;
}

struct selection {
	VEC(struct lx_container *) containers;
	VEC(struct lx_candidate) candidates;
};

static void selection_done(struct selection *s)
{
	vec_for_each(c, &s->containers)
		lx_container_close(*c);
	vec_done(&s->containers);
	vec_done(&s->candidates);
}

static int select_all(struct selection *s, const char *path, char *const *groups, unsigned flags,
		      void (*report)(const struct lx_error *, void *), void *userdata, struct lx_error *err)
{
	_cleanup_strv_ char **names = NULL;
	int r = lx_store_list(path, &names, err);

	if (r < 0)
		return r;

	strv_for_each(name, names) {
		struct lx_container *c, **kept;
		struct lx_candidate *candidate;
		struct lx_error broken = { 0 };

		if (consider(path, name, groups, flags, &c, &broken) < 0) {
			if (report) /* one that cannot be read is no reason not to boot the others */
				report(&broken, userdata);
			continue;
		}
		if (!c)
			continue;
		kept = vec_add(&s->containers);
		if (!kept) {
			lx_container_close(c);
			return lx_error_oom(err);
		}
		*kept = c;
		candidate = vec_add(&s->candidates);
		if (!candidate)
			return lx_error_oom(err);
		*candidate = (struct lx_candidate) { .name = c->name, .config = c->config };
	}

	return 0;
}

LX_PUBLIC int lx_autostart_plan(const char *path, char *const *groups, unsigned flags,
				void (*report)(const struct lx_error *broken, void *userdata), void *userdata,
				struct lx_job **ret, size_t *ret_n, struct lx_error *err)
{
	_cleanup_(selection_done) struct selection s = { 0 };
	struct lx_job *jobs = NULL;
	int r;

	r = select_all(&s, path, groups, flags, report, userdata, err);
	if (r >= 0)
		r = lx_jobs_order(s.candidates.items, s.candidates.n, &jobs, err);
	if (r >= 0 && (flags & LX_AUTOSTART_BACKWARDS))
		r = lx_jobs_reverse(jobs, s.candidates.n, err);
	if (r < 0) {
		if (jobs)
			lx_jobs_free(jobs, s.candidates.n);
		return r;
	}

	*ret = jobs;
	*ret_n = s.candidates.n;
	return 0;
}
