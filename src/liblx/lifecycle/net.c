/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs of the managed network. Its parts come up in this order and go down in the reverse one; bringing it up
 * again repairs what is missing. One lock keeps two of us apart.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "net/network.h"
#include "sys/sys.h"

static const struct part {
	const char *name;
	int (*up)(const struct lx_network *n, struct lx_error *err);
	int (*down)(const struct lx_network *n, struct lx_error *err);
} parts[] = {
	{ "bridge",     lx_bridge_up,     lx_bridge_down },
	{ "rules",      lx_nft_up,        lx_nft_down },        /* before packets can be forwarded */
	{ "forwarding", lx_forwarding_up, lx_forwarding_down },
	{ "dnsmasq",    lx_dnsmasq_up,    lx_dnsmasq_down },    /* needs the bridge's addresses */
};

static int load(struct lx_network *ret, struct lx_error *err)
{
	_cleanup_settings_ struct lx_settings *settings = NULL;
	int r;

	r = lx_settings_load(&settings, err);
	return r < 0 ? r : lx_network_build(settings, ret, err);
}

/* Waits for other lx-net commands; the descriptor is the lock. */
static int lock(const struct lx_network *n, int *ret_fd, struct lx_error *err)
{
	_cleanup_free_ char *path = str_format("%s.lock", n->directory);
	_cleanup_close_ int fd = -EBADF;
	int r;

	if (geteuid() != 0)
		return lx_error_say(err, -EPERM, "only root can change the managed network");
	if (!path)
		return lx_error_oom(err);
	r = file_mkdir_parents(AT_FDCWD, n->directory, 0755);
	if (r < 0)
		return lx_error_set(err, r, "make %s", n->directory);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return lx_error_set(err, -errno, "lock %s", path);

	*ret_fd = take_fd(&fd);
	return 0;
}

static int take_down(const struct lx_network *n, size_t count, struct lx_error *err)
{
	int first = 0;

	for (size_t i = count; i > 0; i--) {
		int r = parts[i - 1].down(n, first < 0 ? NULL : err);

		if (r < 0 && first == 0) {
			lx_error_prefix(err, "%s", parts[i - 1].name);
			first = r;
		}
	}

	return first;
}

static void warn_conflicts(const struct lx_network *n)
{
	_cleanup_strv_ char **conflicts = NULL;

	if (lx_nft_conflicts(n, &conflicts, NULL) < 0)
		return;
	strv_for_each(text, conflicts)
		log_warn("%s", text);
}

LX_PUBLIC int lx_net_up(struct lx_error *err)
{
	_cleanup_network_ struct lx_network n = { 0 };
	_cleanup_close_ int lock_fd = -EBADF;
	bool was_up;
	int r;

	r = load(&n, err);
	if (r >= 0)
		r = lock(&n, &lock_fd, err);
	if (r < 0)
		return r;
	was_up = lx_record_exists(&n);

	for (size_t i = 0; i < array_size(parts); i++) {
		r = parts[i].up(&n, err);
		if (r >= 0)
			continue;
		lx_error_prefix(err, "%s", parts[i].name);
		/* A network that guests may be using is not torn down because a repair failed. */
		if (!was_up)
			take_down(&n, i + 1, NULL);
		return r;
	}

	warn_conflicts(&n);
	return 0;
}

LX_PUBLIC int lx_net_down(bool force, struct lx_error *err)
{
	_cleanup_network_ struct lx_network n = { 0 };
	_cleanup_strv_ char **members = NULL;
	_cleanup_close_ int lock_fd = -EBADF;
	int r;

	r = load(&n, err);
	if (r >= 0)
		r = lock(&n, &lock_fd, err);
	if (r >= 0)
		r = lx_bridge_members(&n, &members, err);
	if (r < 0)
		return r;

	if (members && !force)
		return lx_error_say(err, -EBUSY, "bridge %s is used by %zu link%s (%s%s); stop the containers, or use --force", n.bridge,
				    strv_length(members), members[1] ? "s" : "", members[0], members[1] ? ", ..." : "");

	r = take_down(&n, array_size(parts), err);
	if (r >= 0)
		rmdir(n.directory);
	return r;
}

static int fill_status(const struct lx_network *n, struct lx_net_status *s, struct lx_error *err)
{
	struct sys_link link;
	int r;

	s->bridge = strdup(n->bridge);
	if (!s->bridge || strv_extend(&s->addresses, n->addresses) < 0)
		return lx_error_oom(err);

	s->up = sys_link_get(n->bridge, &link) == 0;
	s->dnsmasq_running = lx_dnsmasq_pid(n) > 0;
	s->nft_loaded = lx_nft_is_loaded(n);
	r = lx_bridge_members(n, &s->members, err);
	if (r < 0)
		return r;

	return lx_dnsmasq_leases(n, &s->leases, err);
}

LX_PUBLIC int lx_net_get_status(struct lx_net_status *ret, struct lx_error *err)
{
	_cleanup_(lx_net_status_done) struct lx_net_status s = { 0 };
	_cleanup_network_ struct lx_network n = { 0 };
	int r;

	r = load(&n, err);
	if (r >= 0)
		r = fill_status(&n, &s, err);
	if (r < 0)
		return r;

	if (s.up)
		warn_conflicts(&n);
	*ret = s;
	s = (struct lx_net_status){ 0 };
	return 0;
}

LX_PUBLIC void lx_net_status_done(struct lx_net_status *s)
{
	free(s->bridge);
	strv_free(s->addresses);
	strv_free(s->members);
	strv_free(s->leases);
	*s = (struct lx_net_status){ 0 };
}
