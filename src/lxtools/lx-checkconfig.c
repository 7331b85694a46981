/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-checkconfig: what this kernel and this build can do. */
#include <stdlib.h>

#include "base/str.h"

#include "command.h"
#include "print.h"

struct checkconfig {
	struct lx_common common;
	unsigned format;
};

static const struct lx_option options[] = {
	LX_FORMAT_ROW(struct checkconfig),
};

static const char *const titles[] = { "GROUP", "NAME", "AVAILABLE", "REQUIRED", "DETAIL" };

static int fill(struct lx_cell *cells, const struct lx_feature *f)
{
	int r;

	lx_cell_set_number(&cells[2], LX_CELL_TRUTH, f->available);
	lx_cell_set_number(&cells[3], LX_CELL_TRUTH, f->required);
	r = MIN_OF(lx_cell_set_text(&cells[0], f->group), lx_cell_set_text(&cells[1], f->name));

	return MIN_OF(r, lx_cell_set_text(&cells[4], f->detail));
}

static int print_json(const struct lx_feature *features, size_t n, struct lx_error *err)
{
	struct lx_table table = { .titles = titles, .n_columns = array_size(titles) };
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		struct lx_cell *cells = lx_table_add(&table);

		r = cells ? fill(cells, &features[i]) : -ENOMEM;
	}
	r = r == 0 ? lx_table_print_json(&table, err) : lx_error_oom(err);
	lx_table_done(&table);
	return r;
}

static const char *verdict(const struct lx_feature *f)
{
	return f->available ? "available" : f->required ? "MISSING" : "missing (optional)";
}

static void print_people(const struct lx_feature *features, size_t n)
{
	const char *group = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct lx_feature *f = &features[i];

		if (!str_equal(group, f->group))
			printf("%s--- %s ---\n", group ? "\n" : "", f->group);
		group = f->group;
		printf("%s: %s%s%s\n", f->name, verdict(f), str_empty(f->detail) ? "" : ", ", f->detail ?: "");
	}
}

static int run(const void *values, struct lx_error *err)
{
	const struct checkconfig *v = values;
	struct lx_feature *features;
	size_t n;
	int missing, r = 0;

	missing = lx_check_host(&features, &n, err);
	if (missing < 0)
		return missing;
	if (v->format == LX_FORMAT_JSON)
		r = print_json(features, n, err);
	else
		print_people(features, n);
	lx_features_free(features, n);

	return r < 0 ? r : missing > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct lx_command lx_checkconfig_command = {
	.name = "lx-checkconfig",
	.summary = "show what this kernel and this build can do",
	.synopsis = "",
	LX_ROWS(options),
	.operands = LX_OPERANDS_NONE,
	.size = sizeof(struct checkconfig),
	.run = run,
};
