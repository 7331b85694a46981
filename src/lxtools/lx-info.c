/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lx-info: one container. The labels and the bare values of -H are those that scripts read from lxc-info: with -H the
 * state, process id, addresses and configuration values stand alone on their lines, usage keeps its labels but loses its
 * units (times are nanoseconds then).
 */
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"

#include "command.h"
#include "print.h"

enum {
	SELECT_STATE = 1 << 0,
	SELECT_PID = 1 << 1,
	SELECT_ADDRESSES = 1 << 2,
	SELECT_STATS = 1 << 3,
	SELECT_REST = 1 << 4, /* shown when nothing is selected */
	SELECT_ALL = SELECT_STATE | SELECT_PID | SELECT_ADDRESSES | SELECT_STATS | SELECT_REST,
};

enum { KEYS_MAX = 64 };

struct info {
	struct lx_common common;
	unsigned select, format;
	bool no_humanize;
	char **keys;
};

#define FIELD(m) .offset = offsetof(struct info, m)

static const struct lx_option options[] = {
	{ 'c', "config", .argument = "KEY", .kind = LX_OPTION_LIST, FIELD(keys), .complete = LX_COMPLETE_KEY,
	  .doc = "Show the value of this configuration key; may be repeated." },
	{ 'i', "ips", .kind = LX_OPTION_BITS, FIELD(select), .value = SELECT_ADDRESSES, .doc = "Show the addresses." },
	{ 'p', "pid", .kind = LX_OPTION_BITS, FIELD(select), .value = SELECT_PID, .doc = "Show the process id of init." },
	{ 's', "state", .kind = LX_OPTION_BITS, FIELD(select), .value = SELECT_STATE, .doc = "Show the state." },
	{ 'S', "stats", .kind = LX_OPTION_BITS, FIELD(select), .value = SELECT_STATS, .doc = "Show what it uses." },
	{ 'H', "no-humanize", .kind = LX_OPTION_FLAG, FIELD(no_humanize), .doc = "Bare values, for programs." },
	LX_FORMAT_ROW(struct info),
};

#undef FIELD

/* ---- fields -------------------------------------------------------------------------------------------------- */

typedef int (*fill_fn)(struct lx_cell *cell, struct lx_container *c, const struct lx_info *info);

static int fill_name(struct lx_cell *cell, struct lx_container *c, const struct lx_info *info _unused_)
{
	return lx_cell_set_text(cell, lx_container_name(c));
}

static int fill_state(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_text(cell, lx_state_name(info->state));
}

static int fill_ready(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	_cleanup_free_ char *remark = info->waiting ? str_format("waiting for %s", info->waiting) : NULL;

	if (info->waiting && (!remark || lx_cell_set_remark(cell, remark) < 0))
		return -ENOMEM;
	return lx_cell_set_number(cell, LX_CELL_TRUTH, info->init_pid > 0 ? info->ready : UINT64_MAX);
}

static int fill_waiting(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_text(cell, info->waiting);
}

static int fill_status(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_text(cell, info->status);
}

static int fill_trouble(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_text(cell, info->trouble);
}

static int fill_machine(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_text(cell, info->machine);
}

static int set_pid(struct lx_cell *cell, pid_t pid)
{
	return lx_cell_set_number(cell, LX_CELL_NUMBER, pid > 0 ? (uint64_t)pid : UINT64_MAX);
}

static int fill_pid(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return set_pid(cell, info->init_pid);
}

static int fill_monitor(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return set_pid(cell, info->monitor_pid);
}

static int fill_addresses(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	int r = lx_cell_set_list(cell, info->ipv4);

	return r < 0 ? r : lx_cell_set_list(cell, info->ipv6);
}

static int fill_started(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	time_t seconds = info->started_usec / USEC_PER_SEC;
	char text[64];
	struct tm tm;

	if (info->started_usec == 0 || !localtime_r(&seconds, &tm))
		return 0;

	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &tm);
	return lx_cell_set_text(cell, text);
}

static int fill_boot(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_number(cell, LX_CELL_TIME, info->boot_usec ?: UINT64_MAX);
}

static int fill_ids(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	const char *shared = info->ids_shared ? ", shared with other containers" : "";
	uint32_t uid_end = info->id_base + (info->id_size - 1), gid_end = info->gid_base + (info->gid_size - 1);
	_cleanup_free_ char *text = NULL;

	if (info->id_size == 0)
		return 0;
	if (info->gid_base == info->id_base && gid_end == uid_end)
		text = str_format("%u-%u%s", info->id_base, uid_end, shared);
	else
		text = str_format("users %u-%u, groups %u-%u%s", info->id_base, uid_end, info->gid_base, gid_end, shared);
	return text ? lx_cell_set_text(cell, text) : -ENOMEM;
}

static int fill_unprivileged(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_number(cell, LX_CELL_TRUTH, info->unprivileged);
}

static int fill_uuid(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_text(cell, info->uuid);
}

static int fill_cpu(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_number(cell, LX_CELL_TIME, info->usage.cpu_usec);
}

/* What is read and what is written, where both are known. */
static int fill_io(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	const struct lx_usage *u = &info->usage;
	bool known = u->io_read_bytes != UINT64_MAX && u->io_write_bytes != UINT64_MAX;

	return lx_cell_set_number(cell, LX_CELL_SIZE, known ? u->io_read_bytes + u->io_write_bytes : UINT64_MAX);
}

static int fill_memory(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_number(cell, LX_CELL_SIZE, info->usage.memory_bytes);
}

static int fill_memory_max(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_number(cell, LX_CELL_SIZE, info->usage.memory_max_bytes);
}

static int fill_swap(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_number(cell, LX_CELL_SIZE, info->usage.swap_bytes);
}

static int fill_tasks(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_number(cell, LX_CELL_NUMBER, info->usage.pids);
}

static int fill_tasks_max(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_number(cell, LX_CELL_NUMBER, info->usage.pids_max);
}

static int fill_links(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	int r = lx_cell_set_list(cell, NULL);

	for (size_t i = 0; i < info->n_links && r == 0; i++)
		r = strv_append(&cell->list, info->links[i].host_name ?: info->links[i].name);

	return r;
}

static uint64_t sum_links(const struct lx_info *info, size_t member)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < info->n_links; i++)
		sum += *(const uint64_t *)((const char *)&info->links[i] + member);

	return info->n_links > 0 ? sum : UINT64_MAX;
}

static int fill_tx(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_number(cell, LX_CELL_SIZE, sum_links(info, offsetof(struct lx_link_info, tx_bytes)));
}

static int fill_rx(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_number(cell, LX_CELL_SIZE, sum_links(info, offsetof(struct lx_link_info, rx_bytes)));
}

struct field {
	const char *title;  /* JSON */
	const char *label;  /* for people; NULL: part of another field, or printed by print_links() */
	unsigned select;    /* which selection shows it */
	unsigned what;      /* LX_INFO_* that it needs */
	bool bare;          /* -H leaves the label out */
	bool detail;        /* not for a stopped container */
	fill_fn fill;
};

static const struct field fields[] = {
	{ "name",         "Name:",         SELECT_REST,      0,                 true,  false, fill_name },
	{ "state",        "State:",        SELECT_STATE,     0,                 true,  false, fill_state },
	{ "pid",          "PID:",          SELECT_PID,       0,                 true,  true,  fill_pid },
	{ "monitor-pid",  "Monitor PID:",  SELECT_REST,      0,                 false, true,  fill_monitor },
	{ "ready",        "Ready:",        SELECT_REST,      0,                 false, true,  fill_ready },
	{ "waiting-for",  NULL,            SELECT_REST,      0,                 false, true,  fill_waiting },
	{ "trouble",      "Trouble:",      SELECT_REST,      0,                 false, true,  fill_trouble },
	{ "status",       "Status:",       SELECT_REST,      0,                 false, true,  fill_status },
	{ "machine",      "Machine:",      SELECT_REST,      0,                 false, true,  fill_machine },
	{ "started",      "Started:",      SELECT_REST,      0,                 false, true,  fill_started },
	{ "boot-usec",    "Boot time:",    SELECT_REST,      0,                 false, true,  fill_boot },
	{ "uuid",         "UUID:",         SELECT_REST,      0,                 false, true,  fill_uuid },
	{ "unprivileged", "Unprivileged:", SELECT_REST,      LX_INFO_CONFIG,    false, false, fill_unprivileged },
	{ "ids",          "Host ids:",     SELECT_REST,      LX_INFO_CONFIG,    false, false, fill_ids },
	{ "ips",          "IP:",           SELECT_ADDRESSES, LX_INFO_ADDRESSES, true,  true,  fill_addresses },
	{ "cpu-usec",     "CPU use:",      SELECT_STATS,     LX_INFO_USAGE,     false, true,  fill_cpu },
	{ "blkio-bytes",  "BlkIO use:",    SELECT_STATS,     LX_INFO_USAGE,     false, true,  fill_io },
	{ "memory-bytes", "Memory use:",   SELECT_STATS,     LX_INFO_USAGE,     false, true,  fill_memory },
	{ "memory-max-bytes", "Memory limit:", SELECT_STATS, LX_INFO_USAGE,     false, true,  fill_memory_max },
	{ "swap-bytes",   "Swap use:",     SELECT_STATS,     LX_INFO_USAGE,     false, true,  fill_swap },
	{ "tasks",        "Tasks:",        SELECT_STATS,     LX_INFO_USAGE,     false, true,  fill_tasks },
	{ "tasks-max",    "Tasks limit:",  SELECT_STATS,     LX_INFO_USAGE,     false, true,  fill_tasks_max },
	{ "links",        NULL,            SELECT_STATS,     LX_INFO_LINKS,     false, true,  fill_links },
	{ "tx-bytes",     NULL,            SELECT_STATS,     LX_INFO_LINKS,     false, true,  fill_tx },
	{ "rx-bytes",     NULL,            SELECT_STATS,     LX_INFO_LINKS,     false, true,  fill_rx },
};

/* ---- what is shown ------------------------------------------------------------------------------------------- */

static unsigned selection(const struct info *v)
{
	return v->select ?: v->keys ? v->select : SELECT_ALL;
}

static unsigned needed(unsigned select)
{
	unsigned what = 0;

	for (size_t i = 0; i < array_size(fields); i++)
		if (fields[i].select & select)
			what |= fields[i].what;

	return what;
}

/* The table of one row that all ways of printing read: the selected fields, then the configuration keys. */
struct record {
	struct lx_table table;
	const char *titles[array_size(fields) + KEYS_MAX];
	const struct field *fields[array_size(fields)];
	size_t n_fields;
};

static int fill_keys(struct lx_cell *cells, char *const *keys, struct lx_container *c, struct lx_error *err)
{
	int r;

	strv_for_each(key, keys) {
		r = lx_config_get(c, key, &cells->text, err);
		if (r < 0)
			return r;
		cells++->kind = LX_CELL_TEXT;
	}

	return 0;
}

static int fill_record(struct record *record, const struct info *v, struct lx_container *c, const struct lx_info *info,
		       struct lx_error *err)
{
	struct lx_cell *cells;
	size_t n = 0;

	for (size_t i = 0; i < array_size(fields); i++)
		if (fields[i].select & selection(v)) {
			record->titles[n] = fields[i].title;
			record->fields[n++] = &fields[i];
		}
	record->n_fields = n;
	strv_for_each(key, v->keys)
		record->titles[n++] = key;

	record->table.titles = record->titles;
	record->table.n_columns = n;
	cells = lx_table_add(&record->table);
	if (!cells)
		return lx_error_oom(err);
	for (size_t i = 0; i < record->n_fields; i++)
		if (record->fields[i]->fill(&cells[i], c, info) < 0)
			return lx_error_oom(err);

	return fill_keys(cells + record->n_fields, v->keys, c, err);
}

static void print_value(const char *label, const char *value, bool bare)
{
	if (bare)
		puts(value);
	else
		printf("%-15s %s\n", label, value);
}

static int print_cell(const struct field *f, const struct lx_cell *cell, bool raw, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (cell->kind == LX_CELL_LIST) {
		strv_for_each(line, cell->list)
			print_value(f->label, line, raw && f->bare);
		return 0;
	}
	text = lx_cell_format(cell, raw);
	if (!text)
		return lx_error_oom(err);
	if (*text)
		print_value(f->label, text, raw && f->bare);

	return 0;
}

static int print_bytes(const char *label, uint64_t bytes, bool raw, struct lx_error *err)
{
	struct lx_cell cell = { .kind = LX_CELL_SIZE, .number = bytes };
	_cleanup_free_ char *text = lx_cell_format(&cell, raw);

	if (!text)
		return lx_error_oom(err);

	print_value(label, text, false);
	return 0;
}

static int print_links(const struct lx_info *info, bool raw, struct lx_error *err)
{
	int r = 0;

	for (size_t i = 0; i < info->n_links && r == 0; i++) {
		const struct lx_link_info *l = &info->links[i];

		print_value("Link:", l->host_name ?: l->name, false);
		r = print_bytes(" TX bytes:", l->tx_bytes, raw, err);
		r = r < 0 ? r : print_bytes(" RX bytes:", l->rx_bytes, raw, err);
		r = r < 0 ? r : print_bytes(" Total bytes:", l->tx_bytes + l->rx_bytes, raw, err);
	}

	return r;
}

static int print_people(const struct info *v, const struct record *record, const struct lx_info *info,
			struct lx_error *err)
{
	bool stopped = info->state == LX_STATE_STOPPED;
	const struct lx_table *t = &record->table;
	int r;

	for (size_t i = 0; i < record->n_fields; i++) {
		if (!record->fields[i]->label || (stopped && record->fields[i]->detail))
			continue;
		r = print_cell(record->fields[i], &t->cells[i], v->no_humanize, err);
		if (r < 0)
			return r;
	}
	for (size_t i = record->n_fields; i < t->n_columns; i++)
		printf("%s%s%s\n", v->no_humanize ? "" : t->titles[i], v->no_humanize ? "" : " = ", t->cells[i].text);

	return selection(v) & SELECT_STATS && !stopped ? print_links(info, v->no_humanize, err) : 0;
}

static int run(struct lx_container *c, const void *values, struct lx_error *err)
{
	const struct info *v = values;
	struct record record = { 0 };
	struct lx_info info = { 0 };
	int r;

	if (strv_length(v->keys) > KEYS_MAX)
		return lx_error_say(err, -E2BIG, "option --config: at most %d keys at a time", KEYS_MAX);
	r = lx_container_get_info(c, needed(selection(v)), &info, err);
	if (r < 0)
		return r;
	r = fill_record(&record, v, c, &info, err);
	if (r >= 0 && v->format == LX_FORMAT_JSON)
		r = lx_table_print_object(&record.table, err);
	else if (r >= 0)
		r = print_people(v, &record, &info, err);
	lx_table_done(&record.table);
	lx_info_done(&info);

	return r;
}

const struct lx_command lx_info_command = {
	.name = "lx-info",
	.summary = "show what is known about a container",
	.synopsis = "[-n] NAME",
	LX_ROWS(options),
	.operands = LX_OPERANDS_NAME,
	.complete = LX_COMPLETE_CONTAINER,
	.size = sizeof(struct info),
	.rootless = LX_ROOTLESS_JOIN,
	.verb = run,
};
