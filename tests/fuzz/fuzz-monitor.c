/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A caller of the monitor that sends what it likes and reads nothing: messages of two bytes (type, length of the payload) and
 * their payload. The bytes of type 0 are a datagram of init's notifications. The host has no control groups.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "cgroup/driver.h"
#include "fuzz.h"
#include "monitor/monitor.h"

#include "fake/fake.h"

static void set_up(struct lx_monitor *m, struct lx_container *c, struct lx_settings *settings)
{
	static struct lx_cgroup no_groups;
	struct lx_config *config;
	struct lx_error err = { 0 };

	settings->paths.log = (char *)"/nonexistent";
	*c = (struct lx_container) { .settings = settings, .name = (char *)"fuzz", .run_id = (char *)"fuzz" };
	*m = (struct lx_monitor) { .container = c, .run_fd = -EBADF, .lock_fd = -EBADF, .listen_fd = -EBADF };
	lx_instance_init(&m->inst);
	list_init(&m->clients);
	if (lx_config_new(&config, &err) < 0 || event_new(&m->loop) < 0)
		abort();
	config->console.log_size = 0;
	config->console.buffer_size = 4096;
	m->inst.config = config;
	m->inst.cgroup = &no_groups;
	m->inst.plan = calloc(1, sizeof(*m->inst.plan));
	if (!m->inst.plan || lx_console_new(m->loop, c, config, NULL, &m->console, &err) < 0 ||
	    event_add_timer(m->loop, USEC_INFINITY, NULL, m, &m->stop_timer) < 0 ||
	    event_add_timer(m->loop, USEC_INFINITY, NULL, m, &m->signal_timer) < 0)
		abort();
	m->inst.plan->run_id = strdup("fuzz");
	m->state.state = LX_STATE_RUNNING;
}

static void tear_down(struct lx_monitor *m)
{
	lx_monitor_close_clients(m);
	lx_console_free(m->console);
	event_free(m->loop);
	lx_config_free((struct lx_config *)m->inst.config);
	lx_instance_done(&m->inst);
	lx_run_state_done(&m->state);
}

/* What the server does with a message, without its loop. False when the caller has lost the connection. */
static bool give(struct lx_monitor *m, struct lx_client *client, const uint8_t *data, size_t size)
{
	struct sock_message message = { .type = data[0], .data = strndup((const char *)data + 2, size), .size = size };
	int r = 0;

	if (!message.data)
		return true;
	if (message.type == 0)
		lx_monitor_notified(m, message.data);
	else if (message.type != LX_REQUEST_CONSOLE) /* whose descriptor would have a new owner */
		r = lx_monitor_answer(client, &message);
	sock_message_done(&message);
	return r >= 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool quiet;
	struct lx_settings settings = { 0 };
	struct lx_client *client = NULL;
	struct lx_error err = { 0 };
	struct lx_container c;
	struct lx_monitor m;
	int pair[2];

	fake_reset();
	fake_result_always("sys_pidfd_signal", 0);
	if (!quiet)
		lx_log_set_file(open("/dev/null", O_WRONLY | O_CLOEXEC), false); /* there is no state file to write */
	quiet = true;
	set_up(&m, &c, &settings);
	if (sock_pair(pair) < 0 || lx_monitor_add_client(&m, pair[1], false, &client, &err) < 0)
		abort();
	m.inst.init_pidfd = size > 0 && data[0] & 0x80 ? -EBADF : pair[0];

	while (size >= 2) {
		size_t n = data[1] < size - 2 ? data[1] : size - 2;

		if (!give(&m, client, data, n))
			break;
		data += 2 + n;
		size -= 2 + n;
	}
	if (m.n_clients != 1)
		abort();
	tear_down(&m);
	close(pair[0]);
	return 0;
}
