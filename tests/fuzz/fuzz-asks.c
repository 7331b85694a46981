/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A front that a guest has taken over: what it says to its keeper, as messages of two bytes (type, length of the payload) and
 * their payload. The host has no control groups.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "cgroup/driver.h"
#include "fuzz.h"
#include "monitor/monitor.h"

#include "fake/fake.h"

static void set_up(struct lx_monitor *m, struct lx_container *c, int front_fd)
{
	static struct lx_cgroup no_groups;
	struct lx_config *config;
	struct lx_error err = { 0 };

	*c = (struct lx_container) { .name = (char *)"fuzz", .run_id = (char *)"fuzz" };
	*m = (struct lx_monitor) { .container = c, .run_fd = -EBADF, .run = 1 };
	m->front = (struct lx_front_link) { .fd = front_fd, .pidfd = -EBADF, .greeted = true };
	lx_instance_init(&m->inst);
	if (lx_config_new(&config, &err) < 0 || event_new(&m->loop) < 0 || fd_set_nonblock(front_fd, true) < 0)
		abort();
	m->inst.config = config;
	m->inst.cgroup = &no_groups;
	m->inst.plan = calloc(1, sizeof(*m->inst.plan));
	m->console_log = strdup("/nonexistent/console");
	if (!m->inst.plan || !m->console_log || event_add_timer(m->loop, USEC_INFINITY, NULL, m, &m->stop_timer) < 0 ||
	    event_add_timer(m->loop, USEC_INFINITY, NULL, m, &m->signal_timer) < 0)
		abort();
	m->inst.plan->run_id = strdup("fuzz");
	m->state.state = LX_STATE_RUNNING;
}

static void tear_down(struct lx_monitor *m)
{
	event_free(m->loop);
	lx_config_free((struct lx_config *)m->inst.config);
	lx_instance_done(&m->inst);
	lx_run_state_done(&m->state);
	free(m->console_log);
}

static int give(struct lx_monitor *m, const uint8_t *data, size_t size)
{
	/* bytes of its own, with the NUL that sock_recv() adds: reading beyond them is seen */
	struct sock_message message = { .type = data[0], .data = malloc(size + 1), .size = size };
	int r;

	if (!message.data)
		abort();
	memcpy(message.data, data + 2, size);
	message.data[size] = '\0';
	r = lx_monitor_asked(m, &message);
	sock_message_done(&message);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool quiet;
	struct lx_container c;
	struct lx_monitor m;
	int pair[2];

	fake_reset();
	fake_result_always("sys_pidfd_signal", 0);
	if (!quiet)
		lx_log_set_file(open("/dev/null", O_WRONLY | O_CLOEXEC), false); /* there is no state file to write */
	quiet = true;
	if (sock_pair(&pair[0], &pair[1]) < 0)
		abort();
	set_up(&m, &c, pair[0]);
	m.inst.init_pidfd = size > 0 && data[0] & 0x80 ? -EBADF : pair[1];

	while (size >= 2) {
		size_t n = data[1] < size - 2 ? data[1] : size - 2;

		if (give(&m, data, n) < 0)
			break;
		data += 2 + n;
		size -= 2 + n;
	}
	if (m.state.status && strlen(m.state.status) > 4 * LX_FRONT_STATUS_MAX)
		abort();
	tear_down(&m);
	close(pair[0]);
	close(pair[1]);
	return 0;
}
