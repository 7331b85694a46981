/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "instance/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"
#include "base/str.h"
#include "base/strv.h"
#include "sys/sys.h"

char *lx_probe_describe(const struct lx_config_ready *config)
{
	const char *what = config->tcp ? "tcp" : config->file ? "file" : "command";

	return str_format("%s %s", what, config->tcp ?: config->file ?: config->command);
}

/* ---- inside of the container */

static int connect_to(int family, const struct lx_endpoint *endpoint)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(endpoint->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(endpoint->port), .sin6_addr = in6addr_loopback };
	_cleanup_close_ int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (fd < 0)
		return -errno;
	if (endpoint->family == AF_INET)
		memcpy(&v4.sin_addr, endpoint->address, sizeof(v4.sin_addr));
	if (endpoint->family == AF_INET6)
		memcpy(&v6.sin6_addr, endpoint->address, sizeof(v6.sin6_addr));

	r = family == AF_INET ? connect(fd, (const struct sockaddr *)&v4, sizeof(v4)) :
				connect(fd, (const struct sockaddr *)&v6, sizeof(v6));
	return r < 0 && errno != EINPROGRESS ? -errno : take_fd(&fd);
}

/* How a connection that was under way came out. */
static int connected(int fd)
{
	int code = 0;
	socklen_t size = sizeof(code);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) < 0 ? -errno : -code;
}

/* Loopback addresses are tried side by side: one may be filtered, and then nothing comes back. */
static int try_tcp(const void *argument, struct lx_error *err)
{
	static const int families[] = { AF_INET, AF_INET6 };
	const struct lx_endpoint *endpoint = argument;
	struct pollfd p[array_size(families)];
	size_t open = 0;
	int r = -EAFNOSUPPORT;

	for (size_t i = 0; i < array_size(families); i++) {
		bool wanted = endpoint->family == AF_UNSPEC || endpoint->family == families[i];
		int fd = wanted ? connect_to(families[i], endpoint) : -EBADF;

		p[i] = (struct pollfd){ .fd = fd, .events = POLLOUT };
		open += fd >= 0;
		if (wanted && fd < 0)
			r = fd;
	}
	while (open > 0 && poll(p, array_size(p), -1) >= 0)
		for (size_t i = 0; i < array_size(p); i++) {
			if (p[i].fd < 0 || !p[i].revents)
				continue;
			r = connected(p[i].fd);
			if (r == 0)
				return 0;
			p[i].fd = close_fd(p[i].fd);
			open--;
		}
	return lx_error_say(err, r, "%s", strerror(-r));
}

static int try_file(const void *argument, struct lx_error *err)
{
	const char *path = argument;

	if (faccessat(AT_FDCWD, path, F_OK, 0) < 0)
		return lx_error_say(err, -errno, "%s", strerror(errno));
	return 0;
}

/* ---- the parent's side */

void lx_probe_init(struct lx_probe *p)
{
	*p = (struct lx_probe){ .attach.pidfd = -EBADF };
	lx_sync_init(&p->attach.sync, -EBADF);
}

/* What a process that joins has to give up is in the plan, which the grant of lx-attach was written from. */
static void take_rights(struct lx_probe *p, const struct lx_instance *inst)
{
	const struct lx_plan *plan = inst->plan;

	p->grant.init_pidfd = inst->init_pidfd;
	p->grant.user_namespace = plan->user_namespace;
	p->grant.core_pid = plan->security.core_scheduling ? lx_process_inner_pid(inst->init_pid) : 0;
	p->attach.security = plan->security;
	p->attach.security.ambient = 0; /* of init alone */
	p->attach.oom_score_adj = inst->config->security.oom_score_adj ?: "0";
}

static int take_aim(struct lx_probe *p, const struct lx_config_ready *config, struct lx_error *err)
{
	int r;

	if (config->command) {
		r = strv_split_words(config->command, &p->argv);
		p->options.argv = p->argv;
		return r < 0 ? lx_error_set(err, r, "split \"%s\"", config->command) : 0;
	}
	if (config->tcp) {
		p->attach.act = try_tcp;
		p->attach.argument = &p->endpoint;
		r = lx_endpoint_parse(config->tcp, &p->endpoint);
		return r < 0 ? lx_error_set(err, r, "understand \"%s\"", config->tcp) : 0;
	}
	p->attach.act = try_file;
	p->attach.argument = config->file;
	return 0;
}

int lx_probe_start(struct lx_probe *p, const struct lx_config_ready *config, const struct lx_instance *inst, struct lx_cgroup *cgroup,
		   struct lx_error *err)
{
	int r;

	lx_probe_init(p);
	p->options = (struct lx_attach_options)LX_ATTACH_OPTIONS_INIT;
	p->options.work_dir = "/";
	p->attach.options = &p->options;
	p->attach.grant = &p->grant;
	p->attach.cgroup = cgroup;
	p->attach.unattended = true;
	take_rights(p, inst);
	r = take_aim(p, config, err);
	if (r >= 0)
		r = lx_attach_spawn(&p->attach, err);
	if (r < 0)
		lx_probe_done(p);
	return r;
}

static void hear(struct lx_probe *p)
{
	int r = 1;

	while (!p->closed && r != 0) {
		r = lx_sync_look(&p->attach.sync, &p->why);
		p->closed = r < 0;
	}
}

void lx_probe_fds(const struct lx_probe *p, int ret[static LX_PROBE_FDS])
{
	ret[LX_PROBE_SYNC] = p->closed ? -EBADF : p->attach.sync.fd;
	ret[LX_PROBE_PROCESS] = p->ended ? -EBADF : p->attach.pidfd;
}

bool lx_probe_stir(struct lx_probe *p)
{
	if (!p->ended)
		p->ended = sys_pidfd_wait(p->attach.pidfd, true, &p->status) != -EAGAIN;
	hear(p); /* after that: its last words */
	return p->ended;
}

void lx_probe_kill(struct lx_probe *p)
{
	if (!p->ended)
		(void)sys_pidfd_signal(p->attach.pidfd, SIGKILL);
}

int lx_probe_result(const struct lx_probe *p, struct lx_error *err)
{
	if (p->why.code) {
		lx_error_copy(err, &p->why);
		return p->why.code;
	}
	if (WIFSIGNALED(p->status))
		return lx_error_say(err, -EINTR, "killed by signal %d", WTERMSIG(p->status));
	if (WEXITSTATUS(p->status) != 0)
		return lx_error_say(err, -ECHILD, "exit code %d", WEXITSTATUS(p->status));
	return 0;
}

void lx_probe_done(struct lx_probe *p)
{
	p->attach.pidfd = close_fd(p->attach.pidfd);
	lx_sync_done(&p->attach.sync);
	strv_free(p->argv);
	lx_probe_init(p);
}
