/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-audit: what a container's configuration exposes. */
#include <stdlib.h>

#include "base/str.h"

#include "command.h"
#include "print.h"

struct audit {
	struct lx_common common;
	unsigned format;
	uint64_t at_least;
};

static const struct lx_option options[] = {
	{ 0, "at-least", .argument = "SCORE", .kind = LX_OPTION_NUMBER, .offset = offsetof(struct audit, at_least),
	  .doc = "Fail when the score is less." },
	LX_FORMAT_ROW(struct audit),
};

static const char *const titles[] = { "LAYER", "POINTS", "OF", "KEY", "WHY" };

static int fill(struct lx_cell *cells, const struct lx_finding *f)
{
	int r;

	lx_cell_set_number(&cells[1], LX_CELL_NUMBER, f->points);
	lx_cell_set_number(&cells[2], LX_CELL_NUMBER, f->worth);
	r = MIN_OF(lx_cell_set_text(&cells[0], f->layer), lx_cell_set_text(&cells[3], f->key));

	return MIN_OF(r, lx_cell_set_text(&cells[4], str_empty(f->detail) ? NULL : f->detail));
}

static int print(const struct lx_finding *findings, size_t n, int score, enum lx_format format, struct lx_error *err)
{
	struct lx_table table = { .titles = titles, .n_columns = array_size(titles) };
	const struct lx_finding sum = { .layer = "score", .points = (unsigned)score, .worth = 100 };
	int r = 0;

	for (size_t i = 0; i <= n && r == 0; i++) {
		struct lx_cell *cells = lx_table_add(&table);

		r = cells ? fill(cells, i < n ? &findings[i] : &sum) : -ENOMEM;
	}
	r = r == 0 ? lx_table_print(&table, format, err) : lx_error_oom(err);
	lx_table_done(&table);
	return r;
}

static int run(struct lx_container *c, const void *values, struct lx_error *err)
{
	const struct audit *v = values;
	struct lx_finding *findings;
	size_t n;
	int score, r;

	score = lx_audit(c, &findings, &n, err);
	if (score < 0)
		return score;
	r = print(findings, n, score, (enum lx_format)v->format, err);
	lx_findings_free(findings, n);

	return r < 0 ? r : (uint64_t)score < v->at_least ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct lx_command lx_audit_command = {
	.name = "lx-audit",
	.summary = "show what a container's configuration exposes",
	.synopsis = "[-n] NAME",
	LX_ROWS(options),
	.operands = LX_OPERANDS_NAME,
	.complete = LX_COMPLETE_CONTAINER,
	.size = sizeof(struct audit),
	.verb = run,
};
