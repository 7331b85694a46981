/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One table of nftables of our own. It is replaced as a whole by one transaction, so that bringing it up twice gives
 * the same rules, and nobody else's rules are read or written.
 *
 * An accept in one table does not overrule a drop in another one: where somebody's forward chain drops by policy
 * (docker's does), nothing that we could write into our table helps. Such chains are found and named, with the command
 * that mends it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/process.h"
#include "base/str.h"
#include "net/ip.h"
#include "net/network.h"

#define NFT_TIMEOUT (30 * USEC_PER_SEC)
#define OWNER "managed by lx-net"

/* Runs nft; its standard output and messages together in *ret (may be NULL). A refusal is an error with nft's first
 * line. */
static int run(char *const *argv, const char *input, char **ret, struct lx_error *err)
{
	_cleanup_(process_result_done) struct process_result result = { 0 };
	const struct process_options options = { .argv = argv, .env = lx_net_environment, .input = input, .timeout = NFT_TIMEOUT };
	int r;

	r = process_run(&options, &result, err);
	if (r == -ENOENT)
		lx_error_advise(err, "install nftables");
	if (r < 0)
		return r;
	if (result.timed_out)
		return lx_error_say(err, -ETIMEDOUT, "nft did not end within 30 seconds");
	if (result.status != 0)
		return lx_error_say(err, -EIO, "nft: %.*s", (int)strcspn(result.output ?: "", "\n"), result.output ?: "");

	if (ret)
		*ret = take_ptr(result.output);
	return 0;
}

/* ---- our table ----------------------------------------------------------------------------------------------- */

/* From outside come answers, and what a translation of a port sends to a guest; nothing else finds a way into a
 * network that is hidden behind NAT. */
static void add_forward(const struct lx_network *n, struct buf *b)
{
	buf_addf(b, "\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n"
		    "\t\tiifname \"%s\" accept\n", n->bridge);
	if (n->nat)
		buf_addf(b, "\t\toifname \"%s\" ct state established,related accept\n"
			    "\t\toifname \"%s\" ct status dnat accept\n"
			    "\t\toifname \"%s\" drop\n", n->bridge, n->bridge, n->bridge);
	buf_add(b, "\t}\n");
}

/* The kernel takes packets for any of its addresses on any link: without this, neighbours of the host could use the
 * bridge's name server. */
static void add_input(const struct lx_network *n, struct buf *b)
{
	char text[LX_ADDRESS_TEXT_MAX];

	buf_add(b, "\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n");
	buf_addf(b, "\t\tiifname \"%s\" udp dport { 53, 67, 547 } accept\n", n->bridge);
	buf_addf(b, "\t\tiifname \"%s\" tcp dport 53 accept\n", n->bridge);
	buf_add(b, "\t\tiifname \"lo\" accept\n");
	if (n->has4)
		buf_addf(b, "\t\tip daddr %s meta l4proto { tcp, udp } th dport 53 drop\n", lx_address_format(&n->address4, text));
	if (n->has6)
		buf_addf(b, "\t\tip6 daddr %s meta l4proto { tcp, udp } th dport 53 drop\n", lx_address_format(&n->address6, text));
	buf_add(b, "\t}\n");
}

static void add_masquerade(const char *family, const struct lx_address *a, struct buf *b)
{
	struct lx_address net = lx_address_network(a);
	char text[LX_ADDRESS_TEXT_MAX];

	lx_address_format(&net, text);
	buf_addf(b, "\t\t%s saddr %s/%u %s daddr != %s/%u masquerade\n", family, text, a->prefix, family, text, a->prefix);
}

static void add_postrouting(const struct lx_network *n, struct buf *b)
{
	if (!n->nat)
		return;
	buf_add(b, "\tchain postrouting {\n\t\ttype nat hook postrouting priority srcnat; policy accept;\n");
	/* what is for a group of the link itself keeps its sender */
	if (n->has4) {
		buf_add(b, "\t\tip daddr { 224.0.0.0/24, 255.255.255.255 } accept\n");
		add_masquerade("ip", &n->address4, b);
	}
	if (n->has6)
		add_masquerade("ip6", &n->address6, b);
	buf_add(b, "\t}\n");
}

char *lx_nft_ruleset(const struct lx_network *n)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	/* "add" first: deleting a table that is not there would fail the transaction */
	buf_addf(&b, "add table inet %s\ndelete table inet %s\ntable inet %s {\n\tcomment \"" OWNER ": %s\"\n", n->table, n->table,
		 n->table, n->bridge);
	add_input(n, &b);
	add_forward(n, &b);
	add_postrouting(n, &b);
	buf_add(&b, "}\n");

	return b.failed ? NULL : buf_steal(&b);
}

/* 1: our table is there; 0: none of that name; -EEXIST: it is somebody else's. */
static int find_table(const struct lx_network *n, struct lx_error *err)
{
	char *const argv[] = { "nft", "list", "table", "inet", n->table, NULL };
	_cleanup_free_ char *text = NULL;
	int r;

	r = run(argv, NULL, &text, err);
	if (r == -EIO) {
		/* no such table; whatever else is wrong is told when the table is loaded */
		lx_error_clear(err);
		return 0;
	}
	if (r < 0)
		return r;
	if (!strstr(text, OWNER))
		return lx_error_say(err, -EEXIST,
				    "there is a table inet %s of nftables that lx-net did not make; "
				    "remove it with nft delete table inet %s",
				    n->table, n->table);

	return 1;
}

bool lx_nft_is_loaded(const struct lx_network *n)
{
	return find_table(n, NULL) == 1;
}

bool lx_nft_has_other(const struct lx_network *n)
{
	static char *const argv[] = { "nft", "list", "tables", "inet", NULL };
	_cleanup_free_ char *text = NULL;
	_cleanup_strv_ char **lines = NULL;

	if (run(argv, NULL, &text, NULL) < 0 || strv_split(text, "\n", &lines) < 0)
		return false;
	strv_for_each(line, lines) {
		const char *name = str_after(line, "table inet ");

		if (name && !str_equal(name, n->table) && (str_equal(name, "lx") || str_after(name, "lx_")))
			return true;
	}

	return false;
}

int lx_nft_up(const struct lx_network *n, struct lx_error *err)
{
	static char *const argv[] = { "nft", "-f", "-", NULL };
	_cleanup_free_ char *rules = lx_nft_ruleset(n);
	int r;

	if (!rules)
		return lx_error_oom(err);
	r = find_table(n, err);
	if (r < 0)
		return r;
	r = lx_record_add(n, err, "nft %s", n->table);
	if (r < 0)
		return r;

	r = run(argv, rules, NULL, err);
	if (r < 0)
		lx_error_prefix(err, "load table inet %s", n->table);
	return r;
}

int lx_nft_down(const struct lx_network *n, struct lx_error *err)
{
	char *const argv[] = { "nft", "delete", "table", "inet", n->table, NULL };
	_cleanup_strv_ char **recorded = NULL;
	int r;

	r = lx_record_list(n, "nft", &recorded, err);
	if (r < 0 || !recorded)
		return r;

	r = find_table(n, err);
	if (r > 0)
		r = run(argv, NULL, NULL, err);
	if (r < 0)
		return r;

	return lx_record_remove(n, "nft", err);
}

/* ---- chains of others ---------------------------------------------------------------------------------------- */

/* The word after prefix up to a space, when line begins with prefix. New memory or NULL. */
static char *word_after(const char *line, const char *prefix)
{
	const char *rest = str_after(line, prefix);

	return rest ? strndup(rest, strcspn(rest, " {")) : NULL;
}

int lx_nft_find_drops(const char *listing, char ***ret)
{
	_cleanup_strv_ char **lines = NULL, **found = NULL;
	_cleanup_free_ char *table = NULL, *chain = NULL;
	int r;

	r = strv_split(listing, "\n", &lines);
	if (r < 0)
		return r;

	strv_for_each(line, lines) {
		char *text = str_strip(line), *word;

		if (str_after(text, "table ")) {
			free(table);
			table = strndup(text + 6, strcspn(text + 6, "{"));
			if (!table)
				return -ENOMEM;
			str_strip(table);
		} else if ((word = word_after(text, "chain "))) {
			free(chain);
			chain = word;
		} else if (table && chain && strstr(text, "hook forward") && strstr(text, "policy drop")) {
			r = strv_appendf(&found, "%s %s", table, chain);
			if (r < 0)
				return r;
		}
	}

	*ret = take_ptr(found);
	return 0;
}

/* Does the chain's table speak of our bridge? Then somebody has mended it already. */
static bool names_bridge(const struct lx_network *n, const char *family, const char *table)
{
	char *const argv[] = { "nft", "list", "table", (char *)family, (char *)table, NULL };
	_cleanup_free_ char *text = NULL, *quoted = str_format("\"%s\"", n->bridge);

	return quoted && run(argv, NULL, &text, NULL) >= 0 && strstr(text, quoted);
}

int lx_nft_conflicts(const struct lx_network *n, char ***ret, struct lx_error *err)
{
	static char *const argv[] = { "nft", "list", "chains", NULL };
	_cleanup_strv_ char **drops = NULL, **found = NULL;
	_cleanup_free_ char *text = NULL;
	int r;

	r = run(argv, NULL, &text, err);
	if (r < 0)
		return r;
	if (lx_nft_find_drops(text, &drops) < 0)
		return lx_error_oom(err);

	strv_for_each(drop, drops) {
		_cleanup_strv_ char **words = NULL;

		if (strv_split(drop, " ", &words) < 0)
			return lx_error_oom(err);
		if (strv_length(words) != 3 || names_bridge(n, words[0], words[1]))
			continue;
		r = strv_appendf(&found,
				 "chain %s of table %s %s drops what guests send beyond the host; run: "
				 "nft insert rule %s iifname %s accept; nft insert rule %s oifname %s accept",
				 words[2], words[0], words[1], drop, n->bridge, drop, n->bridge);
		if (r < 0)
			return lx_error_oom(err);
	}

	*ret = take_ptr(found);
	return 0;
}
