/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manual pages lx.container.conf(5) and lx.conf(5): what is said of all keys is written here, the rest is the schema. */
#include <string.h>

#include "base/str.h"
#include "config/describe.h"
#include "config/types.h"

struct page {
	const struct lx_schema *schema;
	const char *name, *summary;
	const char *description;     /* roff */
	const char *after;           /* roff, behind the sections */
};

/* Text that roff must not read as a request. */
static void add_text(struct buf *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		bool line_start = p == text || p[-1] == '\n';

		if (line_start && (*p == '.' || *p == '\''))
			buf_add(out, "\\&");
		if (*p == '\\')
			buf_add(out, "\\e");
		else if (*p == '-')
			buf_add(out, "\\-");
		else
			buf_add_char(out, *p);
	}
}

static int add_key(struct buf *out, const struct lx_key *key)
{
	_cleanup_(lx_key_description_done) struct lx_key_description d = { 0 };
	int r;

	r = lx_key_describe(key, &d);
	if (r < 0)
		return r;
	buf_add(out, ".TP\n\\fB");
	add_text(out, key->name);
	buf_add(out, "\\fR = \\fI");
	add_text(out, d.syntax);
	buf_add(out, "\\fR\n");
	add_text(out, key->doc);
	if (d.fallback) {
		buf_add(out, "\nDefault: ");
		add_text(out, d.fallback);
		buf_add(out, ".");
	}
	if (key->example) {
		buf_add(out, "\nExample: \\fB");
		add_text(out, key->example);
		buf_add(out, "\\fR.");
	}
	buf_add(out, key->type->list ? "\nAnother line adds to it; an empty value clears it.\n" : "\n");
	return 0;
}

static int add_section(struct buf *out, const struct lx_section *section)
{
	buf_addf(out, ".SS [%s%s]\n", section->name, section->labelled ? " LABEL" : "");
	add_text(out, section->doc);
	if (section->label) {
		buf_add(out, "\nThe label is ");
		add_text(out, section->label);
		buf_add(out, ".");
	}
	buf_add(out, "\n");
	section_for_each_key(k, section) {
		int r = add_key(out, k);

		if (r < 0)
			return r;
	}
	return 0;
}

#define SYNTAX                                                                                                           \
	"Lines are \\fBkey = value\\fR below a header \\fB[section]\\fR or \\fB[section label]\\fR.\n"                   \
	"A value ends with its line; white space around it does not belong to it, and \\(dq...\\(dq keeps it.\n"         \
	"A comment begins with \\fB;\\fR or \\fB#\\fR at the beginning of a line or after white space.\n"                \
	"A backslash at the end of a line joins the next one.\n"                                                         \
	"An empty value sets a key back to its default.\n"                                                               \
	"A key or section that is not described here is an error, never ignored.\n"

static const struct page pages[] = {
	{
		.schema = &lx_schema_container,
		.name = "lx.container.conf",
		.summary = "configuration of a container",
		.description =
			"The configuration of the container NAME is the file \\fI" LX_STATEDIR "/NAME/config\\fR.\n"
			"Then the files \\fIconfig.d/*.conf\\fR beside it are read in the order of their names.\n"
			"What is read later wins; lists grow.\n"
			".PP\n" SYNTAX ".PP\n"
			"Before the first header \\fBinclude = \\fIFILE\\fR reads another file at that place.\n"
			"A name without a leading slash is looked for beside the file that has the line, in \\fI" LX_DATADIR
			"/config\\fR and in \\fI" LX_SYSCONFDIR "\\fR.\n"
			".PP\n"
			"Sections with a label can be there several times; a later file that names the same label changes that one.\n"
			"Commands name a key \\fBsection.key\\fR or \\fBsection.label.key\\fR.\n"
			".PP\n"
			"New containers begin with a copy of \\fI" LX_SYSCONFDIR "/default.conf\\fR.\n"
			"Changes are used at the next start.\n"
			"\\fBlx\\-config check \\fINAME\\fR lists all mistakes.\n",
		.after =
			".SH EXAMPLE\n"
			".EX\n"
			"[container]\n"
			"hostname = web\n"
			"stop\\-timeout = 1min\n"
			"\n"
			"[network eth0]\n"
			"ipv4.address = 10.0.5.20/24\n"
			"ipv4.gateway = auto\n"
			"\n"
			"[mount data]\n"
			"source = /srv/data\n"
			"target = srv/data\n"
			"options = ro,create=dir\n"
			"\n"
			"[cgroup]\n"
			"memory.max = 512M\n"
			"cpu.max = 50%\n"
			".EE\n"
			".SH SEE ALSO\n"
			".BR lx\\-config (1),\n.BR lx\\-create (1),\n.BR lx\\-start (1),\n.BR lx.conf (5)\n",
	},
	{
		.schema = &lx_schema_host,
		.name = "lx.conf",
		.summary = "settings of lx on this host",
		.description =
			"The settings of the host are in \\fI" LX_SYSCONFDIR "/lx.conf\\fR.\n"
			"Then the files \\fI" LX_SYSCONFDIR "/lx.conf.d/*.conf\\fR are read in the order of their names; what is read later wins.\n"
			"Without any of them the defaults are used.\n"
			".PP\n" SYNTAX ".PP\n"
			"Before the first header \\fBinclude = \\fIFILE\\fR reads another file at that place.\n",
		.after =
			".SH ENVIRONMENT\n"
			".TP\n\\fBLX_CONFIG\\fR\n"
			"Another file in place of \\fI" LX_SYSCONFDIR "/lx.conf\\fR; it must be there.\n"
			".SH SEE ALSO\n"
			".BR lx\\-config (1),\n.BR lx\\-net (1),\n.BR lx.container.conf (5)\n",
	},
	{
		.schema = &lx_schema_users,
		.name = "lx.users.conf",
		.summary = "what users who are not root may have of the host",
		.description =
			"The policy is in the files \\fI" LX_SYSCONFDIR "/users.d/*.conf\\fR, which are read in the order of their names after\n"
			"\\fI" LX_SYSCONFDIR "/users\\fR where that exists.\n"
			"Without a section about a user, the user gets nothing: \\fBlx\\-usernet\\fR(8) makes no link for containers of his.\n"
			"Sections that are about the same user, by name or by a group, add up: all their bridges, and the largest number\n"
			"of links.\n"
			"The files must belong to root, and nobody else may be able to write to them.\n"
			"Changes count from the next link on.\n"
			".PP\n" SYNTAX,
		.after =
			".SH EXAMPLE\n"
			".EX\n"
			"[user alice]\n"
			"bridge = lxbr0\n"
			"links = 4\n"
			"\n"
			"[group students]\n"
			"bridge = lxbr0\n"
			"links = 1\n"
			".EE\n"
			".SH SEE ALSO\n"
			".BR lx\\-usernet (8),\n.BR lx.container.conf (5),\n.BR lx.conf (5)\n",
	},
};

static const struct page *find_page(const struct lx_schema *schema)
{
	for (size_t i = 0; i < array_size(pages); i++)
		if (pages[i].schema == schema)
			return &pages[i];
	return NULL;
}

int lx_describe_man(const struct lx_schema *schema, struct buf *out)
{
	const struct page *page = find_page(schema);

	if (!page)
		return -ENOENT;
	buf_addf(out, ".\\\" Generated from the tables of keys in src/liblx/config/sections.\n.TH %s 5 \"\" \"lx %s\" \"lx\"\n",
		 page->name, PACKAGE_VERSION);
	buf_addf(out, ".SH NAME\n%s \\- %s\n.SH DESCRIPTION\n%s.SH SECTIONS\n", page->name, page->summary, page->description);
	schema_for_each_section(s, schema) {
		int r = add_section(out, s);

		if (r < 0)
			return r;
	}
	buf_add(out, page->after);
	return 0;
}
