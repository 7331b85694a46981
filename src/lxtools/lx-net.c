/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-net: the bridge that containers are connected to. */
#include "base/str.h"
#include "base/strv.h"

#include "command.h"
#include "print.h"

struct net {
	struct lx_common common;
	bool force;
	unsigned format;
};

static const struct lx_option options[] = {
	{ 'f', "force", .kind = LX_OPTION_FLAG, .offset = offsetof(struct net, force),
	  .doc = "With down: also while containers are connected." },
	LX_FORMAT_ROW(struct net),
};

enum { UP, DOWN, STATUS };

static const struct lx_word verbs[] = {
	{ "up", UP },
	{ "down", DOWN },
	{ "status", STATUS },
	{ NULL, 0 },
};

static const char *const titles[] = { "BRIDGE", "UP", "DNSMASQ", "NFTABLES", "ADDRESSES", "MEMBERS", "LEASES" };

static int fill(struct lx_cell *cells, const struct lx_net_status *s)
{
	int r = 0;

	r = MIN_OF(r, lx_cell_set_text(&cells[0], s->bridge));
	r = MIN_OF(r, lx_cell_set_number(&cells[1], LX_CELL_TRUTH, s->up));
	r = MIN_OF(r, lx_cell_set_number(&cells[2], LX_CELL_TRUTH, s->dnsmasq_running));
	r = MIN_OF(r, lx_cell_set_number(&cells[3], LX_CELL_TRUTH, s->nft_loaded));
	r = MIN_OF(r, lx_cell_set_list(&cells[4], s->addresses));
	r = MIN_OF(r, lx_cell_set_list(&cells[5], s->members));

	return MIN_OF(r, lx_cell_set_list(&cells[6], s->leases));
}

static void print_list(const char *label, char *const *list)
{
	strv_for_each(line, list)
		printf("%-15s %s\n", label, line);
}

static void print_people(const struct lx_net_status *s)
{
	printf("%-15s %s\n", "Bridge:", s->bridge);
	printf("%-15s %s\n", "State:", s->up ? "up" : "down");
	printf("%-15s %s\n", "Dnsmasq:", s->dnsmasq_running ? "running" : "not running");
	printf("%-15s %s\n", "Nftables:", s->nft_loaded ? "loaded" : "not loaded");
	print_list("Address:", s->addresses);
	print_list("Member:", s->members);
	print_list("Lease:", s->leases);
}

static int print_json(const struct lx_net_status *s, struct lx_error *err)
{
	struct lx_table table = { .titles = titles, .n_columns = array_size(titles) };
	struct lx_cell *cells = lx_table_add(&table);
	int r;

	r = cells && fill(cells, s) == 0 ? lx_table_print_object(&table, err) : lx_error_oom(err);
	lx_table_done(&table);
	return r;
}

static int print_status(enum lx_format format, struct lx_error *err)
{
	struct lx_net_status status = { 0 };
	int r;

	r = lx_net_get_status(&status, err);
	if (r < 0)
		return r;
	if (format == LX_FORMAT_JSON)
		r = print_json(&status, err);
	else
		print_people(&status);
	lx_net_status_done(&status);

	return r;
}

static int run(const void *values, struct lx_error *err)
{
	const struct net *v = values;
	const struct lx_word *verb;

	if (strv_length(v->common.words) != 1)
		return lx_error_say(err, -EINVAL, "one of up, down or status is needed; see lx-net --help");
	verb = lx_word_find(verbs, v->common.words[0]);
	if (!verb)
		return lx_error_say(err, -EINVAL, "\"%s\" is none of up, down and status", v->common.words[0]);

	switch (verb->value) {
	case UP:
		return lx_net_up(err);
	case DOWN:
		return lx_net_down(v->force, err);
	default:
		return print_status(v->format, err);
	}
}

const struct lx_command lx_net_command = {
	.name = "lx-net",
	.summary = "manage the bridge that containers are connected to",
	.synopsis = "up|down|status",
	LX_ROWS(options),
	.operands = LX_OPERANDS_WORDS,
	.verbs = verbs,
	.size = sizeof(struct net),
	.run = run,
};
