/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest is shown at /sys/fs/cgroup. systemd decides at boot by what it finds mounted there, and each version can
 * live with some forms only: up to 230 with a v1 tree name=systemd, from 231 with v2, from 233 also with the hybrid form,
 * from 256 with nothing but v2. Other inits do not care; they get what the host has.
 */
#include "base/macro.h"
#include "base/names.h"
#include "base/str.h"
#include "cgroup/driver.h"

static const char *const view_names[] = {
	[LX_VIEW_NONE] = "none",
	[LX_VIEW_LEGACY] = "legacy",
	[LX_VIEW_HYBRID] = "hybrid",
	[LX_VIEW_UNIFIED] = "unified",
};

const char *lx_cgroup_view_name(enum lx_cgroup_view view)
{
	return NAMES_GET(view_names, (int)view);
}

/* Rows of one layout in the order of versions; the first whose last version is not below the guest's counts. */
static const struct {
	enum lx_cgroup_layout layout;
	unsigned last_version; /* 0: init is not systemd */
	enum lx_cgroup_view view;
} views[] = {
	{ LX_CGROUP_UNIFIED, 0, LX_VIEW_UNIFIED },
	{ LX_CGROUP_UNIFIED, 230, LX_VIEW_LEGACY },
	{ LX_CGROUP_UNIFIED, ~0U, LX_VIEW_UNIFIED },
	{ LX_CGROUP_HYBRID, 0, LX_VIEW_HYBRID },
	{ LX_CGROUP_HYBRID, 232, LX_VIEW_LEGACY },
	{ LX_CGROUP_HYBRID, 255, LX_VIEW_HYBRID },
	{ LX_CGROUP_HYBRID, ~0U, LX_VIEW_UNIFIED },
	{ LX_CGROUP_LEGACY, 255, LX_VIEW_LEGACY },
	{ LX_CGROUP_LEGACY, ~0U, LX_VIEW_UNIFIED },
	{ LX_CGROUP_NONE, ~0U, LX_VIEW_NONE },
};

static enum lx_cgroup_view find_view(enum lx_cgroup_layout layout, unsigned version)
{
	for (size_t i = 0; i < array_size(views); i++)
		if (views[i].layout == layout && version <= views[i].last_version)
			return views[i].view;
	return LX_VIEW_NONE;
}

/* Can this host show it? */
static int check_view(enum lx_cgroup_view view, const struct lx_host *host, struct lx_error *err)
{
	bool v1 = host->cgroup_layout == LX_CGROUP_LEGACY || host->cgroup_layout == LX_CGROUP_HYBRID;
	bool v2 = host->cgroup_layout == LX_CGROUP_UNIFIED || host->cgroup_layout == LX_CGROUP_HYBRID;

	if (view == LX_VIEW_UNIFIED && !v2)
		return lx_error_say(err, -EOPNOTSUPP, "a unified cgroup view needs cgroup v2, and this host has none mounted; "
						      "mount cgroup2 at /sys/fs/cgroup/unified");
	if (view == LX_VIEW_HYBRID && !(v1 && v2))
		return lx_error_say(err, -EOPNOTSUPP, "a hybrid cgroup view needs a host with both cgroup v1 and v2");
	if (view == LX_VIEW_LEGACY && !v1 && !(v2 && host->cgroup_v1))
		return lx_error_say(err, -EOPNOTSUPP, "a legacy cgroup view needs cgroup v1, which this kernel does not have");
	return 0;
}

int lx_cgroup_choose_view(const char *wish, const struct lx_host *host, unsigned systemd_version, enum lx_cgroup_view *ret,
			  struct lx_error *err)
{
	enum lx_cgroup_view view;
	bool automatic = str_empty(wish) || str_equal(wish, "auto");
	int r;

	if (automatic) {
		view = find_view(host->cgroup_layout, systemd_version);
	} else {
		r = NAMES_FIND(view_names, wish);
		if (r < 0)
			return lx_error_say(err, r, "%s is not a cgroup view; auto, unified, hybrid, legacy or none", wish);
		view = (enum lx_cgroup_view)r;
	}

	r = check_view(view, host, err);
	if (r < 0) {
		if (automatic)
			lx_error_prefix(err, "the guest's systemd %u cannot run here", systemd_version);
		return r;
	}
	*ret = view;
	return 0;
}
