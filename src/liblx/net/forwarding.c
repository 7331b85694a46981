/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Forwarding of packets, a property of the whole network namespace. The values that were there are remembered and come
 * back with the last lx network. A host that forwards IPv6 ignores router advertisements unless accept_ra is 2: links
 * that got their default route that way keep it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "net/network.h"

#define SYSCTL_IPV4 "/proc/sys/net/ipv4/ip_forward"
#define SYSCTL_IPV6 "/proc/sys/net/ipv6/conf/all/forwarding"
#define SYSCTL_IPV6_LINKS "/proc/sys/net/ipv6/conf"

static int set_value(const struct lx_network *n, const char *path, const char *wish, struct lx_error *err)
{
	_cleanup_free_ char *old = NULL;
	int r;

	r = file_read_line(AT_FDCWD, path, &old);
	if (r < 0)
		return lx_error_set(err, r, "read %s", path);
	if (str_equal(old, wish))
		return 0;

	r = lx_record_add(n, err, "sysctl %s %s %s", path, old, wish);
	if (r < 0)
		return r;
	r = file_write(AT_FDCWD, path, wish);
	if (r < 0)
		return lx_error_set(err, r, "write %s to %s", wish, path);

	log_debug("%s: %s -> %s", path, old, wish);
	return 0;
}

static int keep_advertisements(const struct lx_network *n, struct lx_error *err)
{
	_cleanup_closedir_ DIR *dir = opendir(SYSCTL_IPV6_LINKS);
	struct dirent *d;
	int r = 0;

	while (dir && r >= 0 && (d = readdir(dir))) {
		_cleanup_free_ char *path = NULL, *value = NULL;

		/* "all" would set every link, those included that want no advertisements */
		if (d->d_name[0] == '.' || str_equal(d->d_name, "all") || str_equal(d->d_name, n->bridge))
			continue;
		path = str_format("%s/%s/accept_ra", SYSCTL_IPV6_LINKS, d->d_name);
		if (!path)
			return lx_error_oom(err);
		if (file_read_line(AT_FDCWD, path, &value) >= 0 && str_equal(value, "1"))
			r = set_value(n, path, "2", err);
	}

	return r;
}

static int set_ipv6(const struct lx_network *n, struct lx_error *err)
{
	_cleanup_free_ char *old = NULL;
	int r = 0;

	if (file_read_line(AT_FDCWD, SYSCTL_IPV6, &old) < 0)
		return lx_error_say(err, -EAFNOSUPPORT, "network.ipv6.address is set in lx.conf, but this kernel runs without IPv6");
	if (str_equal(old, "0"))
		r = keep_advertisements(n, err);

	return r < 0 ? r : set_value(n, SYSCTL_IPV6, "1", err);
}

int lx_forwarding_up(const struct lx_network *n, struct lx_error *err)
{
	int r = 0;

	if (n->has4)
		r = set_value(n, SYSCTL_IPV4, "1", err);
	if (r >= 0 && n->has6)
		r = set_ipv6(n, err);

	return r;
}

/* One line of the record: PATH OLD NEW. A value that is not ours any more stays. */
static void restore(const char *line)
{
	_cleanup_strv_ char **words = NULL;
	_cleanup_free_ char *now = NULL;

	if (strv_split(line, " ", &words) < 0 || strv_length(words) != 3 || !str_after(words[0], "/proc/sys/net/"))
		return;
	/* The link may be gone. */
	if (file_read_line(AT_FDCWD, words[0], &now) < 0 || !str_equal(now, words[2]))
		return;
	if (file_write(AT_FDCWD, words[0], words[1]) < 0)
		log_warn("cannot write %s to %s", words[1], words[0]);
}

int lx_forwarding_down(const struct lx_network *n, struct lx_error *err)
{
	_cleanup_strv_ char **lines = NULL;
	int r;

	r = lx_record_list(n, "sysctl", &lines, err);
	if (r < 0 || !lines)
		return r;

	if (lx_nft_has_other(n))
		log_debug("forwarding stays on: another lx network needs it");
	else
		strv_for_each(line, lines)
			restore(line);

	return lx_record_remove(n, "sysctl", err);
}
