/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "instance/recover.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "net/net.h"
#include "security/lsm.h"
#include "sys/sys.h"

/* "PID TICKS": that process, unless it is gone and the number is another's. */
static int remove_process(const char *what, struct lx_error *err)
{
	_cleanup_strv_ char **words = NULL;
	_cleanup_close_ int pidfd = -EBADF;
	uint64_t ticks, now;
	pid_t pid;
	int r;

	if (strv_split(what, " ", &words) < 0)
		return lx_error_oom(err);
	if (strv_length(words) != 2 || parse_pid(words[0], &pid) < 0 || parse_uint(words[1], &ticks) < 0)
		return lx_error_say(err, -EINVAL, "\"%s\" is not a process", what);

	/* looked at after the descriptor holds the number */
	pidfd = sys_pidfd_open(pid);
	if (pidfd < 0 || lx_process_start_ticks(pid, &now) < 0 || now != ticks)
		return 0;
	r = sys_pidfd_signal(pidfd, SIGKILL);
	return r < 0 && r != -ESRCH ? lx_error_set(err, r, "kill process %d", (int)pid) : 0;
}

static const struct {
	const char *kind; /* as it stands in the journal */
	int (*remove)(const char *what, struct lx_error *err);
} kinds[] = {
	{ "cgroup", lx_cgroup_remove_path },
	{ "link", lx_net_remove_link },
	{ "lsm", lx_lsm_unload },
	{ "process", remove_process },
};

struct recovery {
	int run_fd;
	int n;
	void (*report)(const char *text, void *userdata);
	void *userdata;
};

static int recover_one(const char *kind, const char *what, void *userdata, struct lx_error *err)
{
	struct recovery *recovery = userdata;
	char text[512];
	int r;

	for (size_t i = 0; i < array_size(kinds); i++) {
		if (!str_equal(kinds[i].kind, kind))
			continue;
		r = kinds[i].remove(what, err);
		if (r < 0)
			return r;
		snprintf(text, sizeof(text), "removed %s %s of a killed monitor", kind, what);
		log_info("%s", text);
		if (recovery->report)
			recovery->report(text, recovery->userdata);
		recovery->n++;
		return 0;
	}

	return lx_error_say(err, -EINVAL, "the journal names \"%s %s\", which this version does not know", kind, what);
}

int lx_instance_recover(int run_fd, void (*report)(const char *text, void *userdata), void *userdata, struct lx_error *err)
{
	struct recovery recovery = { .run_fd = run_fd, .report = report, .userdata = userdata };
	int r;

	r = lx_journal_for_each(run_fd, recover_one, &recovery, err);
	if (r >= 0)
		r = lx_journal_clear(run_fd, err);
	if (r < 0) {
		lx_error_prefix(err, "clean up after a killed monitor");
		return r;
	}

	(void)unlinkat(run_fd, "state", 0);
	(void)unlinkat(run_fd, "command", 0);
	(void)unlinkat(run_fd, "grant", 0);
	return recovery.n;
}
