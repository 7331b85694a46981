/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A private range of host ids for each container.
 *
 * The ledger is one file for the host, CONTAINERS/.idmap in the configured store, also for containers of other stores: two
 * containers with the same ids could read each other's files and signal each other's processes. Lines are
 *
 *     BASE SIZE STORE/NAME            allotted
 *     BASE SIZE fixed STORE/NAME      written in [idmap] by hand, when it last started
 *     BASE SIZE shared STORE/NAME     the same, and others may have them too
 *
 * and stay until the container is destroyed. The file is rewritten and renamed under a lock of its own.
 *
 * The pool is what /etc/subuid and /etc/subgid both give to root, so that other tools which honour these files keep away;
 * where they name nothing for root it is idmap.base and idmap.size of lx.conf. What others have is left out (ids-in-use.c).
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

enum kind { ALLOTTED, FIXED, SHARED };
static const char *const kinds[] = { [ALLOTTED] = "", [FIXED] = "fixed ", [SHARED] = "shared " };

struct entry {
	uint64_t base, size;
	enum kind kind;
	char *owner;                /* STORE/NAME */
};
typedef VEC(struct entry) ledger;

static void ledger_done(ledger *l)
{
	vec_for_each(e, l)
		free(e->owner);
	vec_done(l);
}

/* ---- the pool ------------------------------------------------------------------------------------------------ */

/* Owners are named, or numbered. */
static bool is_owner(const char *word, const char *name, uint32_t id)
{
	uint64_t number;

	return (name && str_equal(word, name)) || (parse_uint(word, &number) >= 0 && number == id);
}

static int parse_subid_line(char *line, const char *name, uint32_t id, struct lx_subid_span *ret)
{
	_cleanup_strv_ char **words = NULL;
	uint64_t base, size;

	if (strv_split(line, ":", &words) < 0)
		return -ENOMEM;
	if (strv_length(words) != 3 || !is_owner(words[0], name, id))
		return 0;
	if (parse_uint(words[1], &base) < 0 || parse_uint(words[2], &size) < 0)
		return 0;
	if (base == 0 || base >= UINT32_MAX || size == 0 || size > UINT32_MAX - base)
		return 0;

	*ret = (struct lx_subid_span){ base, size };
	return 1;
}

int lx_subid_spans_parse(const char *text, const char *name, uint32_t id, lx_subid_pool *ret)
{
	_cleanup_strv_ char **lines = NULL;

	if (strv_split(text, "\n", &lines) < 0)
		return -ENOMEM;

	strv_for_each(line, lines) {
		struct lx_subid_span span, *s;
		int r = parse_subid_line(line, name, id, &span);

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		s = vec_add(ret);
		if (!s)
			return -ENOMEM;
		*s = span;
	}
	return 0;
}

static void pool_done(lx_subid_pool *p)
{
	vec_done(p);
}

int lx_subid_pool_parse(const char *subuid, const char *subgid, lx_subid_pool *ret)
{
	_cleanup_(pool_done) lx_subid_pool uids = { 0 };
	_cleanup_(pool_done) lx_subid_pool gids = { 0 };
	_cleanup_(pool_done) lx_subid_pool both = { 0 };

	if (lx_subid_spans_parse(subuid, "root", 0, &uids) < 0 || lx_subid_spans_parse(subgid, "root", 0, &gids) < 0)
		return -ENOMEM;

	vec_for_each(u, &uids) {
		vec_for_each(g, &gids) {
			uint64_t from = MAX_OF(u->base, g->base);
			uint64_t to = MIN_OF(u->base + u->size, g->base + g->size);
			struct lx_subid_span *s;

			if (from >= to)
				continue;
			s = vec_add(&both);
			if (!s)
				return -ENOMEM;
			*s = (struct lx_subid_span){ from, to - from };
		}
	}

	*ret = both;
	both = (lx_subid_pool){ 0 };
	return 0;
}

static int read_or_empty(const char *path, char **ret)
{
	int r = file_read(AT_FDCWD, path, FILE_TEXT_MAX, ret, NULL);

	if (r != -ENOENT)
		return r;
	*ret = strdup("");
	return *ret ? 0 : -ENOMEM;
}

/* In a user's own namespace: all of its ids but the user's own. */
static int pool_of_user(lx_subid_pool *ret, struct lx_error *err)
{
	_cleanup_(lx_idmap_done) struct lx_idmap map = { 0 };
	uint64_t uids = 0, gids = 0;
	struct lx_subid_span *s;
	int r;

	r = lx_rootless_map_load(&map, err);
	if (r < 0)
		return r;
	vec_for_each(u, &map.uids)
		uids += u->inside > 0 ? u->size : 0;
	vec_for_each(g, &map.gids)
		gids += g->inside > 0 ? g->size : 0;

	s = vec_add(ret);
	if (!s)
		return lx_error_oom(err);
	*s = (struct lx_subid_span){ 1, MIN_OF(uids, gids) };
	return 0;
}

static int pool_of_host(const struct lx_settings *settings, lx_subid_pool *ret, struct lx_error *err)
{
	_cleanup_free_ char *subuid = NULL, *subgid = NULL;
	struct lx_subid_span *s;
	int r;

	r = read_or_empty("/etc/subuid", &subuid);
	if (r < 0)
		return lx_error_set(err, r, "read /etc/subuid");
	r = read_or_empty("/etc/subgid", &subgid);
	if (r < 0)
		return lx_error_set(err, r, "read /etc/subgid");

	r = lx_subid_pool_parse(subuid, subgid, ret);
	if (r < 0)
		return lx_error_oom(err);
	if (ret->n > 0)
		return 0;

	s = vec_add(ret);
	if (!s)
		return lx_error_oom(err);
	*s = (struct lx_subid_span){ settings->idmap.base, settings->idmap.size };
	return 0;
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

	for (enum kind k = FIXED; k <= SHARED; k++)
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

static struct entry *find(const ledger *l, const char *owner)
{
	vec_for_each(e, l)
		if (e->kind == ALLOTTED && str_equal(e->owner, owner))
			return e;
	return NULL;
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
static uint64_t overlap_end(const ledger *l, uint64_t base, uint64_t size)
{
	vec_for_each(e, l)
		if (e->base < base + size && base < e->base + e->size)
			return e->base + e->size;
	return 0;
}

static bool find_free(const lx_subid_pool *pool, const ledger *l, uint64_t size, uint64_t *ret)
{
	vec_for_each(p, pool) {
		uint64_t base = p->base, end;

		while (base + size <= p->base + p->size) {
			end = overlap_end(l, base, size);
			if (end == 0) {
				*ret = base;
				return true;
			}
			base = end;
		}
	}
	return false;
}

static int allot(const struct lx_settings *settings, const char *owner, ledger *l, struct entry **ret, struct lx_error *err)
{
	_cleanup_(pool_done) lx_subid_pool pool = { 0 };
	uint64_t base;
	int r;

	r = rootless() ? pool_of_user(&pool, err) : pool_of_host(settings, &pool, err);
	if (r >= 0 && !rootless())
		r = add_strangers(l, err);
	if (r < 0)
		return r;
	if (rootless() && pool.items[0].size < settings->idmap.range)
		return lx_error_say(err, -ENOSPC, "/etc/subuid and /etc/subgid give you %llu ids, and a container needs %u; ask for "
				    "more, or set [idmap] range in your lx.conf", (unsigned long long)pool.items[0].size,
				    settings->idmap.range);
	if (!find_free(&pool, l, settings->idmap.range, &base) && rootless())
		base = pool.items[0].base; /* most users have ids for one container: theirs share them */
	else if (!find_free(&pool, l, settings->idmap.range, &base))
		return lx_error_say(err, -ENOSPC, "no free range of %u ids is left; destroy containers, or give root more "
				    "in /etc/subuid and /etc/subgid", settings->idmap.range);

	*ret = vec_add(l);
	if (!*ret)
		return lx_error_oom(err);
	**ret = (struct entry){ .base = base, .size = settings->idmap.range, .owner = strdup(owner) };
	return (*ret)->owner ? 0 : lx_error_oom(err);
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

int lx_subid_allot(const struct lx_settings *settings, const char *store, const char *name, struct id_range *ret,
		   struct lx_error *err)
{
	_cleanup_(opened_done) struct opened o;
	struct entry *e;
	int r;

	r = open_ledger(settings, store, name, &o, err);
	if (r < 0)
		return r;

	e = find(&o.ledger, o.owner);
	if (!e) {
		r = allot(settings, o.owner, &o.ledger, &e, err);
		if (r >= 0)
			r = ledger_save(o.dir_fd, o.directory, &o.ledger, err);
		if (r < 0)
			return r;
	}

	*ret = (struct id_range){ .inside = 0, .outside = (uint32_t)e->base, .size = (uint32_t)e->size };
	return 0;
}

/* ledger_save() leaves it out. */
static void forget(struct entry *e)
{
	free(e->owner);
	e->owner = NULL;
}

static int refuse_others(const ledger *l, const char *owner, const id_ranges *ranges, const char *what, struct lx_error *err)
{
	vec_for_each(range, ranges)
		vec_for_each(e, l)
			if (e->owner && e->kind != SHARED && !str_equal(e->owner, owner) &&
			    range->outside < e->base + e->size && e->base < (uint64_t)range->outside + range->size)
				return lx_error_say(err, -EADDRINUSE, "[idmap]: %ss %u to %u of the host are also those of %s; name "
						    "others, or set [idmap] shared = yes", what,
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

/* Users and groups share the ledger's lines: who has one number is not to have the other. */
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
		n += e->kind != ALLOTTED && str_equal(e->owner, owner);
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
		r = refuse_others(&o.ledger, o.owner, &map->uids, "uid", err);
	if (r >= 0 && !shared)
		r = refuse_others(&o.ledger, o.owner, &map->gids, "gid", err);
	if (r < 0 || is_claimed(&o.ledger, o.owner, map, kind))
		return r;

	vec_for_each(e, &o.ledger)
		if (e->kind != ALLOTTED && str_equal(e->owner, o.owner))
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
	if (!owner || dir_fd < 0 || ledger_load(dir_fd, directory, &l, NULL) < 0 || !(own = find(&l, owner)))
		return false;
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
