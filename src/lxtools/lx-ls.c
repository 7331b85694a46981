/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lx-ls: the containers there are. Names alone come from one look into the store and open nothing; each column says what
 * it needs, and only that is asked of each container.
 */
#include <regex.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/str.h"
#include "base/strv.h"

#include "command.h"
#include "print.h"

enum {
	SHOW_RUNNING = 1 << 0,
	SHOW_FROZEN = 1 << 1,
	SHOW_STOPPED = 1 << 2,
	SHOW_OTHER = 1 << 3, /* on the way from one to another */
	SHOW_ACTIVE = SHOW_RUNNING | SHOW_FROZEN | SHOW_OTHER,
	SHOW_DEFINED = SHOW_ACTIVE | SHOW_STOPPED,
};

struct ls {
	struct lx_common common;
	bool line, fancy;
	const char *columns, *filter;
	unsigned show, format;
	char **groups;
};

#define FIELD(m) .offset = offsetof(struct ls, m)

static const struct lx_option options[] = {
	{ '1', "line", .kind = LX_OPTION_FLAG, FIELD(line), .doc = "One name on each line; nothing else is looked at." },
	{ 'f', "fancy", .kind = LX_OPTION_FLAG, FIELD(fancy), .doc = "A table with a header." },
	{ 'F', "fancy-format", .argument = "COLUMNS", .kind = LX_OPTION_TEXT, FIELD(columns),
	  .doc = "A table with these columns, separated by commas: NAME, STATE, PID, RAM, SWAP, AUTOSTART, GROUPS,"
		 " INTERFACE, IPV4, IPV6, UNPRIVILEGED, MACHINE." },
	{ 0, "active", .kind = LX_OPTION_BITS, FIELD(show), .value = SHOW_ACTIVE, .doc = "Only those that are not stopped." },
	{ 0, "running", .kind = LX_OPTION_BITS, FIELD(show), .value = SHOW_RUNNING, .doc = "Only those that run." },
	{ 0, "frozen", .kind = LX_OPTION_BITS, FIELD(show), .value = SHOW_FROZEN, .doc = "Only those that are frozen." },
	{ 0, "stopped", .kind = LX_OPTION_BITS, FIELD(show), .value = SHOW_STOPPED, .doc = "Only those that are stopped." },
	{ 0, "defined", .kind = LX_OPTION_BITS, FIELD(show), .value = SHOW_DEFINED,
	  .doc = "All that are defined. This is the default." },
	{ 0, "filter", .argument = "REGEX", .kind = LX_OPTION_TEXT, FIELD(filter),
	  .doc = "Only those whose name matches this extended regular expression." },
	{ 'g', "groups", .argument = "GROUPS", .kind = LX_OPTION_LIST, FIELD(groups),
	  .doc = "Only those that belong to one of these groups, separated by commas." },
	LX_FORMAT_ROW(struct ls),
};

#undef FIELD

/* ---- columns ------------------------------------------------------------------------------------------------- */

static int groups_of(struct lx_container *c, char ***ret, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = lx_config_get(c, "container.groups", &text, err);
	if (r < 0)
		return r;

	return strv_split(text, "\n,", ret) < 0 ? lx_error_oom(err) : 0;
}

static int fill_name(struct lx_cell *cell, struct lx_container *c, const struct lx_info *info _unused_)
{
	return lx_cell_set_text(cell, lx_container_name(c));
}

static int fill_state(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_text(cell, lx_state_name(info->state));
}

static int fill_pid(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_number(cell, LX_CELL_NUMBER, info->init_pid > 0 ? (uint64_t)info->init_pid : UINT64_MAX);
}

static int fill_ram(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	bool known = info->state != LX_STATE_STOPPED;

	return lx_cell_set_number(cell, LX_CELL_SIZE, known ? info->usage.memory_bytes : UINT64_MAX);
}

static int fill_swap(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	bool known = info->state != LX_STATE_STOPPED;

	return lx_cell_set_number(cell, LX_CELL_SIZE, known ? info->usage.swap_bytes : UINT64_MAX);
}

static int fill_autostart(struct lx_cell *cell, struct lx_container *c, const struct lx_info *info _unused_)
{
	_cleanup_free_ char *text = NULL;
	int r = lx_config_get(c, "start.auto", &text, NULL);

	return r < 0 ? r : lx_cell_set_number(cell, LX_CELL_TRUTH, str_equal(text, "yes"));
}

static int fill_groups(struct lx_cell *cell, struct lx_container *c, const struct lx_info *info _unused_)
{
	_cleanup_strv_ char **groups = NULL;
	int r;

	r = groups_of(c, &groups, NULL);
	return r < 0 ? r : lx_cell_set_list(cell, groups);
}

static int fill_interface(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	int r = lx_cell_set_list(cell, NULL);

	for (size_t i = 0; i < info->n_links && r == 0; i++)
		r = strv_append(&cell->list, info->links[i].name);

	return r;
}

static int fill_ipv4(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_list(cell, info->ipv4);
}

static int fill_ipv6(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_list(cell, info->ipv6);
}

static int fill_unprivileged(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_number(cell, LX_CELL_TRUTH, info->unprivileged);
}

static int fill_machine(struct lx_cell *cell, struct lx_container *c _unused_, const struct lx_info *info)
{
	return lx_cell_set_text(cell, info->machine);
}

struct column {
	const char *name;
	unsigned what; /* LX_INFO_* that it needs */
	int (*fill)(struct lx_cell *cell, struct lx_container *c, const struct lx_info *info);
};

static const struct column columns[] = {
	{ "NAME", 0, fill_name },
	{ "STATE", 0, fill_state },
	{ "PID", 0, fill_pid },
	{ "RAM", LX_INFO_USAGE, fill_ram },
	{ "SWAP", LX_INFO_USAGE, fill_swap },
	{ "AUTOSTART", 0, fill_autostart },
	{ "GROUPS", 0, fill_groups },
	{ "INTERFACE", LX_INFO_LINKS, fill_interface },
	{ "IPV4", LX_INFO_ADDRESSES, fill_ipv4 },
	{ "IPV6", LX_INFO_ADDRESSES, fill_ipv6 },
	{ "UNPRIVILEGED", LX_INFO_CONFIG, fill_unprivileged },
	{ "MACHINE", 0, fill_machine },
};

#define DEFAULT_COLUMNS "NAME,STATE,PID,IPV4,IPV6,UNPRIVILEGED"

/* The columns of this listing. */
struct view {
	const struct column *columns[array_size(columns)];
	const char *titles[array_size(columns)];
	unsigned what;
	struct lx_table table;
};

static const struct column *find_column(const char *name)
{
	for (size_t i = 0; i < array_size(columns); i++)
		if (strcasecmp(columns[i].name, name) == 0)
			return &columns[i];

	return NULL;
}

static int make_view(struct view *view, const char *text, struct lx_error *err)
{
	_cleanup_strv_ char **names = NULL;
	size_t n = 0;

	if (strv_split(text, ", ", &names) < 0)
		return lx_error_oom(err);
	strv_for_each(name, names) {
		const struct column *column = find_column(name);

		if (!column)
			return lx_error_say(err, -EINVAL, "option --fancy-format: there is no column \"%s\"", name);
		if (n == array_size(columns))
			return lx_error_say(err, -EINVAL, "option --fancy-format: too many columns");
		view->columns[n] = column;
		view->titles[n++] = column->name;
		view->what |= column->what;
	}
	if (n == 0)
		return lx_error_say(err, -EINVAL, "option --fancy-format: no column is named");

	view->table.titles = view->titles;
	view->table.n_columns = n;
	return 0;
}

/* ---- which --------------------------------------------------------------------------------------------------- */

/* Removes the names that are not wanted. The words of the line are names or patterns. */
static int keep_words(char **names, const struct lx_common *common, struct lx_error *err)
{
	_cleanup_strv_ char **words = NULL, **wanted = NULL;
	size_t kept = 0;
	int r;

	if (!common->name && !common->words)
		return 0;
	if ((common->name && strv_append(&words, common->name) < 0) || strv_extend(&words, common->words) < 0)
		return lx_error_oom(err);
	r = lx_select_names(common->path, words, &wanted, err);
	if (r < 0)
		return r;
	for (size_t i = 0; names[i]; i++) {
		char *name = take_ptr(names[i]);

		if (strv_contains(wanted, name))
			names[kept++] = name;
		else
			free(name);
	}

	return 0;
}

static int keep_matching(char **names, const char *expression, struct lx_error *err)
{
	char why[128];
	regex_t regex;
	size_t kept = 0;
	int r;

	r = regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB);
	if (r != 0) {
		regerror(r, &regex, why, sizeof(why));
		return lx_error_say(err, -EINVAL, "option --filter: \"%s\": %s", expression, why);
	}
	for (size_t i = 0; names[i]; i++) {
		char *name = take_ptr(names[i]);

		if (regexec(&regex, name, 0, NULL, 0) == 0)
			names[kept++] = name;
		else
			free(name);
	}
	regfree(&regex);

	return 0;
}

static int list_names(const struct ls *v, char ***ret, struct lx_error *err)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	r = lx_store_list(v->common.path, &names, err);
	if (r < 0)
		return r;
	if (!names) {
		*ret = NULL;
		return 0;
	}
	r = keep_words(names, &v->common, err);
	if (r < 0)
		return r;
	if (v->filter) {
		r = keep_matching(names, v->filter, err);
		if (r < 0)
			return r;
	}

	*ret = take_ptr(names);
	return 0;
}

static bool is_shown(unsigned show, enum lx_state state)
{
	static const unsigned bit[LX_STATE_MAX] = {
		[LX_STATE_STOPPED] = SHOW_STOPPED,
		[LX_STATE_RUNNING] = SHOW_RUNNING,
		[LX_STATE_FROZEN] = SHOW_FROZEN,
	};

	return show == 0 || show & (bit[state] ?: SHOW_OTHER);
}

/* 1 when the container is in one of the groups that were asked for, or none was. */
static int is_in_group(struct lx_container *c, char *const *wanted, struct lx_error *err)
{
	_cleanup_strv_ char **groups = NULL;
	int r;

	if (!wanted)
		return 1;
	r = groups_of(c, &groups, err);
	if (r < 0)
		return r;
	strv_for_each(item, wanted) {
		_cleanup_strv_ char **names = NULL;

		if (strv_split(item, ",", &names) < 0)
			return lx_error_oom(err);
		strv_for_each(name, names)
			if (strv_contains(groups, name))
				return 1;
	}

	return 0;
}

/* ---- printing ------------------------------------------------------------------------------------------------ */

static int add_row(struct view *view, struct lx_container *c, const struct lx_info *info, struct lx_error *err)
{
	struct lx_cell *cells = lx_table_add(&view->table);

	if (!cells)
		return lx_error_oom(err);
	for (size_t i = 0; i < view->table.n_columns; i++)
		if (view->columns[i]->fill(&cells[i], c, info) == -ENOMEM)
			return lx_error_oom(err);

	return 0;
}

/* Everything about one container. One that cannot be asked is no reason not to list the others. */
static int add_container(struct view *view, const struct ls *v, const char *name, struct lx_error *err)
{
	_cleanup_container_ struct lx_container *c = NULL;
	struct lx_info info = { 0 };
	int r;

	r = lx_select_open(&v->common, name, &c, err);
	if (r < 0)
		return r;
	r = is_in_group(c, v->groups, err);
	if (r <= 0)
		return r;
	r = lx_container_get_info(c, view->what, &info, err);
	if (r < 0)
		return r;
	if (is_shown(v->show, info.state))
		r = add_row(view, c, &info, err);
	lx_info_done(&info);

	return r;
}

static int make_table(struct view *view, const struct ls *v, char *const *names)
{
	int code = EXIT_SUCCESS;

	strv_for_each(name, names) {
		struct lx_error err = { 0 };

		if (add_container(view, v, name, &err) < 0) {
			lx_command_name_error(&err, name);
			lx_command_report(&lx_ls_command, &v->common, &err);
			code = EXIT_FAILURE;
		}
	}

	return code;
}

static int terminal_width(void)
{
	struct winsize size;

	return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* Side by side on a terminal, as ls does; one on each line elsewhere. */
static void print_names(char *const *names, bool line)
{
	size_t n = strv_length(names), longest = 1, per_line, lines;

	strv_for_each(name, names)
		longest = MAX_OF(longest, strlen(name));
	per_line = line ? 1 : MAX_OF(terminal_width() / (longest + 2), (size_t)1);
	lines = (n + per_line - 1) / per_line;
	for (size_t i = 0; i < lines; i++) {
		size_t k = i;

		for (; k + lines < n; k += lines)
			printf("%-*s  ", (int)longest, names[k]);
		puts(names[k]);
	}
}

/* The names of a table whose only column is NAME. */
static int print_name_column(const struct lx_table *t, bool line, struct lx_error *err)
{
	_cleanup_strv_ char **names = NULL;

	for (size_t i = 0; i < t->n_rows; i++)
		if (strv_append(&names, t->cells[i].text) < 0)
			return lx_error_oom(err);

	print_names(names, line);
	return 0;
}

static int run(const void *values, struct lx_error *err)
{
	const struct ls *v = values;
	bool table = v->fancy || v->columns || v->format == LX_FORMAT_JSON;
	_cleanup_strv_ char **names = NULL;
	struct view view = { 0 };
	int r, code;

	r = make_view(&view, !table ? "NAME" : v->columns ?: DEFAULT_COLUMNS, err);
	if (r < 0)
		return r;
	r = list_names(v, &names, err);
	if (r < 0)
		return r;
	if (!table && !v->show && !v->groups) {
		print_names(names, v->line);
		return 0;
	}

	code = make_table(&view, v, names);
	r = table ? lx_table_print(&view.table, v->format, err) : print_name_column(&view.table, v->line, err);
	lx_table_done(&view.table);

	return r < 0 ? r : code;
}

const struct lx_command lx_ls_command = {
	.name = "lx-ls",
	.summary = "list containers",
	.synopsis = "[[-n] NAME...]",
	LX_ROWS(options),
	.operands = LX_OPERANDS_WORDS,
	.complete = LX_COMPLETE_CONTAINER,
	.size = sizeof(struct ls),
	.rootless = LX_ROOTLESS_JOIN,
	.run = run,
};
