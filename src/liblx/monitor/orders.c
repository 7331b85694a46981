/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "monitor/orders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/notify.h"
#include "base/parse.h"
#include "base/sock.h"
#include "base/str.h"
#include "base/strv.h"
#include "monitor/protocol.h"

void lx_orders_done(struct lx_orders *o)
{
	free(o->store);
	free(o->name);
	free(o->config_file);
	free(o->log_file);
	free(o->log_level);
	free(o->console_log);
	strv_free(o->argv);
	strv_free(o->share);
	strv_free(o->defines);
	strv_free(o->environment);
	close_fd(o->lock_fd);
	close_fd(o->console_fd);
	close_fd(o->small_init_fd);
	for (size_t i = 0; i < LX_STDIO_MAX; i++)
		close_fd(o->stdio_fds[i]);
}

static const struct {
	const char *key;
	enum { ORDER_STRING, ORDER_LIST, ORDER_FLAG, ORDER_ID, ORDER_FD } kind;
	size_t offset;
} order_keys[] = {
	{ "store", ORDER_STRING, offsetof(struct lx_orders, store) },
	{ "name", ORDER_STRING, offsetof(struct lx_orders, name) },
	{ "config", ORDER_STRING, offsetof(struct lx_orders, config_file) },
	{ "log-file", ORDER_STRING, offsetof(struct lx_orders, log_file) },
	{ "log-level", ORDER_STRING, offsetof(struct lx_orders, log_level) },
	{ "console-log", ORDER_STRING, offsetof(struct lx_orders, console_log) },
	{ "argv", ORDER_LIST, offsetof(struct lx_orders, argv) },
	{ "share", ORDER_LIST, offsetof(struct lx_orders, share) },
	{ "define", ORDER_LIST, offsetof(struct lx_orders, defines) },
	{ "environment", ORDER_LIST, offsetof(struct lx_orders, environment) },
	{ "execute", ORDER_FLAG, offsetof(struct lx_orders, execute) },
	{ "uid", ORDER_ID, offsetof(struct lx_orders, uid) },
	{ "gid", ORDER_ID, offsetof(struct lx_orders, gid) },
	{ "lock", ORDER_FD, offsetof(struct lx_orders, lock_fd) },
	{ "console", ORDER_FD, offsetof(struct lx_orders, console_fd) },
	{ "lx-init", ORDER_FD, offsetof(struct lx_orders, small_init_fd) },
	{ "stdin", ORDER_FD, offsetof(struct lx_orders, stdio_fds[LX_STDIN]) },
	{ "stdout", ORDER_FD, offsetof(struct lx_orders, stdio_fds[LX_STDOUT]) },
	{ "stderr", ORDER_FD, offsetof(struct lx_orders, stdio_fds[LX_STDERR]) },
};

static int take_order(struct lx_orders *o, const char *key, const char *value, struct sock_message *m, size_t *fd_index)
{
	uint64_t number;

	for (size_t i = 0; i < array_size(order_keys); i++) {
		void *field = (char *)o + order_keys[i].offset;

		if (!str_equal(order_keys[i].key, key))
			continue;
		switch (order_keys[i].kind) {
		case ORDER_STRING:
			return str_set(field, value);
		case ORDER_LIST:
			return strv_append(field, value);
		case ORDER_FLAG:
			*(bool *)field = true;
			return 0;
		case ORDER_ID:
			if (parse_uint(value, &number) < 0 || number >= UINT32_MAX)
				return -EPROTO;
			*(uint32_t *)field = (uint32_t)number;
			return 0;
		case ORDER_FD:
			if (*fd_index >= m->n_fds)
				return -EPROTO;
			*(int *)field = take_fd(&m->fds[(*fd_index)++]);
			return 0;
		}
	}

	return -EPROTO;
}

/* Where settings and containers are, as the starter sees it: our own environment is that of systemd. */
static int take_environment(const struct lx_orders *o)
{
	strv_for_each(assignment, o->environment) {
		_cleanup_free_ char *name = strndup(assignment, strcspn(assignment, "="));
		const char *equals = strchr(assignment, '=');

		if (!name || (equals ? setenv(name, equals + 1, true) : unsetenv(name)) < 0)
			return -errno;
	}

	return 0;
}

int lx_orders_receive(int fd, struct lx_orders *o, struct lx_error *err)
{
	_cleanup_message_ struct sock_message m = { 0 };
	size_t fd_index = 0;
	int r;

	r = sock_recv(fd, USEC_INFINITY, &m);
	if (r < 0)
		return lx_error_set(err, r, "read what to run");
	if (m.type != LX_REQUEST_RUN)
		return lx_error_say(err, -EPROTO, "the monitor was not told what to run");

	for (char *p = m.data; p < m.data + m.size; p += strlen(p) + 1) {
		_cleanup_free_ char *key = strdup(p);
		char *value = key ? strchr(key, '=') : NULL;

		if (!value)
			return lx_error_say(err, -EPROTO, "the monitor's orders cannot be read");
		*value++ = 0;
		r = take_order(o, key, value, &m, &fd_index);
		if (r < 0)
			return lx_error_set(err, r, "order \"%s\"", key);
	}
	if (!o->name)
		return lx_error_say(err, -EPROTO, "the monitor was told no name");

	r = take_environment(o);
	return r < 0 ? lx_error_set(err, r, "take over the environment") : 0;
}

static void tell_systemd(const char *text, void *userdata _unused_)
{
	notify_status("%s", text);
}

/* "_" is in no name: what follows it stands for a store or settings that only a command can tell. */
int lx_orders_make(const char *instance, struct lx_orders *o, struct lx_error *err)
{
	_cleanup_container_ struct lx_container *c = NULL;
	int r;

	if (strchr(instance, '_'))
		return lx_error_say(err, -ENOENT, "%s is not in the host's own store, so only lx-start can start it", instance);
	r = lx_container_open(NULL, instance, &c, err);
	if (r < 0)
		return r;
	r = lx_lock_take_to_start(c, USEC_INFINITY, tell_systemd, NULL, &o->lock_fd, err);
	if (r < 0)
		return r;
	o->name = strdup(instance);
	return o->name ? 0 : lx_error_oom(err);
}
