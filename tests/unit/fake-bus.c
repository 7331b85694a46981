/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit/fake-bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "systemd/bus.h"

#define ANSWERS_MAX 16

struct lx_bus {
	const char *failure;
	int refuses;
	lx_bus_signal_fn signal;
	void *userdata;
	const char *job[3];                 /* path, unit, result */
};

static struct answer {
	const char *member, *error, *text;
	uint32_t number;
	bool given;
} answers[ANSWERS_MAX];
static size_t n_answers;
static struct buf calls = BUF_INIT;
static struct lx_bus the_bus;

struct lx_bus_message {
	const char *member;
	struct buf arguments;
	const struct answer *answer;        /* of a reply */
	const char *const *texts;           /* of a signal */
};

void fake_bus_reset(void)
{
	n_answers = 0;
	buf_done(&calls);
	the_bus = (struct lx_bus){ 0 };
}

void fake_bus_answer(const char *member, const char *error, const char *text, uint32_t number)
{
	answers[n_answers++] = (struct answer){ member, error, text, number, false };
}

void fake_bus_job_removed(const char *job, const char *result)
{
	the_bus.job[0] = job;
	the_bus.job[1] = "unit";
	the_bus.job[2] = result;
}

void fake_bus_refuse(int error)
{
	the_bus.refuses = error;
}

const char *fake_bus_log(void)
{
	return calls.data ?: "";
}

int lx_bus_open(enum lx_bus_which which _unused_, usec_t deadline _unused_, struct lx_bus **ret, struct lx_error *err)
{
	if (the_bus.refuses)
		return lx_error_set(err, the_bus.refuses, "connect");
	*ret = &the_bus;
	return 0;
}

int lx_bus_open_connected(int fd _unused_, usec_t deadline, struct lx_bus **ret, struct lx_error *err)
{
	return lx_bus_open(LX_BUS_MACHINES, deadline, ret, err);
}

void lx_bus_close(struct lx_bus *bus _unused_)
{
}

int lx_bus_new_call(struct lx_bus *bus _unused_, const struct lx_bus_method *method, struct lx_bus_message **ret,
		    struct lx_error *err _unused_)
{
	*ret = calloc(1, sizeof(**ret));
	(*ret)->member = method->member;
	return *ret ? 0 : -ENOMEM;
}

void lx_bus_message_free(struct lx_bus_message *m)
{
	buf_done(&m->arguments);
	free(m);
}

static void add(struct lx_bus_message *m, const char *types, va_list ap)
{
	for (const char *t = types ?: ""; *t; t++)
		if (*t == 's')
			buf_addf(&m->arguments, " s:%s", va_arg(ap, const char *));
		else if (*t == 'v')
			add(m, va_arg(ap, const char *), ap);
		else if (*t == 't')
			buf_addf(&m->arguments, " t:%llu", (unsigned long long)va_arg(ap, uint64_t));
		else if (strchr("uhib", *t))
			buf_addf(&m->arguments, " %c:%d", *t, va_arg(ap, int));
}

void lx_bus_add(struct lx_bus_message *m, const char *types, ...)
{
	va_list ap;

	va_start(ap, types);
	add(m, types, ap);
	va_end(ap);
}

void lx_bus_add_array(struct lx_bus_message *m, char type, const void *data, size_t size)
{
	buf_addf(&m->arguments, " a%c:%zu", type, size);
	if (type == 'i')
		for (size_t i = 0; i < size / sizeof(int); i++)
			buf_addf(&m->arguments, ",%d", ((const int *)data)[i]);
}

void lx_bus_begin(struct lx_bus_message *m _unused_, char container _unused_, const char *contents _unused_)
{
}

void lx_bus_end(struct lx_bus_message *m _unused_)
{
}

static const struct answer *find_answer(const char *member)
{
	static const struct answer nothing = { 0 };

	for (size_t i = 0; i < n_answers; i++)
		if (!answers[i].given && str_equal(answers[i].member, member)) {
			answers[i].given = true;
			return &answers[i];
		}
	return &nothing;
}

int lx_bus_call(struct lx_bus *bus, struct lx_bus_message *m, usec_t deadline _unused_, struct lx_bus_message **ret_reply,
		struct lx_error *err)
{
	const struct answer *a = find_answer(m->member);

	buf_addf(&calls, "%s%s\n", m->member, m->arguments.data ?: "");
	bus->failure = a->error;
	if (a->error)
		return lx_error_say(err, -EIO, "%s", a->error);
	if (ret_reply) {
		*ret_reply = calloc(1, sizeof(**ret_reply));
		(*ret_reply)->answer = a;
	}
	return 0;
}

bool lx_bus_failed_by(const struct lx_bus *bus, const char *error_name)
{
	return bus->failure && str_equal(bus->failure, error_name);
}

int lx_bus_read(struct lx_bus_message *m, const char *types, ...)
{
	va_list ap;

	va_start(ap, types);
	if (*types == 'v')
		types = va_arg(ap, const char *);
	for (size_t n = 0; *types; types++)
		if (*types == 'u')
			*va_arg(ap, uint32_t *) = m->answer ? m->answer->number : 0;
		else
			*va_arg(ap, const char **) = m->texts ? m->texts[n++] : m->answer->text;
	va_end(ap);
	return 0;
}

int lx_bus_ask(struct lx_bus *bus, const struct lx_bus_method *method, usec_t deadline, struct lx_bus_message **ret_reply,
	       struct lx_error *err, const char *types, ...)
{
	_cleanup_bus_message_ struct lx_bus_message *m = NULL;
	va_list ap;
	int r = lx_bus_new_call(bus, method, &m, err);

	if (r < 0)
		return r;
	va_start(ap, types);
	add(m, types, ap);
	va_end(ap);
	return lx_bus_call(bus, m, deadline, ret_reply, err);
}

int lx_bus_watch(struct lx_bus *bus, const struct lx_bus_method *signal, lx_bus_signal_fn fn, void *userdata,
		 struct lx_error *err _unused_)
{
	buf_addf(&calls, "watch %s\n", signal->member);
	bus->signal = fn;
	bus->userdata = userdata;
	return 0;
}

int lx_bus_process(struct lx_bus *bus, struct lx_error *err _unused_)
{
	struct lx_bus_message m = { .texts = bus->job };

	return bus->job[0] ? bus->signal(&m, bus->userdata) : 0;
}
