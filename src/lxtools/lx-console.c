/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx-console: the container's console on this terminal, or what it said. */
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "command.h"

enum { ESCAPE_NONE = -1 };

struct console {
	struct lx_common common;
	int64_t tty;
	const char *escape;
	bool log, clear;
};

static const struct console defaults = {
	.escape = "^a",
};

#define FIELD(m) .offset = offsetof(struct console, m)

static const struct lx_option options[] = {
	{ 't', "tty", .argument = "N", .kind = LX_OPTION_NUMBER, FIELD(tty),
	  .doc = "Terminal of the container; 0, the console, is the only one." },
	{ 'e', "escape", .argument = "KEY", .kind = LX_OPTION_TEXT, FIELD(escape),
	  .doc = "Key that, followed by q, leaves the console: ^x for control-x, one character, or none. The default is ^a." },
	{ 0, "log", .kind = LX_OPTION_FLAG, FIELD(log),
	  .doc = "Print the recent output of the console and return." },
	{ 0, "clear", .kind = LX_OPTION_FLAG, FIELD(clear),
	  .doc = "With --log: forget that output." },
};

static int parse_escape(const char *text, int *ret, struct lx_error *err)
{
	if (str_equal(text, "none"))
		*ret = ESCAPE_NONE;
	else if (text[0] == '^' && text[1] && !text[2])
		*ret = text[1] & 0x1f;
	else if (text[0] && !text[1])
		*ret = text[0];
	else
		return lx_error_say(err, -EINVAL, "option --escape: \"%s\" is not a key such as ^a, nor none", text);

	return 0;
}

static int print_log(struct lx_container *c, bool clear, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	r = lx_console_log(c, clear, &text, &size, err);
	if (r < 0)
		return r;
	r = fd_write_all(STDOUT_FILENO, text, size);

	return r < 0 ? lx_error_set(err, r, "write to standard output") : 0;
}

static void explain(const struct lx_common *common, const char *escape)
{
	if (!common->quiet && isatty(STDIN_FILENO) && !str_equal(escape, "none"))
		fprintf(stderr, "console of %s; %s then q leaves it, %s twice sends %s\n", common->name, escape, escape, escape);
}

static int run(struct lx_container *c, const void *values, struct lx_error *err)
{
	const struct console *v = values;
	int escape = ESCAPE_NONE, r;

	if (v->tty != 0)
		return lx_error_say(err, -EINVAL, "option --tty: there is only the console, 0");
	if (v->log)
		return print_log(c, v->clear, err);
	r = parse_escape(v->escape, &escape, err);
	if (r < 0)
		return r;

	explain(&v->common, v->escape);
	return lx_console(c, escape, err);
}

const struct lx_command lx_console_command = {
	.name = "lx-console",
	.summary = "use the console of a container",
	.synopsis = "[-n] NAME",
	LX_ROWS(options),
	.operands = LX_OPERANDS_NAME,
	.complete = LX_COMPLETE_ACTIVE,
	.size = sizeof(struct console),
	.defaults = &defaults,
	.verb = run,
};
