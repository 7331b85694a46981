/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lx_container_get_info(): what can be known of a run without asking its monitor. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "container/container.h"
#include "host/host.h"
#include "net/net.h"
#include "sys/sys.h"

LX_PUBLIC void lx_info_done(struct lx_info *info)
{
	free(info->status);
	free(info->waiting);
	free(info->trouble);
	free(info->machine);
	free(info->uuid);
	strv_free(info->ipv4);
	strv_free(info->ipv6);
	for (size_t i = 0; i < info->n_links; i++) {
		free(info->links[i].name);
		free(info->links[i].host_name);
	}
	free(info->links);
	*info = (struct lx_info) { 0 };
}

static uint64_t link_counter(const char *host_name, const char *counter)
{
	_cleanup_free_ char *text = NULL;
	char path[128];
	uint64_t value;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", host_name, counter);
	if (file_read_line(AT_FDCWD, path, &text) < 0 || parse_uint(text, &value) < 0)
		return 0;

	return value;
}

/* What the host's side sends, the container receives. */
static int add_links(struct lx_info *info, const struct lx_run_state *state)
{
	info->links = calloc(state->links.n + 1, sizeof(*info->links));
	if (!info->links)
		return -ENOMEM;

	vec_for_each(link, &state->links) {
		struct lx_link_info *to = &info->links[info->n_links++];

		if (str_set(&to->name, link->name) < 0)
			return -ENOMEM;
		if (str_empty(link->host_name))
			continue;
		if (str_set(&to->host_name, link->host_name) < 0)
			return -ENOMEM;
		to->rx_bytes = link_counter(link->host_name, "tx_bytes");
		to->tx_bytes = link_counter(link->host_name, "rx_bytes");
	}

	return 0;
}

static int add_addresses(struct lx_info *info, struct lx_error *err)
{
	_cleanup_close_ int netns_fd = sys_namespace_open(info->init_pid, SYS_NS_NET);

	if (netns_fd < 0) /* it has just ended */
		return 0;

	return lx_net_addresses(netns_fd, &info->ipv4, &info->ipv6, err);
}

/* To read, nobody has to be in a unit; what is beside it is seen only from inside of the user's own groups. */
static int find_groups(const char *cgroup, struct lx_host *ret, struct lx_error *err)
{
	int r;

	if (!lx_cgroup_is_unit(cgroup))
		return lx_host_probe_cgroups(ret, err);
	r = lx_host_probe_hierarchies(ret, err);
	return r < 0 ? r : lx_cgroup_find(ret, cgroup, err);
}

static int add_usage(struct lx_info *info, const struct lx_container *c, const char *at, struct lx_error *err)
{
	_cleanup_(lx_cgroup_freep) struct lx_cgroup *cgroup = NULL;
	struct lx_host host;
	int r;

	r = find_groups(at, &host, err);
	if (r >= 0)
		r = lx_cgroup_open(&host, c->run_id, &cgroup, err);
	if (r == -ENOENT && host.rootless) { /* they are beside those of this session */
		lx_error_clear(err);
		return 0;
	}
	if (r < 0)
		return r;

	return lx_cgroup_usage(cgroup, &info->usage, err);
}

static int add_config(struct lx_info *info, struct lx_container *c, struct lx_error *err)
{
	const struct lx_config *config;
	int r = lx_container_config(c, &config, err);

	if (r < 0)
		return r;

	info->unprivileged = !config->container.privileged;
	return 0;
}

static int fill(struct lx_info *info, struct lx_container *c, unsigned what, const struct lx_run_state *state, struct lx_error *err)
{
	int r = 0;

	info->state = state->state;
	info->ready = state->ready;
	info->init_pid = state->init_pid;
	info->monitor_pid = state->monitor_pid;
	info->started_usec = state->init_pid > 0 ? state->started_usec : 0;
	info->boot_usec = state->boot_usec;
	info->id_base = state->id_base;
	info->gid_base = state->gid_size > 0 ? state->gid_base : state->id_base; /* an older monitor has not written it */
	info->gid_size = state->gid_size ?: state->id_size;
	info->ids_shared = state->id_size > 0 && lx_subid_is_shared(c->settings, c->store, c->name);
	info->id_size = state->id_size;
	if (str_set(&info->waiting, state->waiting) < 0 || str_set(&info->status, state->status) < 0 ||
	    str_set(&info->trouble, state->trouble) < 0 || str_set(&info->machine, state->machine) < 0 ||
	    str_set(&info->uuid, state->uuid) < 0)
		return lx_error_oom(err);

	if (what & LX_INFO_CONFIG)
		r = add_config(info, c, err);
	if (info->init_pid <= 0)
		return r;

	if (r >= 0 && (what & LX_INFO_LINKS) && add_links(info, state) < 0)
		return lx_error_oom(err);
	if (r >= 0 && (what & LX_INFO_ADDRESSES))
		r = add_addresses(info, err);
	if (r >= 0 && (what & LX_INFO_USAGE))
		r = add_usage(info, c, state->cgroup, err);

	return r;
}

LX_PUBLIC int lx_container_get_info(struct lx_container *c, unsigned what, struct lx_info *ret, struct lx_error *err)
{
	_cleanup_(lx_run_state_done) struct lx_run_state state = { 0 };
	struct lx_info info = { 0 };
	int r;

	memset(&info.usage, 0xff, sizeof(info.usage)); /* not known */
	r = lx_run_state_load(c, &state, err);
	if (r >= 0)
		r = fill(&info, c, what, &state, err);
	if (r < 0) {
		lx_info_done(&info);
		return r;
	}

	*ret = info;
	return 0;
}
