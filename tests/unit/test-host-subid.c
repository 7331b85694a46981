/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ranges of ids: the pool of the host, and the ledger. */
#include "unit.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/str.h"
#include "base/tree.h"
#include "config/config.h"
#include "host/host.h"

static void print_spans(const lx_subid_pool *pool, char *text)
{
	vec_for_each(s, pool)
		sprintf(text + strlen(text), "%llu+%llu ", (unsigned long long)s->base, (unsigned long long)s->size);
}

static void pool_is(const char *subuid, const char *subgid, const char *expected)
{
	struct lx_subid_pools pools = { 0 };
	char text[256] = "";

	assert_int_equal(lx_subid_pools_parse(subuid, subgid, &pools), 0);
	print_spans(&pools.both, text);
	lx_subid_pools_done(&pools);
	assert_string_equal(text, expected);
}

static void test_subid_pool_is_what_both_files_give(void **state)
{
	(void)state;
	pool_is("", "", "");
	pool_is("root:100000:65536\n", "root:100000:65536\n", "100000+65536 ");
	pool_is("0:100000:65536\n", "root:120000:100000\n", "120000+45536 ");
	pool_is("alice:100000:65536\nroot:200000:10\n", "alice:100000:65536\nroot:200000:10\n", "200000+10 ");
	pool_is("root:1000:10\nroot:2000:10\n", "root:1005:1000\n", "1005+5 2000+5 ");
	pool_is("root:100000:65536\n", "", "");
}

static void test_subid_pools_of_users_and_of_groups(void **state)
{
	struct lx_subid_pools pools = { 0 };
	char text[256] = "";

	(void)state;
	assert_int_equal(lx_subid_pools_parse("root:100000:65536\n", "root:200000:65536\n0:400000:5\n", &pools), 0);
	assert_int_equal(pools.both.n, 0);
	print_spans(&pools.uids, text);
	strcat(text, "/ ");
	print_spans(&pools.gids, text);
	assert_string_equal(text, "100000+65536 / 200000+65536 400000+5 ");
	lx_subid_pools_done(&pools);
}

static void test_subid_pool_skips_what_is_no_range(void **state)
{
	static const char text[] = "root:x:5\nroot:0:65536\nroot:5\nroot:100:0\nroot:4294967000:65536\n# root\nroot:700000:5\n";

	(void)state;
	pool_is(text, text, "700000+5 ");
}

struct fixture {
	char path[UNIT_PATH_MAX];
	int fd;
	struct lx_settings settings;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->fd = unit_directory(f->path);
	f->settings.paths.containers = f->path;
	f->settings.idmap.base = 900000000; /* where nobody else on the host is likely to be */
	f->settings.idmap.size = 3 * 65536;
	f->settings.idmap.range = 65536;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close(f->fd);
	tree_remove(AT_FDCWD, f->path, NULL);
	free(f);
	return 0;
}

/* The host of the test may give root a pool of its own; then only what does not depend on the numbers can be tested. */
static bool pool_is_ours(struct fixture *f)
{
	struct lx_subids ids;
	struct lx_error err = { 0 };

	assert_done(lx_subid_allot(&f->settings, "/s", "first", &ids, &err), &err);
	return ids.uids.outside == 900000000;
}

static uint32_t allot(struct fixture *f, const char *store, const char *name)
{
	struct lx_subids ids;
	struct lx_error err = { 0 };

	assert_done(lx_subid_allot(&f->settings, store, name, &ids, &err), &err);
	assert_int_equal(ids.uids.inside, 0);
	assert_int_equal(ids.uids.size, 65536);
	assert_memory_equal(&ids.gids, &ids.uids, sizeof(ids.uids));
	return ids.uids.outside;
}

static void test_subid_remembers_and_reuses(void **state)
{
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	uint32_t first, second;

	first = allot(f, "/s", "a");
	second = allot(f, "/s", "b");
	assert_int_not_equal(first, second);
	assert_int_equal(allot(f, "/s", "a"), first);
	assert_int_not_equal(allot(f, "/other store", "a"), first);

	assert_done(lx_subid_release(&f->settings, "/s", "a", &err), &err);
	assert_done(lx_subid_release(&f->settings, "/s", "a", &err), &err);
	assert_int_equal(allot(f, "/s", "c"), first);
	assert_int_equal(allot(f, "/s", "b"), second);
}

static void test_subid_knows_what_is_shared(void **state)
{
	struct fixture *f = *state;

	unit_write(f->fd, ".idmap", "1 65536 /s/a\n1 65536 /s/b\n65537 65536 /s/c\n65536 1 /t/d\n");
	assert_true(lx_subid_is_shared(&f->settings, "/s", "a"));
	assert_true(lx_subid_is_shared(&f->settings, "/s", "b"));
	assert_false(lx_subid_is_shared(&f->settings, "/s", "c"));
	assert_true(lx_subid_is_shared(&f->settings, "/t", "d"));
	assert_false(lx_subid_is_shared(&f->settings, "/s", "d"));
}

static void test_subid_runs_out(void **state)
{
	struct fixture *f = *state;
	struct lx_subids ids;
	struct lx_error err = { 0 };

	if (!pool_is_ours(f))
		skip();
	allot(f, "/s", "b");
	allot(f, "/s", "c");
	assert_int_equal(lx_subid_allot(&f->settings, "/s", "d", &ids, &err), -ENOSPC);
	assert_contains(err.text, "no free range of 65536 ids");

	lx_error_clear(&err);
	assert_done(lx_subid_release(&f->settings, "/s", "b", &err), &err);
	assert_int_equal(allot(f, "/s", "d"), 900000000 + 65536);
}

/* A range of a size that lx.conf no longer says is kept clear of all the same. */
static void test_subid_heeds_ranges_of_any_size(void **state)
{
	struct fixture *f = *state;

	if (!pool_is_ours(f))
		skip();
	unit_write(f->fd, ".idmap", "900000010 5 /s/odd\n");
	assert_int_equal(allot(f, "/s", "a"), 900000015);
}

static void test_subid_refuses_a_broken_ledger(void **state)
{
	struct fixture *f = *state;
	struct lx_subids ids;
	struct lx_error err = { 0 };

	unit_write(f->fd, ".idmap", "1000000 65536 /s/a\nnonsense\n");
	assert_int_equal(lx_subid_allot(&f->settings, "/s", "b", &ids, &err), -EINVAL);
	assert_contains(err.text, ".idmap:2: not a line of id range, \"nonsense\"");
}

static int claim(struct fixture *f, const char *name, uint32_t base, bool shared, struct lx_error *err)
{
	struct id_range range = { 0, base, 10 };
	const struct lx_idmap map = { { &range, 1 }, { &range, 1 } };

	lx_error_clear(err);
	return lx_subid_claim(&f->settings, "/s", name, &map, shared, err);
}

static void test_subid_ids_by_hand_are_one_containers(void **state)
{
	struct fixture *f = *state;
	struct lx_error err = { 0 };

	assert_done(claim(f, "a", 5000, false, &err), &err);
	assert_done(claim(f, "a", 5000, false, &err), &err);
	assert_int_equal(claim(f, "b", 5009, false, &err), -EADDRINUSE);
	assert_string_equal(err.text, "[idmap]: uids 5009 to 5009 of the host are also those of /s/a; name others, or set [idmap] "
				      "shared = yes");
	assert_done(claim(f, "b", 5009, true, &err), &err);
	assert_done(claim(f, "a", 5000, false, &err), &err);
	assert_done(claim(f, "b", 5010, false, &err), &err);
	assert_done(claim(f, "a", 6000, false, &err), &err);
	assert_done(claim(f, "c", 5000, false, &err), &err);
	assert_done(lx_subid_release(&f->settings, "/s", "c", &err), &err);
	assert_done(claim(f, "d", 5000, false, &err), &err);
}

static void test_subid_allots_around_ids_by_hand(void **state)
{
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	uint32_t first = allot(f, "/s", "a");

	assert_int_equal(claim(f, "b", first + 65535, false, &err), -EADDRINUSE);
	assert_done(lx_subid_release(&f->settings, "/s", "a", &err), &err);
	assert_done(claim(f, "b", first + 100, true, &err), &err);
	assert_int_equal(allot(f, "/s", "a"), first + 110);
}

/* The pool of the test's host is not ours to choose, but what has been allotted is told by the ledger. */
static void test_subid_users_and_groups_apart(void **state)
{
	static const char ledger_text[] = "900000000 65536 uids /s/a\n900000000 65536 gids /s/b\n"
					  "900065536 65536 gids /s/a\n900065536 65536 uids /s/b\n";
	struct fixture *f = *state;
	struct lx_error err = { 0 };
	struct lx_subids ids;

	unit_write(f->fd, ".idmap", ledger_text);
	assert_done(lx_subid_allot(&f->settings, "/s", "a", &ids, &err), &err);
	assert_int_equal(ids.uids.outside, 900000000);
	assert_int_equal(ids.gids.outside, 900065536);
	assert_int_equal(ids.gids.size, 65536);
	assert_done(lx_subid_allot(&f->settings, "/s", "b", &ids, &err), &err);
	assert_int_equal(ids.uids.outside, 900065536);
	assert_int_equal(ids.gids.outside, 900000000);
	assert_false(lx_subid_is_shared(&f->settings, "/s", "a"));

	/* users and groups of one number: nobody else's */
	assert_int_equal(claim(f, "c", 900000005, false, &err), -EADDRINUSE);
	assert_contains(err.text, "uids 900000005 to 900000014 of the host are also those of /s/a");
	lx_error_clear(&err);
	assert_done(lx_subid_release(&f->settings, "/s", "a", &err), &err);
	assert_int_equal(claim(f, "c", 900000005, false, &err), -EADDRINUSE);
	assert_contains(err.text, "gids 900000005 to 900000014 of the host are also those of /s/b");
	lx_error_clear(&err);
	assert_done(lx_subid_release(&f->settings, "/s", "b", &err), &err);
	assert_done(claim(f, "c", 900000005, false, &err), &err);
}

static void test_ids_in_use(void **state)
{
	struct fixture *f = *state;
	lx_subid_pool taken = { 0 };
	char text[512] = "";

	assert_int_equal(mkdirat(f->fd, "etc", 0755) | mkdirat(f->fd, "proc", 0755) | mkdirat(f->fd, "proc/12", 0755) |
			 mkdirat(f->fd, "proc/13", 0755) | mkdirat(f->fd, "proc/sys", 0755), 0);
	unit_write(f->fd, "etc/passwd", "root:x:0:0::/:\nfar:x:700000:7::/:\n");
	unit_write(f->fd, "etc/group", "far:x:700001:\n");
	unit_write(f->fd, "etc/subuid", "root:100000:65536\n0:1:2\nalice:200000:65536\nbob:x:1\n");
	unit_write(f->fd, "etc/subgid", "alice:300000:65536\n");
	unit_write(f->fd, "proc/12/uid_map", "         0          0 4294967295\n");
	unit_write(f->fd, "proc/13/uid_map", "         0     524288      65536\n     65536       1000          1\n");
	unit_write(f->fd, "proc/sys/uid_map", "0 800000 1\n");

	assert_int_equal(lx_ids_in_use(f->path, &taken), 0);
	vec_for_each(s, &taken)
		sprintf(text + strlen(text), "%llu+%llu ", (unsigned long long)s->base, (unsigned long long)s->size);
	vec_done(&taken);
	assert_string_equal(text, "700000+1 700001+1 200000+65536 300000+65536 524288+65536 ");
}

#define WITH_FILES(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

UNIT_MAIN(
	UNIT(test_subid_pool_is_what_both_files_give),
	UNIT(test_subid_pools_of_users_and_of_groups),
	UNIT(test_subid_pool_skips_what_is_no_range),
	WITH_FILES(test_subid_remembers_and_reuses),
	WITH_FILES(test_subid_ids_by_hand_are_one_containers),
	WITH_FILES(test_subid_allots_around_ids_by_hand),
	WITH_FILES(test_subid_users_and_groups_apart),
	WITH_FILES(test_ids_in_use),
	WITH_FILES(test_subid_knows_what_is_shared),
	WITH_FILES(test_subid_runs_out),
	WITH_FILES(test_subid_heeds_ranges_of_any_size),
	WITH_FILES(test_subid_refuses_a_broken_ledger))
