/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Option rows as --usage and --help show them. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/str.h"

#include "command.h"

enum { HELP_INDENT = 30, HELP_WIDTH = 80 };

char *lx_option_form(const struct lx_option *o)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (o->letter)
		buf_addf(&text, "-%c, ", o->letter);
	buf_addf(&text, "--%s", o->name);
	if (o->argument)
		buf_addf(&text, o->optional ? "[=%s]" : "=%s", o->argument);

	return buf_steal(&text);
}

void lx_option_print_usage(const struct lx_command *command, FILE *out)
{
	fprintf(out, "Usage: %s [OPTION...]%s%s\n", command->name, str_empty(command->synopsis) ? "" : " ",
		command->synopsis);
}

/* Words of text in lines that begin at indent; column is where the first one starts. */
static void print_wrapped(FILE *out, const char *text, int column, int indent)
{
	bool first = true;

	while (*text) {
		int length = strcspn(text, " ");

		if (!first && column + 1 + length > HELP_WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
			first = true;
		}
		column += fprintf(out, "%s%.*s", first ? "" : " ", length, text);
		first = false;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void print_words(FILE *out, const struct lx_option *o)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	for (const struct lx_word *w = o->words; w->name; w++)
		buf_addf(&text, "%s%s", w == o->words ? "One of: " : ", ", w->name);
	if (o->kind == LX_OPTION_SET)
		buf_add(&text, "; several are separated by | or a comma");
	buf_add_char(&text, '.');
	if (!text.failed) {
		fprintf(out, "%*s", HELP_INDENT, "");
		print_wrapped(out, text.data, HELP_INDENT, HELP_INDENT);
	}
}

static void print_option(FILE *out, const struct lx_option *o)
{
	_cleanup_free_ char *form = lx_option_form(o);
	int column;

	column = fprintf(out, "  %s%s", o->letter ? "" : "    ", form ?: o->name);
	if (column >= HELP_INDENT - 1) {
		fputc('\n', out);
		column = 0;
	}
	fprintf(out, "%*s", HELP_INDENT - column, "");
	print_wrapped(out, o->doc, HELP_INDENT, HELP_INDENT);
	if (o->words)
		print_words(out, o);
}

void lx_option_print_help(const struct lx_command *command, FILE *out)
{
	const struct lx_option *o;

	lx_option_print_usage(command, out);
	fprintf(out, "%s: %s.\n", command->name, command->summary);
	for (size_t i = 0; (o = lx_option_at(command, i)); i++) {
		if (i == 0 && command->n_options > 0)
			fputs("\nOptions:\n", out);
		if (i == command->n_options)
			fputs("\nOptions of every command:\n", out);
		print_option(out, o);
	}
}
