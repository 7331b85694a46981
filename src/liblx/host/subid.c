/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A private range of host ids for each container.
 *
 * The ledger is one file for the host, CONTAINERS/.idmap in the configured store, also for containers of other stores: two
 * containers with the same ids could read each other's files and signal each other's processes. Lines are
 *
 *     BASE SIZE STORE/NAME            allotted, users and groups
 *     BASE SIZE uids STORE/NAME       allotted, users only; there is a line of gids with it
 *     BASE SIZE gids STORE/NAME       allotted, groups only
 *     BASE SIZE fixed STORE/NAME      written in [idmap] by hand, when it last started
 *     BASE SIZE shared STORE/NAME     the same, and others may have them too
 *
 * and stay until the container is destroyed. The file is rewritten and renamed under a lock of its own.
 *
 * Where ranges come from is subid-pool.c's; what others have is left out (ids-in-use.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "host/host.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/rootless.h"
#include "base/str.h"
#include "base/strv.h"
#include "config/config.h"

#define LEDGER ".idmap"
#define LEDGER_LOCK ".idmap.lock"
#define LEDGER_MAX (4 * 1024 * 1024)

enum kind { ALLOTTED, ALLOTTED_UIDS, ALLOTTED_GIDS, FIXED, SHARED };
static const char *const kinds[] = {
	[ALLOTTED] = "",
	[ALLOTTED_UIDS] = "uids ",
	[ALLOTTED_GIDS] = "gids ",
	[FIXED] = "fixed ",
	[SHARED] = "shared ",
};

struct entry {
	uint64_t base, size;
	enum kind kind;
	char *owner;                /* STORE/NAME */
};
typedef VEC(struct entry) ledger;

static bool is_by_hand(const struct entry *e)
{
	return e->kind == FIXED || e->kind == SHARED;
}

/* One is of users only and the other of groups only: equal numbers are not the same ids. */
static bool are_apart(enum kind a, enum kind b)
{
	return (a == ALLOTTED_UIDS && b == ALLOTTED_GIDS) || (a == ALLOTTED_GIDS && b == ALLOTTED_UIDS);
}

static void ledger_done(ledger *l)
{
	vec_for_each(e, l)
		free(e->owner);
	vec_done(l);
}

/* ---- the ledger ---------------------------------------------------------------------------------------------- */

static int parse_entry(const char *line, struct entry *ret)
{
	_cleanup_free_ char *copy = strdup(line);
	char *base, *size, *owner = copy;
	struct entry e = { 0 };

	if (!copy)
		return -ENOMEM;
	base = strsep(&owner, " ");
	size = strsep(&owner, " ");
	if (!owner || parse_uint(base, &e.base) < 0 || parse_uint(size, &e.size) < 0 || e.size == 0 ||
	    e.base > UINT32_MAX || e.size > UINT32_MAX - e.base)
		return -EINVAL;

	for (enum kind k = ALLOTTED_UIDS; k <= SHARED; k++)
		if (str_after(owner, kinds[k])) {
			owner += strlen(kinds[k]);
			e.kind = k;
			break;
		}
	e.owner = strdup(owner);
	if (!e.owner)
		return -ENOMEM;
	*ret = e;
	return 0;
}

/* A line that cannot be read is an error, not skipped: its range might be handed out a second time. */
static int ledger_load(int dir_fd, const char *directory, ledger *ret, struct lx_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_strv_ char **lines = NULL;
	unsigned n = 0;
	int r;

	r = file_read(dir_fd, LEDGER, LEDGER_MAX, &text, NULL);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return lx_error_set(err, r, "read %s/" LEDGER, directory);
	if (strv_split(text, "\n", &lines) < 0)
		return lx_error_oom(err);

	strv_for_each(line, lines) {
		struct entry e, *added;

		n++;
		r = parse_entry(line, &e);
		if (r == -EINVAL)
			return lx_error_say(err, r, "%s/" LEDGER ":%u: not a line of id range, \"%s\"", directory, n, line);
		if (r < 0)
			return lx_error_oom(err);
		added = vec_add(ret);
		if (!added) {
			free(e.owner);
			return lx_error_oom(err);
		}
		*added = e;
	}
	return 0;
}

static int ledger_save(int dir_fd, const char *directory, const ledger *l, struct lx_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	int r;

	vec_for_each(e, l)
		if (e->owner)
			buf_addf(&b, "%llu %llu %s%s\n", (unsigned long long)e->base, (unsigned long long)e->size, kinds[e->kind],
				 e->owner);
	if (b.failed)
		return lx_error_oom(err);

	r = file_write_atomic(dir_fd, LEDGER, b.data ? b.data : "", b.size, 0644);
	return r < 0 ? lx_error_set(err, r, "write %s/" LEDGER, directory) : 0;
}

/* Opens the directory of the ledger and takes its lock; both descriptors end the lock when closed. */
static int ledger_lock(const char *directory, int *ret_dir_fd, int *ret_lock_fd, struct lx_error *err)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	_cleanup_close_ int dir_fd = -EBADF, lock_fd = -EBADF;
	int r;

	r = file_mkdir_parents(AT_FDCWD, directory, 0700);
	if (r < 0)
		return lx_error_set(err, r, "create %s", directory);
	dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return lx_error_set(err, -errno, "open %s", directory);
	lock_fd = openat(dir_fd, LEDGER_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (lock_fd < 0)
		return lx_error_set(err, -errno, "open %s/" LEDGER_LOCK, directory);

	do
		r = fcntl(lock_fd, F_OFD_SETLKW, &lock);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return lx_error_set(err, -errno, "lock %s/" LEDGER_LOCK, directory);

	*ret_dir_fd = take_fd(&dir_fd);
	*ret_lock_fd = take_fd(&lock_fd);
	return 0;
}

/* The allotted line for users and groups, or for the side that kind names. */
static struct entry *find(const ledger *l, const char *owner, enum kind kind)
{
	vec_for_each(e, l)
		if ((e->kind == ALLOTTED || e->kind == kind) && str_equal(e->owner, owner))
			return e;
	return NULL;
}

static bool find_both(const ledger *l, const char *owner, struct lx_subids *ret)
{
	const struct entry *uids = find(l, owner, ALLOTTED_UIDS), *gids = find(l, owner, ALLOTTED_GIDS);

	if (!uids || !gids)
		return false;
	ret->uids = (struct id_range){ .inside = 0, .outside = (uint32_t)uids->base, .size = (uint32_t)uids->size };
	ret->gids = (struct id_range){ .inside = 0, .outside = (uint32_t)gids->base, .size = (uint32_t)gids->size };
	return true;
}

static void pool_done(lx_subid_pool *p)
{
	vec_done(p);
}

/* Entries of nobody, which are not written back. */
static int add_strangers(ledger *l, struct lx_error *err)
{
	_cleanup_(pool_done) lx_subid_pool taken = { 0 };
	int r = lx_ids_in_use("/", &taken);

	if (r < 0)
		return lx_error_set(err, r, "look for ids that are in use");
	vec_for_each(span, &taken) {
		struct entry *e = vec_add(l);

		if (!e)
			return lx_error_oom(err);
		*e = (struct entry){ .base = span->base, .size = span->size };
	}
	return 0;
}

/* The end of an entry that overlaps [base, base + size), or 0. */
static uint64_t overlap_end(const ledger *l, enum kind kind, uint64_t base, uint64_t size)
{
	vec_for_each(e, l)
		if (!are_apart(e->kind, kind) && e->base < base + size && base < e->base + e->size)
			return e->base + e->size;
	return 0;
}

static bool find_free(const lx_subid_pool *pool, const ledger *l, enum kind kind, uint64_t size, uint64_t *ret)
{
	vec_for_each(p, pool) {
		uint64_t base = p->base, end;

		while (base + size <= p->base + p->size) {
			end = overlap_end(l, kind, base, size);
			if (end == 0) {
				*ret = base;
				return true;
			}
			base = end;
		}
	}
	return false;
}

static int add_allotted(ledger *l, const char *owner, enum kind kind, uint64_t base, uint32_t size, struct lx_error *err)
{
	struct entry *e = vec_add(l);

	if (!e)
		return lx_error_oom(err);
	*e = (struct entry){ base, size, kind, strdup(owner) };
	return e->owner ? 0 : lx_error_oom(err);
}

/* The same numbers for users and groups while there are any, since they are easier to read; then one range of each. */
static int allot_of_host(const struct lx_settings *settings, const char *owner, ledger *l, struct lx_error *err)
{
	_cleanup_(lx_subid_pools_done) struct lx_subid_pools pools = { 0 };
	uint32_t size = settings->idmap.range;
	uint64_t base, gid_base;
	int r;

	r = lx_subid_pools_of_host(settings, &pools, err);
	if (r >= 0)
		r = add_strangers(l, err);
	if (r < 0)
		return r;
	if (find_free(&pools.both, l, ALLOTTED, size, &base))
		return add_allotted(l, owner, ALLOTTED, base, size, err);
	if (!find_free(&pools.uids, l, ALLOTTED_UIDS, size, &base) || !find_free(&pools.gids, l, ALLOTTED_GIDS, size, &gid_base))
		return lx_error_say(err, -ENOSPC, "no free range of %u ids is left; destroy containers, or give root more "
				    "in /etc/subuid and /etc/subgid", size);

	r = add_allotted(l, owner, ALLOTTED_UIDS, base, size, err);
	return r < 0 ? r : add_allotted(l, owner, ALLOTTED_GIDS, gid_base, size, err);
}

/* In a user's own namespace, whose map has settled already which users and groups of the host its ids are. */
static int allot_of_user(const struct lx_settings *settings, const char *owner, ledger *l, struct lx_error *err)
{
	_cleanup_(pool_done) lx_subid_pool pool = { 0 };
	uint32_t size = settings->idmap.range;
	uint64_t base;
	int r;

	r = lx_subid_pool_of_user(&pool, err);
	if (r < 0)
		return r;
	if (pool.items[0].size < size)
		return lx_error_say(err, -ENOSPC, "/etc/subuid and /etc/subgid give you %llu ids, and a container needs %u; ask for "
				    "more, or set [idmap] range in your lx.conf", (unsigned long long)pool.items[0].size, size);
	if (!find_free(&pool, l, ALLOTTED, size, &base))
		base = pool.items[0].base; /* most users have ids for one container: theirs share them */
	return add_allotted(l, owner, ALLOTTED, base, size, err);
}

/* The ledger while it is ours to change, and the container in it. */
struct opened {
	char *owner;
	const char *directory;
	int dir_fd, lock_fd;
	ledger ledger;
};

static void opened_done(struct opened *o)
{
	free(o->owner);
	ledger_done(&o->ledger);
	close_fd(o->dir_fd);
	close_fd(o->lock_fd); /* last: it is the lock */
}

static int open_ledger(const struct lx_settings *settings, const char *store, const char *name, struct opened *ret,
		       struct lx_error *err)
{
	int r;

	*ret = (struct opened){ .directory = settings->paths.containers, .dir_fd = -EBADF, .lock_fd = -EBADF };
	ret->owner = str_format("%s/%s", store, name);
	if (!ret->owner)
		return lx_error_oom(err);

	r = ledger_lock(ret->directory, &ret->dir_fd, &ret->lock_fd, err);
	return r < 0 ? r : ledger_load(ret->dir_fd, ret->directory, &ret->ledger, err);
}

int lx_subid_allot(const struct lx_settings *settings, const char *store, const char *name, struct lx_subids *ret,
		   struct lx_error *err)
{
	_cleanup_(opened_done) struct opened o;
	int r;

	r = open_ledger(settings, store, name, &o, err);
	if (r < 0 || find_both(&o.ledger, o.owner, ret))
		return r;

	r = (rootless() ? allot_of_user : allot_of_host)(settings, o.owner, &o.ledger, err);
	if (r >= 0)
		r = ledger_save(o.dir_fd, o.directory, &o.ledger, err);
	if (r >= 0)
		find_both(&o.ledger, o.owner, ret);
	return r;
}

/* ledger_save() leaves it out. */
static void forget(struct entry *e)
{
	free(e->owner);
	e->owner = NULL;
}

/* kind: which side it is. */
static int refuse_others(const ledger *l, const char *owner, const id_ranges *ranges, enum kind kind, struct lx_error *err)
{
	vec_for_each(range, ranges)
		vec_for_each(e, l)
			if (e->owner && e->kind != SHARED && !are_apart(e->kind, kind) && !str_equal(e->owner, owner) &&
			    range->outside < e->base + e->size && e->base < (uint64_t)range->outside + range->size)
				return lx_error_say(err, -EADDRINUSE, "[idmap]: %ss %u to %u of the host are also those of %s; name "
						    "others, or set [idmap] shared = yes", kind == ALLOTTED_UIDS ? "uid" : "gid",
						    (unsigned)MAX_OF(range->outside, e->base),
						    (unsigned)(MIN_OF((uint64_t)range->outside + range->size, e->base + e->size) - 1),
						    e->owner);
	return 0;
}

static bool has_line(const ledger *l, const char *owner, const struct id_range *range, enum kind kind)
{
	vec_for_each(e, l)
		if (str_equal(e->owner, owner) && e->kind == kind && e->base == range->outside && e->size == range->size)
			return true;
	return false;
}

/* Users and groups share these lines: who has one number is not to have the other. */
static int add_lines(ledger *l, const char *owner, const id_ranges *ranges, enum kind kind)
{
	vec_for_each(range, ranges) {
		struct entry *e = has_line(l, owner, range, kind) ? NULL : vec_add(l);

		if (e)
			*e = (struct entry){ range->outside, range->size, kind, strdup(owner) };
		if (!has_line(l, owner, range, kind))
			return -ENOMEM;
	}
	return 0;
}

static size_t count_lines(const ledger *l, const char *owner)
{
	size_t n = 0;

	vec_for_each(e, l)
		n += is_by_hand(e) && str_equal(e->owner, owner);
	return n;
}

/* Are exactly these written down already? */
static bool is_claimed(const ledger *l, const char *owner, const struct lx_idmap *map, enum kind kind)
{
	const id_ranges *sides[] = { &map->uids, &map->gids };
	bool same = map->uids.n == map->gids.n && memcmp(map->uids.items, map->gids.items, map->uids.n * sizeof(struct id_range)) == 0;

	for (size_t i = 0; i < array_size(sides); i++)
		vec_for_each(range, sides[i])
			if (!has_line(l, owner, range, kind))
				return false;
	return same && count_lines(l, owner) == map->uids.n;
}

int lx_subid_claim(const struct lx_settings *settings, const char *store, const char *name, const struct lx_idmap *map,
		   bool shared, struct lx_error *err)
{
	enum kind kind = shared ? SHARED : FIXED;
	_cleanup_(opened_done) struct opened o;
	int r;

	r = open_ledger(settings, store, name, &o, err);
	if (r >= 0 && !shared)
		r = refuse_others(&o.ledger, o.owner, &map->uids, ALLOTTED_UIDS, err);
	if (r >= 0 && !shared)
		r = refuse_others(&o.ledger, o.owner, &map->gids, ALLOTTED_GIDS, err);
	if (r < 0 || is_claimed(&o.ledger, o.owner, map, kind))
		return r;

	vec_for_each(e, &o.ledger)
		if (is_by_hand(e) && str_equal(e->owner, o.owner))
			forget(e);
	if (add_lines(&o.ledger, o.owner, &map->uids, kind) < 0 || add_lines(&o.ledger, o.owner, &map->gids, kind) < 0)
		return lx_error_oom(err);
	return ledger_save(o.dir_fd, o.directory, &o.ledger, err);
}

bool lx_subid_is_shared(const struct lx_settings *settings, const char *store, const char *name)
{
	_cleanup_free_ char *owner = str_format("%s/%s", store, name);
	const char *directory = settings->paths.containers;
	_cleanup_close_ int dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(ledger_done) ledger l = { 0 };
	const struct entry *own;

	/* without the lock: the file is replaced as a whole */
	if (!owner || dir_fd < 0 || ledger_load(dir_fd, directory, &l, NULL) < 0 || !(own = find(&l, owner, ALLOTTED)))
		return false; /* users and groups apart are of root, who has ids for all */
	vec_for_each(e, &l)
		if (!str_equal(e->owner, owner) && e->base < own->base + own->size && own->base < e->base + e->size)
			return true;
	return false;
}

int lx_subid_release(const struct lx_settings *settings, const char *store, const char *name, struct lx_error *err)
{
	_cleanup_(opened_done) struct opened o;
	bool found = false;
	int r;

	r = open_ledger(settings, store, name, &o, err);
	if (r < 0)
		return r;

	vec_for_each(e, &o.ledger)
		if (str_equal(e->owner, o.owner)) {
			forget(e);
			found = true;
		}
	return found ? ledger_save(o.dir_fd, o.directory, &o.ledger, err) : 0;
}
